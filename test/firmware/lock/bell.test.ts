import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

const bells = (lock: Bench) => lock.told().flatMap(({ topic, body }) => (topic === 'doorbell' ? [body] : []));
const faults = (lock: Bench) =>
  lock.told().flatMap(({ topic, body }) => (topic === 'system' && body.event_type === 'fault' ? [body] : []));

function atTheDoor(): Bench {
  const lock = benchLock();
  lock.boot();
  return lock;
}

describe('the bell', () => {
  it('rings at once, while the finger is still on it', () => {
    const lock = atTheDoor();
    lock.settle('bell', true);
    expect(bells(lock)).toEqual([{ event_type: 'ring' }]);
    expect(lock.state().visit.row).toBe('arrived');
  });

  it('tells a short, a double and a long press apart, and each of them rings once', () => {
    const short = atTheDoor();
    short.settle('bell', true);
    short.settle('bell', false);
    expect(short.armed.get('bell')).toBe(DOOR.doublePressMs);
    short.elapse('bell');
    expect(bells(short).map(({ event_type }) => event_type)).toEqual(['ring']);

    const double = atTheDoor();
    for (const down of [true, false, true, false]) double.settle('bell', down);
    expect(bells(double).map(({ event_type }) => event_type)).toEqual(['ring', 'double_press']);

    const long = atTheDoor();
    long.settle('bell', true);
    expect(long.armed.get('bell')).toBe(DOOR.longPressMs);
    long.elapse('bell');
    long.settle('bell', false);
    expect(bells(long).map(({ event_type }) => event_type)).toEqual(['ring', 'long_press']);
  });

  it('after a double press knows a short one again', () => {
    const lock = atTheDoor();
    for (const down of [true, false, true, false, true, false]) lock.settle('bell', down);
    lock.elapse('bell');
    expect(bells(lock).map(({ event_type }) => event_type)).toEqual(['ring', 'double_press']);
    expect(lock.state().bell).toMatchObject({ row: 'up', repeats: 1 });
  });

  it('tells one double press of somebody who drums on it, not one for every two beats', () => {
    const lock = atTheDoor();
    for (let beat = 0; beat < 40; beat++) lock.settle('bell', beat % 2 === 0);
    expect(bells(lock).map(({ event_type }) => event_type)).toEqual(['ring', 'double_press']);
    lock.elapse('chime');
    for (const down of [true, false, true, false]) lock.settle('bell', down);
    expect(bells(lock)).toEqual([
      { event_type: 'ring' },
      { event_type: 'double_press' },
      { event_type: 'ring', repeats: 9 },
      { event_type: 'double_press' },
    ]);
  });

  it('counts rings that come shortly after one, and the next one that is told says how many', () => {
    const lock = atTheDoor();
    for (let press = 0; press < 4; press++) {
      lock.settle('bell', true);
      lock.settle('bell', false);
      lock.elapse('bell');
    }
    expect(bells(lock)).toEqual([{ event_type: 'ring' }]);
    lock.elapse('chime');
    lock.press('bell');
    expect(bells(lock)).toEqual([{ event_type: 'ring' }, { event_type: 'ring', repeats: 3 }]);
    lock.press('bell');
    expect(bells(lock)).toHaveLength(3);
    expect(bells(lock).at(-1)).toEqual({ event_type: 'ring' });
  });

  it('that is stuck is reported once, and rings again when it has come free', () => {
    const lock = atTheDoor();
    lock.settle('bell', true);
    lock.elapse('bell');
    expect(lock.armed.get('bell')).toBe(DOOR.stuckMs);
    lock.elapse('bell');
    expect(faults(lock)).toMatchObject([{ fault: 'button_stuck', detail: expect.stringContaining('the bell') }]);
    expect(lock.armed.has('bell')).toBe(false);
    lock.settle('bell', false);
    lock.elapse('chime');
    lock.press('bell');
    expect(faults(lock)).toHaveLength(1);
    expect(bells(lock).filter(({ event_type }) => event_type === 'ring')).toHaveLength(2);
  });

  it('found pressed at boot is no ring, and is reported when it stays so', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.settle('bell', true);
    expect(bells(lock)).toEqual([]);
    lock.elapse('bell');
    expect(bells(lock)).toEqual([]);
    expect(faults(lock)).toHaveLength(1);
  });

  it('sounds the chime for a moment, and then the light says ready again', () => {
    const lock = atTheDoor();
    lock.settle('bell', true);
    expect(lock.state().indication).toBe('rung');
    expect(lock.armed.get('chime')).toBe(DOOR.repeatMs);
    lock.elapse('chime');
    expect(lock.state().indication).toBe('ready');
  });

  it('opens nothing, whatever is done to it', () => {
    const lock = atTheDoor();
    for (let press = 0; press < 20; press++) lock.press('bell');
    expect(lock.drives()).toEqual([]);
  });

  it('is forgotten with its board: a finger that comes up later means nothing', () => {
    const lock = atTheDoor();
    lock.settle('bell', true);
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.state().bell.row).toBe('up');
    expect(lock.armed.has('bell')).toBe(false);
  });
});

describe('the button inside', () => {
  it('that is held down opens once and is reported once', () => {
    const lock = atTheDoor();
    lock.settle('inside_button', true);
    expect(lock.drives()).toEqual(['withdraw']);
    lock.elapse('inside');
    expect(faults(lock)).toMatchObject([{ fault: 'button_stuck' }]);
    expect(faults(lock)[0]).toMatchObject({ detail: expect.stringContaining('inside') });
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('that came up in time is not', () => {
    const lock = atTheDoor();
    lock.press('inside_button');
    expect(lock.armed.has('inside')).toBe(false);
  });
});
