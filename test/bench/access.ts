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
  fromText,
  type Pins,
  parse,
  readControl,
  SIGNATURE_BYTES,
  strictVerifier,
  toText,
  type Verify,
} from '../../protocol/index.ts';
import { lineFramer } from '../../protocol/reader-frame.ts';
import { benchLock } from '../support/bench-lock.ts';
import { AUDIENCE, delegation, keys, NOON_S, seeds, textOf, token } from '../support/people.ts';
import { type Figure, figure, inTurns } from './figures.ts';

const PINS: Pins = { audience: AUDIENCE, root: keys.owner };
/** Each round shorter than a scheduler's tick, so that most of them are left alone on a busy machine. */
const ROUNDS = { rounds: 300, callsPerRound: 2 };
const LONG_TEXT_CHARS = 10 * 1024 * 1024;
/** An array of one array of one array … in as many bytes as a presentation may have. */
const NESTED_BYTES = 1024;

/** A text on its way through the lock, as the doorman sends it: is it a control? is it a token? */
export function decideOn(text: string, context: AdmitContext): string {
  const bytes = fromText(text);
  if (bytes.ok && readControl(bytes.value) !== undefined) return 'control';
  const verdict = admit(text, 'reader', context);
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
    '1 KB of nested arrays': toText(new Uint8Array(NESTED_BYTES).fill(0x81).fill(0, -1)),
    'another prefix': good.replace('LS1:', 'LS2:'),
    '10 MB of text': good + 'A'.repeat(LONG_TEXT_CHARS),
  };
  const calls = Object.fromEntries(
    Object.entries(nonsense).map(([name, text]) => [name, () => decideOn(text, context)]),
  );
  for (const [name, text] of Object.entries(nonsense)) {
    expectRefusal(text, context, name === 'another prefix' ? 'unsupported_version' : 'malformed');
  }
  const took = inTurns({ good: () => parse(good), ...calls }, ROUNDS);
  const baseline = took.good;
  const beside = 'a good presentation parsed';
  return Object.keys(nonsense)
    .map((name) => figure({ name: `nonsense: ${name}`, value: took[name as 'good'], baseline, beside, ratioMax: 5 }))
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
