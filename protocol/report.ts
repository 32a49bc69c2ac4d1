/**
 * R, a report: the lock's own signature under what it publishes, `att` in its state and in every event.
 * Whoever holds the lock's public key can tell what it said from what somebody else has published in its
 * name, offline and for ever; a broker can hide a report, and cannot make one.
 *
 *     event 7 ──▶ payload of R7 ──SHA-256──▶ chain in R8, and in the state after event 7
 *
 * The payload holds the published document itself, so that a report is whole without the message that
 * carried it: the report of a sealed visit is the courier's receipt. And it holds the hash of the report
 * before it, so that the lock cannot have said two different things under one number unnoticed: a lock
 * whose disk was set back signs another history, and who has heard the first one sees it.
 *
 * A signature is deterministic (RFC 8032 §5.1.6), and so is all that is signed: an event that is
 * published again after a crash carries the very same report.
 */
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { equal, kidOf, sha256 } from './bytes.ts';
import { encodeCbor, exactMap, isBytes, isUint } from './cbor.ts';
import { type Alg, HEADER, isSignedBy, openSigned, type Signed, signPayload } from './cose.ts';
import { publicKeyOf, type SigningKey, type Verify } from './ed25519.ts';
import { EVENT_TOPICS, type EventTopic } from './events.ts';
import { CHAIN_BYTES, KID_BYTES, REPORT_BYTES_MAX } from './limits.ts';
import { AUDIENCE } from './token.ts';

const CLAIM = { aud: 3, ours: -65537 } as const;
const OURS = { topic: 20, document: 21, chain: 22 } as const;

/** What is signed: all that is published on these. By the topic below the lock's own base. */
export type ReportTopic = 'state' | `event/${EventTopic}`;
export const REPORT_TOPICS: readonly ReportTopic[] = [
  'state',
  ...EVENT_TOPICS.map((topic) => `event/${topic}` as const),
];

/** Before the first report, and after a journal was lost: there is nothing that the lock could have said before. */
export const CHAIN_BEGINS: Uint8Array = new Uint8Array(CHAIN_BYTES);

/** Fields of a published payload that are not part of the document: the signature, and a remark about one delivery. */
const UNSIGNED = ['att', 'late'] as const;

/** The document, and the lists and objects in it: around it are two maps already (CBOR_NESTING_MAX). */
const DEPTH_MAX = 2;

export interface ReportRequest {
  readonly audience: string;
  readonly topic: ReportTopic;
  /** What is published, without `att` and `late`: strings, whole numbers, booleans, and lists and objects of them. */
  readonly document: object;
  /** SHA-256 of the payload of the event before this one; for a state, of the last event. 32 bytes. */
  readonly chain: Uint8Array;
}

/** A report whose shape is right. Its signature has not been looked at. */
export interface Report {
  readonly signed: Signed;
  readonly signerKid: Uint8Array;
  readonly audience: string;
  readonly topic: ReportTopic;
  readonly document: ReadonlyMap<string, unknown>;
  readonly chain: Uint8Array;
  readonly boot: number;
  readonly seq: number;
  /** The lock's own clock, as it was published. */
  readonly ts: string;
}

/** The bytes that a report signs. Asserts on a document that no report can hold: ours are made here. */
export function reportPayload({ audience, topic, document, chain }: ReportRequest): Uint8Array {
  const value = asCbor(document, DEPTH_MAX);
  if (!(value instanceof Map)) throw new Error(`not to be reported: ${JSON.stringify(document)}`);
  const ours = new Map<number, unknown>([
    [OURS.topic, topic],
    [OURS.document, value],
    [OURS.chain, chain],
  ]);
  const claims = new Map<number, unknown>([
    [CLAIM.aud, audience],
    [CLAIM.ours, ours],
  ]);
  // A copy: these are kept, and cborg's may be a piece of a larger buffer.
  return new Uint8Array(encodeCbor(claims));
}

/** What the next report carries as its `chain`. */
export const chainAfter = (payload: Uint8Array): Uint8Array => sha256(payload);

/** `att`: the report of this payload, base64url. */
export const writeReport = (payload: Uint8Array, key: SigningKey, alg?: Alg): string =>
  encodeBase64url(signPayload('report', new Map([[HEADER.kid, kidOf(publicKeyOf(key))]]), payload, key, alg));

/** Takes an `att` apart; undefined when any part is not exactly as specified. */
export function readReport(att: string): Report | undefined {
  if (att.length > Math.ceil((REPORT_BYTES_MAX * 4) / 3)) return undefined;
  const bytes = decodeBase64url(att);
  const signed = bytes && openSigned(bytes);
  if (signed === undefined) return undefined;
  const signerKid = exactMap(signed.header, [HEADER.alg, HEADER.kid])?.get(HEADER.kid);
  const claims = exactMap(signed.claims, [CLAIM.aud, CLAIM.ours]);
  const ours = exactMap(claims?.get(CLAIM.ours), [OURS.topic, OURS.document, OURS.chain]);
  const audience = claims?.get(CLAIM.aud);
  const topic = REPORT_TOPICS.find((known) => known === ours?.get(OURS.topic));
  const chain = ours?.get(OURS.chain);
  const document = ours?.get(OURS.document);
  if (!isBytes(signerKid, KID_BYTES) || typeof audience !== 'string' || !AUDIENCE.test(audience)) return undefined;
  if (topic === undefined || !isBytes(chain, CHAIN_BYTES) || !isDocument(document)) return undefined;
  const [seq, boot, ts] = ['seq', 'boot', 'ts'].map((name) => document.get(name));
  if (!isUint(seq) || !isUint(boot) || boot === 0 || typeof ts !== 'string') return undefined;
  return { signed, signerKid, audience, topic, document, chain, boot, seq, ts };
}

/** `genuine`, or the first thing that is wrong. */
export const REPORT_VERDICTS = [
  'genuine',
  'malformed',
  'wrong_lock',
  'unknown_issuer',
  'bad_signature',
  /** Signed by the lock, and not this payload or not on this topic. */
  'altered',
  /** Signed by the lock, and not what comes after the event before it: it has another history. */
  'forked',
] as const;
export type ReportVerdict = (typeof REPORT_VERDICTS)[number];

/** What whoever asks knows of the lock: its key, and its audience or none, when any of this key's will do. */
export interface ReportPins {
  readonly lockKey: Uint8Array;
  readonly audience?: string | undefined;
}

/** Whether the lock of these pins made a report. */
export function judgeReport(report: Report | undefined, pins: ReportPins, verify: Verify): ReportVerdict {
  if (report === undefined) return 'malformed';
  if (pins.audience !== undefined && report.audience !== pins.audience) return 'wrong_lock';
  if (!equal(report.signerKid, kidOf(pins.lockKey))) return 'unknown_issuer';
  return isSignedBy(report.signed, 'report', pins.lockKey, verify) ? 'genuine' : 'bad_signature';
}

/** Whether a payload, as it came in on a topic, says what its report says. */
export function saysTheSame(report: Report, topic: string, payload: object): boolean {
  const said = Object.entries(payload).filter(([name]) => !UNSIGNED.some((field) => field === name));
  return report.topic === topic && isTheSame(Object.fromEntries(said), report.document);
}

/** Whether an event is the one after another, by its number and by the chain. */
export const follows = (report: Report, before: Report): boolean =>
  report.seq === before.seq + 1 && equal(report.chain, chainAfter(before.signed.payload));

/** What a visit came to, in the lock's own words. */
export interface Receipt {
  readonly audience: string;
  readonly token_id: string;
  /** `sealed`: the door was seen closed and the bolt thrown; others say that it was not. */
  readonly outcome: string;
  readonly granted_at: string | null;
  readonly entered_at: string | null;
  readonly ended_at: string;
  /** Nobody saw the bolt: that it is thrown was reckoned from the drive. */
  readonly assumed: boolean;
  readonly seq: number;
  readonly boot: number;
}

/** The receipt that a report is; undefined for a report of anything but a visit's end. */
export function receiptOf({ audience, topic, document, ts, seq, boot }: Report): Receipt | undefined {
  if (topic !== 'event/visit' || document.get('event_type') !== 'ended') return undefined;
  const text = (name: string): string | null => {
    const value = document.get(name);
    return typeof value === 'string' ? value : null;
  };
  const [tokenId, outcome] = [text('token_id'), text('outcome')];
  if (tokenId === null || outcome === null) return undefined;
  return {
    audience,
    token_id: tokenId,
    outcome,
    granted_at: text('granted_at'),
    entered_at: text('entered_at'),
    ended_at: ts,
    assumed: document.get('assumed') === true,
    seq,
    boot,
  };
}

/** JSON as the report writes it, objects as maps; undefined when a part of it has no place there. */
function asCbor(value: unknown, depth: number): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) return value;
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  const isList = Array.isArray(value);
  // As JSON leaves them out.
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const parts = fields.map(([name, field]) => [name, asCbor(field, depth - 1)] as const);
  if (parts.some(([, part]) => part === undefined)) return undefined;
  return isList ? parts.map(([, part]) => part) : new Map(parts);
}

/** Whether JSON is what a report holds: as deep as the report, which is bounded. */
function isTheSame(value: unknown, reported: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === reported;
  if (Array.isArray(value)) {
    if (!Array.isArray(reported) || reported.length !== value.length) return false;
    return value.every((part, i) => isTheSame(part, reported[i]));
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  if (!(reported instanceof Map) || reported.size !== fields.length) return false;
  return fields.every(([name, field]) => isTheSame(field, reported.get(name)));
}

function isDocument(value: unknown): value is ReadonlyMap<string, unknown> {
  return value instanceof Map && isReportable(value, DEPTH_MAX);
}

function isReportable(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((part) => isReportable(part, depth - 1));
  if (!(value instanceof Map)) return false;
  return [...value].every(([name, part]) => typeof name === 'string' && isReportable(part, depth - 1));
}
