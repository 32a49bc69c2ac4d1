/** reports.json: which lock has said what, what a broker has made of it, and what comes after what. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { concat } from '../../../protocol/bytes.ts';
import { kidOf, REPORT_BYTES_MAX, type Receipt, type ReportVerdict, sha256, toHex } from '../../../protocol/index.ts';
import { AUDIENCE, keys, seeds } from '../../support/people.ts';
import {
  AAD,
  array,
  bstr,
  type Change,
  type Fields,
  int,
  json,
  map,
  mapAsGiven,
  OURS,
  reportMessage,
  sign1,
  tag,
  tstr,
} from './raw.ts';

export interface ReportVector {
  readonly name: string;
  readonly section: string;
  readonly att: string;
  /** Public key of the lock that is to have signed it, in hexadecimal. */
  readonly lock_key: string;
  readonly audience: string;
  /** Below the lock's own base. */
  readonly topic: string;
  /** What came with it, without its `att`. */
  readonly payload: object;
  /** `att` of the event that is to come before it. */
  readonly before: string | null;
  readonly expect: 'accept' | 'refuse';
  readonly refusal: Exclude<ReportVerdict, 'genuine'> | null;
  readonly receipt: Receipt | null;
}

const TS = '2026-06-01T10:00:00.000Z';
const RING = { id: 'abcdefgh-l1-7', seq: 7, boot: 2, ts: TS, event_type: 'ring' };
const ENDED = {
  id: 'abcdefgh-l1-8',
  seq: 8,
  boot: 2,
  ts: '2026-06-01T10:04:30.250Z',
  event_type: 'ended',
  outcome: 'sealed',
  token_id: '00000000000000000000000000000001',
  granted_at: '2026-06-01T10:01:00.000Z',
  entered_at: '2026-06-01T10:01:07.500Z',
};
const ALARMS = ['LockJammed', 'DoorAjar'];
const STATE = {
  v: 1,
  seq: 8,
  boot: 2,
  ts: TS,
  lock: 'locked',
  paused: false,
  alarms: ALARMS,
  battery: { millivolts: -5 },
};
const BEGINS = new Uint8Array(32);

interface Said {
  readonly topic?: string;
  readonly document?: object;
  readonly chain?: Uint8Array;
  readonly seed?: Uint8Array;
  readonly audience?: string;
  readonly ours?: Fields;
  readonly change?: Change;
}

const bytesOf = ({ change, ...said }: Said): Uint8Array =>
  reportMessage(
    { seed: seeds.lock, audience: AUDIENCE, topic: 'event/doorbell', document: RING, chain: BEGINS, ...said },
    change,
  );
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

type Heard = Partial<Pick<ReportVector, 'topic' | 'payload' | 'before' | 'audience' | 'lock_key' | 'receipt' | 'att'>>;

function heard(
  refusal: ReportVector['refusal'],
  section: string,
  name: string,
  said: Said = {},
  came: Heard = {},
): ReportVector {
  return {
    name,
    section,
    att: base64url(bytesOf(said)),
    lock_key: toHex(keys.lock),
    audience: AUDIENCE,
    topic: said.topic ?? 'event/doorbell',
    payload: said.document ?? RING,
    before: null,
    ...came,
    expect: refusal === null ? 'accept' : 'refuse',
    refusal,
    receipt: came.receipt ?? null,
  };
}

type Rest = [section: string, name: string, said?: Said, came?: Heard];
const good = (...rest: Rest): ReportVector => heard(null, ...rest);
const malformed = (...rest: Rest): ReportVector => heard('malformed', ...rest);
const altered = (...rest: Rest): ReportVector => heard('altered', ...rest);

const payloadOf = (said: Said): Uint8Array => {
  let found = new Uint8Array();
  bytesOf({
    ...said,
    change: {
      payload: (bytes) => {
        found = new Uint8Array(bytes);
        return bytes;
      },
    },
  });
  return found;
};

const visit = { topic: 'event/visit', document: ENDED, chain: sha256(payloadOf({})) };
const receiptOf = (document: typeof ENDED & { readonly assumed?: boolean }): Receipt => ({
  audience: AUDIENCE,
  token_id: document.token_id,
  outcome: document.outcome,
  granted_at: document.granted_at,
  entered_at: document.entered_at,
  ended_at: document.ts,
  assumed: document.assumed === true,
  seq: document.seq,
  boot: document.boot,
});

const deep = (levels: number): object => (levels === 1 ? {} : { in: deep(levels - 1) });
const without = (name: keyof typeof RING): object =>
  Object.fromEntries(Object.entries(RING).filter(([field]) => field !== name));
/** The document's bytes as they are given, in the place of those of RING. */
const documentOf = (bytes: Uint8Array): Said => ({ ours: { 21: bytes } });
const ringWith = (name: string, value: Uint8Array): Said =>
  documentOf(
    map([...Object.entries(RING).map(([key, field]) => [tstr(key), json(field)] as const), [tstr(name), value]]),
  );

export function reportVectors(): readonly ReportVector[] {
  const plain = base64url(bytesOf({}));
  return [
    ...encodings(plain),
    ...shapes(),
    ...documents(),
    ...signers(),
    ...payloads(plain),
    ...chains(plain),
    ...receipts(),
  ];
}

function encodings(plain: string): readonly ReportVector[] {
  const att = (text: string): Heard => ({ att: text });
  const long = 'x'.repeat(REPORT_BYTES_MAX);
  const sized = (bytes: number): object => {
    const spare = bytes - bytesOf({ document: { ...RING, detail: long.slice(0, 1000) } }).length;
    return { ...RING, detail: long.slice(0, 1000 + spare) };
  };
  return [
    good('R-200', 'a ring'),
    good('R-200', 'a ring, signed with alg -8', { change: { header: { 1: int(-8) } } }),
    good('R-200', 'of 2048 bytes', { document: sized(REPORT_BYTES_MAX) }),
    malformed('R-200', 'of 2049 bytes', { document: sized(REPORT_BYTES_MAX + 1) }),
    malformed('R-200', 'an empty text', {}, att('')),
    malformed('R-200', 'with padding', {}, att(`${plain}=`)),
    malformed('R-200', 'with a line end', {}, att(`${plain}\n`)),
    malformed('R-200', 'in the alphabet of plain base64', {}, att(Buffer.from(bytesOf({})).toString('base64'))),
    malformed('R-200', 'with one character more', {}, att(`${plain}A`)),
    malformed('R-200', 'without its last character', {}, att(plain.slice(0, -1))),
    malformed('R-200', 'with bits that say nothing', {}, att(withLooseBits(plain))),
    malformed('R-200', 'with a byte behind it', {}, att(base64url(concat(bytesOf({}), Uint8Array.of(0))))),
    malformed('R-200', 'without a tag', {
      change: {
        outer: ({ protectedBytes, payload, signature }) =>
          array(bstr(protectedBytes), map([]), bstr(payload), bstr(signature)),
      },
    }),
    malformed('R-200', 'with another tag', {
      change: {
        outer: ({ protectedBytes, payload, signature }) =>
          tag(17, array(bstr(protectedBytes), map([]), bstr(payload), bstr(signature))),
      },
    }),
    malformed('R-200', 'with something in the unprotected header', {
      change: {
        outer: ({ protectedBytes, payload, signature }) =>
          tag(18, array(bstr(protectedBytes), map([[int(1), int(-19)]]), bstr(payload), bstr(signature))),
      },
    }),
    malformed('R-200', 'with a signature of 63 bytes', {
      change: { outer: (parts) => sign1({ ...parts, signature: parts.signature.slice(1) }) },
    }),
    ...(['delegation', 'token', 'presentation', 'control'] as const).map((purpose) =>
      heard('bad_signature', 'R-200', `signed as a ${purpose}`, { change: { aad: AAD[purpose] } }),
    ),
  ];
}

/** The same bytes to a lenient reader: the last character of this text has bits that are no part of a byte. */
function withLooseBits(text: string): string {
  if (text.length % 4 === 0) throw new Error('no loose bits in this one');
  const last = text.charCodeAt(text.length - 1);
  return text.slice(0, -1) + String.fromCharCode(last + 1);
}

function shapes(): readonly ReportVector[] {
  const header = (fields: Fields): Said => ({ change: { header: fields } });
  const claims = (fields: Fields): Said => ({ change: { claims: fields } });
  return [
    good('R-201', 'a state', { topic: 'state', document: STATE }),
    ...['door', 'lock', 'access', 'visit', 'alarm', 'system'].map((name) =>
      good('R-201', `an event on event/${name}`, { topic: `event/${name}` }),
    ),
    malformed('R-201', 'without a kid', header({ 4: undefined })),
    malformed('R-201', 'with a kid of 7 bytes', header({ 4: bstr(kidOf(keys.lock).slice(1)) })),
    malformed('R-201', 'with a third header', header({ 3: int(0) })),
    malformed('R-201', 'with alg -7', header({ 1: int(-7) })),
    malformed('R-201', 'without an audience', claims({ 3: undefined })),
    malformed('R-201', 'with an audience that is none', { audience: 'front-door' }),
    malformed('R-201', 'with an iat', claims({ 6: int(1) })),
    malformed('R-201', 'without our claim', claims({ [OURS]: undefined })),
    malformed('R-201', 'without a topic', { ours: { 20: undefined } }),
    malformed('R-201', 'without a document', { ours: { 21: undefined } }),
    malformed('R-201', 'without a chain', { ours: { 22: undefined } }),
    malformed('R-201', 'with a fourth field', { ours: { 23: int(1) } }),
    malformed('R-201', 'with a chain of 31 bytes', { chain: BEGINS.slice(1) }),
    malformed('R-201', 'with a chain that is text', { ours: { 22: tstr('0'.repeat(32)) } }),
    malformed('R-201', 'on the topic info', { topic: 'info' }),
    malformed('R-201', 'on a topic with the id of the lock', { topic: 'front-door/state' }),
    malformed('R-201', 'on a topic that is bytes', { ours: { 20: bstr(Buffer.from('event/doorbell')) } }),
  ];
}

function documents(): readonly ReportVector[] {
  const heldBy = (name: string, value: unknown): Said => ({ document: { ...RING, [name]: value } });
  return [
    good('R-202', 'with true, false, a list, an object and a number below zero', {
      document: { ...RING, more: [true, false, -1], none: [], nothing: {}, of: { this: true } },
    }),
    good(
      'R-202',
      'with the largest and the smallest number',
      heldBy('more', [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]),
    ),
    good('R-202', 'with text beyond ASCII', heldBy('detail', 'Tür 門 🚪')),
    good('R-202', 'with as many items as R-26 allows', heldBy('in', new Array(72).fill('x'))),
    malformed('R-202', 'with one item more', heldBy('in', new Array(73).fill('x'))),
    malformed('R-202', 'with an object in an object', heldBy('in', deep(2))),
    malformed('R-202', 'with an object in a list', heldBy('in', [{}])),
    malformed('R-202', 'a list', documentOf(array(int(1))), { payload: [1] }),
    malformed('R-202', 'with a key that is a number', documentOf(mapAsGiven([[int(1), int(1)]])), { payload: RING }),
    malformed('R-202', 'with null', ringWith('z', Uint8Array.of(0xf6))),
    malformed('R-202', 'with 1.5', ringWith('z', Uint8Array.of(0xf9, 0x3e, 0x00))),
    malformed('R-202', 'with 1.0', ringWith('z', Uint8Array.of(0xf9, 0x3c, 0x00))),
    malformed('R-202', 'with bytes', ringWith('z', bstr(Uint8Array.of(1)))),
    malformed(
      'R-202',
      'with a number beyond those that are exact',
      ringWith('z', Uint8Array.of(0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0)),
    ),
    malformed(
      'R-202',
      'with one below them',
      ringWith('z', Uint8Array.of(0x3b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
    ),
    malformed('R-202', 'with text that is no UTF-8', ringWith('z', Uint8Array.of(0x61, 0xff))),
    malformed(
      'R-202',
      'with its keys in the order of JSON',
      documentOf(mapAsGiven(Object.entries(RING).map(([key, field]) => [tstr(key), json(field)]))),
    ),
    ...(['seq', 'boot', 'ts'] as const).map((name) =>
      malformed('R-202', `without ${name}`, { document: without(name) }),
    ),
    malformed('R-202', 'with a seq below zero', heldBy('seq', -1)),
    malformed('R-202', 'with a seq that is text', heldBy('seq', '7')),
    malformed('R-202', 'with a seq that is true', heldBy('seq', true)),
    malformed('R-202', 'in boot 0', heldBy('boot', 0)),
    malformed('R-202', 'with a ts that is a number', heldBy('ts', 1)),
  ];
}

function signers(): readonly ReportVector[] {
  const other = 'front-door/bbbbbbbb';
  return [
    good('R-203', 'of this lock'),
    heard('wrong_lock', 'R-203', 'of this lock under another enrolment', { audience: other }),
    heard('unknown_issuer', 'R-203', 'by another lock, which says that it is this one', { seed: seeds.stranger }),
    heard('bad_signature', 'R-203', "with this lock's kid, by another", {
      seed: seeds.stranger,
      change: { header: { 4: bstr(kidOf(keys.lock)) } },
    }),
    heard('bad_signature', 'R-203', 'with one bit of the signature flipped', {
      change: { signature: (signature) => signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) },
    }),
    heard('bad_signature', 'R-203', 'with S + L for S', { change: { signature: plusL } }),
    heard('wrong_lock', 'R-203', 'the audience is asked before the key', { audience: other, seed: seeds.stranger }),
  ];
}

/** The same signature to a lenient verifier. */
function plusL(signature: Uint8Array): Uint8Array {
  let s = 0n;
  for (const byte of signature.slice(32).reverse()) s = (s << 8n) | BigInt(byte);
  s += ed25519.Point.Fn.ORDER;
  return concat(
    signature.slice(0, 32),
    Uint8Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn)),
  );
}

function payloads(plain: string): readonly ReportVector[] {
  const came = (payload: object): Heard => ({ payload });
  return [
    good('R-205', 'told late', {}, came({ ...RING, late: true })),
    good('R-205', 'with its fields in another order', {}, came(Object.fromEntries(Object.entries(RING).reverse()))),
    altered('R-205', 'with another seq', {}, came({ ...RING, seq: 8 })),
    altered('R-205', 'with another id', {}, came({ ...RING, id: 'abcdefgh-l1-8' })),
    altered('R-205', 'with a field more', {}, came({ ...RING, repeats: 1 })),
    altered('R-205', 'with a field less', {}, came(without('ts'))),
    altered('R-205', 'with text for a number', {}, came({ ...RING, seq: '7' })),
    altered('R-205', 'with true for 1', { document: { ...RING, repeats: 1 } }, came({ ...RING, repeats: true })),
    altered(
      'R-205',
      'with a list in another order',
      { topic: 'state', document: STATE },
      came({ ...STATE, alarms: [...ALARMS].reverse() }),
    ),
    altered('R-205', 'with null beside it', {}, came({ ...RING, repeats: null })),
    altered('R-205', 'with half a number', {}, came({ ...RING, seq: 7.5 })),
    altered('R-205', 'on another topic', {}, { att: plain, topic: 'event/door' }),
  ];
}

function chains(plain: string): readonly ReportVector[] {
  const next = { ...RING, seq: 8, id: 'abcdefgh-l1-8' };
  const after = sha256(payloadOf({}));
  const before = { before: plain };
  return [
    good('R-204', 'the event after', { document: next, chain: after }, before),
    good(
      'R-204',
      'the event after one that was signed with alg -8',
      { document: next, chain: after },
      {
        before: base64url(bytesOf({ change: { header: { 1: int(-8) } } })),
      },
    ),
    heard('forked', 'R-204', 'the event after another', { document: next, chain: sha256(after) }, before),
    heard('forked', 'R-204', 'an event that begins anew', { document: next }, before),
    heard('forked', 'R-204', 'the hash of the whole report', { document: next, chain: sha256(bytesOf({})) }, before),
    heard('forked', 'R-204', 'not the next number', { document: { ...next, seq: 9 }, chain: after }, before),
  ];
}

function receipts(): readonly ReportVector[] {
  const assumed = { ...ENDED, assumed: true };
  const open = { ...ENDED, outcome: 'left_open' };
  const brief = Object.fromEntries(
    Object.entries(ENDED).filter(([name]) => name !== 'granted_at' && name !== 'entered_at'),
  );
  return [
    good('R-206', 'a sealed visit', visit, { receipt: receiptOf(ENDED) }),
    good('R-206', 'whose bolt nobody saw', { ...visit, document: assumed }, { receipt: receiptOf(assumed) }),
    good('R-206', 'of a visit that was left open', { ...visit, document: open }, { receipt: receiptOf(open) }),
    good(
      'R-206',
      'without the moments that nobody knows',
      { ...visit, document: brief },
      {
        receipt: { ...receiptOf(ENDED), granted_at: null, entered_at: null },
      },
    ),
    good('R-206', 'an arrival is none', { ...visit, document: { ...RING, event_type: 'arrived' } }),
    good('R-206', 'an end on another topic is none', { ...visit, topic: 'event/door' }),
    altered('R-206', 'another outcome beside it', { ...visit, document: open }, { payload: ENDED }),
    heard('unknown_issuer', 'R-206', 'by another lock', { ...visit, seed: seeds.stranger }),
  ];
}
