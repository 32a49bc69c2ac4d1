/** What contacts come to when they do not behave. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../../firmware/ports/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

/** A loose wire: more edges than any finger makes, in one window, and no rest. It ends where it began. */
function flicker(lock: Bench, contact: Contact): void {
  const from = lock.state().contacts[contact].closed === true;
  for (let edge = 0; edge <= DOOR.flickerEdgesMax + 1; edge++)
    lock.give({ type: 'contact', contact, closed: edge % 2 === 0 ? !from : from });
  lock.elapse(`flicker.${contact}`);
}

const told = (lock: Bench, topic: string): readonly string[] =>
  lock.told().flatMap((event) => (event.topic === topic ? [event.body.event_type] : []));

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

  it('of a board that is gone is waited for no longer', () => {
    const lock = benchLock();
    lock.boot();
    for (const closed of [false, true, false, true]) lock.give({ type: 'contact', contact: 'door_closed', closed });
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
