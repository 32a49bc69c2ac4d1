/** What a lock would want to know again if the power went in this moment. */
import { describe, expect, it } from 'vitest';
import { ITEM_IN } from '../../../firmware/lock/item.ts';
import { lastingOf, type Restored } from '../../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { benchLock, emptiedSafe, GRANT } from '../../support/bench-lock.ts';

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

  it('whose door was seen shut is known for that until it is opened once more', () => {
    const lock = benchLock(DOOR, {
      visit: { grant: GRANT, entered: true, openings: 1, overstayed: false },
      item: ITEM_IN,
      relockFailed: false,
      held: [],
      left: {},
    });
    lock.give({ type: 'resumed' });
    const seen = () => [lock.state().visit.row, kept(lock).visit?.shut];
    expect(seen()).toEqual(['resumed', undefined]);
    lock.boot('withdrawn');
    expect(seen()).toEqual(['resumed', true]);
    lock.door('open');
    expect(seen()).toEqual(['door_open', undefined]);
    lock.door('closed');
    expect(seen()).toEqual(['relocking', true]);
  });

  it('to a safe whose key is out goes on', () => {
    const lock = emptiedSafe();
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

describe('what the life before has left of a wait', () => {
  const left = (timers: Restored['left'], item: Restored['item'] = ITEM_IN): Restored => ({
    visit: undefined,
    item,
    relockFailed: false,
    held: [],
    left: timers,
  });

  it('of the bolt means nothing any more once bolt and door are seen', () => {
    const lock = benchLock(DOOR, left({ bolt: 700 }));
    lock.give({ type: 'resumed' });
    lock.boot('thrown');
    lock.grant();
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
  });

  it('counts for a door that is found after its bolt', () => {
    const lock = benchLock(DOOR, left({ bolt: 700 }));
    lock.give({ type: 'board.ready' });
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(700);
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(700);
  });

  it('of a key that is out counts once', () => {
    const lock = benchLock(KEY_SAFE, left({ item: 700 }, { place: 'out', overdue: false }));
    lock.give({ type: 'resumed' });
    expect(lock.armed.get('item')).toBe(700);
    lock.boot('withdrawn', 'open');
    expect(lock.state().item.place).toBe('in');
    lock.settle('item_present', false);
    expect(lock.armed.get('item')).toBe(KEY_SAFE.returnMsMax);
  });
});

describe('a life in which a token was being spent when the power went', () => {
  const found = (profile: Profile, spentBefore?: boolean) => {
    const lock = benchLock(profile);
    lock.give({ type: 'resumed', ...(spentBefore === undefined ? {} : { spentBefore }) });
    lock.boot('withdrawn');
    return lock;
  };
  const BY_HAND: Profile = { ...DOOR, autoRelock: false };

  it('owes that the bolt is thrown again, also where nothing relocks by itself', () => {
    const lock = found(BY_HAND, true);
    expect(lock.state().relockOwed).toBe(true);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
    lock.bolt('thrown');
    expect(lock.state().relockOwed).toBe(false);
  });

  it('owes nothing more where it relocks anyway, nor did one in which none was', () => {
    expect(found(DOOR, true).state().relockOwed).toBe(false);
    expect(found(BY_HAND, false).state().relockOwed).toBe(false);
    const lock = found(BY_HAND);
    expect(lock.state().relockOwed).toBe(false);
    expect(lock.armed.has('bolt')).toBe(false);
  });
});
