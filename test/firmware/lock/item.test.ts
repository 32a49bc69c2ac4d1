import { describe, expect, it } from 'vitest';
import { ITEM_IN, looked } from '../../../firmware/lock/item.ts';

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
