/**
 * C, a control: what the owner tells the lock, and nobody else can. One statement, signed by the
 * root key, counted: the lock takes number last + 1 and no other, so that a broker that keeps, loses
 * or repeats statements changes nothing.
 *
 * Three of them could do harm when they come late; these must also answer a nonce of the lock.
 * `rotate-root` is signed by the recovery key, which can do nothing else, and proves that somebody
 * holds the new root.
 */
import { kidOf } from './bytes.ts';
import { encodeCbor, exactMap, isBytes, isUint } from './cbor.ts';
import { type Alg, HEADER, openSigned, type Signed, signCose } from './cose.ts';
import { publicKeyOf, type SigningKey, sign, type Verify } from './ed25519.ts';
import {
  KEY_BYTES,
  KID_BYTES,
  NONCE_BYTES,
  PRESENTATION_BYTES_MAX,
  SIGNATURE_BYTES,
  TOKEN_ID_BYTES,
} from './limits.ts';
import { AUDIENCE } from './token.ts';
import { type WallS, wallS } from './units.ts';
import { OPERATING_MODES, type OperatingMode } from './vocabulary.ts';

const CLAIM = { aud: 3, iat: 6, nonce: 10, ours: -65537 } as const;
const OURS = { counter: 10, op: 11, argument: 12 } as const;

/** The operations by their number on the wire. */
const OPS = {
  'raise-epoch': 1,
  'deny-token': 2,
  'deny-key': 3,
  pause: 4,
  resume: 5,
  'set-mode': 6,
  'set-time': 7,
  'rotate-root': 8,
  're-seal': 9,
} as const;
export type ControlOp = keyof typeof OPS;
export const CONTROL_OPS = Object.keys(OPS) as readonly ControlOp[];

/** These answer a nonce: yesterday's would turn back the clock, the owner or the seal. */
export const NONCE_OPS: readonly ControlOp[] = ['set-time', 'rotate-root', 're-seal'];

export type Statement =
  | { readonly op: 'raise-epoch' | 're-seal'; readonly epoch: number }
  | { readonly op: 'deny-token'; readonly tokenId: Uint8Array }
  /** Kid of a carrier's or a holder's key. */
  | { readonly op: 'deny-key'; readonly kid: Uint8Array }
  | { readonly op: 'pause' | 'resume' }
  | { readonly op: 'set-mode'; readonly mode: OperatingMode }
  | { readonly op: 'set-time'; readonly timeS: WallS }
  | { readonly op: 'rotate-root'; readonly root: Uint8Array; readonly proof: Uint8Array };

export interface Control {
  readonly signed: Signed;
  readonly signerKid: Uint8Array;
  readonly audience: string;
  readonly issuedAtS: WallS;
  readonly nonce?: Uint8Array;
  readonly counter: number;
  readonly statement: Statement;
}

/** A control of exactly the specified shape, or undefined. Its signature has not been looked at. */
export function readControl(bytes: Uint8Array): Control | undefined {
  if (bytes.length > PRESENTATION_BYTES_MAX) return undefined;
  const signed = openSigned(bytes);
  return signed === undefined ? undefined : controlIn(signed);
}

export function controlIn(signed: Signed): Control | undefined {
  const signerKid = exactMap(signed.header, [HEADER.alg, HEADER.kid])?.get(HEADER.kid);
  const claims = exactMap(signed.claims, [CLAIM.aud, CLAIM.iat, CLAIM.ours], [CLAIM.nonce]);
  const ours = exactMap(claims?.get(CLAIM.ours), [OURS.counter, OURS.op], [OURS.argument]);
  if (!isBytes(signerKid, KID_BYTES) || claims === undefined || ours === undefined) return undefined;
  const audience = claims.get(CLAIM.aud);
  const issuedAtS = claims.get(CLAIM.iat);
  const counter = ours.get(OURS.counter);
  const op = CONTROL_OPS.find((name) => OPS[name] === ours.get(OURS.op));
  if (typeof audience !== 'string' || !AUDIENCE.test(audience) || !isUint(issuedAtS) || !isUint(counter)) {
    return undefined;
  }
  const statement = op === undefined ? undefined : readStatement(op, ours.get(OURS.argument));
  if (statement === undefined) return undefined;
  const control = { signed, signerKid, audience, issuedAtS: wallS(issuedAtS), counter, statement };
  if (NONCE_OPS.includes(statement.op) !== claims.has(CLAIM.nonce)) return undefined;
  if (!claims.has(CLAIM.nonce)) return control;
  const nonce = claims.get(CLAIM.nonce);
  return isBytes(nonce, NONCE_BYTES) ? { ...control, nonce } : undefined;
}

function readStatement(op: ControlOp, argument: unknown): Statement | undefined {
  switch (op) {
    case 'pause':
    case 'resume':
      return argument === undefined ? { op } : undefined;
    case 'raise-epoch':
    case 're-seal':
      return isUint(argument) ? { op, epoch: argument } : undefined;
    case 'deny-token':
      return isBytes(argument, TOKEN_ID_BYTES) ? { op, tokenId: argument } : undefined;
    case 'deny-key':
      return isBytes(argument, KID_BYTES) ? { op, kid: argument } : undefined;
    case 'set-time':
      return isUint(argument) ? { op, timeS: wallS(argument) } : undefined;
    case 'set-mode': {
      const mode = MODES.find((name) => OPERATING_MODES[name] === argument);
      return mode === undefined ? undefined : { op, mode };
    }
    case 'rotate-root': {
      const [root, proof] = Array.isArray(argument) && argument.length === 2 ? argument : [];
      return isBytes(root, KEY_BYTES) && isBytes(proof, SIGNATURE_BYTES) ? { op, root, proof } : undefined;
    }
  }
}

const MODES = Object.keys(OPERATING_MODES) as readonly OperatingMode[];

function argumentOf(statement: Statement): unknown {
  switch (statement.op) {
    case 'pause':
    case 'resume':
      return undefined;
    case 'raise-epoch':
    case 're-seal':
      return statement.epoch;
    case 'deny-token':
      return statement.tokenId;
    case 'deny-key':
      return statement.kid;
    case 'set-time':
      return statement.timeS;
    case 'set-mode':
      return OPERATING_MODES[statement.mode];
    case 'rotate-root':
      return [statement.root, statement.proof];
  }
}

export interface ControlRequest {
  readonly audience: string;
  readonly issuedAtS: WallS;
  readonly nonce?: Uint8Array;
  readonly counter: number;
  readonly statement: Statement;
}

/** Bytes of a control, signed by the root; a `rotate-root` by the recovery key. Asserts on nonsense. */
export function writeControl(request: ControlRequest, key: SigningKey, alg?: Alg): Uint8Array {
  const { statement } = request;
  const ours = new Map<number, unknown>([
    [OURS.counter, request.counter],
    [OURS.op, OPS[statement.op]],
  ]);
  const argument = argumentOf(statement);
  if (argument !== undefined) ours.set(OURS.argument, argument);
  const claims = new Map<number, unknown>([
    [CLAIM.aud, request.audience],
    [CLAIM.iat, request.issuedAtS],
    [CLAIM.ours, ours],
  ]);
  if (request.nonce !== undefined) claims.set(CLAIM.nonce, request.nonce);
  const header = new Map([[HEADER.kid, kidOf(publicKeyOf(key))]]);
  const bytes = signCose('control', header, claims, key, alg);
  if (readControl(bytes) === undefined) throw new Error('not a valid control: a value is out of its bounds');
  return bytes;
}

/**
 * Counter for a re-seal: the last one may be lost with the journal, and whoever has kept the statements between it and the
 * last that is known could say them again. No owner has said one a second since 1970, so the time is above them all.
 */
export const resealCounter = (known: number, nowS: WallS): number => Math.max(known + 1, nowS);

/** What a new root signs to show that somebody holds it: bound to the lock and to the place in the count. */
const newRootMessage = (audience: string, counter: number, root: Uint8Array): Uint8Array =>
  encodeCbor(['latchstring/1 new-root', audience, counter, root]);

/** Statement that hands the lock over to a new root key. */
export const rotateRoot = (audience: string, counter: number, newRoot: SigningKey): Statement => {
  const root = publicKeyOf(newRoot);
  return { op: 'rotate-root', root, proof: sign(newRootMessage(audience, counter, root), newRoot) };
};

/** Whether the new root of a rotation signed for it. */
export function newRootProves(control: Control, verify: Verify): boolean {
  const { statement, audience, counter } = control;
  if (statement.op !== 'rotate-root') return false;
  return verify(newRootMessage(audience, counter, statement.root), statement.proof, statement.root);
}
