/**
 * A lock on the bench: the pure step, with somebody who plays contacts and timers by hand. Nothing
 * here is the firmware's; it only keeps what the step gave and asks it again.
 */

import type { Restored } from '../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE, type Profile } from '../../firmware/lock/profiles/index.ts';
import { type Effect, initialState, type LockEvent, type LockState, type Timer } from '../../firmware/lock/state.ts';
import { step } from '../../firmware/lock/step.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import type { EventBody, LockStateWord } from '../../protocol/index.ts';

export const GRANT = { spendKey: 'issuer:1', tokenId: '0'.repeat(31).concat('1'), channel: 'reader' } as const;

export function benchLock(profile: Profile = DOOR, restored?: Restored) {
  let state: LockState = initialState(restored);
  const effects: Effect[] = [];
  const armed = new Map<Timer, number>();

  function give(event: LockEvent): readonly Effect[] {
    const result = step(state, event, profile);
    state = result.state;
    for (const effect of result.effects) {
      if (effect.type === 'arm') armed.set(effect.timer, effect.delayMs);
      if (effect.type === 'disarm') armed.delete(effect.timer);
      if (effect.type === 'fault') throw new Error(`impossible: ${effect.detail}`);
    }
    effects.push(...result.effects);
    return result.effects;
  }

  const lock = {
    give,
    state: () => state,
    row: (): LockStateWord => state.bolt.row,
    effects,
    armed,
    /** The directions in which the bolt was driven so far. */
    drives: () => effects.filter((effect) => effect.type === 'drive').map((effect) => effect.direction),
    /** Events told, the ends of visits among them. */
    told: (): readonly EventBody[] =>
      effects.flatMap((effect): EventBody[] => {
        if (effect.type === 'tell') return [effect.event];
        if (effect.type !== 'end') return [];
        const { grant, outcome } = effect;
        return [{ topic: 'visit', body: { event_type: 'ended', outcome, token_id: grant.tokenId } }];
      }),
    outcomes: () => effects.filter((effect) => effect.type === 'end').map((effect) => effect.outcome),
    /** A contact goes to a level and holds still. */
    settle(contact: Contact, closed: boolean): void {
      give({ type: 'contact', contact, closed });
      if (armed.has(`contact.${contact}`)) lock.elapse(`contact.${contact}`);
    },
    elapse(timer: Timer): void {
      if (!armed.has(timer)) throw new Error(`nothing waits on ${timer}`);
      armed.delete(timer);
      give({ type: 'elapsed', timer });
    },
    /** Both contacts of the bolt, in the order in which a moving bolt changes them. */
    bolt(at: 'thrown' | 'withdrawn' | 'between' | 'conflict'): void {
      const thrown = at === 'thrown' || at === 'conflict';
      const withdrawn = at === 'withdrawn' || at === 'conflict';
      if (!thrown) lock.settle('bolt_thrown', false);
      if (!withdrawn) lock.settle('bolt_withdrawn', false);
      if (thrown) lock.settle('bolt_thrown', true);
      if (withdrawn) lock.settle('bolt_withdrawn', true);
    },
    door(is: 'closed' | 'open'): void {
      lock.settle('door_closed', is === 'closed');
    },
    /** A short press, and time enough after it that the next is another. */
    press(button: 'bell' | 'inside_button'): void {
      lock.settle(button, true);
      lock.settle(button, false);
      if (button === 'bell') for (const timer of ['bell', 'chime'] as const) if (armed.has(timer)) lock.elapse(timer);
    },
    /** Board there, door shut, bolt as said: everything observed once. */
    boot(bolt: 'thrown' | 'withdrawn' | 'between' = 'thrown', door: 'closed' | 'open' = 'closed'): void {
      give({ type: 'board.ready' });
      const { contacts, battery } = profile;
      if (battery !== undefined) give({ type: 'battery', millivolts: battery.warnMillivolts + 1_000 });
      const rest = contacts.filter((contact) => !['bolt_thrown', 'bolt_withdrawn', 'door_closed'].includes(contact));
      for (const contact of rest) lock.settle(contact, !['bell', 'inside_button', 'latched'].includes(contact));
      lock.door(door);
      if (contacts.includes('bolt_thrown')) lock.bolt(bolt);
    },
    /** A token is admitted and its use durable. */
    grant(grant: typeof GRANT | { spendKey: string; tokenId: string; channel: 'reader' } = GRANT): void {
      give({ type: 'token.admitted', grant });
      give({ type: 'spent', spendKey: grant.spendKey });
    },
  };
  return lock;
}

/** A safe out of which the key was taken, lid shut again. */
export function emptiedSafe(): ReturnType<typeof benchLock> {
  const lock = benchLock(KEY_SAFE);
  lock.boot();
  lock.grant();
  lock.bolt('withdrawn');
  lock.door('open');
  lock.settle('item_present', false);
  lock.door('closed');
  return lock;
}
