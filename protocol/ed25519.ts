/**
 * Ed25519 (RFC 8032 §5.1), strict: the only import of tweetnacl, which signs and decides, and of the
 * curve arithmetic that it does not offer.
 *
 * RFC 8032 leaves open what real verifiers disagree on, and tweetnacl alone is lenient: it takes S + L
 * for S, so that one token has a second signature; it takes keys of small order, one of which verifies
 * one fixed signature for every message; it takes a second spelling of a key. Each of these is refused
 * here before tweetnacl is asked.
 *
 * Secret keys are held as 32-byte seeds and expanded for each signature: a stored 64-byte secret key
 * whose public half was tampered with gives the scalar away with its next signature.
 */
import { ed25519 as curve } from '@noble/curves/ed25519.js';
import nacl from 'tweetnacl';
import { equal, toHex } from './bytes.ts';
import { KEY_BYTES, SEED_BYTES, SIGNATURE_BYTES } from './limits.ts';

/** A check of an Ed25519 signature. False for wrong lengths: it never throws on bytes from outside. */
export type Verify = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean;

/** The group's order L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 §5.1). */
const L = Uint8Array.from([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]);

/** The neutral element (0, 1), encoded (RFC 8032 §5.1.2). */
const IDENTITY = Uint8Array.from({ length: KEY_BYTES }, (_, i) => (i === 0 ? 1 : 0));

/** Keys whose points a verifier has looked at. At the bound it looks at all of them again. */
const KEYS_KNOWN_MAX = 256;

/**
 * A key that signs by itself: in a hardware module, or by another implementation. Ed25519 has one signature for a
 * key and a message (RFC 8032 §5.1.6), so that nobody can tell who made it.
 */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** A seed, 32 bytes, with which tweetnacl signs, or a key that signs by itself. */
export type SigningKey = Uint8Array | Signer;

/** Public key, 32 bytes. */
export function publicKeyOf(key: SigningKey): Uint8Array {
  if (!(key instanceof Uint8Array)) return key.publicKey;
  assertSeed(key);
  return nacl.sign.keyPair.fromSeed(key).publicKey;
}

/** Signature, 64 bytes, over the message. */
export function sign(message: Uint8Array, key: SigningKey): Uint8Array {
  if (!(key instanceof Uint8Array)) return key.sign(message);
  assertSeed(key);
  return nacl.sign.detached(message, nacl.sign.keyPair.fromSeed(key).secretKey);
}

/** Whether the signature is this key's over the message. For many signatures of few keys take a `strictVerifier`. */
export const verifyStrict: Verify = (message, signature, publicKey) =>
  check(message, signature, publicKey, isSoundKey, equationHolds);

/**
 * `verifyStrict` that looks at the point of each key once, which costs a third as much as a signature. `equation`
 * is who computes RFC 8032 §5.1.7 steps 2 and 3 after our own checks: tweetnacl, in a lock; a world that judges
 * thousands may put a quicker one there.
 */
export function strictVerifier(equation: Verify = equationHolds): Verify {
  const known = new Map<string, boolean>();
  const isSound = (publicKey: Uint8Array): boolean => {
    const name = toHex(publicKey);
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= KEYS_KNOWN_MAX) known.clear();
    const sound = isSoundKey(publicKey);
    known.set(name, sound);
    return sound;
  };
  return (message, signature, publicKey) => check(message, signature, publicKey, isSound, equation);
}

function check(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  isSound: (publicKey: Uint8Array) => boolean,
  equation: Verify,
): boolean {
  // From JavaScript anything may come, and tweetnacl throws on what is no Uint8Array of this realm.
  if (![message, signature, publicKey].every((part) => part instanceof Uint8Array)) return false;
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  // RFC 8032 §5.1.7 step 1: S is in 0 … L − 1.
  if (!isBelowOrder(signature.subarray(32))) return false;
  // Policy: a commitment to nothing is no signature that an honest signer makes.
  if (equal(signature.subarray(0, 32), IDENTITY)) return false;
  if (!isSound(publicKey)) return false;
  return equation(message, signature, publicKey);
}

/** RFC 8032 §5.1.7 steps 2 and 3, without the cofactor; compares the encoding of R, so that R has one spelling too. */
function equationHolds(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return nacl.sign.detached.verify(message, signature, publicKey);
}

/** Whether a little-endian scalar of 32 bytes is smaller than L. */
function isBelowOrder(scalar: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (scalar[i] as number) - (L[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * Whether 32 bytes are the one spelling (RFC 8032 §5.1.3: y below p, no sign on x = 0) of a point on the curve.
 * Policy: and that point is of prime order, hence neither the identity nor one with a part of small order.
 */
export function isSoundKey(publicKey: Uint8Array): boolean {
  try {
    const point = curve.Point.fromBytes(publicKey, false);
    return !point.is0() && point.isTorsionFree();
  } catch {
    // Not a point, or not its one spelling: the library says so by throwing.
    return false;
  }
}

function assertSeed(seed: Uint8Array): void {
  if (seed.length !== SEED_BYTES) throw new Error(`a seed has ${SEED_BYTES} bytes, this one ${seed.length}`);
}
