import { describe, expect, it } from 'vitest';
import { ITEM_IN, looked } from '../../../firmware/lock/item.ts';
import type { Restored } from '../../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../../firmware/ports/index.ts';
import { benchLock, emptiedSafe, GRANT } from '../../support/bench-lock.ts';

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

describe('a board that is gone in a visit to a safe', () => {
  it('while the key was taken and the lid shut is no reason to lock the empty safe', () => {
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

describe('a contact of the key that does not hold still', () => {
  type Bench = ReturnType<typeof benchLock>;
  const flicker = (lock: Bench, edges: number): void => {
    for (let edge = 0; edge < edges; edge++)
      lock.give({ type: 'contact', contact: 'item_present', closed: lock.state().contacts.item_present.raw !== true });
  };
  const opened = (): Bench => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    return lock;
  };

  it.each([
    ['until it is believed no more', KEY_SAFE.flickerEdgesMax + 1],
    ['and says that the key is gone when the lid is shut', 1],
    ['and says that the key is there when the lid is shut', 2],
  ])('while the lid is open, %s: found gone behind it, the key was taken, and can be given back', (_how, edges) => {
    const lock = opened();
    flicker(lock, edges);
    if (edges > KEY_SAFE.flickerEdgesMax) lock.elapse('flicker.item_present');
    lock.door('closed');
    lock.bolt('thrown');
    if (lock.state().contacts.item_present.raw === true) flicker(lock, 1);
    lock.elapse('contact.item_present');
    expect(lock.state()).toMatchObject({ item: { place: 'out' }, bolt: { row: 'locked' }, alarms: [] });
    expect(lock.armed.get('item')).toBe(KEY_SAFE.returnMsMax);
    lock.press('bell');
    expect(lock.drives()).toEqual(['withdraw', 'throw', 'withdraw']);
    lock.bolt('withdrawn');
    lock.door('open');
    lock.settle('item_present', true);
    expect(lock.state().item).toEqual(ITEM_IN);
  });

  it('while the lid is open, and then does: what vanishes later behind a shut lid was not taken', () => {
    const lock = opened();
    flicker(lock, KEY_SAFE.flickerEdgesMax + 2);
    lock.elapse('flicker.item_present');
    lock.elapse('contact.item_present');
    lock.door('closed');
    lock.bolt('thrown');
    lock.settle('item_present', false);
    expect(lock.state().item).toEqual(MISSING);
  });

  it('behind a lid that is shut and locked opens nothing, nor does a lid contact that flickers with it', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    for (let edge = 0; edge <= KEY_SAFE.flickerEdgesMax; edge++)
      lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('flicker.door_closed');
    flicker(lock, KEY_SAFE.flickerEdgesMax + 1);
    lock.elapse('flicker.item_present');
    lock.door('closed');
    lock.settle('item_present', false);
    expect(lock.state().item).toEqual(MISSING);
    lock.press('bell');
    expect(lock.drives()).toEqual([]);
  });

  const lidFlickers = (lock: Bench): void => {
    for (let edge = 0; edge <= KEY_SAFE.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('flicker.door_closed');
    expect(lock.state().door).toBe('unknown');
  };

  it.each([
    [
      'under a lid that was forced',
      (lock: Bench) => {
        lock.door('open');
        expect(lock.state().door).toBe('forced_open');
        flicker(lock, 1);
        lock.door('closed');
      },
    ],
    [
      'under a lid that flickers over a withdrawn bolt',
      (lock: Bench) => {
        lock.grant();
        lock.bolt('withdrawn');
        lidFlickers(lock);
        flicker(lock, 1);
        lock.elapse('contact.door_closed');
        lock.bolt('thrown');
      },
    ],
    [
      'under a lid that flickers over a bolt between its ends',
      (lock: Bench) => {
        lock.bolt('between');
        lidFlickers(lock);
        flicker(lock, 1);
        lock.elapse('contact.door_closed');
        lock.bolt('thrown');
      },
    ],
    [
      'under a lid that a board finds open, before it is believed once',
      (lock: Bench) => {
        lock.grant();
        lock.bolt('withdrawn');
        lock.door('open');
        lock.give({ type: 'board.lost', reason: 'its cable was loose' });
        lock.give({ type: 'board.ready' });
        lock.give({ type: 'contact', contact: 'item_present', closed: false });
        lock.bolt('withdrawn');
        lock.door('open');
        lock.door('closed');
        lock.bolt('thrown');
      },
    ],
  ])('%s: found gone behind it, the key was taken', (_where, happens) => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    happens(lock);
    expect(lock.state()).toMatchObject({ door: 'closed', bolt: { row: 'locked' }, item: ITEM_IN });
    lock.elapse('contact.item_present');
    expect(lock.state().item.place).toBe('out');
  });

  it('under a lid that flickers while the bolt is on its way: gone when both are seen, the key was taken', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lidFlickers(lock);
    lock.settle('item_present', false);
    lock.bolt('withdrawn');
    expect(lock.state().item).toEqual(ITEM_IN);
    lock.elapse('contact.door_closed');
    expect(lock.state()).toMatchObject({ door: 'closed', item: { place: 'out' } });
  });

  it('and comes back while the bolt is jammed, after nobody could say that the lid was shut: it is thrown', () => {
    const lock = opened();
    lock.door('closed');
    expect(lock.row()).toBe('locking');
    lidFlickers(lock);
    lock.settle('item_present', false);
    lock.elapse('bolt');
    lock.elapse('contact.door_closed');
    expect(lock.state()).toMatchObject({ door: 'closed', bolt: { row: 'jammed' }, item: ITEM_IN });
    lock.elapse('bolt');
    lock.effects.length = 0;
    lock.settle('item_present', true);
    expect(lock.drives()).toEqual(['throw']);
  });

  it('and comes and goes behind the shut lid puts off nothing', () => {
    const lock = opened();
    lock.door('closed');
    lock.bolt('thrown');
    lock.grant();
    lock.bolt('withdrawn');
    lock.effects.length = 0;
    lock.settle('item_present', false);
    lock.settle('item_present', true);
    expect(lock.state()).toMatchObject({ item: ITEM_IN, bolt: { row: 'unlocked' } });
    expect(lock.effects.filter((effect) => effect.type === 'arm' && effect.timer === 'bolt')).toEqual([]);
  });

  it('and is gone behind a lid that was locked keeps no safe open that a board finds unlocked', () => {
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

describe('a key that was out of a safe', () => {
  const away = (): ReturnType<typeof benchLock> => {
    const lock = emptiedSafe();
    expect(lock.state()).toMatchObject({ visit: { row: 'awaiting_return' }, item: { place: 'out' } });
    return lock;
  };

  it('and is seen in it for a moment, behind the lid that is shut on it, is still out, and can be given back', () => {
    const lock = away();
    lock.settle('item_present', true);
    lock.bolt('thrown');
    lock.settle('item_present', false);
    expect(lock.state()).toMatchObject({ item: { place: 'out' }, bolt: { row: 'locked' }, alarms: [] });
    lock.press('bell');
    expect(lock.drives().at(-1)).toBe('withdraw');
  });

  it.each([
    ['that was opened for it', (lock: ReturnType<typeof benchLock>) => lock.settle('item_present', true)],
    [
      'that is shut again before its contact has held still',
      (lock: ReturnType<typeof benchLock>) => lock.give({ type: 'contact', contact: 'item_present', closed: true }),
    ],
  ])('and comes back through a lid %s is in: what vanishes then, behind the bolt, is missing', (_, put) => {
    const lock = away();
    lock.door('open');
    put(lock);
    lock.door('closed');
    if (lock.armed.has('contact.item_present')) lock.elapse('contact.item_present');
    expect(lock.state().item).toEqual(ITEM_IN);
    lock.bolt('thrown');
    lock.settle('item_present', false);
    expect(lock.state().item).toEqual(MISSING);
    lock.press('bell');
    expect(lock.drives().at(-1)).toBe('throw');
  });

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
