/**
 * CBOR and COSE_Sign1 put together byte by byte, so that one of them can be wrong in one place and
 * right, signatures included, in every other. It knows nothing of the code under test but its hashes.
 */
import { createPublicKey, sign as opensslSign } from 'node:crypto';
import { ascii, concat } from '../../../protocol/bytes.ts';
import { kidOf } from '../../../protocol/index.ts';
import { opensslKey } from '../../support/openssl-key.ts';

const sign = (message: Uint8Array, seed: Uint8Array): Uint8Array =>
  new Uint8Array(opensslSign(null, message, opensslKey(seed)));
const publicKeyOf = (seed: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(createPublicKey(opensslKey(seed)).export({ format: 'jwk' }).x ?? '', 'base64url'));

/** Head of a data item (RFC 8949 §3): in as few bytes as it needs, or in `width` bytes behind the first. */
export function head(major: number, value: number, width?: 0 | 1 | 2 | 4 | 8): Uint8Array {
  const shortest = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x1_0000 ? 2 : value < 0x1_0000_0000 ? 4 : 8;
  const size = width ?? shortest;
  if (size === 0) return Uint8Array.of((major << 5) | value);
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | { 1: 24, 2: 25, 4: 26, 8: 27 }[size];
  let rest = BigInt(value);
  for (let i = size; i > 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export const int = (value: number): Uint8Array => (value < 0 ? head(1, -1 - value) : head(0, value));
export const bstr = (bytes: Uint8Array): Uint8Array => concat(head(2, bytes.length), bytes);
export const tstr = (text: string): Uint8Array => {
  const bytes = new TextEncoder().encode(text);
  return concat(head(3, bytes.length), bytes);
};
export const array = (...items: readonly Uint8Array[]): Uint8Array => concat(head(4, items.length), ...items);
export const tag = (number: number, item: Uint8Array): Uint8Array => concat(head(6, number), item);

export type Pair = readonly [key: Uint8Array, value: Uint8Array];

/** A map with its pairs as they are given. */
export const mapAsGiven = (pairs: readonly Pair[]): Uint8Array => concat(head(5, pairs.length), ...pairs.flat());

/** A map with its keys in the bytewise order of RFC 8949 §4.2.1. */
export const map = (pairs: readonly Pair[]): Uint8Array =>
  mapAsGiven([...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));

/** Values by integer key; undefined takes one away that a default has. */
export type Fields = Readonly<Record<number, Uint8Array | undefined>>;

export const pairsOf = (fields: Fields): readonly Pair[] =>
  Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[int(Number(key)), value] as const]));
export const mapOf = (fields: Fields): Uint8Array => map(pairsOf(fields));

/** Where one message of the chain departs from a good one. */
export interface Change {
  /** Added to the header, or taken away. */
  readonly header?: Fields;
  readonly claims?: Fields;
  /** Bytes of the header's map and of the claims' map, in place of the ones made. They are signed as they are. */
  readonly protectedBytes?: (bytes: Uint8Array) => Uint8Array;
  readonly payload?: (bytes: Uint8Array) => Uint8Array;
  readonly seed?: Uint8Array;
  readonly aad?: string;
  readonly signature?: (signature: Uint8Array, message: Uint8Array) => Uint8Array;
  /** The object around header, claims and signature. */
  readonly outer?: (parts: Parts) => Uint8Array;
}

export interface Parts {
  readonly protectedBytes: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export const sign1 = ({ protectedBytes, payload, signature }: Parts): Uint8Array =>
  tag(18, array(bstr(protectedBytes), map([]), bstr(payload), bstr(signature)));

function message(aad: string, header: Fields, claims: Fields, seed: Uint8Array, change: Change): Uint8Array {
  const plainHeader = mapOf({ ...header, ...change.header });
  const protectedBytes = change.protectedBytes?.(plainHeader) ?? plainHeader;
  const plainClaims = mapOf({ ...claims, ...change.claims });
  const payload = change.payload?.(plainClaims) ?? plainClaims;
  const signed = array(tstr('Signature1'), bstr(protectedBytes), bstr(ascii(change.aad ?? aad)), bstr(payload));
  const plainSignature = sign(signed, change.seed ?? seed);
  const signature = change.signature?.(plainSignature, signed) ?? plainSignature;
  return (change.outer ?? sign1)({ protectedBytes, payload, signature });
}

export const AAD = {
  delegation: 'latchstring/1 delegation',
  token: 'latchstring/1 token',
  presentation: 'latchstring/1 presentation',
  control: 'latchstring/1 control',
  report: 'latchstring/1 report',
} as const;

export const cnf = (publicKey: Uint8Array): Uint8Array =>
  mapOf({ 1: mapOf({ 1: int(1), [-1]: int(6), [-2]: bstr(publicKey) }) });

/** Private claim of D: the owner's limits on a carrier. */
export interface LimitFields {
  readonly epoch?: number;
  readonly actions?: number;
  readonly windowS?: number;
  readonly usesPerDay?: number;
  readonly hours?: readonly (readonly [number, number, number])[];
}
export const OURS = -65537;

export const limitFields = (limits: LimitFields): Fields => ({
  0: int(limits.epoch ?? 1),
  1: int(limits.actions ?? 1),
  2: int(limits.windowS ?? 4 * 3600),
  3: int(limits.usesPerDay ?? 8),
  4: limits.hours === undefined ? undefined : array(...limits.hours.map((row) => array(...row.map(int)))),
});

export interface People {
  readonly root: Uint8Array;
  readonly carrier: Uint8Array;
  readonly courier: Uint8Array;
}

export interface ChainRequest {
  readonly seeds: People;
  readonly audience: string;
  /** The moment around which the windows lie, and at which the code was drawn. */
  readonly atS: number;
  readonly limits?: LimitFields;
  readonly action?: number;
  readonly id?: number;
  /** True: the root signs the token, for a guest. */
  readonly guest?: boolean;
  /** True: the token does not carry its delegation, and names it by the first bytes of its hash. */
  readonly named?: boolean;
  readonly d?: Change;
  readonly t?: Change;
  readonly p?: Change;
  /** In the place of the whole delegation, or of the whole token. */
  readonly inD?: (delegation: Uint8Array) => Uint8Array;
  readonly inT?: (token: Uint8Array) => Uint8Array;
}

export const tokenId = (id: number): Uint8Array => concat(new Uint8Array(12), head(0, id, 4).slice(1));
export const DELEGATION_ID = new Uint8Array(8).fill(7);

export interface Chain {
  readonly delegation: Uint8Array;
  readonly token: Uint8Array;
  readonly presentation: Uint8Array;
}

/** A chain that every lock accepts, but for the changes asked for. */
export function chain(request: ChainRequest): Chain {
  const { seeds, audience, atS } = request;
  const delegation = message(
    AAD.delegation,
    { 1: int(-19), 4: bstr(kidOf(publicKeyOf(seeds.root))) },
    {
      3: tstr(audience),
      4: int(atS + 30 * 86_400),
      5: int(atS - 86_400),
      7: bstr(DELEGATION_ID),
      8: cnf(publicKeyOf(seeds.carrier)),
      [OURS]: mapOf(limitFields(request.limits ?? {})),
    },
    seeds.root,
    request.d ?? {},
  );
  const guest = request.guest === true;
  const issuer = guest
    ? { 4: bstr(kidOf(publicKeyOf(seeds.root))) }
    : request.named === true
      ? { 4: bstr(kidOf(delegation)) }
      : { 13: request.inD?.(delegation) ?? delegation };
  const token = message(
    AAD.token,
    { 1: int(-19), ...issuer },
    {
      3: tstr(audience),
      4: int(atS + 3600),
      5: int(atS - 600),
      6: int(atS - 600),
      7: bstr(tokenId(request.id ?? 1)),
      8: cnf(publicKeyOf(seeds.courier)),
      [OURS]: mapOf({ 0: guest ? int(1) : undefined, 1: int(request.action ?? 1) }),
    },
    guest ? seeds.root : seeds.carrier,
    request.t ?? {},
  );
  const presentation = message(
    AAD.presentation,
    { 1: int(-19), 13: request.inT?.(token) ?? token },
    { 6: int(atS) },
    seeds.courier,
    request.p ?? {},
  );
  return { delegation, token, presentation };
}

export interface ControlFields {
  readonly seed: Uint8Array;
  readonly audience: string;
  readonly atS: number;
  readonly counter: number;
  readonly op: number;
  readonly argument?: Uint8Array | undefined;
  readonly nonce?: Uint8Array | undefined;
}

/** A control, as good as its fields are, but for the changes asked for. */
export function controlMessage(fields: ControlFields, change: Change = {}): Uint8Array {
  const { seed, nonce } = fields;
  return message(
    AAD.control,
    { 1: int(-19), 4: bstr(kidOf(publicKeyOf(seed))) },
    {
      3: tstr(fields.audience),
      6: int(fields.atS),
      10: nonce === undefined ? undefined : bstr(nonce),
      [OURS]: mapOf({ 10: int(fields.counter), 11: int(fields.op), 12: fields.argument }),
    },
    seed,
    change,
  );
}

/** A value of JSON as a report holds it. */
export function json(value: unknown): Uint8Array {
  if (typeof value === 'string') return tstr(value);
  if (typeof value === 'number') return int(value);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (Array.isArray(value)) return array(...value.map(json));
  if (typeof value !== 'object' || value === null) throw new Error('no value of a report');
  return map(Object.entries(value).map(([name, field]) => [tstr(name), json(field)] as const));
}

export interface ReportFields {
  readonly seed: Uint8Array;
  readonly audience: string;
  readonly topic: string;
  readonly document: object;
  readonly chain: Uint8Array;
  /** In the place of fields of the claim −65537, or beside them. */
  readonly ours?: Fields;
}

/** A report of the lock's, as good as its fields are, but for the changes asked for. */
export function reportMessage(fields: ReportFields, change: Change = {}): Uint8Array {
  const { seed, audience, topic, document, chain, ours } = fields;
  return message(
    AAD.report,
    { 1: int(-19), 4: bstr(kidOf(publicKeyOf(seed))) },
    {
      3: tstr(audience),
      [OURS]: mapOf({ 20: tstr(topic), 21: json(document), 22: bstr(chain), ...ours }),
    },
    seed,
    change,
  );
}
