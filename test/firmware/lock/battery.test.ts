import { describe, expect, it } from 'vitest';
import { measured, NO_BATTERY } from '../../../firmware/lock/battery.ts';

const LIMITS = { warnMillivolts: 3_500, reserveMillivolts: 3_300 };
type Level = ReturnType<typeof measured>['level'];

const levelAfter = (level: Level, millivolts: number): Level =>
  measured({ ...NO_BATTERY, level }, millivolts, LIMITS).level;

describe('a battery', () => {
  it.each<[Level, number, Level]>([
    ['unknown', 3_500, 'ok'],
    ['unknown', 3_499, 'low'],
    ['unknown', 3_300, 'low'],
    ['unknown', 3_299, 'reserve'],
    ['ok', 3_500, 'ok'],
    ['ok', 3_499, 'low'],
    ['low', 3_300, 'low'],
    ['low', 3_299, 'reserve'],
  ])('that was %s and shows %i mV is %s', (before, millivolts, level) => {
    expect(levelAfter(before, millivolts)).toBe(level);
  });

  it.each<[Level, number, Level]>([
    ['low', 3_649, 'low'],
    ['low', 3_650, 'ok'],
    ['reserve', 3_449, 'reserve'],
    ['reserve', 3_450, 'low'],
    ['reserve', 3_649, 'low'],
    ['reserve', 3_650, 'ok'],
  ])('leaves %s only well above it: %i mV is %s', (before, millivolts, level) => {
    expect(levelAfter(before, millivolts)).toBe(level);
  });
});
