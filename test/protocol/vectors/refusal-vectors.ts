/** refusals.json: what a lock remembers, and which of two reasons it gives. */
import { kidOf, type Refusal, toHex, wallS } from '../../../protocol/index.ts';
import { keys, NOON_S, seeds } from '../../support/people.ts';
import { bstr, DELEGATION_ID, int, mapOf, tokenId, tstr } from './raw.ts';
import { type ChainChange, type LockChange, textOf, type Vector, vector } from './vector.ts';

const spendKey = (issuer: Uint8Array, id: number): string => `${toHex(kidOf(issuer))}:${toHex(tokenId(id))}`;
const D_ID = toHex(DELEGATION_ID);
const USED = { spent: [spendKey(keys.carrier, 1)] } as const;

export function refusalVectors(): readonly Vector[] {
  return [...memory(), ...order()];
}

function memory(): readonly Vector[] {
  const seen = (
    section: string,
    name: string,
    refusal: Refusal | null,
    change: ChainChange,
    lock: LockChange,
  ): Vector => vector(section, name, textOf(change), refusal, lock);
  const uses = (day: string, count: number, id = D_ID): LockChange => ({ uses: [[day, id, count]] });
  const midnight = wallS(Date.parse('2026-06-02T00:00:00+02:00') / 1000);
  return [
    seen('R-100', 'a clock that nobody vouches for', 'clock_untrusted', {}, { clock: 'untrusted' }),
    seen('R-109', 'used', 'already_used', {}, USED),
    seen('R-109', 'used, and drawn again since', 'already_used', { p: { claims: { 6: int(NOON_S + 5) } } }, USED),
    seen(
      'R-109',
      'used, and signed with the other algorithm number',
      'already_used',
      { t: { header: { 1: int(-8) } } },
      USED,
    ),
    seen(
      'R-109',
      'used, and issued again with the same id for other hours',
      'already_used',
      { t: { claims: { 4: int(NOON_S + 60) } } },
      USED,
    ),
    seen(
      'R-109',
      'used, and issued again for another phone',
      'already_used',
      { seeds: { root: seeds.owner, carrier: seeds.carrier, courier: seeds.stranger } },
      USED,
    ),
    seen(
      'R-109',
      'the same id under another delegation to the same carrier',
      'already_used',
      { d: { claims: { 7: bstr(new Uint8Array(8)) } } },
      USED,
    ),
    seen('R-109', 'another id', null, { id: 2 }, USED),
    seen(
      'R-109',
      'the same id by another carrier',
      null,
      { seeds: { root: seeds.owner, carrier: seeds.stranger, courier: seeds.courier } },
      USED,
    ),
    seen('R-109', 'the same id by the root, for a guest', null, { guest: true }, USED),
    seen('R-109', 'a guest token, used', 'already_used', { guest: true }, { spent: [spendKey(keys.owner, 1)] }),
    seen(
      'R-109',
      'one of several, used',
      'already_used',
      { id: 2 },
      { spent: [1, 2, 3].map((id) => spendKey(keys.carrier, id)) },
    ),
    seen('R-110', 'seven of eight uses of the day', null, {}, uses('2026-06-01', 7)),
    seen('R-110', 'eight of eight uses of the day', 'uses_exhausted', {}, uses('2026-06-01', 8)),
    seen('R-110', 'eight of eight uses of yesterday', null, {}, uses('2026-05-31', 8)),
    seen('R-110', 'eight uses of another delegation', null, {}, uses('2026-06-01', 8, '08'.repeat(8))),
    seen('R-110', 'no use a day', 'uses_exhausted', { limits: { usesPerDay: 0 } }, {}),
    seen('R-110', 'one use a day, the first', null, { limits: { usesPerDay: 1 } }, {}),
    seen('R-110', 'a guest token is not counted', null, { guest: true }, uses('2026-06-01', 8)),
    seen(
      'R-110',
      'the last second of the local day',
      'uses_exhausted',
      { atS: midnight - 1 },
      { ...uses('2026-06-01', 8), now: midnight - 1, timezone: 'Europe/Berlin' },
    ),
    seen(
      'R-110',
      'the first second of the next local day',
      null,
      { atS: midnight },
      { ...uses('2026-06-01', 8), now: midnight, timezone: 'Europe/Berlin' },
    ),
    seen(
      'R-110',
      'the same second in UTC, where it is still the first of June',
      'uses_exhausted',
      { atS: midnight },
      { ...uses('2026-06-01', 8), now: midnight },
    ),
  ];
}

/** Two things wrong at once: the earlier check gives the reason. */
function order(): readonly Vector[] {
  const first = (name: string, refusal: Refusal, change: ChainChange, lock: LockChange = {}): Vector =>
    vector('R-90', name, textOf(change), refusal, lock);
  const elsewhere = { 3: tstr('back-door/abcdefgh') };
  const over = { 5: int(NOON_S - 600), 4: int(NOON_S) };
  const tooMany: LockChange = { uses: [['2026-06-01', D_ID, 8]] };
  const stale = { p: { claims: { 6: int(NOON_S - 3600) } } };
  const nonce = { p: { claims: { 6: undefined, 10: bstr(new Uint8Array(16)) } } };
  const shut = [[2, 0, 1440]] as const;
  return [
    first('shape before audience', 'malformed', { t: { claims: elsewhere }, p: { claims: { 99: int(0) } } }),
    first('audience of T before the issuer', 'wrong_lock', {
      guest: true,
      seeds: { root: seeds.stranger, carrier: seeds.carrier, courier: seeds.courier },
      t: { claims: elsewhere },
    }),
    first('audience of D before its issuer', 'wrong_lock', {
      seeds: { root: seeds.stranger, carrier: seeds.carrier, courier: seeds.courier },
      d: { claims: elsewhere },
    }),
    first('audience before signatures', 'wrong_lock', { t: { claims: elsewhere, seed: seeds.stranger } }),
    first('audience of D before its signature', 'wrong_lock', { d: { claims: elsewhere, seed: seeds.stranger } }),
    first('issuer before signatures', 'unknown_issuer', {
      d: { header: { 4: bstr(kidOf(keys.stranger)) }, seed: seeds.carrier },
      t: { seed: seeds.stranger },
    }),
    first('signatures before the clock', 'bad_signature', { p: { seed: seeds.stranger } }, { clock: 'untrusted' }),
    first('signatures before a missing epoch', 'bad_signature', {
      guest: true,
      t: { claims: { [-65537]: mapOf({ 1: int(1) }) } },
      p: { seed: seeds.stranger },
    }),
    first('signatures before the ledger', 'bad_signature', { t: { seed: seeds.stranger } }, USED),
    first('signatures before freshness', 'bad_signature', { p: { ...stale.p, seed: seeds.stranger } }),
    first(
      'the clock before a missing epoch',
      'clock_untrusted',
      { guest: true, t: { claims: { [-65537]: mapOf({ 1: int(1) }) } } },
      { clock: 'untrusted' },
    ),
    first('the clock before the epoch', 'clock_untrusted', {}, { clock: 'untrusted', epoch: 2 }),
    first('the clock before windows', 'clock_untrusted', { t: { claims: over } }, { clock: 'untrusted' }),
    first('the clock before the ledger', 'clock_untrusted', {}, { clock: 'untrusted', ...USED }),
    first('a missing epoch before the window of T', 'chain_invalid', {
      guest: true,
      t: { claims: { ...over, [-65537]: mapOf({ 1: int(1) }) } },
    }),
    first('the epoch before the window of D', 'epoch_stale', { d: { claims: over } }, { epoch: 2 }),
    first('the epoch before the window of T', 'epoch_stale', { t: { claims: over } }, { epoch: 2 }),
    first('the window of D before T inside it', 'expired', { d: { claims: over } }),
    first('T inside D before what D allows', 'chain_invalid', {
      action: 2,
      t: { claims: { 5: int(NOON_S - 2 * 86_400) } },
    }),
    first('T inside D before its own window', 'chain_invalid', {
      t: { claims: { 5: int(NOON_S - 2 * 86_400), 4: int(NOON_S) } },
    }),
    first('the length of T before what D allows', 'chain_invalid', { action: 2, limits: { windowS: 1 } }),
    first('what D allows before the window of T', 'wrong_action', { action: 2, t: { claims: over } }),
    first('the window of T before hours', 'expired', { t: { claims: over }, limits: { hours: shut } }),
    first('hours before what the lock can', 'outside_hours', { action: 2, limits: { actions: 7, hours: shut } }),
    first('hours before the ledger', 'outside_hours', { limits: { hours: shut } }, USED),
    first('what the lock can before the ledger', 'wrong_action', { action: 2, limits: { actions: 7 } }, USED),
    first('the ledger before uses of the day', 'already_used', {}, { ...USED, ...tooMany }),
    first('the ledger before freshness', 'already_used', stale, USED),
    first('uses of the day before freshness', 'uses_exhausted', stale, tooMany),
    first('uses of the day before the nonce', 'uses_exhausted', nonce, tooMany),
    first('the ledger before the nonce', 'already_used', nonce, USED),
  ];
}
