/** What is other in a safe, in a trunk, behind a strike and behind a bolt that nobody sees. */
import { describe, expect, it } from 'vitest';
import { lastingOf, type Restored } from '../../../firmware/lock/lasting.ts';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { LockEvent } from '../../../firmware/lock/state.ts';
import { benchLock, emptiedSafe, GRANT } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

const told = (lock: Bench, topic: string): readonly string[] =>
  lock.told().flatMap((event) => (event.topic === topic ? [event.body.event_type] : []));
const refusal = (lock: Bench) => lock.state().interlock?.refusal;

describe('a key safe', () => {
  it('is sealed by the return of the key, not by its release', () => {
    const lock = emptiedSafe();
    expect(lock.state()).toMatchObject({ visit: { row: 'awaiting_return' }, item: { place: 'out' } });
    expect(lock.outcomes()).toEqual([]);
    lock.door('open');
    lock.settle('item_present', true);
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
    expect(told(lock, 'visit')).toEqual(['entered', 'item_taken', 'item_returned', 'ended']);
    expect(lock.state().item).toEqual({ place: 'in', overdue: false });
  });

  it('that is empty is not locked, by no wait and no command', () => {
    const lock = emptiedSafe();
    lock.give({ type: 'lock.commanded' });
    if (lock.armed.has('bolt')) lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw']);
    expect(lock.row()).toBe('unlocked');
  });

  it('takes the key back through a slot, lid shut, and locks', () => {
    const lock = emptiedSafe();
    lock.settle('item_present', true);
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('raises ItemNotReturned when the key stays out, and still takes it back', () => {
    const lock = emptiedSafe();
    lock.elapse('item');
    expect(lock.state().alarms).toEqual(['ItemNotReturned']);
    lock.settle('item_present', true);
    expect(lock.state().alarms).toEqual([]);
  });

  it.each<[string, readonly LockEvent[]]>([
    ['the battery is at its end', [{ type: 'battery', millivolts: 2_900 }]],
    ['the disk has failed', [{ type: 'ledger.failed' }]],
    ['the clock is not trusted', [{ type: 'clock.judged', trusted: false }]],
    ['the owner has vetoed', [{ type: 'vetoed' }]],
    ['the visit was given up', [{ type: 'board.lost', reason: 'test' }, { type: 'board.ready' }]],
  ])('opens to its own button for a key that is out, even when %s', (_what, events) => {
    const lock = emptiedSafe();
    for (const event of events) lock.give(event);
    lock.settle('bell', false);
    lock.door('closed');
    lock.bolt('thrown'); // by hand
    const before = lock.drives().length;
    lock.settle('bell', true);
    expect(lock.drives().slice(before)).toEqual(['withdraw']);
  });

  it('does not open to its own button while the key is in it', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    for (let press = 0; press < 3; press++) lock.press('bell');
    expect(lock.drives()).toEqual([]);
  });

  it('does not take a contact that fails behind a locked lid for a key that was taken', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.settle('item_present', false);
    expect(lock.state()).toMatchObject({ item: { place: 'missing' }, alarms: ['SensorConflict'] });
    lock.press('bell');
    expect(lock.drives()).toEqual([]);
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.settle('item_present', true);
    expect(lock.state().alarms).toEqual([]);
  });

  it('sees a key that left before the lid was seen open', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.settle('item_present', false);
    expect(lock.state().item.place).toBe('in');
    lock.door('open');
    expect(lock.state().item.place).toBe('out');
  });

  it('gives no second token the key while it is out', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.settle('item_present', false);
    lock.door('closed');
    expect(refusal(lock)).toBe('actuator_busy');
    lock.settle('item_present', true);
    expect(refusal(lock)).toBeUndefined();
  });

  it('with nothing taken is sealed like a door', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it.each(['mounted', 'upright'] as const)('takes no token while it is not %s, or while nobody knows', (contact) => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    expect(refusal(lock)).toBeUndefined();
    lock.settle(contact, false);
    expect(refusal(lock)).toBe('mount_removed');
    lock.settle(contact, true);
    expect(refusal(lock)).toBeUndefined();
    lock.give({ type: 'board.ready' });
    expect(refusal(lock)).toBe('mount_removed');
  });
});

describe('a car trunk', () => {
  it('is one pulse, and sealed when its lid is seen shut', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    expect(lock.row()).toBe('locked');
    lock.grant();
    expect(lock.row()).toBe('unlocked');
    expect(lock.armed.get('reckoned')).toBe(CAR_TRUNK.freeMs);
    lock.door('open');
    lock.door('closed');
    expect(lock.outcomes()).toEqual(['sealed']);
    expect(lock.row()).toBe('locked');
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('marks every report of its latch as assumed, and a door with contacts marks none', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.grant();
    lock.door('open');
    lock.door('closed');
    const bodies = lock.told().flatMap(({ topic, body }) => (topic === 'lock' ? [body] : []));
    expect(bodies.map(({ event_type }) => event_type)).toEqual([
      'locked',
      'unlocking',
      'unlocked',
      'locking',
      'locked',
    ]);
    for (const body of bodies) expect(body).toMatchObject({ assumed: true });
    const door = benchLock(DOOR);
    door.boot();
    for (const { topic, body } of door.told()) if (topic === 'lock') expect(body).not.toHaveProperty('assumed');
  });

  it('whose lid did not spring open is locked again when its latch has caught', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.grant();
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    expect(lock.state().bolt.changedBy).toBe('auto');
    expect(lock.outcomes()).toEqual(['granted_not_entered']);
  });

  it('whose lid stands open is not locked, whatever its latch has had time to do', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.grant();
    lock.door('open');
    if (lock.armed.has('reckoned')) lock.elapse('reckoned');
    expect(lock.row()).toBe('unlocked');
    expect(lock.outcomes()).toEqual([]);
  });

  it('opened by the driver was not forced', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.door('open');
    expect(lock.state()).toMatchObject({ door: 'open', alarms: [] });
    expect(lock.row()).toBe('unlocked');
    expect(lock.state().bolt.changedBy).toBe('manual');
    lock.door('closed');
    expect(lock.row()).toBe('locked');
  });

  it('takes no token while the ignition is on, or while nobody knows', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.give({ type: 'board.ready' });
    lock.give({ type: 'battery', millivolts: 13_000 });
    lock.door('closed');
    expect(refusal(lock)).toBe('ignition_on');
    lock.settle('ignition_off', true);
    expect(refusal(lock)).toBeUndefined();
    lock.settle('ignition_off', false);
    expect(refusal(lock)).toBe('ignition_on');
  });

  it('stays shut for a token whose use was still being written when the car was started', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.settle('ignition_off', false);
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.drives()).toEqual([]);
    expect(lock.outcomes()).toEqual(['aborted']);
  });

  it('lets whoever is in it out, with the ignition on, the disk gone and the battery at its end', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.settle('ignition_off', false);
    lock.give({ type: 'ledger.failed' });
    lock.give({ type: 'battery', millivolts: 9_000 });
    lock.press('inside_button');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.door('open');
    expect(told(lock, 'door')).toEqual(['opened']);
  });
});

describe.each([KEY_SAFE, CAR_TRUNK])('a $name that has just come up', (profile) => {
  it('takes no token before anybody has measured what is left in its battery', () => {
    const lock = benchLock({ ...profile, battery: undefined });
    lock.boot();
    expect(refusal(lock)).toBeUndefined();
    const measured = benchLock(profile);
    measured.give({ type: 'board.ready' });
    for (const contact of profile.contacts) measured.settle(contact, lock.state().contacts[contact].closed === true);
    expect(refusal(measured)).toBe('board_lost');
    measured.give({ type: 'battery', millivolts: 3_000 });
    expect(refusal(measured)).toBe('battery_low');
    measured.give({ type: 'battery', millivolts: 13_000 });
    expect(refusal(measured)).toBeUndefined();
  });
});

describe('a door with a strike', () => {
  const STRIKE: Profile = {
    ...DOOR,
    drive: 'strike',
    pulseMs: 3_000,
    freeMs: 3_500,
    contacts: ['latched', 'door_closed', 'bell', 'inside_button'],
  };

  function shut(): Bench {
    const lock = benchLock(STRIKE);
    lock.boot();
    lock.settle('latched', true);
    expect(lock.row()).toBe('locked');
    return lock;
  }

  it('is seen by its latch: nothing is assumed, and the pulse is not cut short when it is free', () => {
    const lock = shut();
    const before = lock.effects.length;
    lock.grant();
    expect(lock.row()).toBe('unlocking');
    lock.settle('latched', false);
    expect(lock.row()).toBe('unlocked');
    expect(lock.effects.slice(before).filter(({ type }) => type === 'halt')).toEqual([]);
    for (const { topic, body } of lock.told()) if (topic === 'lock') expect(body).not.toHaveProperty('assumed');
  });

  it('is let go when the door has been opened, and sealed when the latch has caught', () => {
    const lock = shut();
    lock.grant();
    lock.settle('latched', false);
    const before = lock.effects.length;
    lock.door('open');
    expect(lock.effects.slice(before).map(({ type }) => type)).toContain('halt');
    lock.door('closed');
    expect(lock.row()).toBe('locking');
    lock.settle('latched', true);
    expect(lock.outcomes()).toEqual(['sealed']);
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('whose latch does not catch is jammed, and not locked', () => {
    const lock = shut();
    lock.grant();
    lock.settle('latched', false);
    lock.door('open');
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    expect(lock.outcomes()).toEqual(['relock_failed']);
  });

  it('that nobody pushed is locked again by itself', () => {
    const lock = shut();
    lock.grant();
    lock.settle('latched', false);
    lock.settle('latched', true);
    expect(lock.state().bolt).toMatchObject({ row: 'locked', changedBy: 'auto' });
    expect(lock.outcomes()).toEqual(['granted_not_entered']);
  });
});

describe('a bolt that nobody sees', () => {
  const BLIND: Profile = { ...DOOR, contacts: ['door_closed', 'bell', 'inside_button'] };

  it('is thrown once the door is seen closed, and then assumed to be where it was driven', () => {
    const lock = benchLock(BLIND);
    lock.give({ type: 'board.ready' });
    expect(lock.row()).toBe('unknown');
    lock.door('closed');
    expect(lock.drives()).toEqual(['throw']);
    expect(lock.row()).toBe('locking');
    expect(lock.armed.get('reckoned')).toBeLessThan(lock.armed.get('bolt') ?? 0);
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
  });

  it('behind an open door is left where it is', () => {
    const lock = benchLock(BLIND);
    lock.give({ type: 'board.ready' });
    lock.door('open');
    expect(lock.drives()).toEqual([]);
    expect(lock.row()).toBe('unknown');
  });

  it('takes its time to be withdrawn, and a whole visit goes by the same tables', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.grant();
    expect(lock.row()).toBe('unlocking');
    lock.elapse('reckoned');
    lock.door('open');
    lock.door('closed');
    lock.elapse('reckoned');
    expect(lock.outcomes()).toEqual(['sealed']);
    expect(lock.drives()).toEqual(['throw', 'withdraw', 'throw']);
  });

  it('is where nobody knows when the door opens that it should hold, and is thrown once that door is shut', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.door('open'); // with a key, which nobody sees
    expect(lock.row()).toBe('unknown');
    lock.door('closed');
    expect(lock.row()).toBe('locking');
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    expect(lock.drives()).toEqual(['throw', 'throw']);
  });

  it('is still on its way when the door opens before its time is over', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.grant();
    lock.door('open');
    expect(lock.row()).toBe('unlocking');
    lock.elapse('reckoned');
    expect(lock.state().visit.row).toBe('door_open');
  });

  it('has arrived, and is not jammed, whichever of its waits ends first: to begin its drive takes time between them', () => {
    for (const first of ['bolt', 'drive'] as const) {
      const lock = benchLock(BLIND);
      lock.boot();
      lock.elapse(first);
      expect([lock.row(), lock.state().bolt.status]).toEqual(['locked', 'thrown']);
      lock.grant();
      lock.elapse(first);
      expect([lock.row(), lock.state().visit.row]).toEqual(['unlocked', 'awaiting_entry']);
      lock.door('open');
      lock.door('closed');
      lock.elapse(first);
      expect(lock.outcomes()).toEqual(['sealed']);
      expect(lock.state().alarms).toEqual([]);
      expect(lock.effects.at(-1)?.type).not.toBe('drive');
      expect(lock.armed.has('drive')).toBe(false);
    }
  });

  it('and was withdrawn for somebody inside before anybody knew where it was has arrived likewise', () => {
    for (const first of ['bolt', 'drive'] as const) {
      const lock = benchLock(BLIND);
      lock.give({ type: 'board.ready' });
      lock.settle('inside_button', false);
      lock.press('inside_button');
      expect(lock.row()).toBe('unknown');
      lock.elapse(first);
      expect(lock.row()).toBe('unlocked');
    }
  });

  it('whose drive was taken away on its way is at neither end', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.give({ type: 'drive.stalled' });
    expect(lock.row()).toBe('jammed');
    expect(lock.state().bolt.status).toBe('between');
    expect(lock.state().alarms).toEqual(['LockJammed']);
  });
});

describe('a contact that is not wired', () => {
  it('is not heard', () => {
    const lock = benchLock(DOOR);
    lock.boot();
    const before = lock.state();
    for (const contact of ['cover_on', 'item_present', 'mounted', 'latched'] as const)
      expect(lock.give({ type: 'contact', contact, closed: false })).toEqual([]);
    expect(lock.state()).toEqual(before);
  });
});

describe('a lock that does not relock by itself', () => {
  it('stays as somebody inside has left it, and is locked behind a courier all the same', () => {
    const lock = benchLock({ ...DOOR, autoRelock: false });
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    expect(lock.armed.has('bolt')).toBe(false);
    lock.grant();
    lock.door('open');
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});

describe('a lock that does not relock by itself, and is asked to lock behind somebody', () => {
  it('locks behind them when they have gone through the door, too', () => {
    const lock = benchLock({ ...DOOR, autoRelock: false });
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    lock.door('open');
    lock.door('closed');
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    // Once: who leaves next without being asked for is not locked behind.
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(lock.armed.has('bolt')).toBe(false);
  });

  it('asks again when the door could not be seen at the moment, and is seen closed after all', () => {
    const lock = benchLock({ ...DOOR, autoRelock: false });
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    for (let edge = 0; edge <= DOOR.flickerEdgesMax + 2; edge++)
      lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 0 });
    lock.elapse('flicker.door_closed');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    expect(lock.state().bolt.cause).toBe('remote');
  });
});

describe('a visit to a lock that does not relock by itself', () => {
  const NOTHING_LEFT: Restored = {
    visit: undefined,
    item: { place: 'in', overdue: false },
    relockFailed: false,
    held: [],
    left: {},
  };
  const MANUAL = { ...DOOR, autoRelock: false };
  const visited = () => {
    const lock = benchLock(MANUAL);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    return lock;
  };

  it('that ended with the door left open is locked behind when it is shut', () => {
    const lock = visited();
    lock.door('open');
    lock.elapse('visit');
    lock.elapse('visit');
    expect(lock.outcomes()).toEqual(['left_open']);
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    // From then on it stays again as somebody leaves it.
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(lock.armed.has('bolt')).toBe(false);
  });

  it('that ended with a lost board is locked behind when the board is back', () => {
    const lock = visited();
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.outcomes()).toEqual(['aborted']);
    lock.boot('withdrawn');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });

  it('that ended with the power is locked behind in the next life', () => {
    const lock = visited();
    lock.door('open');
    lock.elapse('visit');
    lock.elapse('visit');
    const { relockOwed } = lastingOf(lock.state());
    const next = benchLock(MANUAL, { ...NOTHING_LEFT, relockOwed });
    next.give({ type: 'resumed' });
    next.boot('withdrawn');
    next.elapse('bolt');
    expect(next.drives()).toEqual(['throw']);
  });

  it('owes nothing where nothing was withdrawn for it', () => {
    const lock = benchLock(MANUAL);
    lock.boot('withdrawn');
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.give({ type: 'vetoed' });
    lock.door('open');
    lock.door('closed');
    expect(lock.armed.has('bolt')).toBe(false);
  });
});
