/** chain.json: the shape of each message, what it carries, and who signed it. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { ascii, concat } from '../../../protocol/bytes.ts';
import { kidOf, type Refusal, sha256, sign, toHex } from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';
import {
  AAD,
  array,
  bstr,
  type Change,
  cnf,
  int,
  limitFields,
  map,
  mapOf,
  OURS,
  type Parts,
  tag,
  tstr,
} from './raw.ts';
import { type ChainChange, chainOf, PEOPLE, textOf, textOfBytes, type Vector, vector } from './vector.ts';

const NULL = Uint8Array.of(0xf6);
const good = (section: string, name: string, change: ChainChange = {}): Vector =>
  vector(section, name, textOf(change), null);
const bad = (section: string, name: string, change: ChainChange, refusal: Refusal = 'malformed'): Vector =>
  vector(section, name, textOf(change), refusal);
const LAYERS = [
  ['d', 'D'],
  ['t', 'T'],
  ['p', 'P'],
] as const;
/** The same change in each of the three messages. */
const inEach = (section: string, name: string, change: Change, refusal: Refusal = 'malformed'): readonly Vector[] =>
  LAYERS.map(([layer, letter]) => bad(section, `${letter}: ${name}`, { [layer]: change }, refusal));

export function chainVectors(): readonly Vector[] {
  return [
    ...envelopes(),
    ...headers(),
    ...claims(),
    ...delegations(),
    ...tokens(),
    ...presentations(),
    ...signers(),
    ...versions(),
  ];
}

function versions(): readonly Vector[] {
  const next = ['delegation', 'token', 'presentation'] as const;
  return [
    good('R-160', 'all of this version'),
    ...LAYERS.map(([layer, letter], i) =>
      bad(
        'R-160',
        `${letter}: signed for the next version`,
        { [layer]: { aad: `latchstring/2 ${next[i]}` } },
        'bad_signature',
      ),
    ),
    vector('R-160', 'the text of the next version', `LS2:${textOf().slice(4)}`, 'unsupported_version'),
    good('R-161', 'no field more'),
    ...inEach('R-161', 'a header more', { header: { 2: array() } }),
    ...inEach('R-161', 'a claim more', { claims: { 100: int(0) } }),
    bad('R-161', 'D: a field of ours more', { d: { claims: { [OURS]: mapOf({ ...limitFields({}), 5: int(0) }) } } }),
    bad('R-161', 'T: a field of ours more', { t: { claims: { [OURS]: mapOf({ 1: int(1), 2: int(0) }) } } }),
    bad('R-161', 'D: a field of cnf more', {
      d: { claims: { 8: mapOf({ 1: mapOf({ 1: int(1), [-1]: int(6), [-2]: bstr(keys.carrier), 3: int(-19) }) }) } },
    }),
    bad('R-161', 'P: an item more', {
      p: {
        outer: (parts) =>
          tag(18, array(bstr(parts.protectedBytes), map([]), bstr(parts.payload), bstr(parts.signature), int(0))),
      },
    }),
  ];
}

function envelopes(): readonly Vector[] {
  const items = ({ protectedBytes, payload, signature }: Parts): Uint8Array[] => [
    bstr(protectedBytes),
    map([]),
    bstr(payload),
    bstr(signature),
  ];
  const withItem = (i: number, item: Uint8Array): Change => ({
    outer: (parts) => tag(18, array(...items(parts).with(i, item))),
  });
  return [
    ...inEach('R-30', 'no tag', { outer: (parts) => array(...items(parts)) }),
    ...inEach('R-30', "COSE_Mac0's tag", { outer: (parts) => tag(17, array(...items(parts))) }),
    ...inEach('R-30', "CWT's tag around COSE_Sign1's", { outer: (parts) => tag(61, tag(18, array(...items(parts)))) }),
    bad('R-30', 'three parts', { p: { outer: (parts) => tag(18, array(...items(parts).slice(0, 3))) } }),
    bad('R-30', 'five parts', { p: { outer: (parts) => tag(18, array(...items(parts), map([]))) } }),
    bad('R-30', 'a map in the place of the array', { p: { outer: () => tag(18, map([])) } }),
    bad('R-31', 'header not wrapped in bytes', { p: { outer: (parts) => raw(parts) } }),
    bad('R-31', 'empty header', { p: { protectedBytes: () => new Uint8Array() } }),
    bad('R-31', 'a header that is an array', { p: { protectedBytes: () => array(int(1), int(-19)) } }),
    ...inEach('R-32', 'algorithm in the unprotected header too', withItem(1, map([[int(1), int(-19)]]))),
    bad('R-32', 'unprotected header with a key nobody knows', { p: withItem(1, map([[int(99), int(0)]])) }),
    bad('R-32', 'unprotected header null', { p: withItem(1, NULL) }),
    bad('R-32', 'unprotected header as bytes', { p: withItem(1, bstr(map([]))) }),
    bad('R-33', 'payload detached', { p: withItem(2, NULL) }),
    bad('R-33', 'payload not wrapped in bytes', { p: withItem(2, mapOf({ 6: int(NOON_S) })) }),
    bad('R-33', 'a payload that is an array', { p: { payload: () => array(int(NOON_S)) } }),
    bad('R-33', 'empty payload', { p: { payload: () => new Uint8Array() } }),
    ...inEach('R-34', 'signature of 63 bytes', { signature: (bytes) => bytes.slice(0, 63) }),
    ...inEach('R-34', 'signature of 65 bytes', { signature: (bytes) => concat(bytes, Uint8Array.of(0)) }),
    bad('R-34', 'no signature', { p: { signature: () => new Uint8Array() } }),
    bad('R-34', 'signature as an array', { p: withItem(3, array()) }),
  ];
}

const raw = ({ protectedBytes, payload, signature }: Parts): Uint8Array =>
  tag(18, array(protectedBytes, map([]), bstr(payload), bstr(signature)));

function headers(): readonly Vector[] {
  const D = chainOf().delegation;
  return [
    ...LAYERS.map(([layer, letter]) => good('R-35', `${letter}: EdDSA, −8`, { [layer]: { header: { 1: int(-8) } } })),
    good('R-35', 'EdDSA in all three', {
      d: { header: { 1: int(-8) } },
      t: { header: { 1: int(-8) } },
      p: { header: { 1: int(-8) } },
    }),
    ...([-7, -50, -53, -35, 0, 19, 8, 5] as const).map((alg) =>
      bad('R-35', `P: algorithm ${alg}`, { p: { header: { 1: int(alg) } } }),
    ),
    ...inEach('R-35', 'ES256', { header: { 1: int(-7) } }),
    ...inEach('R-35', 'no algorithm', { header: { 1: undefined } }),
    bad('R-35', 'P: algorithm as text', { p: { header: { 1: tstr('Ed25519') } } }),
    ...inEach('R-36', 'a key that nobody knows', { header: { 99: int(0) } }),
    ...inEach('R-36', 'crit', { header: { 2: array(int(1)) } }),
    ...inEach('R-36', 'content type', { header: { 3: int(61) } }),
    bad('R-36', 'P: key id too', { p: { header: { 4: bstr(kidOf(keys.courier)) } } }),
    bad('R-36', 'P: key id instead', { p: { header: { 13: undefined, 4: bstr(kidOf(keys.courier)) } } }),
    bad('R-36', 'P: nothing but the algorithm', { p: { header: { 13: undefined } } }),
    bad('R-36', 'T: delegation and key id', { t: { header: { 4: bstr(kidOf(keys.carrier)) } } }),
    bad('R-36', 'T: nothing but the algorithm', { t: { header: { 13: undefined } } }),
    bad('R-36', 'D: no key id', { d: { header: { 4: undefined } } }),
    bad('R-36', 'D: carries a delegation', { d: { header: { 13: D } } }),
    bad('R-37', 'P: the token as bytes', { inT: bstr }),
    bad('R-37', 'T: the delegation as bytes', { inD: bstr }),
    bad('R-37', 'P: the token in an array', { inT: (token) => array(token) }),
    bad('R-37', "T: the delegation's claims alone", { inD: () => map([]) }),
    bad('R-37', 'P: null', { inT: () => NULL }),
    vector('R-38', 'D in the place of P', textOfBytes(D), 'malformed'),
    vector('R-38', 'T in the place of P: nobody presents it', textOfBytes(chainOf().token), 'malformed'),
    bad('R-38', 'D in the place of T', { inT: () => D }),
    bad('R-38', 'T in the place of D: a fourth layer', { inD: () => chainOf().token }),
    bad('R-38', 'P in the place of T: a fourth layer', { inT: () => chainOf().presentation }),
    bad('R-170', 'D: key id of 7 bytes', { d: { header: { 4: bstr(kidOf(keys.owner).slice(0, 7)) } } }),
    bad('R-170', 'D: key id of 9 bytes', { d: { header: { 4: bstr(sha256(keys.owner).slice(0, 9)) } } }),
    bad('R-170', 'D: key id of 32 bytes', { d: { header: { 4: bstr(sha256(keys.owner)) } } }),
    bad('R-170', 'T: key id of 7 bytes', { guest: true, t: { header: { 4: bstr(kidOf(keys.owner).slice(0, 7)) } } }),
    bad('R-170', 'D: key id as text', { d: { header: { 4: tstr('01234567') } } }),
    bad(
      'R-170',
      "D: the key's first bytes as its id",
      { d: { header: { 4: bstr(keys.owner.slice(0, 8)) } } },
      'unknown_issuer',
    ),
    good('R-170', 'T: key id of the root', { guest: true }),
    vector('R-40', 'the largest chain that can be written', textOf(largest()), null, { audience: LONGEST_AUDIENCE }),
    vector('R-40', '1024 bytes', textOfBytes(new Uint8Array(1024)), 'malformed'),
    vector('R-40', '1025 bytes', textOfBytes(new Uint8Array(1025)), 'malformed'),
  ];
}

const LONGEST_AUDIENCE = `${'x'.repeat(36)}/aaaaaaaa`;

/** Every field as long as it can be in a chain that is accepted. */
function largest(): ChainChange {
  const hours = Array.from({ length: 16 }, () => [127, 257, 256] as const);
  const max = Number.MAX_SAFE_INTEGER;
  return {
    audience: LONGEST_AUDIENCE,
    limits: { epoch: max, actions: 7, windowS: max, usesPerDay: max, hours },
    d: { claims: { 4: int(max) } },
    t: { claims: { 4: int(max), 6: int(max) } },
  };
}

function claims(): readonly Vector[] {
  const audience = (text: string): ChainChange => {
    const change = { claims: { 3: tstr(text) } };
    return { d: change, t: change };
  };
  const taken = (text: string): Vector =>
    vector('R-42', `audience ${text}`, textOf(audience(text)), null, { audience: text });
  const not = (what: string, text: string): Vector =>
    vector('R-42', `audience ${what}`, textOf(audience(text)), 'malformed', { audience: text });
  const missing = (keysOfLayer: readonly number[], layer: 'd' | 't' | 'p', letter: string): readonly Vector[] =>
    keysOfLayer.map((key) =>
      bad('R-41', `${letter}: without claim ${key}`, { [layer]: { claims: { [key]: undefined } } }),
    );
  return [
    ...missing([3, 4, 5, 7, 8, OURS], 'd', 'D'),
    ...missing([3, 4, 5, 6, 7, 8, OURS], 't', 'T'),
    ...missing([6], 'p', 'P'),
    ...inEach('R-41', 'a claim that nobody knows', { claims: { 99: int(0) } }),
    bad('R-41', 'D: issued at', { d: { claims: { 6: int(NOON_S) } } }),
    ...inEach('R-41', 'issuer', { claims: { 1: tstr('owner') } }),
    bad('R-41', 'P: audience', { p: { claims: { 3: tstr(AUDIENCE) } } }),
    taken('abc/aaaaaaaa'),
    taken(`${'x'.repeat(36)}/23456727`),
    taken('0-9/zzzzzzzz'),
    not('of two characters', 'ab/aaaaaaaa'),
    not('of 37 characters', `${'x'.repeat(37)}/aaaaaaaa`),
    not('with a capital', 'Front-door/abcdefgh'),
    not('with an underscore', 'front_door/abcdefgh'),
    not('with seven characters behind the stroke', 'front-door/abcdefg'),
    not('with nine characters behind the stroke', 'front-door/abcdefghi'),
    not('with a 1, which base32 has not', 'front-door/abcdefg1'),
    not('with an 8, which base32 has not', 'front-door/abcdefg8'),
    not('without a stroke', 'front-doorabcdefgh'),
    not('with two strokes', 'front-door//abcdefgh'),
    not('with a line feed at its end', `${AUDIENCE}\n`),
    not('with a letter that is not ASCII', 'haust\u00fcr/abcdefgh'),
    not('that is empty', ''),
    bad('R-43', 'D: begins before 1970', { d: { claims: { 5: int(-1) } } }),
    bad('R-43', 'T: issued before 1970', { t: { claims: { 6: int(-1) } } }),
    bad('R-43', 'P: drawn before 1970', { p: { claims: { 6: int(-1) } } }),
    good('R-43', 'D: begins in 1970', { d: { claims: { 5: int(0) } } }),
    good('R-43', 'D: ends at 2^53 − 1', { d: { claims: { 4: int(2 ** 53 - 1) } } }),
    bad('R-43', 'D: ends at 2^53', { d: { claims: { 4: int(2 ** 53) } } }),
    bad('R-43', 'T: issued at 2^53', { t: { claims: { 6: int(2 ** 53) } } }),
    bad('R-43', 'P: drawn at 2^53', { p: { claims: { 6: int(2 ** 53) } } }),
    bad('R-44', 'D: ends as it begins', { d: { claims: { 5: int(NOON_S), 4: int(NOON_S) } } }),
    bad('R-44', 'T: ends as it begins', { t: { claims: { 5: int(NOON_S), 4: int(NOON_S) } } }),
    bad('R-44', 'T: ends before it begins', { t: { claims: { 5: int(NOON_S + 1), 4: int(NOON_S) } } }),
    good('R-44', 'T: one second long', { t: { claims: { 5: int(NOON_S), 4: int(NOON_S + 1) } } }),
    ...(['d', 't'] as const).flatMap((layer) => confirmations(layer)),
  ];
}

function confirmations(layer: 'd' | 't'): readonly Vector[] {
  const key = layer === 'd' ? keys.carrier : keys.courier;
  const letter = layer.toUpperCase();
  const withKey = (name: string, value: Uint8Array): Vector =>
    bad('R-45', `${letter}: ${name}`, { [layer]: { claims: { 8: value } } });
  const cose = (fields: Readonly<Record<number, Uint8Array | undefined>>): Uint8Array =>
    mapOf({ 1: mapOf({ 1: int(1), [-1]: int(6), [-2]: bstr(key), ...fields }) });
  return [
    withKey('key of 31 bytes', cose({ [-2]: bstr(key.slice(0, 31)) })),
    withKey('key of 33 bytes', cose({ [-2]: bstr(concat(key, Uint8Array.of(0))) })),
    withKey('no key', cose({ [-2]: undefined })),
    withKey('key type EC2', cose({ 1: int(2) })),
    withKey('curve X25519', cose({ [-1]: int(4) })),
    withKey('curve Ed448', cose({ [-1]: int(7) })),
    withKey('an algorithm too', cose({ 3: int(-19) })),
    withKey('the secret key too', cose({ [-4]: bstr(new Uint8Array(32)) })),
    withKey('a key id instead', mapOf({ 3: bstr(kidOf(key)) })),
    withKey('a key id too', mapOf({ 1: mapOf({ 1: int(1), [-1]: int(6), [-2]: bstr(key) }), 3: bstr(kidOf(key)) })),
    withKey('the bare key', bstr(key)),
    withKey('the key without its map', mapOf({ 1: bstr(key) })),
  ];
}

function delegations(): readonly Vector[] {
  const limits = (name: string, fields: Readonly<Record<number, Uint8Array | undefined>>, section = 'R-51'): Vector =>
    bad(section, name, { d: { claims: { [OURS]: mapOf({ ...limitFields({}), ...fields }) } } });
  const hours = (name: string, ...rows: readonly (readonly number[])[]): Vector =>
    limits(name, { 4: array(...rows.map((row) => array(...row.map(int)))) }, 'R-53');
  const all = [127, 0, 1440] as const;
  return [
    bad('R-50', 'id of 7 bytes', { d: { claims: { 7: bstr(new Uint8Array(7)) } } }),
    bad('R-50', 'id of 9 bytes', { d: { claims: { 7: bstr(new Uint8Array(9)) } } }),
    bad('R-50', 'id of 16 bytes', { d: { claims: { 7: bstr(new Uint8Array(16)) } } }),
    ...[0, 1, 2, 3].map((key) => limits(`without limit ${key}`, { [key]: undefined })),
    limits('a limit that nobody knows', { 5: int(0) }),
    bad('R-51', 'limits as an array', { d: { claims: { [OURS]: array() } } }),
    limits('epoch −1', { 0: int(-1) }, 'R-52'),
    limits('epoch 2^53', { 0: int(2 ** 53) }, 'R-52'),
    limits('actions 8', { 1: int(8) }, 'R-52'),
    limits('actions −1', { 1: int(-1) }, 'R-52'),
    limits('window of −1 s', { 2: int(-1) }, 'R-52'),
    limits('window of 2^53 s', { 2: int(2 ** 53) }, 'R-52'),
    limits('−1 uses a day', { 3: int(-1) }, 'R-52'),
    limits('2^53 uses a day', { 3: int(2 ** 53) }, 'R-52'),
    good('R-52', 'actions 7', { limits: { actions: 7 } }),
    good('R-53', 'no hours: at every hour'),
    good('R-53', '16 rows of hours', { limits: { hours: Array.from({ length: 16 }, () => all) } }),
    bad('R-53', '17 rows of hours', { limits: { hours: Array.from({ length: 17 }, () => all) } }),
    good('R-53', 'from 0 to 1440', { limits: { hours: [all] } }),
    good('R-53', 'from 1440 to 720, which begins with the next day and is never before it', {
      limits: { hours: [[1 << 6, 1440, 720]] },
    }),
    bad('R-53', 'no rows of hours', { limits: { hours: [] } }),
    hours('a row of two', [127, 0]),
    hours('a row of four', [127, 0, 1440, 0]),
    hours('no weekdays', [0, 0, 1440]),
    hours('an eighth weekday', [128, 0, 1440]),
    hours('a start of −1', [127, -1, 1440]),
    hours('a start of 1441', [127, 1441, 1]),
    hours('an end of 1441', [127, 0, 1441]),
    hours('an end that is the start', [127, 600, 600]),
    hours('one bad row behind a good one', [127, 0, 1440], [0, 0, 1440]),
    limits('hours as a map', { 4: map([]) }, 'R-53'),
    limits('a row as bytes', { 4: array(bstr(Uint8Array.of(127, 0, 1))) }, 'R-53'),
  ];
}

function tokens(): readonly Vector[] {
  const ours = (name: string, value: Uint8Array, section = 'R-61', guest = false): Vector =>
    bad(section, name, { guest, t: { claims: { [OURS]: value } } });
  return [
    bad('R-60', 'id of 15 bytes', { t: { claims: { 7: bstr(new Uint8Array(15)) } } }),
    bad('R-60', 'id of 17 bytes', { t: { claims: { 7: bstr(new Uint8Array(17)) } } }),
    bad('R-60', 'id of 8 bytes', { t: { claims: { 7: bstr(new Uint8Array(8)) } } }),
    ...[0, 3, 5, 7, 8, -1].map((action) => ours(`action ${action}`, mapOf({ 1: int(action) }))),
    ours('no action', mapOf({})),
    ours('a field that nobody knows', mapOf({ 1: int(1), 2: int(0) })),
    ours('the action without its map', int(1)),
    ours('an epoch under a delegation', mapOf({ 0: int(1), 1: int(1) }), 'R-62'),
    ours('epoch −1 by the root', mapOf({ 0: int(-1), 1: int(1) }), 'R-62', true),
    ours('epoch 2^53 by the root', mapOf({ 0: int(2 ** 53), 1: int(1) }), 'R-62', true),
    bad(
      'R-63',
      'no epoch by the root',
      { guest: true, t: { claims: { [OURS]: mapOf({ 1: int(1) }) } } },
      'chain_invalid',
    ),
    good('R-64', 'issued long after it was drawn', { t: { claims: { 6: int(NOON_S + 86_400) } } }),
    good('R-64', 'issued in 1970', { t: { claims: { 6: int(0) } } }),
  ];
}

function presentations(): readonly Vector[] {
  const nonce = (bytes: number): Uint8Array => bstr(new Uint8Array(bytes).fill(3));
  const proof = (name: string, fields: Readonly<Record<number, Uint8Array | undefined>>, refusal?: Refusal): Vector =>
    bad('R-70', name, { p: { claims: fields } }, refusal);
  return [
    proof('neither a moment nor a nonce', { 6: undefined }),
    proof('a moment and a nonce', { 10: nonce(16) }),
    proof('a nonce of 15 bytes', { 6: undefined, 10: nonce(15) }),
    proof('a nonce of 17 bytes', { 6: undefined, 10: nonce(17) }),
    proof('a nonce as text', { 6: undefined, 10: tstr('0123456789abcdef') }),
    proof('a nonce as the moment', { 6: nonce(16) }),
  ];
}

/** Who signed what, and whether the lock has ever heard of them. */
function signers(): readonly Vector[] {
  const other = 'back-door/abcdefgh';
  const elsewhere = { claims: { 3: tstr(other) } };
  const forged = (section: string, name: string, change: ChainChange): Vector =>
    bad(section, name, change, 'bad_signature');
  const swapped = (layer: 'd' | 't' | 'p', letter: string, purposes: readonly (keyof typeof AAD)[]) =>
    purposes.map((purpose) => forged('R-81', `${letter} signed as a ${purpose}`, { [layer]: { aad: AAD[purpose] } }));
  const self = { ...PEOPLE, carrier: PEOPLE.courier };
  const turned = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
  return [
    bad('R-76', 'T for another lock', { t: elsewhere }, 'wrong_lock'),
    bad('R-76', 'T and D for another lock', { t: elsewhere, d: elsewhere }, 'wrong_lock'),
    bad('R-76', 'a guest token for another lock', { guest: true, t: elsewhere }, 'wrong_lock'),
    bad(
      'R-76',
      'T for this lock before it was enrolled again',
      { t: { claims: { 3: tstr('front-door/aaaaaaaa') } } },
      'wrong_lock',
    ),
    bad('R-77', 'D for another lock', { d: elsewhere }, 'wrong_lock'),
    bad(
      'R-78',
      'D by somebody who names his own key',
      { seeds: { ...PEOPLE, root: seeds.stranger } },
      'unknown_issuer',
    ),
    bad(
      'R-78',
      'a guest token by somebody who names his own key',
      { guest: true, seeds: { ...PEOPLE, root: seeds.stranger } },
      'unknown_issuer',
    ),
    bad(
      'R-78',
      "a guest token that names the carrier's key",
      { guest: true, t: { header: { 4: bstr(kidOf(keys.carrier)) }, seed: seeds.carrier } },
      'unknown_issuer',
    ),
    vector('R-78', "another owner's lock", textOf(), 'unknown_issuer', { root: toHex(keys.stranger) }),
    ...swapped('d', 'D', ['token', 'presentation', 'control']),
    ...swapped('t', 'T', ['delegation', 'presentation', 'control']),
    ...swapped('p', 'P', ['delegation', 'token', 'control']),
    forged('R-81', 'signed without external_aad', { p: { aad: '' } }),
    forged('R-81', 'signed for another version', { p: { aad: 'latchstring/2 presentation' } }),
    forged('R-80', 'D signed by a stranger', { d: { seed: seeds.stranger } }),
    forged('R-80', 'T signed by a stranger', { t: { seed: seeds.stranger } }),
    forged('R-80', 'T signed by the root, under a delegation to the carrier', { t: { seed: seeds.owner } }),
    forged('R-80', 'T signed by its own holder', { t: { seed: seeds.courier } }),
    forged('R-80', 'a guest token signed by a stranger', { guest: true, t: { seed: seeds.stranger } }),
    forged('R-80', 'P signed by a stranger', { p: { seed: seeds.stranger } }),
    forged('R-80', 'P signed by the carrier', { p: { seed: seeds.carrier } }),
    ...inEach('R-80', 'one bit of the signature turned', { signature: turned }, 'bad_signature'),
    ...inEach(
      'R-80',
      'a signature over the claims alone',
      { signature: () => sign(ascii('claims'), seeds.owner) },
      'bad_signature',
    ),
    good('R-80', 'a carrier that delivers in person: carrier and courier hold one key', { seeds: self }),
    good('R-80', 'an owner who is his own carrier', { seeds: { ...PEOPLE, carrier: PEOPLE.root } }),
    ...strictness(),
  ];
}

const { Point } = ed25519;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const P25519 = 2n ** 255n - 19n;
const fromLittle = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
const toLittle = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
const modL = (value: bigint): bigint => ((value % L) + L) % L;
const challenge = (r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint =>
  modL(fromLittle(sha512(concat(r, key, message))));

/** What verifiers disagree on, in each place where somebody could make use of it. */
function strictness(): readonly Vector[] {
  const r = modL(fromLittle(sha256(ascii('nonce'))));
  const R = Point.BASE.multiply(r).toBytes();
  const scalar = ed25519.utils.getExtendedPublicKey(seeds.courier).scalar;
  const courier = Point.fromBytes(keys.courier);
  const orderEight = torsion();
  const plusOrder = (signature: Uint8Array): Uint8Array =>
    concat(signature.slice(0, 32), toLittle(fromLittle(signature.slice(32)) + L));
  /** A phone's key, and a signature that a lenient verifier takes for it. */
  const held = (
    name: string,
    key: Uint8Array,
    signature: (message: Uint8Array) => Uint8Array,
    atS: number = NOON_S,
  ): Vector =>
    vector(
      'R-84',
      name,
      textOf({
        t: { claims: { 8: cnf(key) } },
        p: { claims: { 6: int(atS) }, signature: (_, message) => signature(message) },
      }),
      'bad_signature',
    );
  const noCommitment = (message: Uint8Array): Uint8Array => concat(R, toLittle(r), message.slice(0, 0));
  const signedBy = (key: Uint8Array) => (message: Uint8Array) =>
    concat(R, toLittle(modL(r + challenge(R, key, message) * scalar)));
  const identity = Point.ZERO.toBytes();
  const spelledAgain = toLittle(P25519 + 1n);
  const eight = orderEight.toBytes();
  const mixed = courier.add(orderEight).toBytes();
  /** A second at which the equation holds although the key has a part of order 8. */
  const cancelled = (key: Uint8Array): number => {
    for (let second = NOON_S - 30; second <= NOON_S + 30; second++) {
      let k = 1n;
      textOf({
        t: { claims: { 8: cnf(key) } },
        p: {
          claims: { 6: int(second) },
          signature: (signature, message) => {
            k = challenge(R, key, message);
            return signature;
          },
        },
      });
      if (k % 8n === 0n) return second;
    }
    throw new Error('no second within the minute cancels');
  };
  return [
    ...inEach('R-82', 'S + L', { signature: plusOrder }, 'bad_signature'),
    bad('R-82', 'P: S = L', { p: { signature: (bytes) => concat(bytes.slice(0, 32), toLittle(L)) } }, 'bad_signature'),
    bad(
      'R-83',
      'P: R the identity, S = k a',
      {
        p: {
          signature: (_, message) =>
            concat(identity, toLittle(modL(challenge(identity, keys.courier, message) * scalar))),
        },
      },
      'bad_signature',
    ),
    bad(
      'R-83',
      'P: R the identity, spelled y = p + 1',
      {
        p: {
          signature: (_, message) =>
            concat(spelledAgain, toLittle(modL(challenge(spelledAgain, keys.courier, message) * scalar))),
        },
      },
      'bad_signature',
    ),
    bad(
      'R-83',
      'P: R with a part of order 8, which holds only with the cofactor',
      {
        p: {
          signature: (_, message) => {
            const mixedR = Point.BASE.multiply(r).add(orderEight).toBytes();
            return concat(mixedR, toLittle(modL(r + challenge(mixedR, keys.courier, message) * scalar)));
          },
        },
      },
      'bad_signature',
    ),
    held("the phone's key is the identity: one signature for every message", identity, noCommitment),
    held("the phone's key is the identity, spelled y = p + 1", spelledAgain, noCommitment),
    held("the phone's key is the identity with a sign", identity.with(31, 0x80), noCommitment),
    held("the phone's key is of order 8", eight, noCommitment, cancelled(eight)),
    held("the phone's key has a part of order 8", mixed, signedBy(mixed), cancelled(mixed)),
    held("the phone's key is no point of the curve", toLittle(2n), noCommitment),
    held("the phone's key is all ones", new Uint8Array(32).fill(0xff), noCommitment),
    bad(
      'R-84',
      "the carrier's key is the identity",
      {
        d: { claims: { 8: cnf(identity) } },
        t: { signature: (_, message) => noCommitment(message) },
      },
      'bad_signature',
    ),
  ];
}

/** A point of order 8: L times any point has no part of prime order left. */
function torsion(): InstanceType<typeof Point> {
  for (let y = 2n; ; y++) {
    try {
      const candidate = Point.fromBytes(toLittle(y));
      const point = candidate.multiplyUnsafe(L - 1n).add(candidate);
      if (!point.double().double().is0()) return point;
    } catch {
      // No point has this y: the next one.
    }
  }
}
