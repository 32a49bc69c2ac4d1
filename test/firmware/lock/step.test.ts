import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/door.ts';
import { initialState, type LockEvent } from '../../../firmware/lock/state.ts';
import { step } from '../../../firmware/lock/step.ts';
import { CONTACTS } from '../../../firmware/ports/index.ts';
import type { EventBody } from '../../../protocol/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

const told = (lock: ReturnType<typeof benchLock>, topic: string): readonly string[] =>
  lock.told().flatMap((event) => (event.topic === topic ? [event.body.event_type] : []));

describe('a visit', () => {
  it('goes from the bell to the sealed door', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('bell');
    expect(lock.state().visit.row).toBe('arrived');
    lock.give({ type: 'token.admitted', grant: GRANT });
    expect(lock.state().visit.row).toBe('spending');
    expect(lock.drives()).toEqual([]);
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.drives()).toEqual(['withdraw']);
    lock.bolt('withdrawn');
    expect(lock.state().visit.row).toBe('awaiting_entry');
    lock.door('open');
    expect(lock.state().visit.row).toBe('door_open');
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
    expect(lock.row()).toBe('locked');
    expect(lock.state().bolt.changedBy).toBe('auto');
    expect([...lock.armed.keys()].filter((timer) => !timer.startsWith('change.'))).toEqual([]);
    expect(told(lock, 'visit')).toEqual(['arrived', 'entered', 'ended']);
    expect(told(lock, 'access')).toEqual(['granted']);
    expect(told(lock, 'door')).toEqual(['opened', 'closed']);
    expect(told(lock, 'doorbell')).toEqual(['ring']);
  });

  it('asks for the disk before anything moves, and moves nothing when the disk fails', () => {
    const lock = benchLock();
    lock.boot();
    const effects = lock.give({ type: 'token.admitted', grant: GRANT });
    expect(effects.map((effect) => effect.type)).toContain('spend');
    lock.give({ type: 'spend.failed', spendKey: GRANT.spendKey });
    expect(lock.drives()).toEqual([]);
    expect(lock.outcomes()).toEqual(['denied']);
  });

  it('is denied when the disk is overdue, and opens nothing when the disk answers at last', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.elapse('visit');
    expect(lock.outcomes()).toEqual(['denied']);
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.drives()).toEqual([]);
  });

  it('does not take the answer to an overdue spend for its own', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.elapse('visit');
    lock.give({ type: 'token.admitted', grant: { ...GRANT, spendKey: 'issuer:2' } });
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.drives()).toEqual([]);
    lock.give({ type: 'spent', spendKey: 'issuer:2' });
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('locks again when nobody came in', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.elapse('visit');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['granted_not_entered']);
  });

  it('is not sealed while the door stands open, whatever the bolt says', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual([]);
    expect(lock.state().visit.row).toBe('door_open');
  });

  it('is not sealed by a thrown bolt while nobody can say that the door is shut, and is once it is seen shut', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    for (let edge = 0; edge <= DOOR.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('flicker.door_closed');
    lock.bolt('thrown');
    expect(lock.state()).toMatchObject({ door: 'unknown', bolt: { row: 'locked' }, visit: { row: 'relocking' } });
    expect(lock.outcomes()).toEqual([]);
    lock.door('closed');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('raises VisitOverstay while the door stands open too long, and clears it at the end', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.elapse('visit');
    expect(lock.state().alarms).toEqual(['VisitOverstay']);
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.state().alarms).toEqual([]);
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it.each(['spending', 'unlocking', 'awaiting_entry', 'door_open', 'relocking'] as const)(
    'ends when the board is lost while it is %s, and nothing moves when the board comes back',
    (row) => {
      const lock = benchLock();
      lock.boot();
      lock.give({ type: 'token.admitted', grant: GRANT });
      const way = [
        () => lock.give({ type: 'spent', spendKey: GRANT.spendKey }),
        () => lock.bolt('withdrawn'),
        () => lock.door('open'),
        () => lock.door('closed'),
      ];
      for (const go of way) if (lock.state().visit.row !== row) go();
      expect(lock.state().visit.row).toBe(row);
      const before = lock.drives().length;
      lock.give({ type: 'board.lost', reason: 'unplugged' });
      expect(lock.outcomes()).toEqual([row === 'relocking' ? 'relock_failed' : 'aborted']);
      lock.give({ type: 'spent', spendKey: GRANT.spendKey });
      lock.boot(row === 'spending' ? 'thrown' : 'withdrawn');
      expect(lock.drives().length).toBe(before);
    },
  );
});

describe('the bolt', () => {
  it('is unknown at boot and moves nowhere until it is observed', () => {
    const lock = benchLock();
    expect(lock.row()).toBe('unknown');
    lock.boot('thrown');
    expect(lock.row()).toBe('locked');
    expect(lock.drives()).toEqual([]);
    expect(told(lock, 'door')).toEqual([]);
  });

  it('found withdrawn at boot is thrown after a while, with the door observed closed', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    expect(lock.drives()).toEqual([]);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });

  it('found withdrawn behind an open door waits for the door', () => {
    const lock = benchLock();
    lock.boot('withdrawn', 'open');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });

  it('withdraws for the button inside, and relocks when the door was shut behind who left', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.bolt('withdrawn');
    expect(lock.state().bolt.changedBy).toBe('button');
    lock.door('open');
    expect(lock.armed.has('bolt')).toBe(false);
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });

  it('pulls no longer than the longest travel for a button inside that is pressed at an open bolt', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.press('inside_button');
    expect(lock.drives()).toEqual(['withdraw']);
    expect(lock.armed.get('drive')).toBe(DOOR.travelMsMax);
    lock.elapse('drive');
    expect(lock.effects.at(-2)).toEqual({ type: 'halt' });
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
  });

  it('does not take a button that is held down at boot for a press', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', true);
    lock.settle('bell', true);
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.drives()).toEqual([]);
    expect(told(lock, 'doorbell')).toEqual([]);
  });

  it('turned by hand is seen, and said to be by hand', () => {
    const lock = benchLock();
    lock.boot();
    lock.bolt('withdrawn');
    expect(lock.row()).toBe('unlocked');
    expect(lock.state().bolt.changedBy).toBe('manual');
  });

  it('that does not arrive is jammed, tries again more and more patiently, then seldom, and is cleared by moving', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    const pauses: number[] = [];
    const jam = (): void => {
      expect(lock.row()).toBe('jammed');
      pauses.push(lock.armed.get('bolt') ?? 0);
      lock.elapse('bolt');
    };
    for (let tries = 0; tries <= DOOR.retriesMax; tries++) {
      if (lock.row() === 'locking') lock.elapse('bolt');
      jam();
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000]);
    // The cause of RelockFailed, as TABLE.md has it: every try has failed.
    expect(lock.state().alarms).toEqual(['LockJammed', 'RelockFailed']);
    expect(lock.drives()).toHaveLength(1 + DOOR.retriesMax);
    // Nobody moves anything: one try in a quarter of an hour, for ever.
    for (let later = 1; later <= 3; later++) {
      pauses.length = 0;
      jam();
      expect(lock.row()).toBe('locking');
      lock.elapse('bolt');
      jam();
      expect(pauses).toEqual([900_000, 16_000]);
      expect(lock.drives()).toHaveLength(1 + DOOR.retriesMax + later);
    }
    lock.bolt('thrown');
    expect(lock.row()).toBe('locked');
    expect(lock.state().alarms).toEqual([]);
  });

  it('goes back when the door opens before it is thrown', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.bolt('between');
    lock.door('open');
    expect(lock.drives()).toEqual(['throw', 'withdraw']);
    lock.bolt('withdrawn');
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw', 'withdraw', 'throw']);
  });

  it('whose contacts contradict each other is unknown, with an alarm', () => {
    const lock = benchLock();
    lock.boot();
    lock.bolt('conflict');
    expect(lock.row()).toBe('unknown');
    expect(lock.state().alarms).toEqual(['SensorConflict']);
    lock.bolt('thrown');
    expect(lock.row()).toBe('locked');
  });
});

describe('the door', () => {
  it('that opens while the bolt is thrown was forced', () => {
    const lock = benchLock();
    lock.boot();
    lock.door('open');
    expect(lock.state().door).toBe('forced_open');
    expect(lock.state().alarms).toEqual(['DoorForcedOpen']);
    expect(told(lock, 'door')).toEqual(['forced_open']);
  });
});

describe('contacts', () => {
  it('that bounce are counted once they hold still', () => {
    const lock = benchLock();
    lock.boot();
    for (const closed of [true, false, true, false, true]) lock.give({ type: 'contact', contact: 'bell', closed });
    expect(told(lock, 'doorbell')).toEqual([]);
    lock.elapse('contact.bell');
    expect(told(lock, 'doorbell')).toEqual(['ring']);
  });

  it('that flicker and come back were nothing', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'contact', contact: 'door_closed', closed: false });
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    expect(lock.armed.has('contact.door_closed')).toBe(false);
    expect(lock.state().door).toBe('closed');
  });

  it('that are reported again without a change arm nothing', () => {
    const lock = benchLock();
    lock.boot();
    for (const contact of CONTACTS)
      lock.give({ type: 'contact', contact, closed: lock.state().contacts[contact].closed === true });
    expect([...lock.armed.keys()].filter((timer) => timer.startsWith('contact'))).toEqual([]);
  });
});

/** The interlocks of admit: a token comes through only here. */
function takesTokens(lock: ReturnType<typeof benchLock>): boolean {
  const { visit, bolt, door, board } = lock.state();
  if (board !== 'ready' || door !== 'closed' || (visit.row !== 'idle' && visit.row !== 'arrived')) return false;
  return bolt.row === 'locked' || bolt.row === 'unlocked' || bolt.row === 'not_fully_locked';
}

const isRemoteUnlocking = (event: EventBody): boolean =>
  event.topic === 'lock' && event.body.event_type === 'unlocking' && event.body.changed_by === 'proprietary_remote';

describe('step', () => {
  const outside: fc.Arbitrary<LockEvent> = fc.oneof(
    fc.record({ type: fc.constant('contact' as const), contact: fc.constantFrom(...CONTACTS), closed: fc.boolean() }),
    fc.constantFrom<LockEvent>(
      { type: 'board.ready' },
      { type: 'board.lost', reason: 'test' },
      { type: 'ledger.failed' },
      { type: 'token.refused', refusal: 'expired' },
    ),
  );

  it('meets no impossible cell and never drives without a durable spend, whatever contacts, boards, disks and timers do', () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: outside },
      { weight: 5, arbitrary: fc.constantFrom('elapse' as const, 'grant' as const, 'disk' as const) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), fc.infiniteStream(fc.nat()), (actions, picks) => {
        const lock = benchLock();
        const pick = (count: number): number => (picks.next().value ?? 0) % count;
        const answers: string[] = [];
        let spends = 0;
        let durable = 0;
        lock.boot();
        for (const what of actions) {
          if (what === 'elapse') {
            const timers = [...lock.armed.keys()];
            const timer = timers.length === 0 ? undefined : timers[pick(timers.length)];
            if (timer !== undefined) lock.elapse(timer);
          } else if (what === 'grant') {
            if (!takesTokens(lock)) continue;
            spends += 1;
            answers.push(`issuer:${spends}`);
            lock.give({ type: 'token.admitted', grant: { ...GRANT, spendKey: `issuer:${spends}` } });
          } else if (what === 'disk') {
            const spendKey = answers.shift();
            if (spendKey === undefined) continue;
            const failed = pick(3) === 0;
            if (!failed) durable += 1;
            lock.give({ type: failed ? 'spend.failed' : 'spent', spendKey });
          } else lock.give(what);
        }
        const opened = lock.told().filter(isRemoteUnlocking);
        expect(opened.length).toBeLessThanOrEqual(durable);
      }),
      { numRuns: 500 },
    );
  });

  it('does not touch the state that it was given', () => {
    const state = initialState();
    const copy = structuredClone(state);
    step(state, { type: 'board.ready' }, DOOR);
    step(state, { type: 'contact', contact: 'door_closed', closed: true }, DOOR);
    expect(state).toEqual(copy);
  });
});
