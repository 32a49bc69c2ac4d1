/** Contacts that do not behave, and what is told of them. */
import { DOOR } from '../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import type { benchLock } from './bench-lock.ts';

export type Bench = ReturnType<typeof benchLock>;

/** A loose wire: more edges than any finger makes, in one window, and no rest. It ends where it began. */
export function flicker(lock: Bench, contact: Contact): void {
  const from = lock.state().contacts[contact].closed === true;
  for (let edge = 0; edge <= DOOR.flickerEdgesMax + 1; edge++)
    lock.give({ type: 'contact', contact, closed: edge % 2 === 0 ? !from : from });
  lock.elapse(`flicker.${contact}`);
}

/** The types of the events that were told on a topic. */
export const told = (lock: Bench, topic: string): readonly string[] =>
  lock.told().flatMap((event) => (event.topic === topic ? [event.body.event_type] : []));
