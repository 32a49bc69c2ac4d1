import { describe, expect, it } from 'vitest';
import { ITEM_IN, looked } from '../../../firmware/lock/item.ts';
import type { Restored } from '../../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../../firmware/ports/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

const OUT = { place: 'out', overdue: true } as const;
const MISSING = { place: 'missing', overdue: false } as const;

describe('what a safe keeps', () => {
  it.each(['open', 'forced_open'] as const)('is out when it is gone and the lid is %s', (door) => {
    expect(looked(ITEM_IN, false, door, 'unlocked')).toEqual({ place: 'out', overdue: false });
  });

  it('is missing when it is gone behind a lid that is shut and locked', () => {
    expect(looked(ITEM_IN, false, 'closed', 'locked')).toEqual(MISSING);
    expect(looked(ITEM_IN, false, 'closed', 'unlocked')).toBe(ITEM_IN);
    expect(looked(ITEM_IN, false, 'unknown', 'locked')).toBe(ITEM_IN);
  });

  it('is out when a board has come up and finds the safe empty, shut, and with its bolt not thrown', () => {
    expect(looked(ITEM_IN, false, 'closed', 'unlocked', false)).toEqual({ place: 'out', overdue: false });
    expect(looked(ITEM_IN, false, 'closed', 'not_fully_locked', false)).toEqual({ place: 'out', overdue: false });
    expect(looked(ITEM_IN, false, 'closed', 'locked', false)).toEqual(MISSING);
    expect(looked(ITEM_IN, false, 'unknown', 'unlocked', false)).toBe(ITEM_IN);
    expect(looked(ITEM_IN, undefined, 'closed', 'unlocked', false)).toBe(ITEM_IN);
  });

  it('is where it was while nobody has seen it', () => {
    for (const item of [ITEM_IN, OUT, MISSING]) expect(looked(item, undefined, 'open', 'unlocked')).toBe(item);
  });

  it('stays out, and overdue, for as long as it is not seen', () => {
    expect(looked(OUT, false, 'open', 'unlocked')).toBe(OUT);
    expect(looked(MISSING, false, 'open', 'unlocked')).toBe(MISSING);
  });

  it('is in when it is seen, wherever it was', () => {
    for (const item of [ITEM_IN, OUT, MISSING]) expect(looked(item, true, 'closed', 'locked')).toEqual(ITEM_IN);
  });
});

const INSIDE: Restored = {
  visit: { grant: GRANT, entered: true, openings: 1, overstayed: false },
  item: ITEM_IN,
  relockFailed: false,
  held: [],
  left: {},
};

const SHUT = ['bolt_withdrawn', 'door_closed', 'cover_on', 'mounted', 'upright'] as const;

/** A board comes up: it gives all levels at once, and they come to count in its order. */
function comeUp(lock: ReturnType<typeof benchLock>, closed: readonly Contact[]): void {
  lock.give({ type: 'board.ready' });
  for (const contact of KEY_SAFE.contacts) lock.give({ type: 'contact', contact, closed: closed.includes(contact) });
  for (const contact of KEY_SAFE.contacts) lock.elapse(`contact.${contact}`);
}

describe('a safe whose bolt nobody sees', () => {
  const BLIND: Profile = {
    ...KEY_SAFE,
    drive: 'servo',
    contacts: KEY_SAFE.contacts.filter((contact) => !contact.startsWith('bolt_')),
  };
  const gone = { item_present: false, bell: false } as const;

  it.each([[BLIND.contacts], [[...BLIND.contacts].reverse()]])(
    'and which is found empty by a board that comes up is not locked: whoever has its key gives it back',
    (order) => {
      const lock = benchLock(BLIND);
      lock.give({ type: 'board.ready' });
      for (const contact of BLIND.contacts) lock.give({ type: 'contact', contact, closed: !(contact in gone) });
      for (const contact of order) lock.elapse(`contact.${contact}`);
      lock.give({ type: 'lock.commanded' });
      expect(lock.drives()).toEqual([]);
      lock.door('open');
      expect(lock.state().item.place).toBe('out');
      lock.settle('item_present', true);
      lock.door('closed');
      expect(lock.drives()).toEqual(['throw']);
    },
  );

  it('is opened by its own button for the key that is out, also where somebody has thrown it by hand', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.grant();
    lock.elapse('reckoned');
    lock.door('open');
    lock.settle('item_present', false);
    lock.door('closed');
    expect(lock.state()).toMatchObject({ visit: { row: 'awaiting_return' }, bolt: { row: 'unlocked' } });
    lock.effects.length = 0;
    lock.press('bell');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.elapse('reckoned');
    expect(lock.row()).toBe('unlocked');
    lock.door('open');
    lock.settle('item_present', true);
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    // With the key in its place it is a bell.
    lock.elapse('reckoned');
    lock.press('bell');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});

describe('a board of a safe that is gone', () => {
  it('in a visit, while the key was taken and the lid shut is no reason to lock the empty safe', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.give({ type: 'board.lost', reason: 'its cable was loose' });
    comeUp(lock, SHUT);
    expect(lock.state().item.place).toBe('out');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('after the key went missing behind a locked lid finds it unlocked, and keeps no safe open for it', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.settle('item_present', false);
    expect(lock.state().item).toEqual(MISSING);
    lock.give({ type: 'board.lost', reason: 'its cable was loose' });
    comeUp(lock, SHUT);
    expect(lock.state()).toMatchObject({ item: MISSING, bolt: { row: 'unlocked' } });
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });
});

describe('a power cut in a visit to a safe', () => {
  it('in which the key was taken and the lid shut does not lock the empty safe, and the key can be given back', () => {
    const lock = benchLock(KEY_SAFE, INSIDE);
    lock.give({ type: 'resumed' });
    comeUp(lock, SHUT);
    expect(lock.drives()).toEqual([]);
    expect(lock.state()).toMatchObject({ item: { place: 'out' }, visit: { row: 'resumed' } });
    lock.elapse('visit');
    expect(lock.state().visit.row).toBe('awaiting_return');
    lock.settle('item_present', true);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('in which the key stayed where it was throws the bolt as soon as somebody has looked', () => {
    const lock = benchLock({ ...KEY_SAFE, autoRelock: false }, INSIDE);
    lock.give({ type: 'resumed' });
    comeUp(lock, [...SHUT, 'item_present']);
    expect(lock.drives()).toEqual(['throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('after which the contact of the key never holds still throws it all the same, with an alarm', () => {
    const lock = benchLock(KEY_SAFE, INSIDE);
    lock.give({ type: 'board.ready' });
    for (let edge = 0; edge <= KEY_SAFE.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'item_present', closed: edge % 2 === 0 });
    lock.elapse('flicker.item_present');
    lock.bolt('withdrawn');
    lock.door('closed');
    expect(lock.drives()).toEqual(['throw']);
    expect(lock.state().alarms).toContain('SensorConflict');
  });

  it('throws it, too, where the time to relock was over before anybody knew that the contact does not hold still', () => {
    const lock = benchLock(KEY_SAFE);
    lock.give({ type: 'board.ready' });
    lock.bolt('withdrawn');
    lock.door('closed');
    for (let edge = 0; edge <= KEY_SAFE.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'item_present', closed: edge % 2 === 0 });
    lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
    lock.elapse('flicker.item_present');
    expect(lock.armed.get('bolt')).toBe(KEY_SAFE.relockAfterMs);
    for (let edge = 0; edge <= KEY_SAFE.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'item_present', closed: edge % 2 === 0 });
    lock.effects.length = 0;
    lock.elapse('flicker.item_present');
    // Going on flickering, it puts nothing off.
    expect(lock.effects.filter((effect) => effect.type === 'arm' && effect.timer === 'bolt')).toEqual([]);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });
});

describe('a safe that starts without word of its key', () => {
  it('and sees no bolt throws it by itself, when the key is seen behind the shut lid', () => {
    const contacts = KEY_SAFE.contacts.filter((contact) => !contact.startsWith('bolt_'));
    const lock = benchLock({ ...KEY_SAFE, contacts });
    lock.give({ type: 'board.ready' });
    lock.give({ type: 'contact', contact: 'item_present', closed: true });
    lock.door('closed');
    expect(lock.drives()).toEqual([]);
    lock.elapse('contact.item_present');
    expect(lock.drives()).toEqual(['throw']);
    lock.elapse('reckoned');
    expect(lock.state().bolt).toMatchObject({ row: 'locked', changedBy: 'auto' });
  });

  it('and finds itself empty, shut and locked has lost it, and opens for nobody who has it', () => {
    const lock = benchLock(KEY_SAFE);
    comeUp(lock, ['bolt_thrown', 'door_closed', 'cover_on', 'mounted', 'upright']);
    expect(lock.state()).toMatchObject({ bolt: { row: 'locked' }, item: MISSING });
    lock.press('bell');
    expect(lock.drives()).toEqual([]);
  });

  it('takes a key that it has seen once for one that cannot leave through a shut lid', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot('withdrawn');
    lock.settle('item_present', false);
    expect(lock.state().item).toEqual(ITEM_IN);
  });
});

describe('a key that was out of a safe', () => {
  it('is nothing to the door that the same lock is afterwards: its bolt is thrown, and it takes tokens', () => {
    const lock = benchLock(DOOR, { visit: undefined, item: OUT, relockFailed: false, held: [], left: { item: 1 } });
    lock.give({ type: 'resumed' });
    lock.boot('withdrawn');
    expect(lock.armed.has('item')).toBe(false);
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(lock.state()).toMatchObject({ bolt: { row: 'locked' }, alarms: [], interlock: undefined });
  });
});
