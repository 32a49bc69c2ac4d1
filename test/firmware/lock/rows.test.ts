/** Small promises of the rows that the stories of other tests pass by: each was once broken by one changed line that no test noticed. */
import { describe, expect, it } from 'vitest';
import { BOLT } from '../../../firmware/lock/bolt.ts';
import { DOOR } from '../../../firmware/lock/profiles/door.ts';
import { look } from '../../../firmware/lock/table.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

/** What became of the drive, from its first signal on. */
const motions = (lock: Bench): readonly string[] => {
  const all = lock.effects.flatMap((effect) =>
    effect.type === 'halt' ? ['halt'] : effect.type === 'drive' ? [effect.direction] : [],
  );
  return all.slice(all.findIndex((motion) => motion !== 'halt'));
};

const lights = (lock: Bench): readonly string[] =>
  lock.effects.flatMap((effect) => (effect.type === 'indicate' ? [effect.indication] : []));

const alarmsTold = (lock: Bench): readonly string[] =>
  lock.told().flatMap(({ topic, body }) => (topic === 'alarm' ? [`${body.event_type} ${body.alarm}`] : []));

const admitted = { type: 'token.admitted', grant: GRANT } as const;

const spent = { type: 'spent', spendKey: GRANT.spendKey } as const;

/** A lock whose visit stands in a row. */
function inVisit(row: 'unlocking' | 'awaiting_entry' | 'door_open' | 'relocking'): Bench {
  const lock = benchLock();
  lock.boot();
  lock.grant();
  const way = [() => lock.bolt('withdrawn'), () => lock.door('open'), () => lock.door('closed')];
  for (const go of way) if (lock.state().visit.row !== row) go();
  expect(lock.state().visit.row).toBe(row);
  return lock;
}

/** A bolt that does not get thrown. */
function jammed(): Bench {
  const lock = benchLock();
  lock.boot('withdrawn');
  lock.elapse('bolt');
  lock.elapse('bolt');
  expect(lock.row()).toBe('jammed');
  return lock;
}

describe('the door, seen by the bolt', () => {
  it('that nobody has seen closed is not closed: nothing is thrown', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
    expect(lock.row()).toBe('unlocked');
  });
  it('that was forced open is not closed: nothing is thrown', () => {
    const lock = benchLock();
    lock.boot();
    lock.door('open');
    lock.bolt('withdrawn');
    if (lock.armed.has('bolt')) lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
  });
  it('found open at boot was not forced', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.bolt('thrown');
    lock.door('open');
    expect(lock.state()).toMatchObject({ door: 'open', alarms: [] });
  });
});

describe('a lost board', () => {
  it('leaves nothing known, nothing armed and nothing driven, and says so', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.give({ type: 'contact', contact: 'bell', closed: true });
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.state()).toMatchObject({
      door: 'unknown',
      alarms: ['BoardLost'],
      bolt: { row: 'unknown', status: 'unknown' },
    });
    expect(lock.state().contacts.bolt_withdrawn).toEqual({ raw: undefined, closed: undefined });
    expect([...lock.armed.keys()]).toEqual([]);
    expect(motions(lock)).toEqual(['throw', 'halt']);
    expect(lights(lock).at(-1)).toBe('off');
    lock.boot('withdrawn');
    expect(alarmsTold(lock).filter((what) => what === 'raised BoardLost')).toHaveLength(1);
  });
  it('that comes back without a word of its loss has contacts that nobody has seen', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'board.ready' });
    expect(lock.state().contacts.door_closed).toEqual({ raw: undefined, closed: undefined });
  });
  it('is no reason to say who moved the bolt, when it is seen again', () => {
    const lock = benchLock();
    lock.boot();
    expect(lock.state().bolt.changedBy).toBe('unspecified');
  });
});

describe('the drive is taken away', () => {
  it('when the bolt has arrived, either way', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(motions(lock)).toEqual(['withdraw', 'halt', 'throw', 'halt']);
  });
  it('when it has not arrived in time, either way', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.travelMsMax);
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
    expect(motions(jammed())).toEqual(['throw', 'halt']);
  });
  it('when the contacts contradict each other', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('conflict');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
  });
  it('when the door is opened after a press, or nobody opens it', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.press('inside_button');
    lock.door('open');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
    lock.press('inside_button');
    lock.elapse('bolt');
    expect(motions(lock)).toEqual(['withdraw', 'halt', 'withdraw', 'halt']);
  });
  it('when somebody pressed and nobody knows where the bolt is', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', false);
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.travelMsMax);
    lock.elapse('bolt');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
  });
});

describe('a bolt between its ends', () => {
  it.each(['thrown', 'withdrawn', 'between'] as const)('is seen from %s, and thrown in the end', (from) => {
    const lock = benchLock();
    lock.boot(from);
    lock.bolt('between');
    expect(lock.row()).toBe('not_fully_locked');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });
  it('waits while the door is open, and for a moment after it was closed', () => {
    const lock = benchLock();
    lock.boot('between');
    lock.door('open');
    expect(lock.armed.has('bolt')).toBe(false);
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
  });
});

describe('a withdrawn bolt', () => {
  it('gives whoever presses inside the time to go', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.door('open');
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
  });
  it('is granted as it stands, with the time to come in', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.door('open');
    lock.door('closed');
    lock.grant();
    expect(lock.state().visit.row).toBe('awaiting_entry');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    expect(lock.told().filter(({ topic }) => topic === 'access')).toHaveLength(1);
  });
  it('is entered at once when the door was opened meanwhile', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.give(admitted);
    lock.door('open');
    lock.give(spent);
    expect(lock.state().visit).toMatchObject({ row: 'door_open', entered: true });
  });
  it('that is just being thrown is withdrawn for a token whose use has become durable', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.give(admitted);
    lock.elapse('bolt');
    lock.bolt('between');
    lock.give(spent);
    expect(lock.drives()).toEqual(['throw', 'withdraw']);
  });
});

describe('a jammed bolt', () => {
  it('that never left its end is locked at the next try', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.row()).toBe('locked');
  });
  it('that never left the other end is unlocked for the button inside', () => {
    const lock = jammed();
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocked');
  });
  it('that comes free is unlocked', () => {
    const lock = jammed();
    lock.bolt('between');
    lock.bolt('withdrawn');
    expect(lock.row()).toBe('unlocked');
  });
  it('is tried again when the door is closed', () => {
    const lock = jammed();
    lock.door('open');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
    lock.door('closed');
    expect(lock.drives()).toEqual(['throw', 'throw']);
  });
  it('has all its tries again once it has arrived', () => {
    const lock = jammed();
    lock.bolt('thrown');
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.armed.get('bolt')).toBe(DOOR.retryAfterMs);
  });
  it('is shown', () => {
    expect(lights(jammed()).at(-1)).toBe('jammed');
  });
});

it.each(['unlocking', 'unlocked', 'jammed', 'not_fully_locked'] as const)(
  'a visit that asks for a thrown bolt gets one from %s, when the door is closed, and nobody moves it or is leaving',
  (row) => {
    const seen: string[] = [];
    const move = look(
      BOLT,
      row,
      'throw',
      (guard) => !['leaving', 'door_moves'].includes(guard) && seen.push(guard) > 0,
    );
    expect(seen).toEqual(['door_closed', 'item_in']);
    expect(move).toMatchObject({ row: 'locking', words: ['drive_throw'] });
  },
);

describe('a visit', () => {
  it('of another courier begins afresh', () => {
    const lock = inVisit('relocking');
    lock.bolt('thrown');
    const second = { ...GRANT, spendKey: 'issuer:2' };
    lock.grant(second);
    lock.bolt('withdrawn');
    lock.elapse('visit');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed', 'granted_not_entered']);
  });
  it('ends when the bolt jams before it was asked, on its way, or behind whoever did not come', () => {
    const spending = benchLock();
    spending.boot('withdrawn');
    spending.give(admitted);
    spending.elapse('bolt');
    spending.elapse('bolt');
    expect(spending.outcomes()).toEqual(['aborted']);
    spending.give(spent);
    expect(spending.drives()).toEqual(['throw']);
    const unlocking = inVisit('unlocking');
    unlocking.elapse('bolt');
    expect(unlocking.outcomes()).toEqual(['aborted']);
    const awaiting = inVisit('awaiting_entry');
    awaiting.elapse('bolt');
    awaiting.elapse('bolt');
    expect(awaiting.outcomes()).toEqual(['relock_failed']);
    const relocking = inVisit('relocking');
    relocking.elapse('bolt');
    expect(relocking.outcomes()).toEqual(['relock_failed']);
  });
  it('ends when its wait is over', () => {
    const unlocking = inVisit('unlocking');
    unlocking.elapse('visit');
    expect(unlocking.outcomes()).toEqual(['aborted']);
    const relocking = inVisit('relocking');
    relocking.elapse('visit');
    expect(relocking.outcomes()).toEqual(['relock_failed']);
    const arrived = benchLock();
    arrived.boot();
    arrived.press('bell');
    arrived.elapse('visit');
    expect(arrived.state().visit.row).toBe('idle');
  });
  it('ends when somebody locks by hand before anybody came in', () => {
    const lock = inVisit('awaiting_entry');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['granted_not_entered']);
  });
  it('goes on when the door is opened before it is locked, and asks again when it is closed', () => {
    const lock = inVisit('relocking');
    lock.bolt('between');
    lock.door('open');
    expect(lock.state().visit.row).toBe('door_open');
    lock.bolt('withdrawn');
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw', 'withdraw', 'throw']);
  });
  it('whose door was forced open meanwhile is locked as soon as it is closed', () => {
    const lock = benchLock();
    lock.boot();
    lock.give(admitted);
    lock.door('open');
    lock.give(spent);
    lock.bolt('withdrawn');
    lock.elapse('visit');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});

describe('the light', () => {
  it('says refused for a moment, and fault while no token can be spent', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.refused', refusal: 'expired' });
    lock.elapse('refused');
    lock.give({ type: 'ledger.failed' });
    expect(lights(lock).slice(-4)).toEqual(['ready', 'refused', 'ready', 'fault']);
  });
});

it('a level that is repeated while it settles does not begin its wait again', () => {
  const lock = benchLock();
  lock.boot();
  const first = lock.give({ type: 'contact', contact: 'door_closed', closed: false });
  const again = lock.give({ type: 'contact', contact: 'door_closed', closed: false });
  expect(first.map(({ type }) => type)).toEqual(['arm']);
  expect(again).toEqual([]);
});
