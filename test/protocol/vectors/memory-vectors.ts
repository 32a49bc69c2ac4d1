/** memory.json: what the lock gave out and what it remembers, and what the owner has denied, paused or kept for himself. */
import { concat, kidOf, type Refusal, sha256, toHex } from '../../../protocol/index.ts';
import { keys, NOON_S, seeds } from '../../support/people.ts';
import { bstr, DELEGATION_ID, int, mapOf, OURS, tokenId, tstr } from './raw.ts';
import { type ChainChange, chainOf, type LockChange, PEOPLE, textOf, type Vector, vector } from './vector.ts';

const shown = (
  section: string,
  name: string,
  refusal: Refusal | null,
  change: ChainChange,
  lock: LockChange = {},
): Vector => vector(section, name, textOf(change), refusal, lock);

export function memoryVectors(): readonly Vector[] {
  return [...nonces(), ...named(), ...epochOfNamed(), ...denied(), ...vetoes()];
}

const NONCE = new Uint8Array(16).fill(3);
const GIVEN: LockChange = { nonce: toHex(NONCE) };
const UNTRUSTED: LockChange = { clock: 'untrusted' };
const spentBy = (issuer: Uint8Array): LockChange => ({ spent: [`${toHex(kidOf(issuer))}:${toHex(tokenId(1))}`] });
const outdated = (ageS: number): ChainChange => ({ p: { claims: { 6: int(NOON_S - ageS) } } });

const answers = (nonce: Uint8Array): ChainChange => ({ p: { claims: { 6: undefined, 10: bstr(nonce) } } });
const answered = answers(NONCE);

function nonces(): readonly Vector[] {
  const nonce = (name: string, refusal: Refusal | null, change: ChainChange, lock: LockChange = GIVEN): Vector =>
    shown('R-184', name, refusal, change, lock);
  return [
    nonce('the nonce that the lock gave', null, answered),
    nonce('the nonce that the lock gave, by a guest', null, { guest: true, ...answered }),
    nonce('any nonce, and the lock gave none', 'holder_proof_failed', answered, { nonce: null }),
    nonce('another nonce', 'holder_proof_failed', answers(new Uint8Array(16).fill(4))),
    nonce('a nonce with another last bit', 'holder_proof_failed', answers(NONCE.with(15, 2))),
    nonce('a moment, and the lock gave a nonce', null, {}),
    nonce('an old moment, and the lock gave a nonce', 'holder_proof_failed', outdated(31)),
    nonce('a nonce that nobody signed for', 'bad_signature', { p: { ...answered.p, seed: seeds.stranger } }),
    nonce('a nonce cures no clock', 'clock_untrusted', answered, { ...GIVEN, ...UNTRUSTED }),
    nonce('a nonce makes nothing new', 'already_used', answered, { ...GIVEN, ...spentBy(keys.carrier) }),
    nonce('a nonce is no window', 'expired', { ...answered, t: { claims: { 4: int(NOON_S) } } }),
    ...afar(),
  ];
}

function afar(): readonly Vector[] {
  const onMqtt = (name: string, refusal: Refusal | null, change: ChainChange, lock: LockChange = {}): Vector =>
    shown('R-209', name, refusal, change, { channel: 'mqtt', ...GIVEN, ...lock });
  return [
    onMqtt('the nonce that the lock gave on mqtt', null, answered),
    onMqtt('a code drawn now, on mqtt', 'holder_proof_failed', {}),
    onMqtt('a code drawn now on mqtt, and the lock gave no nonce', 'holder_proof_failed', {}, { nonce: null }),
    onMqtt('a code drawn now on mqtt, by a guest', 'holder_proof_failed', { guest: true }),
    onMqtt('used, before a code drawn now on mqtt', 'already_used', {}, spentBy(keys.carrier)),
    onMqtt('a code drawn now on mqtt, before the pause', 'holder_proof_failed', {}, { paused: true }),
  ];
}

/** The delegation of such a chain, in the lock's memory. */
const remembers = (...changes: readonly ChainChange[]): LockChange => ({
  remembered: changes.map((change) => toHex(chainOf(change).delegation)),
});

function named(): readonly Vector[] {
  /** A token that names the delegation which the lock remembers. */
  const names = (name: string, refusal: Refusal | null, change: ChainChange, lock: LockChange = {}): Vector =>
    shown('R-185', name, refusal, { ...change, named: true }, { ...remembers(change), ...lock });
  const others = Array.from({ length: 15 }, (_, i) => ({ limits: { usesPerDay: 20 + i } }));
  const elsewhere = { claims: { 3: tstr('back-door/abcdefgh') } };
  const uses: LockChange = { uses: [['2026-06-01', toHex(DELEGATION_ID), 8]] };
  const hash = sha256(chainOf().delegation);
  return [
    names('a delegation that the lock remembers', null, {}),
    names('one of sixteen', null, {}, remembers(...others, {})),
    names('one that was signed with the other algorithm number', null, { d: { header: { 1: int(-8) } } }),
    names('none that the lock remembers', 'unknown_issuer', {}, { remembered: [] }),
    names('another delegation of the same id and carrier', 'unknown_issuer', {}, remembers(...others)),
    names('the last bytes of its hash', 'unknown_issuer', { t: { header: { 4: bstr(hash.slice(-8)) } } }),
    names("the carrier's key", 'unknown_issuer', { t: { header: { 4: bstr(kidOf(keys.carrier)) } } }),
    names("the delegation's id", 'unknown_issuer', { t: { header: { 4: bstr(DELEGATION_ID) } } }),
    shown('R-185', 'a delegation is carried, and remembered too', null, {}, remembers({})),
    shown('R-185', 'a guest token, and a delegation is remembered', null, { guest: true }, remembers({})),
    names('T for another lock', 'wrong_lock', { t: elsewhere }),
    names('T for another lock, before what it names', 'wrong_lock', { t: elsewhere }, { remembered: [] }),
    names('D for another lock', 'wrong_lock', { d: elsewhere }),
    names('D of the root before this one', 'unknown_issuer', { seeds: { ...PEOPLE, root: seeds.stranger } }),
    names('D that the root did not sign', 'bad_signature', { d: { seed: seeds.stranger } }),
    names('T signed by a stranger', 'bad_signature', { t: { seed: seeds.stranger } }),
    names('T signed by the root', 'bad_signature', { t: { seed: seeds.owner } }),
    names('P signed by a stranger', 'bad_signature', { p: { seed: seeds.stranger } }),
    names('D of the epoch before', 'epoch_stale', { limits: { epoch: 4 } }, { epoch: 5 }),
    names('D of a later epoch', null, { limits: { epoch: 6 } }, { epoch: 5 }),
    names('D ended now', 'expired', { d: { claims: { 4: int(NOON_S) } } }),
    names('T is longer than D allows', 'chain_invalid', { limits: { windowS: 60 } }),
    names('D does not allow the action', 'wrong_action', { limits: { actions: 6 } }),
    names('not at this hour', 'outside_hours', { limits: { hours: [[2, 0, 1440]] } }),
    names('used while it was carried', 'already_used', {}, spentBy(keys.carrier)),
    names('the same id by the root, used', null, {}, spentBy(keys.owner)),
    names('all uses of the day', 'uses_exhausted', {}, uses),
    names('drawn too long ago', 'holder_proof_failed', outdated(31)),
  ];
}

function epochOfNamed(): readonly Vector[] {
  const both = { [OURS]: mapOf({ 0: int(1), 1: int(1) }) };
  const epoch = (name: string, refusal: Refusal | null, change: ChainChange, lock: LockChange = {}): Vector =>
    shown('R-186', name, refusal, { named: true, ...change }, { ...remembers({}), ...lock });
  return [
    epoch('no epoch', null, {}),
    epoch('the epoch of its delegation', 'chain_invalid', { t: { claims: both } }),
    epoch('an epoch, before one that is stale', 'chain_invalid', { t: { claims: both } }, { epoch: 2 }),
    epoch('an epoch, behind the clock', 'clock_untrusted', { t: { claims: both } }, UNTRUSTED),
    epoch('an epoch, and nothing is remembered', 'unknown_issuer', { t: { claims: both } }, { remembered: [] }),
  ];
}

function denied(): readonly Vector[] {
  const T = toHex(tokenId(1));
  const CARRIER = toHex(kidOf(keys.carrier));
  const PHONE = toHex(kidOf(keys.courier));
  const deny = (
    name: string,
    refusal: Refusal | null,
    ids: readonly string[],
    change: ChainChange = {},
    lock: LockChange = {},
  ): Vector => shown('R-115', name, refusal, change, { denied: ids, ...lock });
  const order = (name: string, refusal: Refusal, ids: readonly string[], change: ChainChange, lock: LockChange = {}) =>
    shown('R-90', name, refusal, change, { denied: ids, ...lock });
  const over = { 5: int(NOON_S - 600), 4: int(NOON_S) };
  return [
    deny('the token', 'revoked', [T]),
    deny('the token, among others', 'revoked', [toHex(tokenId(2)), CARRIER.replace(/^../, '00'), T]),
    deny('another token', null, [toHex(tokenId(2))]),
    deny('the token of a guest', 'revoked', [T], { guest: true }),
    deny('the carrier', 'issuer_revoked', [CARRIER]),
    deny('the carrier, whose delegation is named', 'issuer_revoked', [CARRIER], { named: true }, remembers({})),
    deny('another carrier', null, [toHex(kidOf(keys.stranger))]),
    deny('the carrier, and a guest comes', null, [CARRIER], { guest: true }),
    deny('the phone', 'revoked', [PHONE]),
    deny('the phone of a guest', 'revoked', [PHONE], { guest: true }),
    deny('the id of the delegation, which is no kid', null, [toHex(DELEGATION_ID)]),
    deny('the first bytes of the token', null, [T.slice(0, 16)]),
    deny('the token before the carrier', 'revoked', [CARRIER, T]),
    deny('the carrier before the phone', 'issuer_revoked', [PHONE, CARRIER]),
    deny('a carrier that delivers in person', 'issuer_revoked', [PHONE], {
      seeds: { ...PEOPLE, carrier: PEOPLE.courier },
    }),
    order('signatures before what is denied', 'bad_signature', [T], { t: { seed: seeds.stranger } }),
    order('the clock before what is denied', 'clock_untrusted', [T], {}, UNTRUSTED),
    order('the epoch before what is denied', 'epoch_stale', [T], {}, { epoch: 2 }),
    order('what is denied before the window of D', 'issuer_revoked', [CARRIER], { d: { claims: over } }),
    order('what is denied before the window of T', 'revoked', [T], { t: { claims: over } }),
    order('what is denied before the ledger', 'revoked', [PHONE], {}, spentBy(keys.carrier)),
  ];
}

function vetoes(): readonly Vector[] {
  const paused: LockChange = { paused: true };
  const alone: LockChange = { mode: 'privacy' };
  const afar: LockChange = { channel: 'mqtt', ...GIVEN };
  const veto = (name: string, refusal: Refusal | null, lock: LockChange, change: ChainChange = {}): Vector =>
    shown('R-117', name, refusal, change, lock);
  return [
    veto('paused', 'owner_veto', paused),
    veto('paused, and a guest comes', 'owner_veto', paused, { guest: true }),
    veto('privacy', 'privacy_mode', alone),
    veto('paused before privacy', 'owner_veto', { ...paused, ...alone }),
    veto('privacy on mqtt', 'privacy_mode', { ...alone, ...afar }, answered),
    veto('vacation', 'owner_veto', { mode: 'vacation' }),
    veto('vacation on mqtt', null, { mode: 'vacation', ...afar }, answered),
    veto('no remote', null, { mode: 'no_remote_lock_unlock' }),
    veto('no remote on mqtt', 'owner_veto', { mode: 'no_remote_lock_unlock', ...afar }, answered),
    veto('paused on mqtt', 'owner_veto', { ...paused, ...afar }, answered),
    veto('normal on mqtt', null, afar, answered),
    shown('R-90', 'signatures before the pause', 'bad_signature', { p: { seed: seeds.stranger } }, paused),
    shown('R-90', 'the ledger before the pause', 'already_used', {}, { ...paused, ...spentBy(keys.carrier) }),
    shown('R-90', 'freshness before the pause', 'holder_proof_failed', outdated(31), paused),
    shown('R-90', 'freshness before privacy', 'holder_proof_failed', outdated(31), alone),
    shown('R-90', 'what is denied before the pause', 'revoked', {}, { ...paused, denied: [toHex(tokenId(1))] }),
    shown(
      'R-90',
      'strict signatures before the pause',
      'bad_signature',
      { p: { signature: (signature) => concat(signature.slice(0, 32), new Uint8Array(32).fill(0xff)) } },
      paused,
    ),
  ];
}
