/**
 * Signatures that verifiers disagree on, made from scratch: each is one step away from a good one,
 * and that step is its flag. Deterministic, so that the JSON beside the protocol can be compared.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { publicKeyOf, sha256, sign, toHex } from '../../../protocol/index.ts';

export interface SignatureVector {
  readonly flag: string;
  readonly comment: string;
  readonly public_key: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const { Point } = ed25519;
type CurvePoint = InstanceType<typeof Point>;

const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const seed = sha256(utf8('latchstring ed25519 vectors'));

function toLittle(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  let rest = value;
  for (let i = 0; i < 32; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

const fromLittle = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const modL = (value: bigint): bigint => ((value % L) + L) % L;

/** RFC 8032 §5.1.5: the secret scalar, reduced. */
function secretScalar(): bigint {
  const hash = sha512(seed).slice(0, 32);
  hash[0] = (hash[0] ?? 0) & 248;
  hash[31] = ((hash[31] ?? 0) & 63) | 64;
  return modL(fromLittle(hash));
}

const a = secretScalar();
const publicKey = publicKeyOf(seed);
const A = Point.fromBytes(publicKey);

/** k = SHA-512(R ‖ A ‖ M) mod L (RFC 8032 §5.1.7), and before the reduction: what a point of small order sees. */
const challenge = (r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint =>
  modL(fromLittle(sha512(join(r, key, message))));

/** The eight points of the torsion subgroup, by their order. */
function torsion(): ReadonlyMap<number, CurvePoint> {
  // A point of order 8 from any point at all: L times it has no part of prime order left.
  for (let y = 2n; ; y++) {
    let candidate: CurvePoint;
    try {
      candidate = Point.fromBytes(toLittle(y));
    } catch {
      continue; // no point has this y
    }
    const t = candidate.multiplyUnsafe(L - 1n).add(candidate);
    if (!t.double().double().is0()) {
      return new Map([
        [1, Point.ZERO],
        [2, t.double().double()],
        [4, t.double()],
        [8, t],
      ]);
    }
  }
}
const T = torsion();
const torsionOf = (order: number): CurvePoint => {
  const point = T.get(order);
  if (point === undefined) throw new Error(`no torsion point of order ${order}`);
  return point;
};

const multiply = (point: CurvePoint, scalar: bigint): CurvePoint =>
  modL(scalar) === 0n ? Point.ZERO : point.multiply(modL(scalar));
const r = modL(fromLittle(sha256(utf8('nonce'))));

/** The first of numbered messages for which something holds. */
function messageFor(what: string, holds: (message: Uint8Array) => boolean): Uint8Array {
  for (let i = 0; ; i++) {
    const message = utf8(`${what} ${i}`);
    if (holds(message)) return message;
  }
}

function vector(
  flag: string,
  comment: string,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  valid = false,
): SignatureVector {
  return { flag, comment, public_key: toHex(key), message: toHex(message), signature: toHex(signature), valid };
}

export function signatureVectors(): readonly SignatureVector[] {
  return [...good(), ...scalars(), ...smallOrderKeys(), ...mixedOrder(), ...spellings(), ...damaged()];
}

function good(): readonly SignatureVector[] {
  return [0, 1, 32, 111, 1023].map((length) => {
    const message = Uint8Array.from({ length }, (_, i) => i & 0xff);
    return vector('valid', `a message of ${length} bytes`, publicKey, message, sign(message, seed), true);
  });
}

/** S at every bound, the rest of a good signature kept. */
function scalars(): readonly SignatureVector[] {
  const message = utf8('scalars');
  const signature = sign(message, seed);
  const R = signature.slice(0, 32);
  const s = fromLittle(signature.slice(32));
  const plus: SignatureVector[] = [];
  for (let k = 1n; s + k * L < 2n ** 256n; k++) {
    plus.push(
      vector('s_plus_kl', `S + ${k} L: the same scalar, not reduced`, publicKey, message, join(R, toLittle(s + k * L))),
    );
  }
  const bounds: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['1', 1n],
    ['L − 1', L - 1n],
    ['L', L],
    ['L + 1', L + 1n],
    ['2^252', 2n ** 252n],
    ['2^253 − 1', 2n ** 253n - 1n],
    ['2^255', 2n ** 255n],
    ['2^256 − 1', 2n ** 256n - 1n],
  ];
  return [
    ...plus,
    ...bounds.map(([name, value]) => vector('s_bound', `S = ${name}`, publicKey, message, join(R, toLittle(value)))),
  ];
}

/** A of small order: R = S B satisfies the equation for every message whose k is a multiple of A's order. */
function smallOrderKeys(): readonly SignatureVector[] {
  return [...T].flatMap(([order, point]) => {
    const key = point.toBytes();
    const R = multiply(Point.BASE, r).toBytes();
    const message = messageFor(`small order ${order}`, (text) => challenge(R, key, text) % BigInt(order) === 0n);
    const identity = Point.ZERO.toBytes();
    const silent = messageFor(`silent ${order}`, (text) => challenge(identity, key, text) % BigInt(order) === 0n);
    return [
      vector('small_order_a', `A of order ${order}, R = S B`, key, message, join(R, toLittle(r))),
      vector(
        'small_order_a_r',
        `A of order ${order}, R the identity, S = 0`,
        key,
        silent,
        join(identity, toLittle(0n)),
      ),
    ];
  });
}

/** A, or A and R, with a part of small order that drops out of the equation for some messages. */
function mixedOrder(): readonly SignatureVector[] {
  return [2, 4, 8].flatMap((order) => {
    const key = A.add(torsionOf(order)).toBytes();
    const R = multiply(Point.BASE, r).toBytes();
    const message = messageFor(`mixed order ${order}`, (text) => challenge(R, key, text) % BigInt(order) === 0n);
    const k = challenge(R, key, message);
    const mixedR = multiply(Point.BASE, r).add(torsionOf(order)).toBytes();
    const both = messageFor(
      `mixed both ${order}`,
      (text) => (challenge(mixedR, key, text) + 1n) % BigInt(order) === 0n,
    );
    const kBoth = challenge(mixedR, key, both);
    const cofactor = utf8(`cofactor ${order}`);
    const kCofactor = challenge(mixedR, publicKey, cofactor);
    return [
      vector(
        'mixed_order_a',
        `A with a part of order ${order} that k cancels`,
        key,
        message,
        join(R, toLittle(modL(r + k * a))),
      ),
      vector(
        'mixed_order_a_r',
        `A and R with parts of order ${order} that cancel`,
        key,
        both,
        join(mixedR, toLittle(modL(r + kBoth * a))),
      ),
      vector(
        'mixed_order_r',
        `R with a part of order ${order}: holds only with the cofactor`,
        publicKey,
        cofactor,
        join(mixedR, toLittle(modL(r + kCofactor * a))),
      ),
    ];
  });
}

/** Second spellings of points, and points that are none. */
function spellings(): readonly SignatureVector[] {
  const signOf = (bytes: Uint8Array): Uint8Array => {
    const signed = bytes.slice();
    signed[31] = (signed[31] ?? 0) | 0x80;
    return signed;
  };
  const keys: readonly (readonly [string, Uint8Array])[] = [
    ['y = p: 0, of order 4', toLittle(P)],
    ['y = p + 1: the identity', toLittle(P + 1n)],
    ['y = p + 1 with a sign', signOf(toLittle(P + 1n))],
    ['y = 1 with a sign: x is 0', signOf(toLittle(1n))],
    ['y = p − 1 with a sign: x is 0', signOf(toLittle(P - 1n))],
    ['y = 2^255 − 1', toLittle(2n ** 255n - 1n)],
    ['y = 2: no point of the curve', toLittle(2n)],
    ['all ones', new Uint8Array(32).fill(0xff)],
  ];
  const R = multiply(Point.BASE, r).toBytes();
  const message = utf8('spellings');
  const zeroR = utf8('commitment to nothing');
  const identity = Point.ZERO.toBytes();
  const again = toLittle(P + 1n);
  return [
    ...keys.map(([name, key]) => vector('bad_a', name, key, message, join(R, toLittle(r)))),
    vector(
      'r_identity',
      'R the identity, S = k a',
      publicKey,
      zeroR,
      join(identity, toLittle(modL(challenge(identity, publicKey, zeroR) * a))),
    ),
    vector(
      'non_canonical_r',
      'R the identity as y = p + 1, S = k a',
      publicKey,
      zeroR,
      join(again, toLittle(modL(challenge(again, publicKey, zeroR) * a))),
    ),
  ];
}

function damaged(): readonly SignatureVector[] {
  const message = utf8('damaged');
  const signature = sign(message, seed);
  const turned = (bytes: Uint8Array, bit: number): Uint8Array =>
    bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  return [
    vector('damaged', 'one bit of R', publicKey, message, turned(signature, 3)),
    vector('damaged', 'one bit of S', publicKey, message, turned(signature, 259)),
    vector('damaged', 'one bit of the message', publicKey, turned(message, 5), signature),
    vector('damaged', 'one bit of A', turned(publicKey, 7), message, signature),
    vector('length', 'no signature', publicKey, message, new Uint8Array()),
    vector('length', 'half a signature', publicKey, message, signature.slice(0, 32)),
    vector('length', 'a byte too many', publicKey, message, join(signature, new Uint8Array(1))),
    vector('length', 'a key cut short', publicKey.slice(0, 31), message, signature),
    vector('length', 'no key', new Uint8Array(), message, signature),
  ];
}
