import { describe, expect, it } from 'vitest';
import { dialIn } from '../../../firmware/access/dial.ts';
import { withinFreshness, withinHours, withinLimits } from '../../../firmware/access/limits.ts';
import {
  ACTION,
  type Hours,
  type Presentation,
  parse,
  toText,
  wallS,
  writePresentation,
} from '../../../protocol/index.ts';
import { delegation, LIMITS, NOON_S, seeds, textOf, token } from '../../support/people.ts';

function presentation(bytes: Uint8Array, drawnAtS: number = NOON_S): Presentation {
  const parsed = parse(textOf(bytes, drawnAtS));
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.value;
}

const under = (change: Parameters<typeof delegation>[0]) => ({ under: { delegation: delegation(change) } });
const at = (iso: string) => wallS(Date.parse(iso) / 1000);

describe('limits', () => {
  it('let an ordinary token pass', () => {
    expect(withinLimits(presentation(token()), NOON_S, { epoch: 1 })).toBeUndefined();
  });

  it('hold from the first second to before the last', () => {
    const bytes = token({ notBeforeS: NOON_S, expiresS: NOON_S + 10 });
    expect(withinLimits(presentation(bytes), wallS(NOON_S - 1))?.refusal).toBe('not_yet_valid');
    expect(withinLimits(presentation(bytes), NOON_S)).toBeUndefined();
    expect(withinLimits(presentation(bytes), wallS(NOON_S + 9))).toBeUndefined();
    expect(withinLimits(presentation(bytes), wallS(NOON_S + 10))?.refusal).toBe('expired');
  });

  it.each([
    [
      'begins before its delegation',
      token({ notBeforeS: NOON_S - 60, ...under({ notBeforeS: NOON_S - 30 }) }),
      'chain_invalid',
    ],
    [
      'ends after its delegation',
      token({ expiresS: NOON_S + 60, ...under({ expiresS: NOON_S + 30 }) }),
      'chain_invalid',
    ],
    ['is longer than the owner allows', token(under({ limits: { windowS: 4199 } })), 'chain_invalid'],
    ['asks for what the owner did not allow', token({ action: 'release' }), 'wrong_action'],
    ['is of an older epoch', token(), 'epoch_stale'],
    [
      "is of an older epoch, and a guest's token",
      token({ under: { rootEpoch: 1 }, signedBy: seeds.owner }),
      'epoch_stale',
    ],
    ['comes under an expired delegation', token(under({ expiresS: NOON_S - 1 })), 'expired'],
    ['comes under a delegation that has not begun', token(under({ notBeforeS: NOON_S + 1 })), 'not_yet_valid'],
  ])('refuse a token that %s', (what, bytes, refusal) => {
    const epoch = what.includes('epoch') ? 2 : 1;
    expect(withinLimits(presentation(bytes), NOON_S, { epoch })?.refusal).toBe(refusal);
  });

  it('take a token whose window is exactly as long as the owner allows', () => {
    expect(withinLimits(presentation(token(under({ limits: { windowS: 4200 } }))), NOON_S)).toBeUndefined();
  });

  it('refuse a guest token without an epoch', () => {
    const guest = presentation(token({ under: { rootEpoch: 1 }, signedBy: seeds.owner }));
    const { epoch: _epoch, ...without } = guest.token;
    expect(withinLimits({ ...guest, token: without }, NOON_S)?.refusal).toBe('chain_invalid');
  });

  it('refuse a token under a delegation that has an epoch of its own', () => {
    const shown = presentation(token());
    expect(withinLimits({ ...shown, token: { ...shown.token, epoch: 1 } }, NOON_S)?.refusal).toBe('chain_invalid');
  });

  it('say which of the two is too late, or too early', () => {
    const detail = (bytes: Uint8Array): string | undefined => withinLimits(presentation(bytes), NOON_S)?.detail;
    expect(detail(token({ expiresS: NOON_S - 5 }))).toBe('the token ended 5 s ago');
    expect(detail(token(under({ notBeforeS: NOON_S + 7 })))).toBe('the delegation begins in 7 s');
  });

  it('are judged in UTC where nobody says which time zone', () => {
    const hours = [{ weekdays: 0b1, startMinute: 10 * 60, endMinute: 10 * 60 + 1 }];
    expect(withinLimits(presentation(token(under({ limits: { ...LIMITS, hours } }))), NOON_S)).toBeUndefined();
  });

  it('count hours in the time zone of the lock', () => {
    // 10:00 UTC is noon in Berlin.
    const hours = [{ weekdays: 0b1, startMinute: 12 * 60, endMinute: 13 * 60 }];
    const bytes = token(under({ limits: { ...LIMITS, hours } }));
    expect(withinLimits(presentation(bytes), NOON_S, { dial: dialIn('Europe/Berlin') })).toBeUndefined();
    expect(withinLimits(presentation(bytes), NOON_S, { dial: dialIn('UTC') })?.refusal).toBe('outside_hours');
  });
});

describe('hours', () => {
  const berlin = dialIn('Europe/Berlin');
  const monday: Hours = { weekdays: 0b0000001, startMinute: 8 * 60, endMinute: 20 * 60 };
  const mondayNight: Hours = { weekdays: 0b0000001, startMinute: 22 * 60, endMinute: 6 * 60 };

  it.each([
    ['2026-06-01T07:59:59+02:00', false],
    ['2026-06-01T08:00:00+02:00', true],
    ['2026-06-01T19:59:59+02:00', true],
    ['2026-06-01T20:00:00+02:00', false],
    ['2026-06-02T12:00:00+02:00', false],
  ])('from eight to eight on Mondays hold at %s: %s', (iso, holds) => {
    expect(withinHours([monday], berlin(at(iso)))).toBe(holds);
  });

  it.each([
    ['2026-06-01T05:00:00+02:00', false],
    ['2026-06-01T22:00:00+02:00', true],
    ['2026-06-02T05:59:59+02:00', true],
    ['2026-06-02T06:00:00+02:00', false],
    ['2026-06-02T22:00:00+02:00', false],
  ])('across midnight belong to the day on which they start: %s: %s', (iso, holds) => {
    expect(withinHours([mondayNight], berlin(at(iso)))).toBe(holds);
  });

  it('hold when one of several windows holds', () => {
    for (const windows of [
      [monday, mondayNight],
      [mondayNight, monday],
    ])
      expect(withinHours(windows, berlin(at('2026-06-01T12:00:00+02:00')))).toBe(true);
    expect(withinHours([monday, mondayNight], berlin(at('2026-06-03T12:00:00+02:00')))).toBe(false);
  });

  it('on Sunday night reach into Monday', () => {
    const sundayNight: Hours = { ...mondayNight, weekdays: 0b1000000 };
    expect(withinHours([sundayNight], berlin(at('2026-06-01T05:00:00+02:00')))).toBe(true);
    expect(withinHours([sundayNight], berlin(at('2026-06-07T23:00:00+02:00')))).toBe(true);
  });

  it('follow the wall clock through both clock changes of a year', () => {
    const sunday: Hours = { weekdays: 0b1000000, startMinute: 2 * 60, endMinute: 4 * 60 };
    // 2026-03-29: 02:00 does not exist, the clock goes from 01:59:59 to 03:00:00.
    expect(withinHours([sunday], berlin(at('2026-03-29T00:59:59Z')))).toBe(false);
    expect(withinHours([sunday], berlin(at('2026-03-29T01:00:00Z')))).toBe(true);
    expect(withinHours([sunday], berlin(at('2026-03-29T02:00:00Z')))).toBe(false);
    // 2026-10-25: 02:00 to 03:00 comes twice.
    expect(withinHours([sunday], berlin(at('2026-10-25T00:00:00Z')))).toBe(true);
    expect(withinHours([sunday], berlin(at('2026-10-25T02:59:59Z')))).toBe(true);
    expect(withinHours([sunday], berlin(at('2026-10-25T03:00:00Z')))).toBe(false);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('know the day of the week: %i after Monday', (weekday) => {
    const ten = dialIn('UTC')(wallS(NOON_S + weekday * 86_400));
    expect(ten).toMatchObject({ weekday, minute: 10 * 60 });
    const only = (days: number): Hours => ({ weekdays: days, startMinute: 0, endMinute: 1_440 });
    expect(withinHours([only(1 << weekday)], ten)).toBe(true);
    expect(withinHours([only(0b1111111 - (1 << weekday))], ten)).toBe(false);
  });

  it('know weekday, minute and day of a moment', () => {
    expect(berlin(at('2026-05-31T22:30:00Z'))).toEqual({ day: '2026-06-01', weekday: 0, minute: 30 });
    expect(berlin(at('2026-05-31T21:59:59Z')).day).toBe('2026-05-31');
  });
});

describe('freshness', () => {
  it.each([-30, 0, 30])('takes a code drawn %i s ago', (ageS) => {
    expect(withinFreshness(presentation(token(), NOON_S - ageS), NOON_S)).toBeUndefined();
  });
  it.each([-31, 31, 3600])('refuses a code drawn %i s ago', (ageS) => {
    expect(withinFreshness(presentation(token(), NOON_S - ageS), NOON_S)?.refusal).toBe('holder_proof_failed');
  });

  it('says whether a code is too old, or of the future', () => {
    const detail = (ageS: number): string | undefined =>
      withinFreshness(presentation(token(), NOON_S - ageS), NOON_S)?.detail;
    expect(detail(31)).toBe('the code was drawn 31 s ago: redraw it');
    expect(detail(-31)).toBe('the code was drawn 31 s in the future');
  });

  it('asks no age of an answer to a nonce', () => {
    const answer = parse(toText(writePresentation(token(), { nonce: new Uint8Array(16) }, seeds.courier)));
    if (!answer.ok) throw new Error(answer.detail);
    expect(withinFreshness(answer.value, NOON_S)).toBeUndefined();
  });

  it('takes what is just within limits', () => {
    const window = { notBeforeS: NOON_S - 600, expiresS: NOON_S + 3600 };
    const under = {
      delegation: delegation({ ...window, limits: { epoch: 2, actions: ACTION.unlock | ACTION.release } }),
    };
    expect(withinLimits(presentation(token({ ...window, under })), NOON_S, { epoch: 1 })).toBeUndefined();
  });
});
