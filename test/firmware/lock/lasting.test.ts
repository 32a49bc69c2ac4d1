/** What a lock would want to know again if the power went in this moment. */
import { describe, expect, it } from 'vitest';
import { lastingOf } from '../../../firmware/lock/lasting.ts';
import { KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;
const kept = (lock: Bench) => lastingOf(lock.state());

describe('a visit', () => {
  it('goes on only when its bolt was seen withdrawn', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('bell');
    expect(kept(lock).visit).toBeUndefined();
    lock.give({ type: 'token.admitted', grant: GRANT });
    expect(kept(lock).visit).toBeUndefined();
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.state().visit.row).toBe('unlocking');
    expect(kept(lock).visit).toBeUndefined();
    lock.bolt('withdrawn');
    expect(kept(lock).visit).toEqual({ key: GRANT.spendKey, openings: 0, overstayed: false });
    lock.door('open');
    lock.elapse('visit');
    expect(kept(lock).visit).toEqual({ key: GRANT.spendKey, openings: 1, overstayed: true });
    lock.door('closed');
    expect(lock.state().visit.row).toBe('relocking');
    expect(kept(lock).visit?.key).toBe(GRANT.spendKey);
    lock.bolt('thrown');
    expect(kept(lock).visit).toBeUndefined();
  });

  it('to a safe whose key is out goes on', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.settle('item_present', false);
    lock.door('closed');
    expect(lock.state().visit.row).toBe('awaiting_return');
    expect(kept(lock)).toMatchObject({
      visit: { key: GRANT.spendKey },
      item: { place: 'out', overdue: false },
      relockFailed: false,
    });
  });
});

describe('alarms', () => {
  it('are kept when looking does not bring them back', () => {
    const lock = benchLock();
    lock.boot();
    lock.door('open');
    lock.give({ type: 'clock.judged', trusted: false });
    expect(lock.state().alarms).toEqual(['DoorForcedOpen', 'ClockUntrusted']);
    expect(kept(lock).alarms).toEqual(['DoorForcedOpen']);
  });
});

describe('waits', () => {
  it('of a bolt mean something while it stands withdrawn, or between, and not while it is driven or at rest', () => {
    const lock = benchLock();
    lock.boot();
    expect(kept(lock).timers).toEqual(['ajar', 'item']);
    lock.bolt('between');
    expect(kept(lock).timers).toEqual(['bolt', 'ajar', 'item']);
    lock.bolt('withdrawn');
    expect(kept(lock).timers).toEqual(['bolt', 'ajar', 'item']);
    lock.elapse('bolt');
    expect(lock.row()).toBe('locking');
    expect(kept(lock).timers).toEqual(['ajar', 'item']);
  });

  it('of a visit mean something while somebody is inside', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    expect(kept(lock).timers).not.toContain('visit');
    lock.door('open');
    expect(kept(lock).timers).toContain('visit');
    lock.elapse('visit');
    expect(lock.state().visit.row).toBe('overstayed');
    expect(kept(lock).timers).toContain('visit');
    lock.door('closed');
    expect(lock.state().visit.row).toBe('relocking');
    expect(kept(lock).timers).not.toContain('visit');
  });
});
