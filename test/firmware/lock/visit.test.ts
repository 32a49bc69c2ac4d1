/** Visits at the edges: what is asked of door and bolt before one goes on, or ends. */
import { describe, expect, it } from 'vitest';
import type { Restored } from '../../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE, LEAVE_MS, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

const RESUMED: Restored = {
  visit: { grant: GRANT, entered: true, openings: 1, overstayed: false },
  item: { place: 'in', overdue: false },
  relockFailed: false,
  held: [],
  left: {},
};

const told = (lock: ReturnType<typeof benchLock>, topic: string): readonly string[] =>
  lock.told().flatMap((event) => (event.topic === topic ? [event.body.event_type] : []));

describe('a visit that a power cut interrupted', () => {
  it('is not sealed by a bolt that is seen thrown before the door was seen closed', () => {
    const lock = benchLock(DOOR, RESUMED);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual([]);
    expect(lock.state().visit.row).toBe('resumed');
  });

  it('of a safe is not sealed by a key that is back before the lid was seen closed', () => {
    const lock = benchLock(KEY_SAFE, { ...RESUMED, item: { place: 'out', overdue: false } });
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.settle('item_present', false);
    lock.settle('bell', false);
    lock.door('closed');
    expect(lock.state().visit.row).toBe('awaiting_return');
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    lock.give({ type: 'board.ready' });
    lock.settle('item_present', true);
    expect(lock.state().visit.row).toBe('awaiting_return');
    expect(lock.drives()).toEqual([]);
  });
});

describe('a safe whose key was taken in the dark, in a visit', () => {
  it.each([
    ['bolt', 'door', 'item'],
    ['bolt', 'item', 'door'],
    ['door', 'bolt', 'item'],
    ['door', 'item', 'bolt'],
    ['item', 'bolt', 'door'],
    ['item', 'door', 'bolt'],
  ] as const)('is not locked over the empty place, whatever is seen first: %s, %s, %s', (...order) => {
    const lock = benchLock(KEY_SAFE, RESUMED);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    for (const contact of ['item_present', 'door_closed', 'bolt_thrown', 'bolt_withdrawn'] as const) {
      lock.give({ type: 'contact', contact, closed: contact === 'door_closed' || contact === 'bolt_withdrawn' });
    }
    const settle = { bolt: ['bolt_thrown', 'bolt_withdrawn'], door: ['door_closed'], item: ['item_present'] } as const;
    for (const which of order) for (const contact of settle[which]) lock.elapse(`contact.${contact}`);
    expect(lock.drives()).toEqual([]);
    expect(lock.state().item.place).toBe('out');
    if (lock.armed.has('visit')) lock.elapse('visit');
    expect(lock.state().visit.row).toBe('awaiting_return');
    expect(lock.drives()).toEqual([]);
  });
});

describe('a door that was seen shut after a power cut, and is opened before its bolt is thrown', () => {
  /** The power came back; door and bolt are seen as they stand, in this order. */
  function back(profile: Profile, first: 'bolt' | 'door'): ReturnType<typeof benchLock> {
    const lock = benchLock(profile, RESUMED);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    if (first === 'door') lock.door('closed');
    lock.bolt('withdrawn');
    if (first === 'bolt') lock.door('closed');
    return lock;
  }

  it.each(['bolt', 'door'] as const)('is one more opening, and told as one: first seen is the %s', (first) => {
    const lock = back(DOOR, first);
    expect(lock.drives()).toEqual(['throw']);
    lock.door('open');
    expect(told(lock, 'visit')).toEqual(['reopened']);
    expect(lock.state().visit).toMatchObject({ row: 'door_open', openings: 2 });
  });

  it('is told of a courier who had overstayed before, too', () => {
    const lock = benchLock(DOOR, { ...RESUMED, visit: { grant: GRANT, entered: true, openings: 1, overstayed: true } });
    lock.give({ type: 'resumed' });
    lock.boot('withdrawn');
    lock.door('open');
    expect(told(lock, 'visit')).toEqual(['reopened']);
    expect(lock.state().visit).toMatchObject({ row: 'overstayed', openings: 2 });
  });

  it('is allowed no oftener than without one, however often the power goes', () => {
    const lock = back({ ...DOOR, openingsMax: 2 }, 'bolt');
    lock.door('open');
    lock.bolt('withdrawn');
    lock.door('closed');
    expect(lock.state().visit.row).toBe('relocking');
  });

  it('stands open as before when it is seen open first', () => {
    const lock = benchLock(DOOR, RESUMED);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.bolt('withdrawn');
    lock.door('open');
    expect(told(lock, 'visit')).toEqual([]);
    expect(lock.state().visit).toMatchObject({ row: 'door_open', openings: 1 });
  });
});

describe('a visit', () => {
  it('whose door was forced while its token was written down is entered already', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.door('open');
    expect(lock.state().door).toBe('forced_open');
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    lock.bolt('withdrawn');
    expect(lock.state().visit).toMatchObject({ row: 'door_open', entered: true, openings: 1 });
  });

  it.each(['its time is over', 'the owner ends it'])('is entered by whoever pushes when %s, once', (why) => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    if (why === 'the owner ends it') lock.give({ type: 'vetoed' });
    else lock.elapse('visit');
    lock.door('open');
    expect(told(lock, 'visit')).toEqual(['entered']);
    lock.door('closed');
    lock.door('open');
    expect(told(lock, 'visit')).toEqual(['entered', 'reopened']);
    lock.bolt('withdrawn');
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('that the owner ends behind a door that is open already is entered when the bolt comes free of it', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.door('open');
    lock.give({ type: 'vetoed' });
    expect([told(lock, 'visit'), told(lock, 'access')]).toEqual([[], []]);
    lock.bolt('withdrawn');
    expect(lock.state().visit).toMatchObject({ row: 'door_open', entered: true });
    lock.door('closed');
    lock.bolt('thrown');
    expect([lock.outcomes(), told(lock, 'access')]).toEqual([['sealed'], []]);
  });

  it('whose bolt was thrown in the air is sealed when the door shuts, and nothing is driven', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual([]);
    lock.door('closed');
    expect(lock.outcomes()).toEqual(['sealed']);
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it.each(['before the door was opened', 'while it is open', 'while it is overstayed', 'before the power goes'])(
    'that the owner ends %s may not go on, though the policy allows one more opening',
    (when) => {
      const profile: Profile = { ...DOOR, openingsMax: 2 };
      const lock = when === 'before the power goes' ? benchLock(profile, RESUMED) : benchLock(profile);
      if (when === 'before the power goes') {
        lock.give({ type: 'resumed' });
        lock.boot('withdrawn', 'open');
      } else {
        lock.boot();
        lock.grant();
        lock.bolt('withdrawn');
        if (when === 'before the door was opened') lock.give({ type: 'vetoed' });
        lock.door('open');
        if (when === 'while it is overstayed') lock.elapse('visit');
        if (when !== 'before the door was opened') lock.give({ type: 'vetoed' });
      }
      lock.bolt('withdrawn');
      lock.door('closed');
      expect(lock.state().visit.row).toBe('relocking');
      expect(lock.drives().at(-1)).toBe('throw');
      lock.bolt('thrown');
      expect(lock.outcomes()).toEqual(['sealed']);
      lock.grant({ ...GRANT, spendKey: 'issuer:2' });
      lock.bolt('withdrawn');
      lock.door('open');
      lock.door('closed');
      expect(lock.state().visit.row).toBe('awaiting_entry');
    },
  );

  it('that may go on waits for no bolt that was thrown in the air', () => {
    const lock = benchLock({ ...DOOR, openingsMax: 2 });
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.bolt('thrown');
    lock.door('closed');
    expect(lock.state().visit.row).toBe('awaiting_entry');
    expect(lock.armed.has('bolt')).toBe(false);
  });
});

describe('somebody inside who does not leave, behind a courier who has', () => {
  /** The door is shut behind the courier, and the bolt on its way. */
  function shutBehind(): ReturnType<typeof benchLock> {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    expect(lock.row()).toBe('locking');
    return lock;
  }

  it.each([1, 2, 3])(
    'has pressed the button %i times: the door is locked all the same, and nothing has failed',
    (times) => {
      const lock = shutBehind();
      for (let time = 0; time < times; time++) lock.press('inside_button');
      lock.bolt('withdrawn');
      lock.press('inside_button');
      lock.elapse('visit');
      expect(lock.state()).toMatchObject({ visit: { row: 'relocking' }, alarms: [] });
      expect(lock.armed.get('visit')).toBe(DOOR.sealMsMax);
      expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
      lock.elapse('bolt');
      lock.bolt('thrown');
      expect(lock.outcomes()).toEqual(['sealed']);
      expect(told(lock, 'alarm')).toEqual([]);
    },
  );

  it('does not hide a door that nobody can see any more: nothing throws the bolt then', () => {
    const lock = shutBehind();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    for (let edge = 0; edge <= DOOR.flickerEdgesMax; edge++)
      lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('flicker.door_closed');
    expect(lock.state().door).toBe('unknown');
    lock.elapse('visit');
    expect(lock.outcomes()).toEqual(['relock_failed']);
  });

  it('does not hide a bolt that nobody sees any more: nobody can say that it is ever thrown', () => {
    const lock = benchLock(DOOR, RESUMED);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', false);
    lock.door('closed');
    lock.press('inside_button');
    expect(lock.row()).toBe('unknown');
    lock.elapse('visit');
    expect(lock.outcomes()).toEqual(['relock_failed']);
  });

  it('does not keep a visit that a power cut interrupted from being sealed', () => {
    const lock = benchLock(DOOR, RESUMED);
    lock.give({ type: 'resumed' });
    lock.boot('withdrawn');
    expect(lock.row()).toBe('locking');
    lock.press('inside_button');
    lock.elapse('visit');
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });
});

describe('the button of a safe', () => {
  it('is who is said to have opened for a key that comes back', () => {
    const lock = benchLock(KEY_SAFE, { ...RESUMED, item: { place: 'out', overdue: false } });
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    for (const contact of ['item_present', 'bell'] as const) lock.settle(contact, false);
    lock.door('closed');
    lock.bolt('thrown');
    lock.settle('bell', true);
    expect(lock.state().bolt).toMatchObject({ row: 'unlocking', cause: 'button', changedBy: 'button' });
  });

  it('is not who is said to throw a jammed bolt again when the key is back: that goes by itself', () => {
    const lock = benchLock(KEY_SAFE, { ...RESUMED, item: { place: 'out', overdue: false } });
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    for (const contact of ['item_present', 'bell'] as const) lock.settle(contact, false);
    lock.door('closed');
    lock.bolt('thrown');
    lock.settle('bell', true);
    lock.bolt('between');
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    lock.settle('item_present', true);
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    expect(lock.state().bolt).toMatchObject({ row: 'locking', changedBy: 'auto' });
  });
});
