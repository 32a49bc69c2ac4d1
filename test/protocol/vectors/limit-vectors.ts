/** limits.json: what the owner's limits, the clock and the hours of the week say of an authentic chain. */
import { type Refusal, wallS } from '../../../protocol/index.ts';
import { NOON_S } from '../../support/people.ts';
import { int, type LimitFields } from './raw.ts';
import { type ChainChange, type LockChange, textOf, type Vector, vector } from './vector.ts';

const judged = (
  section: string,
  name: string,
  refusal: Refusal | null,
  change: ChainChange,
  lock: LockChange = {},
): Vector => vector(section, name, textOf(change), refusal, lock);

export function limitVectors(): readonly Vector[] {
  return [...epochs(), ...windows(), ...actions(), ...freshness(), ...hours()];
}

function epochs(): readonly Vector[] {
  const guest = (epoch: number): ChainChange => ({ guest: true, t: { claims: { [-65537]: guestClaim(epoch) } } });
  return [
    judged('R-101', "D of the lock's epoch", null, { limits: { epoch: 5 } }, { epoch: 5 }),
    judged('R-101', 'D of the epoch before', 'epoch_stale', { limits: { epoch: 4 } }, { epoch: 5 }),
    judged('R-101', 'D of a later epoch', null, { limits: { epoch: 6 } }, { epoch: 5 }),
    judged('R-101', "a guest token of the lock's epoch", null, guest(5), { epoch: 5 }),
    judged('R-101', 'a guest token of the epoch before', 'epoch_stale', guest(4), { epoch: 5 }),
    judged('R-101', 'a guest token of a later epoch', null, guest(6), { epoch: 5 }),
  ];
}

const guestClaim = (epoch: number): Uint8Array => Uint8Array.of(0xa2, 0x00, epoch, 0x01, 0x01);

function windows(): readonly Vector[] {
  const d = (from: number, until: number): ChainChange => ({
    d: { claims: { 5: int(NOON_S + from), 4: int(NOON_S + until) } },
  });
  const t = (from: number, until: number, limits: LimitFields = {}): ChainChange => ({
    limits,
    t: { claims: { 5: int(NOON_S + from), 4: int(NOON_S + until) } },
  });
  const both = (from: number, until: number): ChainChange => ({ ...d(from, until), ...t(from, until) });
  return [
    judged('R-102', 'D begins now', null, { ...d(0, 100), ...t(0, 100) }),
    judged('R-102', 'D begins in a second', 'not_yet_valid', both(1, 100)),
    judged('R-102', 'D ends in a second', null, both(-100, 1)),
    judged('R-102', 'D ends now', 'expired', both(-100, 0)),
    judged('R-103', 'T is as long as D', null, both(-50, 50)),
    judged('R-103', 'T begins a second before D', 'chain_invalid', { ...d(-50, 50), ...t(-51, 50) }),
    judged('R-103', 'T ends a second after D', 'chain_invalid', { ...d(-50, 50), ...t(-50, 51) }),
    judged('R-104', 'T is as long as the owner allows', null, t(-100, 100, { windowS: 200 })),
    judged('R-104', 'T is a second longer', 'chain_invalid', t(-100, 101, { windowS: 200 })),
    judged('R-104', 'the owner allows no length at all', 'chain_invalid', t(0, 1, { windowS: 0 })),
    judged('R-104', 'a guest token of a year', null, { guest: true, ...t(-1, 365 * 86_400) }),
    judged('R-106', 'T begins now', null, t(0, 100)),
    judged('R-106', 'T begins in a second', 'not_yet_valid', t(1, 100)),
    judged('R-106', 'T ends in a second', null, t(-100, 1)),
    judged('R-106', 'T ends now', 'expired', t(-100, 0)),
    judged('R-106', 'a guest token begins in a second', 'not_yet_valid', { guest: true, ...t(1, 100) }),
    judged('R-106', 'a guest token ends now', 'expired', { guest: true, ...t(-100, 0) }),
  ];
}

function actions(): readonly Vector[] {
  return [
    judged('R-105', 'D allows unlocking among others', null, { limits: { actions: 3 } }),
    judged('R-105', 'D allows nothing', 'wrong_action', { limits: { actions: 0 } }),
    judged('R-105', 'D allows everything but unlocking', 'wrong_action', { limits: { actions: 6 } }),
    judged('R-105', 'T asks for what D does not allow', 'wrong_action', { action: 2 }),
    judged('R-108', 'T unlatches, as D allows: this lock only unlocks', 'wrong_action', {
      action: 2,
      limits: { actions: 7 },
    }),
    judged('R-108', 'T releases, as D allows: this lock only unlocks', 'wrong_action', {
      action: 4,
      limits: { actions: 7 },
    }),
    judged('R-108', 'a guest token that unlatches', 'wrong_action', {
      guest: true,
      t: { claims: { [-65537]: Uint8Array.of(0xa2, 0x00, 0x01, 0x01, 0x02) } },
    }),
  ];
}

function freshness(): readonly Vector[] {
  const ages = [
    [30, null],
    [31, 'holder_proof_failed'],
    [-30, null],
    [-31, 'holder_proof_failed'],
    [3600, 'holder_proof_failed'],
  ] as const;
  return [
    ...ages.map(([ageS, refusal]) =>
      judged('R-113', `drawn ${ageS} s ago`, refusal, { p: { claims: { 6: int(NOON_S - ageS) } } }),
    ),
    judged('R-113', 'drawn in 1970', 'holder_proof_failed', { p: { claims: { 6: int(0) } } }),
  ];
}

const MON = 1;
const TUE = 2;
const SAT = 32;
const SUN = 64;
const minute = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function hours(): readonly Vector[] {
  const at = (
    section: string,
    iso: string,
    weekdays: number,
    window: string,
    open: boolean,
    why: string,
    timezone = 'Europe/Berlin',
  ): Vector => {
    const atS = wallS(Date.parse(iso) / 1000);
    const row = [weekdays, minute(window.slice(0, 5)), minute(window.slice(6))] as const;
    return judged(
      section,
      `${why}: ${window} at ${iso} in ${timezone}`,
      open ? null : 'outside_hours',
      { atS, limits: { hours: [row] } },
      { now: atS, timezone },
    );
  };
  const two: LimitFields = {
    hours: [
      [MON, 480, 540],
      [MON, 720, 780],
    ],
  };
  const none: LimitFields = {
    hours: [
      [MON, 480, 540],
      [TUE, 600, 660],
    ],
  };
  const every = ['Mon 01', 'Tue 02', 'Wed 03', 'Thu 04', 'Fri 05', 'Sat 06', 'Sun 07'].flatMap((day, i) => [
    at(
      'R-121',
      `2026-06-${day.slice(4)}T12:00:00+02:00`,
      1 << i,
      '08:00-20:00',
      true,
      `${day.slice(0, 3)} is bit ${i}`,
    ),
    at(
      'R-121',
      `2026-06-${day.slice(4)}T12:00:00+02:00`,
      127 ^ (1 << i),
      '08:00-20:00',
      false,
      `every day but ${day.slice(0, 3)}`,
    ),
  ]);
  const now: LimitFields = { hours: [[MON, 600, 660]] };
  return [
    judged('R-107', 'within the hours of D', null, { limits: now }),
    judged('R-107', 'outside of them', 'outside_hours', { limits: none }),
    judged('R-107', 'D without hours', null, {}),
    judged('R-107', 'a guest, who has no D', null, { guest: true }),
    judged('R-107', 'the window of T comes before', 'expired', { limits: none, t: { claims: { 4: int(NOON_S) } } }),
    judged('R-107', 'what this lock does comes behind', 'outside_hours', {
      limits: { ...none, actions: 3 },
      action: 2,
    }),
    judged(
      'R-120',
      'noon in Berlin is ten in UTC',
      null,
      { limits: { hours: [[MON, 720, 780]] } },
      { timezone: 'Europe/Berlin' },
    ),
    judged('R-120', 'noon in UTC is not now', 'outside_hours', { limits: { hours: [[MON, 720, 780]] } }),
    judged('R-120', 'the second of two rows holds', null, { limits: two }, { timezone: 'Europe/Berlin' }),
    judged('R-120', 'neither of two rows holds', 'outside_hours', { limits: none }),
    at('R-120', '2026-06-01T00:15:00Z', MON, '06:00-06:01', true, 'a zone of quarter hours', 'Asia/Kathmandu'),
    at('R-120', '2026-05-31T10:30:00Z', MON, '00:00-01:00', true, 'Monday before Greenwich', 'Pacific/Kiritimati'),
    at('R-120', '2026-06-01T06:30:00Z', SUN, '23:00-24:00', true, 'Sunday after Greenwich', 'America/Los_Angeles'),
    ...every,
    at('R-122', '2026-06-01T07:59:59+02:00', MON, '08:00-20:00', false, 'a second before'),
    at('R-122', '2026-06-01T08:00:00+02:00', MON, '08:00-20:00', true, 'the first second'),
    at('R-122', '2026-06-01T19:59:59+02:00', MON, '08:00-20:00', true, 'the last second'),
    at('R-122', '2026-06-01T20:00:00+02:00', MON, '08:00-20:00', false, 'the end'),
    at('R-122', '2026-06-01T00:00:00+02:00', MON, '00:00-24:00', true, 'the first second of the whole day'),
    at('R-122', '2026-06-01T23:59:59+02:00', MON, '00:00-24:00', true, 'the last second of the whole day'),
    at('R-122', '2026-06-02T00:00:00+02:00', MON, '00:00-24:00', false, 'the second behind the whole day'),
    at('R-123', '2026-06-01T21:59:59+02:00', MON, '22:00-06:00', false, 'a second before the night'),
    at('R-123', '2026-06-01T22:00:00+02:00', MON, '22:00-06:00', true, 'the first second of the night'),
    at('R-123', '2026-06-02T00:00:00+02:00', MON, '22:00-06:00', true, 'midnight'),
    at('R-123', '2026-06-02T05:59:59+02:00', MON, '22:00-06:00', true, 'the last second of the night'),
    at('R-123', '2026-06-02T06:00:00+02:00', MON, '22:00-06:00', false, 'the end of the night'),
    at('R-123', '2026-06-01T05:00:00+02:00', MON, '22:00-06:00', false, 'the night before belongs to Sunday'),
    at('R-123', '2026-06-01T05:00:00+02:00', SUN, '22:00-06:00', true, 'the night of Sunday reaches into Monday'),
    at('R-123', '2026-06-02T22:00:00+02:00', MON, '22:00-06:00', false, 'the next night'),
    at('R-123', '2026-06-01T23:59:59+02:00', MON, '22:00-00:00', true, 'until midnight, as 0'),
    at('R-123', '2026-06-02T00:00:00+02:00', MON, '22:00-00:00', false, 'at midnight, as 0'),
    at('R-124', '2026-03-29T00:59:59Z', SUN, '02:00-04:00', false, '01:59:59, then the clock goes to 03:00'),
    at('R-124', '2026-03-29T01:00:00Z', SUN, '02:00-04:00', true, '03:00:00, an hour that began late'),
    at('R-124', '2026-03-29T02:00:00Z', SUN, '02:00-04:00', false, '04:00:00'),
    at('R-124', '2026-03-29T00:59:59Z', SUN, '02:00-03:00', false, 'before a window that does not come'),
    at('R-124', '2026-03-29T01:00:00Z', SUN, '02:00-03:00', false, 'behind a window that does not come'),
    at('R-124', '2026-03-29T00:30:00Z', SAT, '22:00-03:00', true, 'a night with an hour less, at 01:30'),
    at('R-124', '2026-03-29T01:00:00Z', SAT, '22:00-03:00', false, 'a night with an hour less, at 03:00'),
    at('R-125', '2026-10-24T23:59:59Z', SUN, '02:00-03:00', false, '01:59:59 in summer'),
    at('R-125', '2026-10-25T00:00:00Z', SUN, '02:00-03:00', true, '02:00 for the first time'),
    at('R-125', '2026-10-25T00:59:59Z', SUN, '02:00-03:00', true, '02:59:59 for the first time'),
    at('R-125', '2026-10-25T01:00:00Z', SUN, '02:00-03:00', true, '02:00 for the second time'),
    at('R-125', '2026-10-25T01:59:59Z', SUN, '02:00-03:00', true, '02:59:59 for the second time'),
    at('R-125', '2026-10-25T02:00:00Z', SUN, '02:00-03:00', false, '03:00 in winter'),
    at('R-125', '2026-10-25T00:15:00Z', SUN, '02:30-04:00', false, '02:15 for the first time'),
    at('R-125', '2026-10-25T00:45:00Z', SUN, '02:30-04:00', true, '02:45 for the first time'),
    at('R-125', '2026-10-25T01:15:00Z', SUN, '02:30-04:00', false, '02:15 for the second time: closed again'),
    at('R-125', '2026-10-25T01:45:00Z', SUN, '02:30-04:00', true, '02:45 for the second time'),
  ];
}
