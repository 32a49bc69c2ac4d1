/** Ports of a lock with somebody beside them who notes when things came by. What they do is left as it is. */
import { JOURNAL_FILE } from '../../firmware/journal/journal.ts';
import type { Clock, Contact, Disk, Mechanism } from '../../firmware/ports/index.ts';

/** When things happened to one token, from `performance.now`. */
export interface Visit {
  /** Its last byte reached the reader. */
  readonly shown: number;
  /** Its spend was handed to the disk, was durable there. */
  readonly handed: number;
  readonly durable: number;
  /** The first byte of the servo's command left. */
  readonly driven: number;
  /** Processor time of this process between the first and the last of these. */
  readonly processorMs: number;
  /** What went to the disk. */
  readonly spend: Uint8Array;
  /** Times that the journal was written anew meanwhile. */
  readonly compactions: number;
  /** The bolt's contact had settled at its end; the door's, when it was opened after that. */
  readonly withdrawn: number;
  readonly opened: number;
}

/** A visit that is under way. */
export type Seen = { -readonly [key in keyof Visit]?: Visit[key] };

/** Clock and mechanism of a lock, with somebody who notes when a contact's last edge had held still for long enough. */
export function watchedContacts(clock: Clock, mechanism: Mechanism, settleMs: number) {
  const settled = new Map<string, number>();
  const nameOf = (contact: Contact, closed: boolean): string => `${contact} ${closed ? 'closed' : 'open'}`;
  /** The edge that is being told: what is armed meanwhile is its contact's wait. */
  let edge: string | undefined;
  return {
    clock: {
      ...clock,
      after(delayMs: number, then: () => void) {
        const name = delayMs === settleMs ? edge : undefined;
        if (name === undefined) return clock.after(delayMs, then);
        return clock.after(delayMs, () => {
          settled.set(name, performance.now());
          then();
        });
      },
    },
    mechanism: {
      ...mechanism,
      start: (listener: Parameters<Mechanism['start']>[0]) =>
        mechanism.start((event) => {
          edge = event.type === 'contact' ? nameOf(event.contact, event.closed) : undefined;
          listener(event);
          edge = undefined;
        }),
    },
    settledAt(contact: Contact, closed: boolean): number {
      const name = nameOf(contact, closed);
      const at = settled.get(name);
      if (at === undefined) throw new Error(`never settled: ${name}`);
      return at;
    },
  };
}

/** The same disk, with somebody who notes when the spend of the visit went there and came back. */
export function watchedDisk(disk: Disk, seen: () => Seen): Disk {
  return {
    ...disk,
    append(name, bytes) {
      const visit = seen();
      if (name === JOURNAL_FILE && visit.spend === undefined && Buffer.from(bytes).includes('"type":"spent"')) {
        visit.handed = performance.now();
        visit.spend = bytes;
      }
      return disk.append(name, bytes);
    },
    async sync(name) {
      await disk.sync(name);
      const visit = seen();
      if (name === JOURNAL_FILE && visit.spend !== undefined) visit.durable ??= performance.now();
    },
    replace(name, bytes) {
      const visit = seen();
      if (visit.driven === undefined) visit.compactions = (visit.compactions ?? 0) + 1;
      return disk.replace(name, bytes);
    },
  };
}
