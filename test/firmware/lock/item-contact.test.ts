import { describe, expect, it } from 'vitest';
import { ITEM_IN } from '../../../firmware/lock/item.ts';
import { KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import { benchLock, emptiedSafe } from '../../support/bench-lock.ts';

const MISSING = { place: 'missing', overdue: false } as const;

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
});

describe('a key that was out of a safe, and is seen in it,', () => {
  const away = (): ReturnType<typeof benchLock> => {
    const lock = emptiedSafe();
    expect(lock.state()).toMatchObject({ visit: { row: 'awaiting_return' }, item: { place: 'out' } });
    return lock;
  };

  it('for a moment, behind the lid that is shut on it, is still out, and can be given back', () => {
    const lock = away();
    lock.settle('item_present', true);
    lock.settle('item_present', false);
    lock.bolt('thrown');
    expect(lock.state()).toMatchObject({ item: { place: 'out' }, bolt: { row: 'locked' }, alarms: [] });
    lock.press('bell');
    expect(lock.drives().at(-1)).toBe('withdraw');
  });

  it('when the bolt is thrown is locked in: what vanishes later opens the safe for nobody', () => {
    const lock = away();
    lock.settle('item_present', true);
    lock.bolt('thrown');
    lock.settle('item_present', false);
    expect(lock.state()).toMatchObject({ item: MISSING, alarms: ['SensorConflict'] });
    lock.press('bell');
    expect(lock.drives().at(-1)).toBe('throw');
  });

  type Bench = ReturnType<typeof benchLock>;
  const flickers = (lock: Bench): void => {
    for (let edge = 0; edge <= KEY_SAFE.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'item_present', closed: lock.state().contacts.item_present.raw !== true });
    lock.elapse('flicker.item_present');
  };

  it('while its contact does not hold still, and gone again when it does, is out, though the bolt was thrown meanwhile', () => {
    const lock = away();
    lock.settle('item_present', true);
    flickers(lock);
    lock.bolt('thrown');
    lock.settle('item_present', false);
    expect(lock.state()).toMatchObject({ item: { place: 'out' }, bolt: { row: 'locked' } });
  });

  it.each([
    ['that was opened for it', (lock: Bench) => lock.settle('item_present', true)],
    [
      'that is shut again before its contact has held still',
      (lock: Bench) => lock.give({ type: 'contact', contact: 'item_present', closed: true }),
    ],
    ['that is shut again while its contact does not hold still', flickers],
  ])(
    'after it came back through a lid %s is in: what vanishes then, before the bolt or behind it, is missing',
    (_, put) => {
      for (const isThrownFirst of [true, false]) {
        const lock = away();
        lock.door('open');
        put(lock);
        lock.door('closed');
        lock.settle('item_present', true);
        expect(lock.state().item).toEqual(ITEM_IN);
        if (isThrownFirst) lock.bolt('thrown');
        lock.settle('item_present', false);
        if (!isThrownFirst) lock.bolt('thrown');
        expect(lock.state().item).toEqual(MISSING);
        lock.press('bell');
        expect(lock.drives().at(-1)).toBe('throw');
      }
    },
  );
});
