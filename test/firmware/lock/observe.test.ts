/** What contacts come to when they do not behave. */
import { describe, expect, it } from 'vitest';
import { doubted, isAwaited } from '../../../firmware/lock/contacts.ts';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';
import { type Bench, flicker, told } from '../../support/loose-wires.ts';

describe('two loose wires', () => {
  it('are an alarm until both hold still', () => {
    const lock = benchLock();
    lock.boot();
    flicker(lock, 'bell');
    flicker(lock, 'door_closed');
    flicker(lock, 'bell');
    expect(lock.state().unsteady).toEqual(['door_closed', 'bell']);
    lock.elapse('contact.bell');
    expect(lock.state()).toMatchObject({ unsteady: ['door_closed'], alarms: ['SensorConflict'] });
    lock.elapse('contact.door_closed');
    expect(lock.state()).toMatchObject({ unsteady: [], alarms: [] });
  });
});

describe('a contact that is doubted', () => {
  const CLOSED = { raw: true, closed: true } as const;

  it('is not one that nobody has heard of, and stays what it was, however often it is doubted', () => {
    const once = doubted(CLOSED);
    expect(once).toEqual({ raw: true, closed: undefined, doubted: true });
    expect(doubted(once)).toEqual(once);
    expect(
      [CLOSED, once, { raw: true, closed: undefined }, { raw: undefined, closed: undefined }].map(isAwaited),
    ).toEqual([false, false, true, false]);
  });
});

describe('a loose wire', () => {
  it('at a bell that is pressed is no finger that stays', () => {
    const lock = benchLock();
    lock.boot();
    lock.settle('bell', true);
    flicker(lock, 'bell');
    expect(lock.state().bell.row).toBe('let_go');
    lock.elapse('bell');
    expect(lock.state().bell.row).toBe('up');
    expect(told(lock, 'doorbell')).toEqual(['ring']);
  });

  it('at a bell gives nobody more time for a second press', () => {
    const lock = benchLock();
    lock.boot();
    lock.settle('bell', true);
    lock.settle('bell', false);
    const waits = (): number =>
      lock.effects.filter(({ type, ...of }) => type === 'arm' && 'timer' in of && of.timer === 'bell').length;
    const before = waits();
    flicker(lock, 'bell');
    expect(lock.state().bell.row).toBe('let_go');
    expect(waits()).toBe(before);
  });

  it('at a button inside that then holds is a press: who presses a worn one gets out', () => {
    const lock = benchLock();
    lock.boot();
    flicker(lock, 'inside_button');
    lock.settle('inside_button', true);
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('at a button inside that was held before and after is no second press', () => {
    const lock = benchLock();
    lock.boot();
    lock.settle('inside_button', true);
    lock.bolt('withdrawn');
    flicker(lock, 'inside_button');
    lock.settle('inside_button', true);
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('at a button inside that nobody has seen at rest yet is no press: a start opens nothing', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    lock.bolt('thrown');
    flicker(lock, 'inside_button');
    lock.settle('inside_button', true);
    expect(lock.drives()).toEqual([]);
  });

  it('at a button inside that is held does not make it stuck', () => {
    const lock = benchLock();
    lock.boot();
    lock.settle('inside_button', true);
    expect(lock.armed.get('inside')).toBe(DOOR.stuckMs);
    flicker(lock, 'inside_button');
    expect(lock.armed.has('inside')).toBe(false);
  });

  it('at one contact changes nothing of the others', () => {
    const lock = benchLock();
    lock.boot();
    lock.settle('bell', true);
    lock.settle('inside_button', true);
    flicker(lock, 'bolt_withdrawn');
    expect(lock.state()).toMatchObject({ door: 'closed', bell: { row: 'down' } });
    expect(lock.armed.get('inside')).toBe(DOOR.stuckMs);
  });

  it('that bounced and came to rest is no longer watched', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    lock.give({ type: 'contact', contact: 'door_closed', closed: false });
    expect(lock.armed.has('flicker.door_closed')).toBe(false);
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    expect(lock.armed.get('flicker.door_closed')).toBe(DOOR.flickerMs);
    lock.elapse('contact.door_closed');
    expect(lock.armed.has('flicker.door_closed')).toBe(false);
  });

  it.each([2, 3, 4])('of a board that is gone is waited for no longer, after %i edges', (edges) => {
    const lock = benchLock();
    lock.boot();
    for (const closed of [false, true, false, true].slice(0, edges))
      lock.give({ type: 'contact', contact: 'door_closed', closed });
    expect(lock.armed.has('flicker.door_closed')).toBe(true);
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect([...lock.armed.keys()].filter((timer) => timer !== 'visit')).toEqual([]);
  });

  it('that makes no more edges than it may is believed', () => {
    const lock = benchLock();
    lock.boot();
    for (let edge = 0; edge < DOOR.flickerEdgesMax; edge++)
      lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('flicker.door_closed');
    expect(lock.state()).toMatchObject({ door: 'closed', alarms: [] });
  });
});

describe('a button inside', () => {
  it('that is held too long is told once, and let go in time it is not', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    expect(lock.armed.has('inside')).toBe(false);
    lock.settle('inside_button', true);
    lock.elapse('inside');
    expect(told(lock, 'system')).toEqual(['fault']);
    expect(lock.told().at(-1)?.body).toMatchObject({ fault: 'button_stuck' });
    expect(lock.armed.has('inside')).toBe(false);
  });
});

describe('the owner’s veto', () => {
  it('before the use is durable ends the visit, and what becomes durable later opens nothing', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.give({ type: 'vetoed' });
    expect(lock.outcomes()).toEqual(['vetoed']);
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.drives()).toEqual([]);
    expect(lock.state().visit.row).toBe('idle');
  });
});

describe('a latch behind a strike', () => {
  const STRIKE: Profile = {
    ...DOOR,
    drive: 'strike',
    pulseMs: 3_000,
    contacts: ['latched', 'door_closed', 'bell', 'inside_button'],
  };

  it('is unknown until its contact was seen', () => {
    const lock = benchLock(STRIKE);
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    expect(lock.state().bolt).toMatchObject({ row: 'unknown', status: 'unknown' });
    lock.settle('latched', true);
    expect(lock.state().bolt).toMatchObject({ row: 'locked', status: 'thrown' });
    lock.settle('latched', false);
    expect(lock.state().bolt).toMatchObject({ row: 'unlocked', status: 'withdrawn' });
  });
});

describe('a latch that nobody sees', () => {
  it('is unknown while nobody knows how the lid stands', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    expect(lock.row()).toBe('locked');
    flicker(lock, 'door_closed');
    expect(lock.state().bolt).toMatchObject({ row: 'unknown', status: 'unknown' });
    lock.elapse('contact.door_closed');
    expect(lock.row()).toBe('locked');
  });
});

describe('a board that is gone', () => {
  it('leaves a bolt that nobody has moved', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.state().bolt).toMatchObject({ row: 'unknown', changedBy: 'unspecified' });
  });
});

describe('nothing is waited for any more when the board is gone', () => {
  const BLIND: Profile = { ...DOOR, contacts: ['door_closed', 'bell', 'inside_button'] };

  it.each<['inside' | 'ajar' | 'reckoned', (lock: Bench) => void]>([
    ['inside', (lock) => lock.settle('inside_button', true)],
    ['ajar', (lock) => lock.door('open')],
    ['reckoned', (lock) => lock.settle('inside_button', true)],
  ])('neither %s', (timer, begin) => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    begin(lock);
    expect(lock.armed.has(timer)).toBe(true);
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    // But for how often a contact has changed.
    expect([...lock.armed.keys()].filter((left) => !left.startsWith('change.'))).toEqual([]);
  });
});

describe('a door that somebody moves', () => {
  it('is worth all tries again', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'jammed', failedTries: 1 });
    lock.door('open');
    expect(lock.state().bolt.failedTries).toBe(0);
  });
});

describe('a contact that is not wired', () => {
  it('is not heard', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'contact', contact: 'cover_on', closed: false });
    expect([...lock.armed.keys()]).toEqual([]);
    expect(lock.state().contacts.cover_on.raw).toBeUndefined();
    const safe = benchLock(KEY_SAFE);
    safe.boot();
    safe.settle('cover_on', false);
    expect(safe.state().alarms).toEqual(['FrontEscutcheonRemoved']);
  });
});

describe('what a safe keeps', () => {
  const visits = (lock: Bench) => told(lock, 'visit').filter((what) => what.startsWith('item'));

  it('is waited for while it is out, and not once it is back', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot('withdrawn');
    lock.door('open');
    lock.settle('item_present', false);
    expect(lock.armed.get('item')).toBe(KEY_SAFE.returnMsMax);
    lock.settle('item_present', true);
    expect(lock.armed.has('item')).toBe(false);
    expect(visits(lock)).toEqual(['item_taken', 'item_returned']);
  });

  it('is told to be taken and returned in the visit that it was, and without one in none', () => {
    const told = (lock: Bench) =>
      lock.told().flatMap(({ topic, body }) => (topic === 'visit' && body.event_type.startsWith('item') ? [body] : []));
    const visited = benchLock(KEY_SAFE);
    visited.boot();
    visited.grant();
    visited.bolt('withdrawn');
    visited.door('open');
    visited.settle('item_present', false);
    visited.door('closed');
    visited.settle('item_present', true);
    expect(told(visited)).toEqual([
      { event_type: 'item_taken', token_id: GRANT.tokenId },
      { event_type: 'item_returned', token_id: GRANT.tokenId },
    ]);
    expect(visited.state().bolt).toMatchObject({ row: 'locking', changedBy: 'auto' });
    const unlocked = benchLock(KEY_SAFE);
    unlocked.boot('withdrawn');
    unlocked.door('open');
    unlocked.settle('item_present', false);
    expect(told(unlocked)).toEqual([{ event_type: 'item_taken' }]);
  });

  it('was not taken when it is missing, and has not come back when it is seen again', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.settle('item_present', false);
    expect(lock.state().item.place).toBe('missing');
    expect(lock.armed.has('item')).toBe(false);
    lock.settle('item_present', true);
    expect(lock.state().item.place).toBe('in');
    expect(visits(lock)).toEqual([]);
  });
});

describe('a lid contact that does not hold still', () => {
  it('while the key is taken does not make an empty safe of it that is locked', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    flicker(lock, 'door_closed');
    lock.settle('item_present', false);
    lock.door('closed');
    expect(lock.state().item.place).toBe('out');
    lock.elapse('visit');
    expect(lock.drives()).toEqual(['withdraw']);
    // Thrown by hand over the empty place, it still opens to its own button.
    lock.bolt('thrown');
    lock.press('bell');
    expect(lock.drives()).toEqual(['withdraw', 'withdraw']);
  });

  it('while the key stays where it is changes nothing: what vanishes later behind the shut lid was not taken', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot('withdrawn');
    flicker(lock, 'door_closed');
    lock.door('closed');
    lock.settle('item_present', false);
    expect(lock.state().item.place).toBe('in');
  });
});

describe('a latch that nobody sees, behind a lid whose contact does not hold still', () => {
  const pressed = (): Bench => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    flicker(lock, 'door_closed');
    expect(lock.row()).toBe('unknown');
    lock.press('inside_button');
    expect(lock.drives()).toEqual(['withdraw']);
    return lock;
  };

  it('is free when somebody inside has pressed the button, and known again when the lid is seen shut', () => {
    const lock = pressed();
    expect(lock.state().bolt).toMatchObject({ row: 'unlocked', cause: 'button' });
    lock.elapse('contact.door_closed');
    expect(lock.row()).toBe('unlocked');
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
  });

  it('is unknown again when it may have caught and nobody sees the lid', () => {
    const lock = pressed();
    lock.elapse('reckoned');
    expect(lock.row()).toBe('unknown');
    lock.elapse('contact.door_closed');
    expect(lock.row()).toBe('locked');
  });
});

describe('the button of a safe', () => {
  it('that flickers before it holds, as a wet one does, gives the key back all the same', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot('withdrawn');
    lock.door('open');
    lock.settle('item_present', false);
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.state()).toMatchObject({ item: { place: 'out' }, bolt: { row: 'locked' } });
    flicker(lock, 'bell');
    lock.give({ type: 'contact', contact: 'bell', closed: true });
    lock.elapse('contact.bell');
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('that is found pressed by a board that comes up was pressed by nobody', () => {
    const lock = benchLock(KEY_SAFE);
    lock.give({ type: 'board.ready' });
    lock.settle('bell', true);
    flicker(lock, 'bell');
    lock.elapse('contact.bell');
    expect(told(lock, 'doorbell')).toEqual([]);
  });
});

describe('a door that stands open', () => {
  it('is ajar in its time, however its contact is shaken meanwhile', () => {
    const lock = benchLock();
    lock.boot('withdrawn', 'open');
    lock.armed.set('ajar', 1);
    flicker(lock, 'door_closed');
    lock.elapse('contact.door_closed');
    expect(lock.state().door).toBe('open');
    expect(lock.armed.get('ajar')).toBe(1);
  });
});
