import { describe, expect, it } from 'vitest';
import { ITEM_IN, looked } from '../../../firmware/lock/item.ts';
import { KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../support/bench-lock.ts';

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

  it('is out when nobody has left word of it, and the safe is found empty, shut, and with its bolt withdrawn', () => {
    expect(looked(ITEM_IN, false, 'closed', 'unlocked', false)).toEqual({ place: 'out', overdue: false });
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

describe('a safe that starts without word of its key', () => {
  it('takes a key that it has seen once for one that cannot leave through a shut lid', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot('withdrawn');
    lock.settle('item_present', false);
    expect(lock.state().item).toEqual(ITEM_IN);
  });
});
