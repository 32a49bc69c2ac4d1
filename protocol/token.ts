/**
 * The chain that opens the door. Each message is signed with the key that the one it carries
 * confirms (cnf, RFC 8747), and carries that one in its protected header (kcwt, RFC 9528):
 *
 *     root key  ──signs──▶  D delegation    "this carrier may, within these limits"
 *     carrier   ──signs──▶  T token         "this phone may, once"            carries D
 *     phone     ──signs──▶  P presentation  "I hold that phone's key, now"    carries T
 *
 * A guest's token is signed by the root itself and carries no delegation.
 * This file knows the shapes; who signed what is chain.ts, what a lock makes of it is the lock's.
 */
import { kidOf } from './bytes.ts';
import { exactMap, isBytes, isUint } from './cbor.ts';
import { type Alg, asCarried, carriedIn, HEADER, openSigned, type Signed, signCose } from './cose.ts';
import { publicKeyOf, type SigningKey } from './ed25519.ts';
import {
  DELEGATION_ID_BYTES,
  HOURS_ENTRIES_MAX,
  KEY_BYTES,
  KID_BYTES,
  NONCE_BYTES,
  PRESENTATION_BYTES_MAX,
  TOKEN_ID_BYTES,
} from './limits.ts';
import { type WallS, wallS } from './units.ts';

/** CWT claim keys (RFC 8392 §4, RFC 8747 §3.1, nonce: RFC 9711 §4.1), and our own private one. */
const CLAIM = { aud: 3, exp: 4, nbf: 5, iat: 6, cti: 7, cnf: 8, nonce: 10, ours: -65537 } as const;

/** Keys inside our private claim. */
const LIMIT = { epoch: 0, actions: 1, windowS: 2, usesPerDay: 3, hours: 4 } as const;
const GRANT = { epoch: 0, action: 1 } as const;

/** What a token may ask of a lock: one of these bits (a delegation lists several). */
export const ACTION = { unlock: 1, unlatch: 2, release: 4 } as const;
export type Action = keyof typeof ACTION;
export const ACTIONS = Object.keys(ACTION) as readonly Action[];
const ACTION_BITS_MAX = 7;

/** `{id}/{8 base32 characters}`: one lock, enrolled once. Enrolling again makes another audience. */
export const AUDIENCE = /^[a-z0-9-]{3,36}\/[a-z2-7]{8}$/;

/** Hours of the week in the lock's own time zone. `startMinute > endMinute` crosses midnight. */
export interface Hours {
  /** Bit 0 is Monday, bit 6 Sunday; the day on which the window starts. */
  readonly weekdays: number;
  /** Minutes since local midnight, 0 to 1440. */
  readonly startMinute: number;
  readonly endMinute: number;
}

/** What the owner allows a carrier. */
export interface Limits {
  readonly epoch: number;
  /** Bits of ACTION. */
  readonly actions: number;
  /** Longest exp − nbf of a token, in seconds. */
  readonly windowS: number;
  readonly usesPerDay: number;
  /** Absent: at every hour. */
  readonly hours?: readonly Hours[];
}

interface Window {
  readonly audience: string;
  readonly notBeforeS: WallS;
  readonly expiresS: WallS;
}

export interface Delegation extends Window {
  readonly signed: Signed;
  readonly rootKid: Uint8Array;
  readonly id: Uint8Array;
  readonly carrier: Uint8Array;
  readonly limits: Limits;
}

export interface Token extends Window {
  readonly signed: Signed;
  readonly id: Uint8Array;
  readonly issuedAtS: WallS;
  readonly holder: Uint8Array;
  readonly action: Action;
  /** Who is said to have signed it: under a carried delegation; or the root by its kid, or a delegation by its hash. */
  readonly issuer: { readonly delegation: Delegation } | { readonly kid: Uint8Array };
  /** The owner's epoch, in a token that the root signed. */
  readonly epoch?: number;
}

export interface Presentation {
  readonly signed: Signed;
  readonly token: Token;
  /** Proof that the phone was there: when its QR was drawn, or the lock's own nonce. */
  readonly proof: { readonly drawnAtS: WallS } | { readonly nonce: Uint8Array };
}

// Reading: undefined for any shape but the specified one.

export function readDelegation(bytes: Uint8Array): Delegation | undefined {
  const signed = openSigned(bytes);
  return signed === undefined ? undefined : delegationIn(signed);
}

function delegationIn(signed: Signed): Delegation | undefined {
  const header = exactMap(signed.header, [HEADER.alg, HEADER.kid]);
  const claims = exactMap(signed.claims, [CLAIM.aud, CLAIM.exp, CLAIM.nbf, CLAIM.cti, CLAIM.cnf, CLAIM.ours]);
  if (header === undefined || claims === undefined) return undefined;
  const rootKid = header.get(HEADER.kid);
  const id = claims.get(CLAIM.cti);
  const window = readWindow(claims);
  const carrier = readConfirmedKey(claims.get(CLAIM.cnf));
  const limits = readLimits(claims.get(CLAIM.ours));
  if (!isBytes(rootKid, KID_BYTES) || !isBytes(id, DELEGATION_ID_BYTES)) return undefined;
  if (window === undefined || carrier === undefined || limits === undefined) return undefined;
  return { signed, rootKid, id, carrier, limits, ...window };
}

export function readToken(bytes: Uint8Array): Token | undefined {
  const signed = openSigned(bytes);
  return signed === undefined ? undefined : tokenIn(signed);
}

function tokenIn(signed: Signed): Token | undefined {
  const issuer = readIssuer(signed);
  const claims = exactMap(signed.claims, [
    CLAIM.aud,
    CLAIM.exp,
    CLAIM.nbf,
    CLAIM.iat,
    CLAIM.cti,
    CLAIM.cnf,
    CLAIM.ours,
  ]);
  if (issuer === undefined || claims === undefined) return undefined;
  const id = claims.get(CLAIM.cti);
  const issuedAtS = claims.get(CLAIM.iat);
  const window = readWindow(claims);
  const holder = readConfirmedKey(claims.get(CLAIM.cnf));
  const ours = exactMap(claims.get(CLAIM.ours), [GRANT.action], [GRANT.epoch]);
  const action = ACTIONS.find((name) => ACTION[name] === ours?.get(GRANT.action));
  if (!isBytes(id, TOKEN_ID_BYTES) || !isUint(issuedAtS)) return undefined;
  if (window === undefined || holder === undefined || ours === undefined || action === undefined) return undefined;
  const token = { signed, id, issuedAtS: wallS(issuedAtS), holder, action, issuer, ...window };
  if (!ours.has(GRANT.epoch)) return token;
  const epoch = ours.get(GRANT.epoch);
  // The epoch of a delegated token is its delegation's: a second one could only contradict it.
  return isUint(epoch) && !('delegation' in issuer) ? { ...token, epoch } : undefined;
}

export function readPresentation(bytes: Uint8Array): Presentation | undefined {
  if (bytes.length > PRESENTATION_BYTES_MAX) return undefined;
  const signed = openSigned(bytes);
  return signed === undefined ? undefined : presentationIn(signed);
}

export function presentationIn(signed: Signed): Presentation | undefined {
  if (exactMap(signed.header, [HEADER.alg, HEADER.kcwt]) === undefined) return undefined;
  const carried = carriedIn(signed);
  const token = carried === undefined ? undefined : tokenIn(carried);
  if (token === undefined) return undefined;
  const drawnAtS = exactMap(signed.claims, [CLAIM.iat])?.get(CLAIM.iat);
  if (isUint(drawnAtS)) return { signed, token, proof: { drawnAtS: wallS(drawnAtS) } };
  const nonce = exactMap(signed.claims, [CLAIM.nonce])?.get(CLAIM.nonce);
  return isBytes(nonce, NONCE_BYTES) ? { signed, token, proof: { nonce } } : undefined;
}

function readIssuer(signed: Signed): Token['issuer'] | undefined {
  const kid = exactMap(signed.header, [HEADER.alg, HEADER.kid])?.get(HEADER.kid);
  if (isBytes(kid, KID_BYTES)) return { kid };
  if (exactMap(signed.header, [HEADER.alg, HEADER.kcwt]) === undefined) return undefined;
  const carried = carriedIn(signed);
  const delegation = carried === undefined ? undefined : delegationIn(carried);
  return delegation === undefined ? undefined : { delegation };
}

function readWindow(claims: ReadonlyMap<number, unknown>): Window | undefined {
  const audience = claims.get(CLAIM.aud);
  const notBeforeS = claims.get(CLAIM.nbf);
  const expiresS = claims.get(CLAIM.exp);
  if (typeof audience !== 'string' || !AUDIENCE.test(audience)) return undefined;
  if (!isUint(notBeforeS) || !isUint(expiresS) || notBeforeS >= expiresS) return undefined;
  return { audience, notBeforeS: wallS(notBeforeS), expiresS: wallS(expiresS) };
}

/** cnf with a COSE_Key of an Ed25519 key (RFC 8747 §3.2, RFC 9053 §7.2): {1: {1: 1, −1: 6, −2: key}}. */
function readConfirmedKey(value: unknown): Uint8Array | undefined {
  const key = exactMap(exactMap(value, [1])?.get(1), [1, -1, -2]);
  const x = key?.get(-2);
  return key?.get(1) === 1 && key.get(-1) === 6 && isBytes(x, KEY_BYTES) ? x : undefined;
}

function readLimits(value: unknown): Limits | undefined {
  const map = exactMap(value, [LIMIT.epoch, LIMIT.actions, LIMIT.windowS, LIMIT.usesPerDay], [LIMIT.hours]);
  if (map === undefined) return undefined;
  const epoch = map.get(LIMIT.epoch);
  const actions = map.get(LIMIT.actions);
  const windowS = map.get(LIMIT.windowS);
  const usesPerDay = map.get(LIMIT.usesPerDay);
  if (!isUint(epoch) || !isUint(actions, ACTION_BITS_MAX) || !isUint(windowS) || !isUint(usesPerDay)) return undefined;
  const limits = { epoch, actions, windowS, usesPerDay };
  if (!map.has(LIMIT.hours)) return limits;
  const hours = readHours(map.get(LIMIT.hours));
  return hours === undefined ? undefined : { ...limits, hours };
}

function readHours(value: unknown): readonly Hours[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > HOURS_ENTRIES_MAX) return undefined;
  const hours: Hours[] = [];
  for (const entry of value as readonly unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 3) return undefined;
    const [weekdays, startMinute, endMinute] = entry as readonly unknown[];
    if (!isUint(weekdays, 127) || weekdays === 0) return undefined;
    if (!isUint(startMinute, 1440) || !isUint(endMinute, 1440) || startMinute === endMinute) return undefined;
    hours.push({ weekdays, startMinute, endMinute });
  }
  return hours;
}

// Writing: these are for whoever holds a key, and assert on nonsense.

export interface DelegationRequest extends Window {
  readonly id: Uint8Array;
  readonly carrier: Uint8Array;
  readonly limits: Limits;
}

/** The owner's delegation to a carrier: bytes of D. */
export function writeDelegation(request: DelegationRequest, root: SigningKey, alg?: Alg): Uint8Array {
  const { limits } = request;
  const ours = new Map<number, unknown>([
    [LIMIT.epoch, limits.epoch],
    [LIMIT.actions, limits.actions],
    [LIMIT.windowS, limits.windowS],
    [LIMIT.usesPerDay, limits.usesPerDay],
  ]);
  if (limits.hours !== undefined) {
    const rows = limits.hours.map((hours) => [hours.weekdays, hours.startMinute, hours.endMinute]);
    ours.set(LIMIT.hours, rows);
  }
  const claims = windowClaims(request);
  claims.set(CLAIM.cti, request.id).set(CLAIM.cnf, confirm(request.carrier)).set(CLAIM.ours, ours);
  const header = new Map([[HEADER.kid, kidOf(publicKeyOf(root))]]);
  return checked(signCose('delegation', header, claims, root, alg), readDelegation, 'delegation');
}

export interface TokenRequest extends Window {
  readonly id: Uint8Array;
  readonly issuedAtS: WallS;
  readonly holder: Uint8Array;
  readonly action: Action;
  /** Bytes of the delegation, carried or only named by its hash; or the owner's epoch when the root itself signs for a guest. */
  readonly under: { readonly delegation: Uint8Array; readonly named?: boolean } | { readonly rootEpoch: number };
}

/** One courier's token: bytes of T. */
export function writeToken(request: TokenRequest, issuer: SigningKey, alg?: Alg): Uint8Array {
  const { under } = request;
  const header = new Map<number, unknown>(
    'rootEpoch' in under
      ? [[HEADER.kid, kidOf(publicKeyOf(issuer))]]
      : under.named === true
        ? [[HEADER.kid, kidOf(under.delegation)]]
        : [[HEADER.kcwt, asCarried(under.delegation)]],
  );
  const ours = new Map<number, unknown>([[GRANT.action, ACTION[request.action]]]);
  if ('rootEpoch' in under) ours.set(GRANT.epoch, under.rootEpoch);
  const claims = windowClaims(request);
  claims.set(CLAIM.iat, request.issuedAtS).set(CLAIM.cti, request.id);
  claims.set(CLAIM.cnf, confirm(request.holder)).set(CLAIM.ours, ours);
  return checked(signCose('token', header, claims, issuer, alg), readToken, 'token');
}

/** The courier's phone shows its token: bytes of P. */
export function writePresentation(
  token: Uint8Array,
  proof: Presentation['proof'],
  holder: SigningKey,
  alg?: Alg,
): Uint8Array {
  const header = new Map([[HEADER.kcwt, asCarried(token)]]);
  const claims = new Map<number, unknown>(
    'nonce' in proof ? [[CLAIM.nonce, proof.nonce]] : [[CLAIM.iat, proof.drawnAtS]],
  );
  return checked(signCose('presentation', header, claims, holder, alg), readPresentation, 'presentation');
}

const confirm = (key: Uint8Array): Map<number, unknown> =>
  new Map([
    [
      1,
      new Map<number, unknown>([
        [1, 1],
        [-1, 6],
        [-2, key],
      ]),
    ],
  ]);

const windowClaims = (window: Window): Map<number, unknown> =>
  new Map<number, unknown>([
    [CLAIM.aud, window.audience],
    [CLAIM.exp, window.expiresS],
    [CLAIM.nbf, window.notBeforeS],
  ]);

/** What we write, we can read: a writer that makes what every lock refuses is a bug here and now. */
function checked(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown, what: string): Uint8Array {
  if (read(bytes) === undefined) throw new Error(`not a valid ${what}: a value is out of its bounds`);
  return bytes;
}
