/**
 * Whatever is signed, no chain grants more than any of its parents. A second judge, written for this
 * test alone and in another way than the lock's own, says what a random chain grants at a random
 * moment; the lock has to say the same. It knows the time zones by their rules, not by a library.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdmitContext, admit } from '../../../firmware/access/admit.ts';
import { dialIn } from '../../../firmware/access/dial.ts';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { emptyMemory, fold, forget, type Memory } from '../../../firmware/journal/memory.ts';
import type { JournalRecord } from '../../../firmware/journal/records.ts';
import { initialState, type LockState } from '../../../firmware/lock/state.ts';
import { ACTION, kidOf, openText, toHex, toText, wallS } from '../../../protocol/index.ts';
import { bstr, chain, DELEGATION_ID, int, mapOf, OURS, tokenId, tstr } from '../../protocol/vectors/raw.ts';
import { AUDIENCE, keys, seeds } from '../../support/people.ts';

const HOUR_S = 3_600;
const DAY_S = 86_400;

const locked: LockState = {
  ...initialState(),
  board: 'ready',
  door: 'closed',
  bolt: { ...initialState().bolt, row: 'locked', status: 'thrown' },
};

/** The nth Sunday of a month of 2026, the last one for −1: day of the month. */
function sunday(month: number, nth: number): number {
  const last = new Date(Date.UTC(2026, month, 0)).getUTCDate();
  const sundays = Array.from({ length: last }, (_, i) => i + 1).filter(
    (day) => new Date(Date.UTC(2026, month - 1, day)).getUTCDay() === 0,
  );
  return sundays.at(nth) ?? 0;
}
const utcS = (month: number, day: number, hour: number): number => Date.UTC(2026, month - 1, day, hour) / 1000;

/** Seconds to add to UTC, in 2026. Both clock changes are where they are by law. */
const ZONES: Readonly<Record<string, (nowS: number) => number>> = {
  // Last Sundays of March and October at 01:00 UTC (2000/84/EC).
  'Europe/Berlin': (nowS) =>
    nowS >= utcS(3, sunday(3, -1), 1) && nowS < utcS(10, sunday(10, -1), 1) ? 2 * HOUR_S : HOUR_S,
  // Second Sunday of March and first Sunday of November at 02:00 local time (15 U.S.C. 260a).
  'America/New_York': (nowS) =>
    nowS >= utcS(3, sunday(3, 1), 7) && nowS < utcS(11, sunday(11, 0), 6) ? -4 * HOUR_S : -5 * HOUR_S,
  'Asia/Kolkata': () => 5.5 * HOUR_S,
  UTC: () => 0,
};
const ZONE_NAMES = Object.keys(ZONES);

/** Days since 1970 and seconds into the day, where the lock hangs. */
function localClock(nowS: number, zone: string): { readonly day: number; readonly second: number } {
  const localS = nowS + (ZONES[zone]?.(nowS) ?? 0);
  return { day: Math.floor(localS / DAY_S), second: localS - Math.floor(localS / DAY_S) * DAY_S };
}

type HoursRow = readonly [weekdays: number, startMinute: number, endMinute: number];

/** By the second of the week: each listed day has one stretch from its start, which may reach into the next day or week. */
function withinWeek(rows: readonly HoursRow[], nowS: number, zone: string): boolean {
  const { day, second } = localClock(nowS, zone);
  // 1970-01-01 was a Thursday, day 3 of a week that begins on Monday.
  const ofWeek = ((day + 3) % 7) * DAY_S + second;
  return rows.some(([weekdays, start, end]) =>
    [0, 1, 2, 3, 4, 5, 6].some((weekday) => {
      if (((weekdays >> weekday) & 1) === 0) return false;
      const since = (ofWeek - weekday * DAY_S - start * 60 + 14 * DAY_S) % (7 * DAY_S);
      return since < (end > start ? end - start : end + 1440 - start) * 60;
    }),
  );
}

interface Case {
  readonly nowS: number;
  readonly zone: string;
  readonly guest: boolean;
  readonly wrong: 'nothing' | 'd signer' | 't signer' | 'p signer' | 'd lock' | 't lock';
  readonly d: {
    readonly fromS: number;
    readonly untilS: number;
    readonly epoch: number;
    readonly actions: number;
    readonly windowS: number;
    readonly usesPerDay: number;
    readonly hours: readonly HoursRow[] | undefined;
  };
  readonly t: {
    readonly fromS: number;
    readonly untilS: number;
    readonly action: number;
    readonly epoch: number;
    readonly issuedAtS: number;
  };
  readonly drawnAtS: number;
  readonly ownersEpoch: number;
  readonly usedToday: number;
  readonly usedYesterday: number;
  readonly alreadyUsed: boolean;
}

/** What the second judge finds wrong with a chain; nothing, when it has to be let in. */
function objections(c: Case): readonly string[] {
  const found: string[] = [];
  const object = (holds: boolean, name: string): void => void (holds || found.push(name));
  const { nowS, d, t } = c;
  const carried = !c.guest;
  object(c.wrong === 'nothing' || (c.guest && (c.wrong === 'd signer' || c.wrong === 'd lock')), c.wrong);
  object(t.fromS <= nowS && nowS < t.untilS, 'token window');
  object(t.action === ACTION.unlock, 'what the lock can do');
  object((carried ? d.epoch : t.epoch) >= c.ownersEpoch, 'epoch');
  object(Math.abs(c.drawnAtS - nowS) <= 30, 'freshness');
  object(!c.alreadyUsed, 'used');
  if (!carried) return found;
  object(d.fromS <= nowS && nowS < d.untilS, 'delegation window');
  object(d.fromS <= t.fromS && t.untilS <= d.untilS, 'window inside window');
  object(t.untilS - t.fromS <= d.windowS, 'length');
  object((d.actions & t.action) === t.action, 'actions');
  object(d.hours === undefined || withinWeek(d.hours, nowS, c.zone), 'hours');
  object(c.usedToday < d.usesPerDay, 'uses');
  return found;
}

/** Mostly the usual, now and then the unusual: so that most chains fail for one thing only, or for none. */
const mostly = <T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: unusual });
const around = (...seconds: readonly number[]): fc.Arbitrary<number> => fc.constantFrom(...seconds);

const hoursRow: fc.Arbitrary<HoursRow> = fc
  .tuple(fc.integer({ min: 1, max: 127 }), fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 1440 }))
  .filter(([, start, end]) => start !== end);

/** Moments everywhere in the year, and close to the clock changes, to midnight and to full hours. */
const moment: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: utcS(1, 2, 0), max: utcS(12, 30, 0) }),
  fc
    .tuple(
      fc.constantFrom(utcS(3, 29, 1), utcS(10, 25, 1), utcS(3, 8, 7), utcS(11, 1, 6)),
      fc.integer({ min: -6, max: 6 }),
      around(-1, 0, 1),
    )
    .map(([changeS, hours, seconds]) => changeS + hours * HOUR_S + seconds),
);

const someCase: fc.Arbitrary<Case> = moment.chain((nowS) =>
  fc.record({
    nowS: fc.constant(nowS),
    zone: fc.constantFrom(...ZONE_NAMES),
    guest: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    wrong: mostly<Case['wrong']>(
      fc.constant('nothing'),
      fc.constantFrom('d signer', 't signer', 'p signer', 'd lock', 't lock'),
    ),
    d: fc.record({
      fromS: mostly(around(-10 * DAY_S, -DAY_S), around(-HOUR_S, -1, 0, 1)).map((s) => nowS + s),
      untilS: mostly(around(10 * DAY_S, DAY_S), around(HOUR_S, 1, 0, -1)).map((s) => nowS + s),
      epoch: fc.integer({ min: 1, max: 3 }),
      actions: mostly(fc.constantFrom(1, 3, 7), fc.integer({ min: 0, max: 7 })),
      windowS: mostly(fc.constant(4 * HOUR_S), around(0, HOUR_S, 2 * HOUR_S - 1, 2 * HOUR_S)),
      usesPerDay: fc.integer({ min: 1, max: 4 }),
      hours: fc.option(fc.array(hoursRow, { minLength: 1, maxLength: 4 }), { nil: undefined }),
    }),
    t: fc.record({
      fromS: mostly(around(-HOUR_S, -600), around(-DAY_S, -2 * DAY_S, -1, 0, 1)).map((s) => nowS + s),
      untilS: mostly(around(HOUR_S, 600), around(DAY_S, 2 * DAY_S, 1, 0, -1)).map((s) => nowS + s),
      action: mostly(fc.constant(1), fc.constantFrom(2, 4)),
      epoch: fc.integer({ min: 1, max: 3 }),
      // Whatever a carrier says of when it issued a token changes nothing.
      issuedAtS: fc.oneof(fc.constant(nowS), fc.constantFrom(0, Date.UTC(2099, 0, 1) / 1000)),
    }),
    drawnAtS: mostly(around(-30, -5, 0, 30), around(-HOUR_S, -31, 31, HOUR_S)).map((s) => nowS + s),
    ownersEpoch: mostly(fc.constant(1), fc.constantFrom(2, 3)),
    usedToday: mostly(fc.constant(0), fc.integer({ min: 0, max: 4 })),
    usedYesterday: fc.integer({ min: 0, max: 4 }),
    alreadyUsed: mostly(fc.constant(false), fc.constant(true)),
  }),
);

const OTHER = 'back-door/abcdefgh';
const PEOPLE = { root: seeds.owner, carrier: seeds.carrier, courier: seeds.courier } as const;

function textOf({ nowS, guest, wrong, d, t, drawnAtS }: Case): string {
  const signer = (who: 'd' | 't' | 'p') => (wrong === `${who} signer` ? { seed: seeds.stranger } : {});
  const { hours, ...limits } = d;
  const made = chain({
    seeds: PEOPLE,
    audience: AUDIENCE,
    atS: nowS,
    guest,
    limits: hours === undefined ? limits : { ...limits, hours },
    d: {
      ...signer('d'),
      claims: { 3: tstr(wrong === 'd lock' ? OTHER : AUDIENCE), 4: int(d.untilS), 5: int(d.fromS) },
    },
    t: {
      ...signer('t'),
      claims: {
        3: tstr(wrong === 't lock' ? OTHER : AUDIENCE),
        4: int(t.untilS),
        5: int(t.fromS),
        6: int(t.issuedAtS),
        [OURS]: mapOf({ 0: guest ? int(t.epoch) : undefined, 1: int(t.action) }),
      },
    },
    p: { ...signer('p'), claims: { 6: int(drawnAtS) } },
  });
  return toText(made.presentation);
}

const dayName = (nowS: number, zone: string): string =>
  new Date(localClock(nowS, zone).day * DAY_S * 1000).toISOString().slice(0, 10);

/** What the lock remembers: earlier uses under the same delegation, and perhaps one of this very token. */
function memoryOf(c: Case): Memory {
  const memory = emptyMemory();
  const use = (key: string, day: string): void =>
    fold(memory, {
      type: 'spent',
      key,
      token_id: key,
      channel: 'reader',
      at_s: c.nowS,
      expires_s: c.nowS + DAY_S,
      day,
      delegation: toHex(DELEGATION_ID),
    });
  for (let i = 0; i < c.usedToday; i++) use(`today ${i}`, dayName(c.nowS, c.zone));
  for (let i = 0; i < c.usedYesterday; i++) use(`yesterday ${i}`, dayName(c.nowS - 26 * HOUR_S, c.zone));
  const issuer = toHex(kidOf(c.guest ? keys.owner : keys.carrier));
  if (c.alreadyUsed) use(`${issuer}:${toHex(tokenId(1))}`, '2025-12-31');
  if (c.ownersEpoch > 1) {
    fold(memory, { type: 'control', number: 1, statement: { op: 'raise-epoch', epoch: c.ownersEpoch } });
  }
  return memory;
}

const verify = opensslVerify();
/** The lock has given out no nonce. */
const noNonces = { isFreshNonce: () => false };

const isAdmitted = (text: string, nowS: number, zone: string, memory: Memory) => {
  const context: AdmitContext = {
    pins: { audience: AUDIENCE, root: keys.owner },
    firstLook: verify,
    verify,
    time: { state: 'trusted', nowS: wallS(nowS) },
    action: 'unlock',
    dial: dialIn(zone),
    disk: 'ok',
    memory,
    lock: locked,
    ...noNonces,
  };
  return admit(openText(text), 'reader', context);
};

describe('a chain', () => {
  it('is let in when its parents, its own words and the lock all grant it, and at no other time', () => {
    let admitted = 0;
    const onlyFault = new Set<string>();
    fc.assert(
      fc.property(someCase, (c) => {
        const wrong = objections(c);
        const verdict = isAdmitted(textOf(c), c.nowS, c.zone, memoryOf(c));
        if (verdict.admitted) admitted += 1;
        if (wrong.length === 1) onlyFault.add(wrong[0] ?? '');
        expect([verdict.admitted, wrong]).toEqual([wrong.length === 0, wrong]);
      }),
      { seed: 1, numRuns: RUNS },
    );
    expect(admitted / RUNS).toBeGreaterThan(0.15);
    // Each rule was at least once the only one in the way.
    expect([...onlyFault].sort()).toEqual([...RULES].sort());
  });
});

const RUNS = 1_500;
/** Without the delegation's own window: a token that lies inside of it is never alone outside. */
const RULES = [
  'd signer',
  't signer',
  'p signer',
  'd lock',
  't lock',
  'token window',
  'what the lock can do',
  'epoch',
  'freshness',
  'used',
  'window inside window',
  'length',
  'actions',
  'hours',
  'uses',
];

describe('many chains one after the other', () => {
  interface Issued {
    readonly carrier: 0 | 1;
    readonly fromS: number;
    readonly lengthS: number;
  }
  interface Showing {
    readonly waitS: number;
    readonly which: number;
    readonly forgets: boolean;
  }
  const issued: fc.Arbitrary<Issued> = fc.record({
    carrier: fc.constantFrom(0, 1),
    fromS: fc.integer({ min: 0, max: 40 }).map((hours) => hours * HOUR_S),
    lengthS: fc.constantFrom(HOUR_S, 5 * HOUR_S, 100 * HOUR_S),
  });
  const showing: fc.Arbitrary<Showing> = fc.record({
    waitS: fc.constantFrom(31, HOUR_S, 5 * HOUR_S),
    which: fc.nat(7),
    forgets: fc.boolean(),
  });
  /** A Friday evening before a clock change, in UTC. */
  const BEGIN_S = utcS(10, 23, 20);

  it('open once each, and never more often on a local day than their delegation says, whatever was forgotten', () => {
    let admitted = 0;
    let denied = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONE_NAMES),
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
        fc.array(issued, { minLength: 8, maxLength: 8 }),
        fc.array(showing, { minLength: 10, maxLength: 24 }),
        (zone, usesPerDay, tokens, showings) => {
          const memory = emptyMemory();
          const used = new Set<number>();
          const uses = new Map<string, number>();
          let nowS = BEGIN_S;
          for (const { waitS, which, forgets } of showings) {
            nowS += waitS;
            if (forgets) {
              fold(memory, { type: 'floor', at_s: nowS });
              forget(memory, dayName(nowS, zone));
            }
            const { carrier, fromS, lengthS } = tokens[which] ?? { carrier: 0, fromS: 0, lengthS: 1 };
            const beginS = BEGIN_S + fromS;
            const { presentation } = chain({
              seeds: PEOPLE,
              audience: AUDIENCE,
              atS: nowS,
              id: which,
              limits: { usesPerDay: usesPerDay[carrier], windowS: 100 * HOUR_S },
              d: { claims: { 7: bstr(DELEGATION_ID.map((byte) => byte + carrier)) } },
              t: { claims: { 4: int(beginS + lengthS), 5: int(beginS) } },
            });
            const today = `${carrier} ${localClock(nowS, zone).day}`;
            const grants =
              nowS >= beginS &&
              nowS < beginS + lengthS &&
              // The delegation of a chain begins a day before it is shown.
              beginS >= nowS - DAY_S &&
              !used.has(which) &&
              (uses.get(today) ?? 0) < usesPerDay[carrier];
            const verdict = isAdmitted(toText(presentation), nowS, zone, memory);
            expect(verdict.admitted).toBe(grants);
            if (!verdict.admitted) {
              denied += 1;
              continue;
            }
            admitted += 1;
            fold(memory, verdict.spend);
            fold(memory, ended(verdict.spend.key, verdict.spend.token_id));
            used.add(which);
            uses.set(today, (uses.get(today) ?? 0) + 1);
          }
        },
      ),
      { seed: 2, numRuns: 120 },
    );
    expect(admitted).toBeGreaterThan(150);
    expect(denied).toBeGreaterThan(500);
  });

  /** Its visit is over: from then on it may be forgotten. */
  const ended = (key: string, token_id: string): JournalRecord => ({
    type: 'event',
    seq: 0,
    boot: 1,
    ts: '2026-10-23T20:00:00.000Z',
    topic: 'visit',
    body: { event_type: 'ended', outcome: 'sealed', token_id },
    life: 'l1',
    ends: { key, outcome: 'sealed' },
  });
});
