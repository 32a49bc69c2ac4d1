/** The board vanishes in each row of the bolt and of the visit: nothing is known, nothing moves until it is seen again. */
import { describe, expect, it } from 'vitest';
import { BOLT_ROWS, type BoltRow } from '../../../firmware/lock/bolt.ts';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { VISIT_ROWS, type VisitRow } from '../../../firmware/lock/visit.ts';
import { benchLock, emptiedSafe } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

const booted = (bolt: 'thrown' | 'withdrawn' | 'between' = 'thrown'): Bench => {
  const lock = benchLock();
  lock.boot(bolt);
  return lock;
};

/** A lock in that row of the bolt. */
const IN_BOLT_ROW: Readonly<Record<BoltRow, () => Bench>> = {
  unknown: () => {
    const lock = booted();
    lock.bolt('conflict');
    return lock;
  },
  locked: () => booted(),
  unlocking: () => {
    const lock = booted();
    lock.press('inside_button');
    return lock;
  },
  unlocked: () => booted('withdrawn'),
  locking: () => {
    const lock = booted('withdrawn');
    lock.elapse('bolt');
    return lock;
  },
  jammed: () => {
    const lock = booted('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    return lock;
  },
  not_fully_locked: () => booted('between'),
};

const visiting = (...way: readonly ((lock: Bench) => void)[]): Bench => {
  const lock = booted();
  lock.grant();
  for (const go of way) go(lock);
  return lock;
};
const withdrawn = (lock: Bench): void => lock.bolt('withdrawn');
const opened = (lock: Bench): void => lock.door('open');
const shut = (lock: Bench): void => lock.door('closed');
const elapsed = (lock: Bench): void => lock.elapse('visit');

/** A lock in that row of the visit. */
const IN_VISIT_ROW: Readonly<Record<VisitRow, () => Bench>> = {
  idle: () => booted(),
  arrived: () => {
    const lock = booted();
    lock.press('bell');
    return lock;
  },
  spending: () => {
    const lock = booted();
    lock.give({ type: 'token.admitted', grant: { spendKey: 'issuer:1', tokenId: '01', channel: 'reader' } });
    return lock;
  },
  unlocking: () => visiting(),
  awaiting_entry: () => visiting(withdrawn),
  door_open: () => visiting(withdrawn, opened),
  overstayed: () => visiting(withdrawn, opened, elapsed),
  awaiting_return: emptiedSafe,
  relocking: () => visiting(withdrawn, opened, shut),
  resumed: () => {
    const lock = benchLock(DOOR, {
      visit: {
        grant: { spendKey: 'issuer:1', tokenId: '01', channel: 'reader' },
        entered: true,
        openings: 1,
        overstayed: false,
      },
      held: [],
      left: {},
      item: { place: 'in', overdue: false },
      relockFailed: false,
    });
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    return lock;
  },
};

/** The board goes and comes back; what its drive was told since. */
function lostAndBack(lock: Bench): readonly string[] {
  const before = lock.drives().length;
  lock.give({ type: 'board.lost', reason: 'unplugged' });
  expect(lock.row()).toBe('unknown');
  expect(lock.state().door).toBe('unknown');
  expect(lock.state().alarms).toContain('BoardLost');
  for (const timer of [...lock.armed.keys()]) if (lock.armed.has(timer)) lock.elapse(timer);
  lock.give({ type: 'board.ready' });
  expect(lock.row()).toBe('unknown');
  return lock.drives().slice(before);
}

describe('a board that vanishes', () => {
  it.each(BOLT_ROWS)('while the bolt is %s leaves it unknown, and moves nothing when it is back', (row) => {
    const lock = IN_BOLT_ROW[row]();
    expect(lock.row()).toBe(row);
    expect(lostAndBack(lock)).toEqual([]);
    // Observed again, it is what it is.
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.row()).toBe('locked');
    expect(lock.state().alarms).not.toContain('BoardLost');
  });

  it.each(VISIT_ROWS)('while the visit is %s withdraws nothing, neither then nor when it is back', (row) => {
    const lock = IN_VISIT_ROW[row]();
    expect(lock.state().visit.row).toBe(row);
    expect(lostAndBack(lock)).toEqual([]);
    // A late answer of the disk opens nothing either.
    if (row === 'spending') lock.give({ type: 'spent', spendKey: 'issuer:1' });
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.drives().filter((direction) => direction === 'withdraw').length).toBeLessThanOrEqual(1);
    expect(lock.row()).toBe('locked');
  });
});
