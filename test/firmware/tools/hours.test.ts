import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHours, parseHours } from '../../../firmware/tools/hours.ts';
import type { Hours } from '../../../protocol/index.ts';
import { messageOf } from './message-of.ts';

describe('hours of the week', () => {
  it('are read as weekday bits and minutes', () => {
    expect(parseHours('mon-sat 08:00-20:00, sun 10:00-12:30')).toEqual([
      { weekdays: 0b0111111, startMinute: 480, endMinute: 1200 },
      { weekdays: 0b1000000, startMinute: 600, endMinute: 750 },
    ]);
  });

  it('may cross midnight, end with the day, and leave days out', () => {
    expect(parseHours('fri 22:00-06:00,mon+wed+fri 00:00-24:00')).toEqual([
      { weekdays: 0b0010000, startMinute: 1320, endMinute: 360 },
      { weekdays: 0b0010101, startMinute: 0, endMinute: 1440 },
    ]);
  });

  it('may run over the end of the week, and do not mind capitals', () => {
    expect(parseHours('Sat-Mon 09:00 - 10:00')).toEqual([{ weekdays: 0b1100001, startMinute: 540, endMinute: 600 }]);
  });

  it.each([
    '',
    'mon',
    '08:00-20:00',
    'moon 08:00-20:00',
    'mon-tue-wed 08:00-20:00',
    'mon 8:00-20:00',
    'mon 08:60-20:00',
    'mon 08:00-24:01',
    'mon 24:00-06:00',
    'mon 08:00-20:00,',
    'mon- 08:00-20:00',
  ])('refuse %j and show how to write them', (text) => {
    expect(messageOf(() => parseHours(text))).toMatch(
      /^usage: --hours: .* is not days and a span of hours; write it like/,
    );
  });

  it('refuse a span that begins and ends at once, which could mean all or nothing', () => {
    expect(messageOf(() => parseHours('mon 08:00-08:00'))).toMatch(/begins and ends at once; write 00:00-24:00/);
  });

  it('refuse more windows than a delegation holds', () => {
    const seventeen = Array.from({ length: 17 }, () => 'mon 08:00-20:00').join(',');
    expect(messageOf(() => parseHours(seventeen))).toMatch(/lists 17 windows, and a delegation holds 16/);
  });

  it('come back from words as they went into them, whatever they are', () => {
    const window: fc.Arbitrary<Hours> = fc
      .record({
        weekdays: fc.integer({ min: 1, max: 127 }),
        startMinute: fc.integer({ min: 0, max: 1439 }),
        endMinute: fc.integer({ min: 0, max: 1440 }),
      })
      .filter(({ startMinute, endMinute }) => startMinute !== endMinute);
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 16 }), (hours) => {
        expect(parseHours(formatHours(hours))).toEqual(hours);
      }),
    );
  });
});
