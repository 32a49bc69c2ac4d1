import { describe, expect, it } from 'vitest';
import {
  duration,
  fields,
  flag,
  listOf,
  Misfit,
  meant,
  moment,
  name,
  oneKey,
  shift,
  shortOr,
  text,
  whole,
  word,
} from '../../../sim/scenario/kinds.ts';

describe('a length of time', () => {
  it.each([
    ['0ms', 0],
    ['500ms', 500],
    ['2s', 2_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['3d', 259_200_000],
  ])('%s is %i ms', (written, ms) => expect(duration.read(written, [])).toBe(ms));

  it.each(['', '-1s', '+1s', '1.5s', '1 s', '1S', 's', '1e3s', null, [], {}])('%j is none', (written) =>
    expect(() => duration.read(written, ['here'])).toThrow(Misfit),
  );

  it('goes forward or back as a shift, and says which', () => {
    expect(shift.read('+1h', [])).toBe(3_600_000);
    expect(shift.read('-10m', [])).toBe(-600_000);
    expect(() => shift.read('1h', [])).toThrow('is not a length of time');
  });
});

describe('a moment', () => {
  it('is counted from now, or a date in UTC', () => {
    expect(moment.read('now', [])).toEqual({ fromNowMs: 0 });
    expect(moment.read('-1m', [])).toEqual({ fromNowMs: -60_000 });
    expect(moment.read('2099-01-01', [])).toEqual({ wallMs: Date.UTC(2099, 0, 1) });
    expect(moment.read('2026-06-01T10:00:00Z', [])).toEqual({ wallMs: Date.UTC(2026, 5, 1, 10) });
  });

  it.each(['2099', '2099-13-01', '2026-06-01T10:00:00', '1969-01-01', 'tomorrow', 7])('is not %j', (written) =>
    expect(() => moment.read(written, [])).toThrow('is not a moment'),
  );
});

describe('what fits and what does not', () => {
  it.each([
    [whole(1, 3), 3, 4],
    [whole(1, 3), 1, 1.5],
    [flag, false, 'no'],
    [text, 'any', 'x'.repeat(4_097)],
    [name, 'courier-1', '1-courier'],
    [word(['in', 'out']), 'out', 'In'],
    [listOf(flag), [true, false], true],
    [listOf(flag), [], [1]],
    [fields({ a: flag }, { b: flag }), { a: true }, { b: true }],
    [fields({ a: flag }, {}), { a: true }, { a: true, c: true }],
    [oneKey({ a: flag, b: flag }), undefined, { a: true, b: true }],
    [shortOr(flag, fields({ a: flag }, {})), { a: true }, { a: 1 }],
  ])('kind %# takes the one and refuses the other', (kind, good, bad) => {
    if (good !== undefined) expect(kind.read(good as never, [])).toEqual(good);
    expect(() => kind.read(bad, [])).toThrow(Misfit);
  });

  it('tells the path to what is wrong, and whether it is the key or the value', () => {
    const kind = fields({}, { list: listOf(fields({}, { on: flag })) });
    const misfit = (value: unknown): Pick<Misfit, 'path' | 'onKey'> => {
      try {
        kind.read(value, ['steps', 2]);
      } catch (error) {
        const { path, onKey } = error as Misfit;
        return { path, onKey };
      }
      throw new Error('it fits');
    };
    expect(misfit({ list: [{}, { on: 1 }] })).toEqual({ path: ['steps', 2, 'list', 1, 'on'], onKey: false });
    expect(misfit({ list: [{ off: true }] })).toEqual({ path: ['steps', 2, 'list', 0, 'off'], onKey: true });
  });

  it('does not take what every object has for a key of its own', () => {
    expect(() => fields({}, { a: flag }).read(JSON.parse('{"__proto__": true}'), [])).toThrow('__proto__ is not known');
    expect(() => oneKey({ a: flag }).read({ constructor: true }, [])).toThrow('constructor is not known');
  });
});

describe('what somebody meant', () => {
  it.each([
    ['presnt', 'did you mean present?'],
    ['PUSH', 'choose from present, push, close'],
    ['x'.repeat(100_000), 'choose from present, push, close'],
  ])('by %s', (typed, answer) => expect(meant(typed, ['present', 'push', 'close'])).toBe(answer));

  it('lists no more words than somebody reads', () => {
    const words = Array.from({ length: 30 }, (_, i) => `word${i}`);
    expect(meant('something-else', words)).toMatch(/^choose from (word\d+, ){12}…$/);
  });
});
