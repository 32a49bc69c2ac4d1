/** controls.json: who may tell the lock what, which of two answers it gives, and what it comes to. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { ascii, concat } from '../../../protocol/bytes.ts';
import {
  type ControlResult,
  DENIED_KEYS_MAX,
  DENIED_TOKENS_MAX,
  kidOf,
  type OperatingMode,
  publicKeyOf,
  type Refusal,
  sign,
  toHex,
} from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';
import {
  AAD,
  array,
  bstr,
  type Change,
  type ControlFields,
  controlMessage,
  type Fields,
  int,
  map,
  mapOf,
  OURS,
  type Parts,
  sign1,
  tag,
  tstr,
} from './raw.ts';
import { textOf, textOfBytes } from './vector.ts';

/** What a control can change of a lock. */
export interface ControlledState {
  readonly root: string;
  readonly counter: number;
  readonly epoch: number;
  readonly paused: boolean;
  readonly mode: OperatingMode;
  readonly floor: number;
  /** Denied are the ids that are the numbers from 0 on, so many. */
  readonly denied_tokens: number;
  readonly denied_keys: number;
}

export interface ControlVector extends ControlledState {
  readonly name: string;
  readonly section: string;
  readonly text: string;
  readonly recovery: string;
  readonly audience: string;
  /** A nonce that the lock gave on some channel, and that is good. */
  readonly nonce: string | null;
  readonly disk: 'ok' | 'unavailable' | 'lockdown';
  readonly result: ControlResult | Refusal;
  /** What is different when it is applied. */
  readonly after: Partial<ControlledState> | null;
}

type LockChange = Partial<Omit<ControlVector, 'name' | 'section' | 'text' | 'result' | 'after'>>;

/** What is said and by whom, and what is wrong with it. */
interface Said extends Partial<ControlFields> {
  readonly op: number;
  readonly change?: Change;
}

/** The lock has taken six. */
const LAST = 6;
const NEXT = LAST + 1;
const NONCE = new Uint8Array(16).fill(3);
const OP = {
  raiseEpoch: 1,
  denyToken: 2,
  denyKey: 3,
  pause: 4,
  resume: 5,
  setMode: 6,
  setTime: 7,
  rotateRoot: 8,
  reSeal: 9,
} as const;
const PAUSE: Said = { op: OP.pause };

const textOfSaid = ({ change, ...fields }: Said): string => {
  const seed = fields.op === OP.rotateRoot ? seeds.recovery : seeds.owner;
  return textOfBytes(controlMessage({ seed, audience: AUDIENCE, atS: NOON_S, counter: NEXT, ...fields }, change));
};

function heard(
  section: string,
  name: string,
  text: string,
  result: ControlVector['result'],
  after: Partial<ControlledState> | null,
  lock: LockChange,
): ControlVector {
  return {
    name,
    section,
    text,
    root: toHex(keys.owner),
    recovery: toHex(publicKeyOf(seeds.recovery)),
    audience: AUDIENCE,
    counter: LAST,
    epoch: 2,
    paused: false,
    mode: 'normal',
    floor: NOON_S,
    denied_tokens: 0,
    denied_keys: 0,
    nonce: toHex(NONCE),
    disk: 'ok',
    ...lock,
    result,
    after,
  };
}

/** Applied: the next number is taken, and what `after` says. */
const taken = (section: string, name: string, said: Said, after: Partial<ControlledState>, lock: LockChange = {}) =>
  heard(section, name, textOfSaid(said), 'applied', { counter: NEXT, ...after }, lock);
const not = (result: ControlVector['result'], section: string, name: string, said: Said, lock: LockChange = {}) =>
  heard(section, name, textOfSaid(said), result, null, lock);

export function controlVectors(): readonly ControlVector[] {
  return [
    ...shapes(),
    ...texts(),
    ...newRoots(),
    ...signers(),
    ...order(),
    ...counters(),
    ...epochs(),
    ...denials(),
    ...modes(),
    ...times(),
    ...rotations(),
    ...seals(),
  ];
}

const raise = (epoch: number, more: Partial<Said> = {}): Said => ({ op: OP.raiseEpoch, argument: int(epoch), ...more });
const setTime = (timeS: number, more: Partial<Said> = {}): Said => ({
  op: OP.setTime,
  argument: int(timeS),
  nonce: NONCE,
  ...more,
});
const reSeal = (epoch: number, more: Partial<Said> = {}): Said => ({
  op: OP.reSeal,
  argument: int(epoch),
  nonce: NONCE,
  ...more,
});

/** What the new root signs, put together by hand. */
const newRoot = (audience: string, counter: number, root: Uint8Array): Uint8Array =>
  array(tstr('latchstring/1 new-root'), tstr(audience), int(counter), bstr(root));

const rotate = (more: Partial<Said> = {}, proof: Uint8Array = proofBy(seeds.stranger)): Said => ({
  op: OP.rotateRoot,
  argument: array(bstr(keys.stranger), bstr(proof)),
  nonce: NONCE,
  ...more,
});
const proofBy = (seed: Uint8Array, audience = AUDIENCE, counter = NEXT, root = keys.stranger): Uint8Array =>
  sign(newRoot(audience, counter, root), seed);
const ROTATED = { root: toHex(keys.stranger) };

function shapes(): readonly ControlVector[] {
  const bad = (name: string, said: Said): ControlVector => not('malformed', 'R-72', name, said);
  const header = (name: string, fields: Fields): ControlVector =>
    bad(`header: ${name}`, { ...PAUSE, change: { header: fields } });
  const claims = (name: string, fields: Fields): ControlVector =>
    bad(`claims: ${name}`, { ...PAUSE, change: { claims: fields } });
  const ours = (name: string, fields: Fields): ControlVector =>
    claims(name, { [OURS]: mapOf({ 10: int(NEXT), 11: int(OP.pause), ...fields }) });
  const argument = (name: string, op: number, value: Uint8Array | undefined, nonce?: Uint8Array): ControlVector =>
    bad(name, { op, argument: value, nonce });
  const root = bstr(keys.stranger);
  const proof = bstr(proofBy(seeds.stranger));
  return [
    taken('R-72', 'EdDSA, −8', { ...PAUSE, change: { header: { 1: int(-8) } } }, { paused: true }),
    header('ES256', { 1: int(-7) }),
    header('no key id', { 4: undefined }),
    header('key id of 7 bytes', { 4: bstr(kidOf(keys.owner).slice(0, 7)) }),
    header('a key that nobody knows', { 99: int(0) }),
    claims('no audience', { 3: undefined }),
    claims('no moment', { 6: undefined }),
    claims('nothing of ours', { [OURS]: undefined }),
    claims('an end', { 4: int(NOON_S + 60) }),
    claims('an audience that is none', { 3: tstr('front-door') }),
    claims('a moment before 1970', { 6: int(-1) }),
    claims('ours as an array', { [OURS]: array(int(NEXT), int(OP.pause)) }),
    ours('no counter', { 10: undefined }),
    ours('counter −1', { 10: int(-1) }),
    ours('counter 2^53', { 10: int(2 ** 53) }),
    ours('no operation', { 11: undefined }),
    ours('operation 0', { 11: int(0) }),
    ours('operation 10', { 11: int(10) }),
    ours('operation as text', { 11: tstr('pause') }),
    ours('operation as an array', { 11: array(int(OP.pause)) }),
    ours('a field that nobody knows', { 13: int(0) }),
    argument('pause with an argument', OP.pause, int(0)),
    argument('resume with an argument', OP.resume, int(0)),
    argument('raise-epoch without an argument', OP.raiseEpoch, undefined),
    argument('raise-epoch to −1', OP.raiseEpoch, int(-1)),
    argument('raise-epoch to 2^53', OP.raiseEpoch, int(2 ** 53)),
    argument('raise-epoch to bytes', OP.raiseEpoch, bstr(Uint8Array.of(3))),
    argument('deny-token with 15 bytes', OP.denyToken, bstr(new Uint8Array(15))),
    argument('deny-token with 8 bytes', OP.denyToken, bstr(new Uint8Array(8))),
    argument('deny-token with text', OP.denyToken, tstr('0123456789abcdef')),
    argument('deny-key with 7 bytes', OP.denyKey, bstr(new Uint8Array(7))),
    argument('deny-key with a whole key', OP.denyKey, bstr(keys.carrier)),
    argument('set-mode without an argument', OP.setMode, undefined),
    argument('set-mode 4', OP.setMode, int(4)),
    argument('set-mode −1', OP.setMode, int(-1)),
    argument('set-mode with its name', OP.setMode, tstr('privacy')),
    argument('set-time without an argument', OP.setTime, undefined, NONCE),
    argument('set-time before 1970', OP.setTime, int(-1), NONCE),
    argument('rotate-root without an argument', OP.rotateRoot, undefined, NONCE),
    argument('rotate-root without a signature', OP.rotateRoot, array(root), NONCE),
    argument('rotate-root with the root alone', OP.rotateRoot, root, NONCE),
    argument('rotate-root with a third part', OP.rotateRoot, array(root, proof, int(0)), NONCE),
    argument('rotate-root to 31 bytes', OP.rotateRoot, array(bstr(keys.stranger.slice(1)), proof), NONCE),
    argument('rotate-root with a signature of 63 bytes', OP.rotateRoot, array(root, bstr(new Uint8Array(63))), NONCE),
    argument('re-seal without an argument', OP.reSeal, undefined, NONCE),
    argument('pause with a nonce', OP.pause, undefined, NONCE),
    argument('raise-epoch with a nonce', OP.raiseEpoch, int(3), NONCE),
    argument('set-time without a nonce', OP.setTime, int(NOON_S)),
    argument('rotate-root without a nonce', OP.rotateRoot, array(root, proof)),
    argument('re-seal without a nonce', OP.reSeal, int(3)),
    argument('set-time with a nonce of 15 bytes', OP.setTime, int(NOON_S), NONCE.slice(1)),
    argument('set-time with a nonce of 17 bytes', OP.setTime, int(NOON_S), concat(NONCE, Uint8Array.of(3))),
    bad('a byte behind it', { ...PAUSE, change: { payload: (bytes) => concat(bytes, Uint8Array.of(0)) } }),
    heard('R-72', 'a presentation', textOf(), 'malformed', null, {}),
    ...(['delegation', 'token', 'presentation'] as const).map((purpose) =>
      not('bad_signature', 'R-72', `signed as a ${purpose}`, { ...PAUSE, change: { aad: AAD[purpose] } }),
    ),
  ];
}

/** What holds for a presentation's text and message holds for a control's. */
function texts(): readonly ControlVector[] {
  const good = textOfSaid(PAUSE);
  const as = (name: string, text: string): ControlVector => heard('R-171', name, text, 'malformed', null, {});
  const bad = (name: string, change: Change): ControlVector => not('malformed', 'R-171', name, { ...PAUSE, change });
  const whole = (outer: Change['outer']): Change => (outer === undefined ? {} : { outer });
  const items = (parts: Parts): Uint8Array[] => [
    bstr(parts.protectedBytes),
    map([]),
    bstr(parts.payload),
    bstr(parts.signature),
  ];
  return [
    taken('R-171', 'a control', PAUSE, { paused: true }),
    as('R-10: a blank before it', ` ${good}`),
    as('R-11: 1541 characters', `LS1:${'0'.repeat(1537)}`),
    as('R-12: another version', `LS2:${good.slice(4)}`),
    as('R-13: small letters', good.toLowerCase().replace('ls1', 'LS1')),
    bad(
      'R-20: a byte behind it',
      whole((parts) => concat(sign1(parts), Uint8Array.of(0))),
    ),
    bad('R-21: a head that is longer than it needs to be', {
      protectedBytes: (bytes) => concat(bytes.slice(0, 1), Uint8Array.of(0x18, 0x01), bytes.slice(2)),
    }),
    bad('R-23: keys in another order', {
      protectedBytes: (bytes) => concat(Uint8Array.of(0xa2), bytes.slice(3), bytes.slice(1, 3)),
    }),
    bad('R-25: a fraction', { claims: { 6: Uint8Array.of(0xf9, 0x3c, 0x00) } }),
    bad(
      'R-30: no tag',
      whole((parts) => array(...items(parts))),
    ),
    bad(
      'R-32: an unprotected header',
      whole((parts) => tag(18, array(...items(parts).with(1, mapOf({ 1: int(0) }))))),
    ),
    bad(
      'R-33: a payload that is detached',
      whole((parts) => tag(18, array(...items(parts).with(2, Uint8Array.of(0xf6))))),
    ),
    bad('R-34: a signature of 63 bytes', { signature: (bytes) => bytes.slice(1) }),
    bad('R-35: another algorithm', { header: { 1: int(-7) } }),
    bad('R-42: an audience that is none', { claims: { 3: tstr('front-door') } }),
    bad('R-43: a moment before 1970', { claims: { 6: int(-1) } }),
    bad('R-170: a kid of 9 bytes', { header: { 4: bstr(concat(kidOf(keys.owner), Uint8Array.of(0))) } }),
    as('a presentation', textOf()),
  ];
}

const { Point } = ed25519;

function newRoots(): readonly ControlVector[] {
  const unproved = (name: string, proof: Uint8Array, root = keys.stranger): ControlVector =>
    not('new_root_unproved', 'R-73', name, rotate({ argument: array(bstr(root), bstr(proof)) }));
  /** A key that verifies what nobody signed: R = B, S = 1, for every message. */
  const identity = Point.ZERO.toBytes();
  const forAnything = concat(Point.BASE.toBytes(), Uint8Array.of(1), new Uint8Array(31));
  return [
    taken('R-73', 'the new root signed for it', rotate(), ROTATED),
    unproved('signed by the old root', proofBy(seeds.owner)),
    unproved('signed by the recovery key', proofBy(seeds.recovery)),
    unproved('signed for another lock', proofBy(seeds.stranger, 'back-door/abcdefgh')),
    unproved('signed for the counter before', proofBy(seeds.stranger, AUDIENCE, LAST)),
    unproved('signed for another root', proofBy(seeds.stranger, AUDIENCE, NEXT, keys.courier)),
    unproved('signed without its purpose', sign(concat(ascii(AUDIENCE), keys.stranger), seeds.stranger)),
    unproved('the new root is the identity, which verifies everything', forAnything, identity),
  ];
}

function signers(): readonly ControlVector[] {
  const stranger = (result: Refusal, name: string, said: Said, lock: LockChange = {}): ControlVector =>
    not(result, 'R-172', name, said, lock);
  const kid = (key: Uint8Array): Change => ({ header: { 4: bstr(kidOf(key)) } });
  const recovery = publicKeyOf(seeds.recovery);
  const another = { audience: 'back-door/abcdefgh' };
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const plusOrder = (signature: Uint8Array): Uint8Array => {
    let s = signature.slice(32).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n) + L;
    return concat(
      signature.slice(0, 32),
      Uint8Array.from({ length: 32 }, () => {
        const byte = Number(s & 0xffn);
        s >>= 8n;
        return byte;
      }),
    );
  };
  return [
    taken('R-172', 'pause by the root', PAUSE, { paused: true }),
    taken('R-172', 'rotate-root by the recovery key', rotate(), ROTATED),
    taken('R-172', 'made out in 1970', { ...PAUSE, atS: 0 }, { paused: true }),
    taken('R-172', 'made out in a hundred years', { ...PAUSE, atS: NOON_S + 3_155_760_000 }, { paused: true }),
    stranger('unknown_issuer', 'pause by the recovery key', { ...PAUSE, seed: seeds.recovery }),
    stranger('unknown_issuer', 'raise-epoch by the recovery key', raise(3, { seed: seeds.recovery })),
    stranger('unknown_issuer', 're-seal by the recovery key', reSeal(3, { seed: seeds.recovery }), {
      disk: 'lockdown',
    }),
    stranger('unknown_issuer', 'rotate-root by the root', rotate({ seed: seeds.owner })),
    stranger('unknown_issuer', 'rotate-root by the new root', rotate({ seed: seeds.stranger })),
    stranger('unknown_issuer', 'pause by the carrier', { ...PAUSE, seed: seeds.carrier }),
    stranger('unknown_issuer', 'pause by the root before this one', PAUSE, { root: toHex(keys.stranger) }),
    stranger('bad_signature', 'pause by a stranger who names the root', {
      ...PAUSE,
      seed: seeds.stranger,
      change: kid(keys.owner),
    }),
    stranger('bad_signature', 'pause by the recovery key, which names the root', {
      ...PAUSE,
      seed: seeds.recovery,
      change: kid(keys.owner),
    }),
    stranger(
      'bad_signature',
      'rotate-root by the root, which names the recovery key',
      rotate({ seed: seeds.owner, change: kid(recovery) }),
    ),
    stranger('bad_signature', 'S + L', { ...PAUSE, change: { signature: plusOrder } }),
    stranger('wrong_lock', 'for another lock', { ...PAUSE, ...another }),
    stranger('wrong_lock', 'for this lock before it was enrolled again', { ...PAUSE, audience: 'front-door/aaaaaaaa' }),
    stranger('wrong_lock', 'for another lock, before who signed it', { ...PAUSE, ...another, seed: seeds.stranger }),
    stranger('unknown_issuer', 'who is named before who signed', {
      ...PAUSE,
      change: { ...kid(keys.carrier), seed: seeds.stranger },
    }),
  ];
}

/** Two things wrong at once: the earlier gives the answer. */
function order(): readonly ControlVector[] {
  const first = (name: string, result: ControlVector['result'], said: Said, lock: LockChange = {}): ControlVector =>
    not(result, 'R-173', name, said, lock);
  const forged = { seed: seeds.stranger, change: { header: { 4: bstr(kidOf(keys.owner)) } } };
  const stale: LockChange = { nonce: null };
  const failed: LockChange = { disk: 'unavailable' };
  const lockdown: LockChange = { disk: 'lockdown' };
  const counter = LAST;
  return [
    taken('R-173', 'nothing is wrong', PAUSE, { paused: true }),
    first('the signature before the disk', 'bad_signature', { ...PAUSE, ...forged }, failed),
    first('the signature before lockdown', 'bad_signature', { ...PAUSE, ...forged }, lockdown),
    first('the signature before the counter', 'bad_signature', { ...PAUSE, ...forged, counter }),
    first('a disk that failed', 'ledger_unavailable', PAUSE, failed),
    first('the disk before the counter', 'ledger_unavailable', { ...PAUSE, counter }, failed),
    first('the disk before the nonce', 'ledger_unavailable', setTime(NOON_S), { ...failed, ...stale }),
    first('the disk, although it is re-seal', 'ledger_unavailable', reSeal(3), failed),
    first('lockdown', 'lockdown', PAUSE, lockdown),
    first('lockdown before the counter', 'lockdown', { ...PAUSE, counter }, lockdown),
    first('lockdown before the nonce', 'lockdown', setTime(NOON_S), { ...lockdown, ...stale }),
    first('lockdown before the epoch', 'lockdown', raise(2), lockdown),
    first('lockdown, although it is rotate-root', 'lockdown', rotate(), lockdown),
    first('the counter before the nonce', 'out_of_order', setTime(NOON_S, { counter }), stale),
    first('the counter before the epoch', 'out_of_order', raise(2, { counter })),
    first(
      'the counter before room',
      'out_of_order',
      { op: OP.denyKey, argument: bstr(kidOf(keys.carrier)), counter },
      { denied_keys: DENIED_KEYS_MAX },
    ),
    first('the counter before the seal', 'out_of_order', reSeal(3, { counter })),
    first('a nonce that the lock did not give', 'nonce_stale', setTime(NOON_S, { nonce: NONCE.with(0, 4) })),
    first('no nonce was given', 'nonce_stale', setTime(NOON_S), stale),
    first("the nonce before the new root's signature", 'nonce_stale', rotate({}, proofBy(seeds.owner)), stale),
    first('the nonce before the seal', 'nonce_stale', reSeal(3), stale),
    first('in lockdown the counter before the nonce', 'out_of_order', reSeal(3, { counter }), {
      ...lockdown,
      ...stale,
    }),
    first('in lockdown the nonce before the epoch', 'nonce_stale', reSeal(2), { ...lockdown, ...stale }),
    first('the seal before its epoch', 'not_in_lockdown', reSeal(2)),
  ];
}

function counters(): readonly ControlVector[] {
  const out = (name: string, counter: number, lock: LockChange = {}): ControlVector =>
    not('out_of_order', 'R-174', name, { ...PAUSE, counter }, lock);
  const lockdown: LockChange = { disk: 'lockdown' };
  const max = Number.MAX_SAFE_INTEGER;
  return [
    taken('R-174', 'the first', { ...PAUSE, counter: 1 }, { counter: 1, paused: true }, { counter: 0 }),
    taken('R-174', 'the next', PAUSE, { paused: true }),
    out('0 is none', 0, { counter: 0 }),
    out('the same again', LAST),
    out('one from long ago', 1),
    out('one is left out', NEXT + 1),
    out('the last that there can be', max),
    taken('R-174', 'in lockdown the next', reSeal(3), { epoch: 3 }, lockdown),
    taken('R-174', 'in lockdown one of far ahead', reSeal(3, { counter: 100 }), { counter: 100, epoch: 3 }, lockdown),
    not('out_of_order', 'R-174', 'in lockdown the last that is known', reSeal(3, { counter: LAST }), lockdown),
    not('out_of_order', 'R-174', 'in lockdown one from before', reSeal(3, { counter: LAST - 1 }), lockdown),
  ];
}

function epochs(): readonly ControlVector[] {
  const full: LockChange = { denied_tokens: DENIED_TOKENS_MAX, denied_keys: DENIED_KEYS_MAX };
  const empty = { denied_tokens: 0, denied_keys: 0 };
  return [
    taken('R-175', 'one more', raise(3), { epoch: 3 }),
    taken('R-175', 'a hundred more', raise(102), { epoch: 102 }),
    taken('R-175', 'nothing is denied any more', raise(3), { epoch: 3, ...empty }, full),
    not('not_higher', 'R-175', 'the same', raise(2)),
    not('not_higher', 'R-175', 'one less', raise(1)),
    not('not_higher', 'R-175', 'none at all', raise(0)),
    taken('R-189', 'the highest epoch', raise(2 ** 32 - 1), { epoch: 2 ** 32 - 1 }),
    not('too_high', 'R-189', 'one above the highest', raise(2 ** 32)),
    not('too_high', 'R-189', 'the highest number', raise(2 ** 53 - 1)),
  ];
}

/** The id that is a number, big-endian. */
const numbered = (number: number, bytes: 8 | 16): Uint8Array => {
  const id = new Uint8Array(bytes);
  new DataView(id.buffer).setUint32(bytes - 4, number);
  return id;
};

function denials(): readonly ControlVector[] {
  const token = (number: number): Said => ({ op: OP.denyToken, argument: bstr(numbered(number, 16)) });
  const key = (number: number): Said => ({ op: OP.denyKey, argument: bstr(numbered(number, 8)) });
  const tokens = (count: number): LockChange => ({ denied_tokens: count });
  const keysDenied = (count: number): LockChange => ({ denied_keys: count });
  return [
    taken('R-176', 'the first token', token(0), { denied_tokens: 1 }),
    taken('R-176', 'the first key', key(0), { denied_keys: 1 }),
    taken('R-176', 'the 256th token', token(255), { denied_tokens: 256 }, tokens(255)),
    not('list_full', 'R-176', 'a 257th token', token(256), tokens(256)),
    taken('R-176', 'one of 256 tokens again', token(7), {}, tokens(256)),
    taken('R-176', 'the 64th key', key(63), { denied_keys: 64 }, keysDenied(63)),
    not('list_full', 'R-176', 'a 65th key', key(64), keysDenied(64)),
    taken('R-176', 'one of 64 keys again', key(7), {}, keysDenied(64)),
    taken('R-176', 'a token beside 64 keys', token(0), { denied_tokens: 1 }, keysDenied(64)),
    taken('R-176', 'a key beside 256 tokens', key(0), { denied_keys: 1 }, tokens(256)),
  ];
}

function modes(): readonly ControlVector[] {
  const mode = (number: number): Said => ({ op: OP.setMode, argument: int(number) });
  const RESUME: Said = { op: OP.resume };
  return [
    taken('R-177', 'pause', PAUSE, { paused: true }),
    taken('R-177', 'pause again', PAUSE, {}, { paused: true }),
    taken('R-177', 'resume', RESUME, { paused: false }, { paused: true }),
    taken('R-177', 'resume what was not paused', RESUME, {}),
    taken('R-177', 'mode 0', mode(0), { mode: 'normal' }, { mode: 'privacy' }),
    taken('R-177', 'mode 1', mode(1), { mode: 'vacation' }),
    taken('R-177', 'mode 2', mode(2), { mode: 'privacy' }),
    taken('R-177', 'mode 3', mode(3), { mode: 'no_remote_lock_unlock' }),
    taken('R-177', 'a mode leaves the pause as it is', mode(2), { mode: 'privacy' }, { paused: true }),
    not('out_of_order', 'R-177', 'pause, heard again behind a resume', { ...PAUSE, counter: LAST - 1 }),
  ];
}

function times(): readonly ControlVector[] {
  const denied: LockChange = { denied_tokens: 3, denied_keys: 2 };
  const began = { epoch: 3, denied_tokens: 0, denied_keys: 0 };
  return [
    taken('R-178', 'a later moment', setTime(NOON_S + 3600), { floor: NOON_S + 3600 }, denied),
    taken('R-178', 'the latest moment again', setTime(NOON_S), {}, denied),
    taken('R-178', 'a second earlier: another epoch', setTime(NOON_S - 1), { floor: NOON_S - 1, ...began }, denied),
    taken('R-178', '1970: another epoch', setTime(0), { floor: 0, ...began }, denied),
    taken('R-178', 'the first moment of a lock', setTime(NOON_S), { floor: NOON_S }, { floor: 0 }),
    taken('R-189', 'the latest moment of all', setTime(2 ** 32 - 1), { floor: 2 ** 32 - 1 }, denied),
    not('too_high', 'R-189', 'a second later', setTime(2 ** 32)),
    not('too_high', 'R-189', 'a moment that no calendar has', setTime(2 ** 53 - 1)),
    not('nonce_stale', 'R-178', 'said to an earlier nonce', setTime(NOON_S), { nonce: '04'.repeat(16) }),
  ];
}

function rotations(): readonly ControlVector[] {
  const denied: LockChange = { denied_tokens: 3, denied_keys: 2, paused: true };
  const after: LockChange = { root: toHex(keys.stranger), counter: NEXT };
  const next = NEXT + 1;
  const byNew = { seed: seeds.stranger, counter: next };
  return [
    taken('R-179', 'another root, and nothing else', rotate(), ROTATED, denied),
    not('unknown_issuer', 'R-179', 'what the old root says then', { ...PAUSE, counter: next }, after),
    taken('R-179', 'what the new root says then', { ...PAUSE, ...byNew }, { counter: next, paused: true }, after),
    not('new_root_unproved', 'R-179', 'a key that nobody holds', rotate({}, new Uint8Array(64).fill(1))),
  ];
}

function seals(): readonly ControlVector[] {
  const lockdown: LockChange = { disk: 'lockdown' };
  const state: LockChange = { ...lockdown, paused: true, mode: 'privacy' };
  return [
    taken('R-180', 'a higher epoch', reSeal(3), { epoch: 3 }, lockdown),
    taken('R-180', 'what else is known of the owner stays', reSeal(9), { epoch: 9 }, state),
    not('not_higher', 'R-180', 'the same epoch', reSeal(2), lockdown),
    not('not_higher', 'R-180', 'a lower epoch', reSeal(1), lockdown),
    taken('R-189', 'in the highest epoch', reSeal(2 ** 32 - 1), { epoch: 2 ** 32 - 1 }, lockdown),
    not('too_high', 'R-189', 'in one above the highest', reSeal(2 ** 32), lockdown),
    not('nonce_stale', 'R-180', 'said to an earlier nonce', reSeal(3), { ...lockdown, nonce: '04'.repeat(16) }),
    not('not_in_lockdown', 'R-180', 'there is nothing to seal again', reSeal(3)),
    not('ledger_unavailable', 'R-180', 'the disk has failed', reSeal(3), { disk: 'unavailable' }),
  ];
}
