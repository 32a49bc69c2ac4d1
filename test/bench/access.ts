/**
 * What does not get in, and what it costs to say so: forgeries and nonsense take the same way as a
 * good text, from the channel to the refusal. The strict verifier stands there with a counter: it is
 * for those whom the first look has taken, and a forgery never gets that far.
 */
import { createPublicKey, verify as cryptoVerify, type KeyObject, randomBytes } from 'node:crypto';
import { type AdmitContext, admit } from '../../firmware/access/admit.ts';
import { dialIn } from '../../firmware/access/dial.ts';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { emptyMemory } from '../../firmware/journal/memory.ts';
import {
  authenticate,
  concat,
  controlIn,
  fromText,
  openText,
  type Pins,
  PRESENTATION_BYTES_MAX,
  parse,
  readPresentation,
  SIGNATURE_BYTES,
  strictVerifier,
  toText,
  type Verify,
} from '../../protocol/index.ts';
import { lineFramer } from '../../protocol/reader-frame.ts';
import { array, head, int, map, mapAsGiven, sign1, tstr } from '../protocol/vectors/raw.ts';
import { benchLock } from '../support/bench-lock.ts';
import { AUDIENCE, delegation, keys, NOON_S, seeds, textOf, token } from '../support/people.ts';
import { type Figure, figure, inTurns } from './figures.ts';

const PINS: Pins = { audience: AUDIENCE, root: keys.owner };
/** Each round shorter than a scheduler's tick, so that most of them are left alone on a busy machine. */
const ROUNDS = { rounds: 300, callsPerRound: 2 };
const LONG_TEXT_CHARS = 10 * 1024 * 1024;

/** A text on its way through the lock, as the doorman sends it: is it a control? is it a token? */
export function decideOn(text: string, context: AdmitContext): string {
  const opened = openText(text);
  if (opened.ok && controlIn(opened.value) !== undefined) return 'control';
  const verdict = admit(opened, 'reader', context);
  return verdict.admitted ? 'admitted' : verdict.refused.refusal;
}

/** A lock at rest that has never seen a token. */
export function contextOf(verify: Verify, memory = emptyMemory()): AdmitContext {
  const lock = benchLock();
  lock.boot();
  return {
    pins: PINS,
    firstLook: opensslVerify(),
    verify,
    time: { state: 'trusted', nowS: NOON_S },
    action: 'unlock',
    dial: dialIn('Europe/Berlin'),
    disk: 'ok',
    memory,
    isFreshNonce: () => false,
    lock: lock.state(),
  };
}

export function measureForgeries(): readonly Figure[] {
  let strictCalls = 0;
  const strict = strictVerifier();
  const context = contextOf((...check) => {
    strictCalls += 1;
    return strict(...check);
  });
  // The counter counts: a good token comes by it three times.
  expectRefusal(textOf(token()), context, 'admitted');
  if (strictCalls !== 3) throw new Error(`a good token was checked ${strictCalls} times`);
  strictCalls = 0;
  const forgeries = {
    'the delegation': textOf(token({ under: { delegation: spoilt(delegation()) } })),
    'the token': textOf(token({ signedBy: seeds.stranger })),
    'the presentation': textOf(token(), NOON_S, seeds.stranger),
  };
  const names = Object.keys(forgeries) as (keyof typeof forgeries)[];
  for (const name of names) expectRefusal(forgeries[name], context, 'bad_signature');
  const one = oneVerify(forgeries['the token']);
  const took = inTurns(
    {
      'one verify': one,
      'the delegation': () => decideOn(forgeries['the delegation'], context),
      'the token': () => decideOn(forgeries['the token'], context),
      'the presentation': () => decideOn(forgeries['the presentation'], context),
    },
    ROUNDS,
  );
  const figures = names.map((name) =>
    figure({
      name: `a forged signature on ${name}, refused`,
      value: took[name],
      baseline: took['one verify'],
      beside: 'one verify of node:crypto',
      ratioMax: 4,
    }),
  );
  const refused = names.length * ROUNDS.callsPerRound * ROUNDS.rounds;
  return figures.concat(
    figure({
      name: 'forgeries that reached tweetnacl',
      unit: 'calls',
      value: strictCalls,
      baseline: refused,
      beside: 'forgeries refused',
      ratioMax: 0,
    }),
  );
}

export function measureNonsense(): readonly Figure[] {
  const context = contextOf(strictVerifier());
  const good = textOf(token());
  const bytes = bytesOf(good);
  const nonsense = {
    'random characters': randomBytes(bytes.length).toString('latin1'),
    'random bytes': toText(randomBytes(bytes.length)),
    'cut in the middle': toText(bytes.subarray(0, bytes.length >> 1)),
    'cut before its last byte': toText(bytes.subarray(0, -1)),
    'another prefix': good.replace('LS1:', 'LS2:'),
    '10 MB of text': good + 'A'.repeat(LONG_TEXT_CHARS),
  };
  const calls = Object.fromEntries(
    Object.entries(nonsense).map(([name, text]) => [name, () => decideOn(text, context)]),
  );
  for (const [name, text] of Object.entries(nonsense)) {
    expectRefusal(text, context, name === 'another prefix' ? 'unsupported_version' : 'malformed');
  }
  const costly = costlyNonsense(bytes);
  for (const text of Object.values(costly)) expectRefusal(text, context, 'malformed');
  const costlyCalls = Object.fromEntries(
    Object.entries(costly).map(([name, text]) => [name, () => decideOn(text, context)]),
  );
  const took = inTurns({ good: () => parse(good), ...calls, ...costlyCalls }, ROUNDS);
  const baseline = took.good;
  const beside = 'a good presentation parsed';
  const [worst = ''] = Object.keys(costly).sort((a, b) => took[b as 'good'] - took[a as 'good']);
  const names = Object.keys(nonsense).map((name) => [name, name] as const);
  return [...names, [worst, `the worst of ${Object.keys(costly).length} made to cost, ${worst}`] as const]
    .map(([name, told]) =>
      figure({ name: `nonsense: ${told}`, value: took[name as 'good'], baseline, beside, ratioMax: 5 }),
    )
    .concat(
      figure({
        name: `nonsense: 10 MB without an end from a reader, each ${good.length} bytes of it`,
        value: framed(good.length),
        baseline,
        beside,
        ratioMax: 5,
      }),
    );
}

/**
 * Whatever may make a decoder work, in as many bytes as a presentation may have; alone, and in the place of the
 * header and of the claims, each as long as there is room. The last is the good one with a shape that is wrong where
 * a lock looks last.
 */
function costlyNonsense(good: Uint8Array): Readonly<Record<string, string>> {
  const items: Readonly<Record<string, (bytes: number) => Uint8Array>> = {
    'nested arrays': (bytes) => new Uint8Array(bytes).fill(0x81).fill(0x80, -1),
    'nested tags': (bytes) => new Uint8Array(bytes).fill(0xd2).fill(0, -1),
    'small numbers': (bytes) => concat(head(4, bytes - 3, 2), new Uint8Array(bytes - 3)),
    'long numbers': (bytes) => array(...times(bytes / 9, (i) => head(0, 2 ** 40 + i, 8))),
    'a map of numbers': (bytes) => map(times(bytes / 6, (i) => [int(i + 256), int(i + 256)])),
    'a map of texts': (bytes) => map(times(bytes / 26, (i) => [tstr(`${i}`.padStart(20, ' ')), int(i + 256)])),
    'a map of lists': (bytes) => map(times(bytes / 6, (i) => [array(int(i + 256)), array(int(0))])),
    'one key again and again': (bytes) => mapAsGiven(times(bytes / 4, () => [int(300), int(0)])),
    'one long key again': (bytes) => mapAsGiven(times(2, () => [tstr('k'.repeat(bytes / 2 - 6)), int(0)])),
    'one long text': (bytes) => concat(head(3, bytes - 3, 2), new Uint8Array(bytes - 3).fill(0x61)),
    'one long text that is none': (bytes) => concat(head(3, bytes - 3, 2), new Uint8Array(bytes - 3).fill(0xff)),
    'one long text of wide letters': (bytes) => tstr('ä'.repeat((bytes - 3) >> 1)),
    'lists at both bounds': () => array(...times(8, () => array(...times(5, () => array(int(300)))))),
  };
  const room = PRESENTATION_BYTES_MAX - SIGNATURE_BYTES - 16;
  const small = map([[int(1), int(-19)]]);
  const made = Object.entries(items).flatMap(([name, make]) => [
    [`${name}, alone`, make(PRESENTATION_BYTES_MAX)],
    [`${name}, as the header`, signed1(make(room - 4), small)],
    [`${name}, as the claims`, signed1(small, make(room - 4))],
    [`${name}, as both`, signed1(make(room >> 1), make(room >> 1))],
    [
      `${name}, in a map`,
      signed1(
        map([
          [int(1), int(-19)],
          [int(13), make(room - 20)],
        ]),
        small,
      ),
    ],
  ]);
  const wrongAtTheEnd = readPresentation(good)?.signed;
  if (wrongAtTheEnd === undefined) throw new Error('the good one is not good');
  return Object.fromEntries(
    [
      ...made,
      [
        'a good chain with one claim too many',
        signed1(
          wrongAtTheEnd.protectedBytes,
          map([
            [int(6), int(1)],
            [int(7), int(1)],
          ]),
        ),
      ],
      [
        'a good chain in a good chain',
        signed1(
          map([
            [int(1), int(-19)],
            [int(13), good],
          ]),
          small,
        ),
      ],
    ].map(([name, bytes]) => [name, toText((bytes as Uint8Array).subarray(0, PRESENTATION_BYTES_MAX))]),
  );
}

const times = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: Math.floor(count) }, (_, i) => make(i));

const signed1 = (protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array =>
  sign1({ protectedBytes, payload, signature: new Uint8Array(SIGNATURE_BYTES) });

/** What a reader's framing costs before there is a text. */
function framed(bytes: number): number {
  const noise = new Uint8Array(LONG_TEXT_CHARS).fill(0x41);
  const framer = lineFramer();
  const begin = performance.now();
  for (let at = 0; at < noise.length; at += bytes) framer.push(noise.subarray(at, at + bytes));
  return (performance.now() - begin) / (noise.length / bytes);
}

/** With a bit of its signature's R another: the most work that a wrong signature can make. */
function spoilt(message: Uint8Array): Uint8Array {
  const bytes = message.slice();
  const at = bytes.length - SIGNATURE_BYTES;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

/** One verify of node:crypto, as cheap as it can be: its key object is there. */
function oneVerify(text: string): () => boolean {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.detail);
  let check: Parameters<Verify> | undefined;
  authenticate(parsed.value, PINS, (...given) => {
    check ??= given;
    return false;
  });
  if (check === undefined) throw new Error('nothing was checked');
  const [message, signature, key] = check;
  const object: KeyObject = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') },
    format: 'jwk',
  });
  return () => cryptoVerify(null, message, object, signature);
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromText(text);
  if (!bytes.ok) throw new Error(bytes.detail);
  return bytes.value;
}

function expectRefusal(text: string, context: AdmitContext, expected: string): void {
  const got = decideOn(text, context);
  if (got !== expected) throw new Error(`${expected} was expected, and it was ${got}`);
}
