import { describe, expect, it } from 'vitest';
import { formatLength, formatTime, parseLength, parseTime } from '../../../firmware/tools/times.ts';
import { wallMs, wallS } from '../../../protocol/index.ts';
import { messageOf } from './message-of.ts';

const NOW_MS = wallMs(Date.parse('2026-11-23T12:00:00.900Z'));
const at = (text: string): string => formatTime(parseTime(text, '--at', NOW_MS));

describe('a moment', () => {
  it('is the second that now falls in', () => {
    expect(at('now')).toBe('2026-11-23T12:00:00Z');
  });

  it.each([
    ['+0s', '2026-11-23T12:00:00Z'],
    ['+90s', '2026-11-23T12:01:30Z'],
    ['+15m', '2026-11-23T12:15:00Z'],
    ['+4h', '2026-11-23T16:00:00Z'],
    ['+2d', '2026-11-25T12:00:00Z'],
    ['+1w', '2026-11-30T12:00:00Z'],
  ])('counts %s from now', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it.each([
    ['2026-12-01T08:00Z', '2026-12-01T08:00:00Z'],
    ['2026-12-01T08:00:30.999Z', '2026-12-01T08:00:30Z'],
    ['2026-12-01T08:00:00+01:00', '2026-12-01T07:00:00Z'],
    ['2026-12-01T00:30:00-0530', '2026-12-01T06:00:00Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
  ])('reads %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it.each([
    ['2026-12-01', /no time of day and no time zone/],
    ['2026-12-01T08:00:00', /has no time zone/],
    ['2026-02-31T08:00:00Z', /not in the calendar/],
    ['2026-02-01T24:30:00Z', /not in the calendar/],
    ['2026-13-01T08:00:00Z', /not in the calendar/],
    ['2026-12-01T08:00:00+23:00', /time zone that is nowhere/],
    ['4h', /is not a time/],
    ['+4', /is not a time/],
    ['+4y', /is not a time/],
    ['tomorrow', /is not a time/],
    ['', /is not a time/],
    ['+999999999w', /years 1970 to 9999/],
    ['1969-12-31T23:59:59Z', /years 1970 to 9999/],
  ])('refuses %j and shows how to write one', (text, expected) => {
    const message = messageOf(() => parseTime(text, '--until', NOW_MS));
    expect(message).toMatch(/^usage: --until/);
    expect(message).toMatch(expected);
    expect(message).toContain('+4h');
  });

  it('stays a number where the calendar ends, since bytes from outside may hold any', () => {
    expect(formatTime(wallS(Number.MAX_SAFE_INTEGER))).toBe('9007199254740991 s after 1970');
  });
});

describe('a length', () => {
  it.each([
    ['4h', 14_400],
    ['90m', 5400],
    ['1s', 1],
    ['2w', 1_209_600],
  ])('%s goes to seconds and comes back', (text, seconds) => {
    expect(parseLength(text, '--window')).toBe(seconds);
    expect(formatLength(seconds)).toBe(text);
  });

  it.each(['0h', '4', '-4h', '+4h', 'h', '1.5h', ''])('refuses %j', (text) => {
    expect(messageOf(() => parseLength(text, '--window'))).toMatch(/usage: --window .* is not a length of time/);
  });

  it('of zero, which only bytes from outside have, can be told', () => {
    expect(formatLength(0)).toBe('0s');
  });
});
