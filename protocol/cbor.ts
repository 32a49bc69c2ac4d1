/**
 * Deterministic CBOR (RFC 8949 §4.2.1): the only import of cborg. What is decoded is encoded again
 * and must come out byte for byte, so that one meaning has one spelling.
 */
import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg';
import { equal } from './bytes.ts';
import { withinBounds } from './cbor-bounds.ts';

/** COSE_Sign1's tag (RFC 9052 §2), the only tag that we speak. */
const TAG_SIGN1 = 18;

const DECODE = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  tags: { [TAG_SIGN1]: Tagged.decoder(TAG_SIGN1) },
} as const;

export const encodeCbor = (value: unknown): Uint8Array => encode(value, rfc8949EncodeOptions);

/** The one value that these bytes spell, or undefined when they are not deterministic CBOR of it, or more than any message needs. */
export function decodeCbor(bytes: Uint8Array): unknown {
  if (!withinBounds(bytes)) return undefined;
  try {
    const value: unknown = decode(bytes, DECODE);
    return equal(encodeCbor(value), bytes) ? value : undefined;
  } catch {
    // cborg throws on every kind of bad bytes; to a lock they are all the same bad bytes.
    return undefined;
  }
}

export const sign1 = (parts: readonly unknown[]): Tagged => new Tagged(TAG_SIGN1, parts);

/** The four parts of a tagged COSE_Sign1, or undefined. */
export function sign1Parts(value: unknown): readonly unknown[] | undefined {
  if (!(value instanceof Tagged) || value.tag !== TAG_SIGN1) return undefined;
  return Array.isArray(value.value) && value.value.length === 4 ? value.value : undefined;
}

/** A map with exactly these integer keys, the optional ones perhaps; undefined for anything else. */
export function exactMap(
  value: unknown,
  required: readonly number[],
  optional: readonly number[] = [],
): ReadonlyMap<number, unknown> | undefined {
  if (!(value instanceof Map)) return undefined;
  for (const key of required) if (!value.has(key)) return undefined;
  for (const key of value.keys()) if (!required.includes(key) && !optional.includes(key)) return undefined;
  return value;
}

export const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;

export const isUint = (value: unknown, max: number = Number.MAX_SAFE_INTEGER): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;
