/**
 * COSE_Sign1 (RFC 9052 §4.2) around CWT claims (RFC 8392), as narrow as it can be: one algorithm,
 * an empty unprotected header, no detached payload. What a message is *for* (delegation, token,
 * presentation) goes into external_aad (RFC 9052 §4.4), so that a signature made for one purpose
 * is worth nothing for another, and not one byte is spent on it.
 */
import { ascii } from './bytes.ts';
import { decodeCbor, encodeCbor, isBytes, sign1, sign1Parts } from './cbor.ts';
import { type SigningKey, sign, type Verify } from './ed25519.ts';
import { SIGNATURE_BYTES } from './limits.ts';

/** COSE header labels (RFC 9052 §3.1; kcwt: RFC 9528 §3.5.3). */
export const HEADER = { alg: 1, kid: 4, kcwt: 13 } as const;

/** Ed25519 (RFC 9864) is what we write. EdDSA (RFC 9053 §2.2) we read too, for its key here is always on edwards25519. */
export const ALG_ED25519 = -19;
export const ALG_EDDSA = -8;
export type Alg = typeof ALG_ED25519 | typeof ALG_EDDSA;

/** external_aad of each kind of message. */
export const AAD = {
  delegation: ascii('latchstring/1 delegation'),
  token: ascii('latchstring/1 token'),
  presentation: ascii('latchstring/1 presentation'),
  control: ascii('latchstring/1 control'),
  report: ascii('latchstring/1 report'),
} as const;
export type Purpose = keyof typeof AAD;

/** A COSE_Sign1 whose outer shape is right. Its signature has not been looked at. */
export interface Signed {
  readonly bytes: Uint8Array;
  readonly header: ReadonlyMap<unknown, unknown>;
  readonly claims: ReadonlyMap<unknown, unknown>;
  readonly protectedBytes: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Takes a COSE_Sign1 apart; undefined when any part is not exactly as specified. */
export function openSigned(bytes: Uint8Array): Signed | undefined {
  const value = decodeCbor(bytes);
  return value === undefined ? undefined : openParts(bytes, value);
}

function openParts(bytes: Uint8Array, value: unknown): Signed | undefined {
  const parts = sign1Parts(value);
  if (parts === undefined) return undefined;
  const [protectedBytes, unprotected, payload, signature] = parts;
  if (!(protectedBytes instanceof Uint8Array) || !(payload instanceof Uint8Array)) return undefined;
  if (!(unprotected instanceof Map) || unprotected.size !== 0) return undefined;
  if (!isBytes(signature, SIGNATURE_BYTES)) return undefined;
  const header = decodeCbor(protectedBytes);
  const claims = decodeCbor(payload);
  if (!(header instanceof Map) || !(claims instanceof Map)) return undefined;
  const alg = header.get(HEADER.alg);
  if (alg !== ALG_ED25519 && alg !== ALG_EDDSA) return undefined;
  return { bytes, header, claims, protectedBytes, payload, signature };
}

/** The message that one kind of message carries in its header (kcwt), with the bytes that it was signed as. */
export function carriedIn(signed: Signed): Signed | undefined {
  const carried = signed.header.get(HEADER.kcwt);
  // Deterministic outside means deterministic inside: encoding again gives the very bytes back.
  return sign1Parts(carried) === undefined ? undefined : openParts(encodeCbor(carried), carried);
}

/** Header and claims, signed: the bytes of a tagged COSE_Sign1. */
export function signCose(
  purpose: Purpose,
  header: ReadonlyMap<number, unknown>,
  claims: ReadonlyMap<number, unknown>,
  key: SigningKey,
  alg: Alg = ALG_ED25519,
): Uint8Array {
  return signPayload(purpose, header, encodeCbor(claims), key, alg);
}

/** The same, with claims that are bytes already. */
export function signPayload(
  purpose: Purpose,
  header: ReadonlyMap<number, unknown>,
  payload: Uint8Array,
  key: SigningKey,
  alg: Alg = ALG_ED25519,
): Uint8Array {
  const protectedBytes = encodeCbor(new Map<number, unknown>([[HEADER.alg, alg], ...header]));
  const signature = sign(toBeSigned(purpose, protectedBytes, payload), key);
  return encodeCbor(sign1([protectedBytes, new Map(), payload, signature]));
}

/** Whether the signature is this key's, made for this purpose. */
export const isSignedBy = (signed: Signed, purpose: Purpose, publicKey: Uint8Array, verify: Verify): boolean =>
  verify(toBeSigned(purpose, signed.protectedBytes, signed.payload), signed.signature, publicKey);

/** Sig_structure (RFC 9052 §4.4). */
const toBeSigned = (purpose: Purpose, protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor(['Signature1', protectedBytes, AAD[purpose], payload]);

/** The value behind a COSE_Sign1's bytes, to be carried in another one's header. Asserts: only our own bytes come here. */
export function asCarried(bytes: Uint8Array): unknown {
  const value = decodeCbor(bytes);
  if (sign1Parts(value) === undefined) throw new Error('not a COSE_Sign1');
  return value;
}
