/**
 * `control`: the owner tells a lock something. Without a broker it prints one text, which may reach the lock by
 * any channel, a QR code before its reader included. With one it asks the lock for what the statement
 * needs (its number, its nonce), publishes it as a retained document, so that a lock that is away takes it
 * when it is back, and waits for what the lock says to it.
 */
import {
  CONTROL_DOCUMENT,
  CONTROL_OPS,
  CONTROLS_AT_ONCE_MAX,
  type Control,
  type ControlRequest,
  EPOCH_SAID_MAX,
  fromHex,
  fromText,
  isSignedBy,
  KID_BYTES,
  NONCE_BYTES,
  NONCE_OPS,
  OPERATING_MODES,
  type OperatingMode,
  publicKeyOf,
  type Refusal,
  readControl,
  resealCounter,
  rotateRoot,
  type Statement,
  TIME_SAID_MAX,
  TOKEN_ID_BYTES,
  toText,
  toWallS,
  verifyStrict,
  type WallMs,
  type WallS,
  wallS,
  writeControl,
} from '../../protocol/index.ts';
import { parseAudience, parseCount } from './arguments.ts';
import { EXIT, failure, usage } from './failure.ts';
import { type Io, say } from './io.ts';
import { readSeed } from './key-file.ts';
import { type LineOptions, type LockLine, openLine, UNPROVEN } from './lock-line.ts';
import { printable } from './printable.ts';
import { draw, modulesOf } from './qr-drawing.ts';
import { formatTime, parseTime } from './times.ts';

export interface ControlOptions extends Omit<LineOptions, 'broker'> {
  readonly key: string;
  readonly lock: string;
  readonly counter?: string;
  readonly nonce?: string;
  readonly broker?: string;
  readonly qr: boolean;
  readonly json: boolean;
}

const MODES = Object.keys(OPERATING_MODES) as readonly OperatingMode[];

export async function control(
  op: string,
  argument: string | undefined,
  options: ControlOptions,
  io: Io,
): Promise<number> {
  if (options.qr && options.json) throw usage('--qr draws, and --json does not', 'leave out one of them');
  const audience = parseAudience(options.lock);
  const clock = await io.clock();
  const make = await statementOf(op, argument, clock.wallMs(), audience);
  const seed = await readSeed(options.key);
  const write = (counter: number, nonce: Uint8Array | undefined): string => {
    // The moment of signing: a lock may have taken long to give its nonce, and sets its clock by what is said here.
    const nowMs = clock.wallMs();
    const request: ControlRequest = { audience, issuedAtS: toWallS(nowMs), counter, statement: make(counter, nowMs) };
    return toText(writeControl(nonce === undefined ? request : { ...request, nonce }, seed));
  };
  const { broker } = options;
  // What waits for the lock is the root's. The recovery key, which alone rotates it, cannot tell.
  const isOwners = ({ signed }: Control): boolean =>
    op === 'rotate-root' || isSignedBy(signed, 'control', publicKeyOf(seed), verifyStrict);
  if (broker !== undefined) return tell(op, write, isOwners, { ...options, broker }, audience, io);
  if (options.counter === undefined) {
    throw usage(
      'without --broker nobody knows the number',
      'give --counter, one more than control_counter in its state',
    );
  }
  const counter = parseCount(options.counter, '--counter', 1, Number.MAX_SAFE_INTEGER);
  const text = write(counter, nonceOf(op, options.nonce));
  const terminal = io.terminal();
  const lines = options.qr ? draw(modulesOf(text), terminal !== undefined) : [text];
  say(io, options.json, { text, op, counter }, lines);
  return EXIT.done;
}

/** What is said twice does no harm; what is believed to be said, and is not, does. */
const AGAIN = 'give it again: one at a time';

const asksForNonce = (op: string): boolean => NONCE_OPS.some((name) => name === op);

function nonceOf(op: string, given: string | undefined): Uint8Array | undefined {
  if (!asksForNonce(op)) {
    if (given === undefined) return undefined;
    throw usage(`${op} takes no nonce`, 'leave out --nonce');
  }
  const nonce = given === undefined ? undefined : fromHex(given);
  if (nonce?.length === NONCE_BYTES) return nonce;
  throw usage(
    `${op} answers a nonce of the lock, ${2 * NONCE_BYTES} hexadecimal digits`,
    `give --broker, and the lock is asked for one; or --nonce, as ${op === 're-seal' ? '`journal re-seal` prints it' : 'the lock answers cmd/nonce'}`,
  );
}

async function tell(
  op: string,
  write: (counter: number, nonce: Uint8Array | undefined) => string,
  isOwners: (control: Control) => boolean,
  options: ControlOptions & LineOptions,
  audience: string,
  io: Io,
): Promise<number> {
  if (options.qr) throw usage('--qr is for the reader of a lock, --broker for its line', 'leave out one of them');
  if (options.nonce !== undefined) throw usage('with --broker the lock is asked for its nonce', 'leave out --nonce');
  const line = await openLine(audience, options, io);
  try {
    const kept = waitingIn(await line.controls(), line.state.control_counter);
    const waiting = kept.map(({ text }) => text);
    // A stranger's uses no number up.
    const before = kept.filter(({ control }) => isOwners(control));
    const isFaulty = line.state.alarms.includes('LedgerFault');
    const taken = line.state.control_counter;
    // A lock that cannot read its journal does not know its own number.
    const last = isFaulty ? Math.max(taken, ...before.map(({ control }) => control.counter)) : taken + before.length;
    const next =
      op === 're-seal' && isFaulty
        ? resealCounter(taken, toWallS((await io.clock()).wallMs()))
        : Math.min(last, Number.MAX_SAFE_INTEGER - 1) + 1;
    const counter =
      options.counter === undefined ? next : parseCount(options.counter, '--counter', 1, Number.MAX_SAFE_INTEGER);
    const isOnce = asksForNonce(op);
    if (isOnce && !line.online) {
      throw failure('io', `${op} answers a nonce, and the lock is away`, 'try again when its availability is online');
    }
    if (waiting.length >= CONTROLS_AT_ONCE_MAX) {
      throw failure('refused', `${waiting.length} controls wait for this lock already`, 'try again when it is back');
    }
    const text = write(counter, isOnce ? await line.nonce() : undefined);
    // In lockdown nothing else is judged: what stood before it would only use up how much the lock listens to.
    const isAlone = op === 're-seal' && isFaulty;
    // A nonce is of this minute: what answers one is not kept for later.
    const said = JSON.stringify(isAlone ? [text] : [...waiting, text]);
    await line.publish(line.topics.control, said, !isOnce);
    if (!line.online) {
      if (!(await line.keeps(said))) {
        throw failure('refused', `${op}, number ${counter}: another control has taken its place at the broker`, AGAIN);
      }
      say(io, options.json, { op, counter, result: null }, [
        `${op} is number ${counter}; the lock is away, and takes it when it is back`,
      ]);
      return EXIT.done;
    }
    const document = waiting.length > 0 ? JSON.stringify(waiting) : '';
    return await hearOf(
      op,
      counter,
      { text, before: document, isKept: !isOnce || document !== '', isAlone, isOwners },
      line,
      options,
      io,
    );
  } finally {
    await line.close();
  }
}

/** What a control may be refused with that is a stranger's, or comes too often; what a token is refused with is not about it. */
const OF_CONTROLS: readonly unknown[] = [
  'malformed',
  'unsupported_version',
  'wrong_lock',
  'unknown_issuer',
  'bad_signature',
  'throttled',
] satisfies readonly Refusal[];

const mayBeOfControl = (body: Readonly<Record<string, unknown>>): boolean =>
  body.event_type === 'refused' && body.channel === 'mqtt' && OF_CONTROLS.includes(body.refusal);

/**
 * What the lock says to it. It has judged all that stands before it by then, so the document that waits is taken away, if
 * there is one: what was refused would hold the next number for ever. A lock whose disk has failed has judged nothing, and
 * one that was sent this alone has not judged the others; when it has begun a new journal, its number voids them.
 */
async function hearOf(
  op: string,
  counter: number,
  document: {
    readonly text: string;
    readonly before: string;
    readonly isKept: boolean;
    readonly isAlone: boolean;
    readonly isOwners: (control: Control) => boolean;
  },
  line: LockLine,
  options: ControlOptions,
  io: Io,
): Promise<number> {
  const isAnswer = (body: Readonly<Record<string, unknown>>): boolean =>
    body.event_type === 'control' && body.op === op && body.counter === counter;
  const event = await line.event('system', isAnswer);
  if (event === undefined) {
    const refused = await line.event('access', mayBeOfControl, 0);
    if (refused === undefined) {
      const next = 'see event/access and event/system of the lock; is this the key that it was enrolled with?';
      const ofNow = line.isProven ? ' that it has signed within two minutes of now, by its own clock' : '';
      throw failure('io', `the lock says nothing to number ${counter}${ofNow}`, next);
    }
    const isThrottled = refused.refusal === 'throttled';
    // A stranger's word would hold the owner's next number; the owner's own is heard when it comes again.
    if (!isThrottled && document.isKept) await line.publish(line.topics.control, document.before, true);
    const next = isThrottled ? 'wait half a minute' : 'sign with the key that this lock was enrolled with';
    throw failure('refused', `${op}, number ${counter}: ${String(refused.refusal)}: ${String(refused.detail)}`, next);
  }
  // A failed disk is no refusal: what waits is judged at the next start.
  const isLater = event.result === 'ledger_unavailable' || (document.isAlone && event.result !== 'applied');
  if (document.isKept && !isLater) await line.publish(line.topics.control, '', true);
  // Two who ask at once are told the same number. The lock has judged the first, and its word names the number only.
  const first = line
    .documents()
    .flatMap((heard) => waitingIn(heard, line.state.control_counter))
    .find(({ control }) => control.counter === counter && document.isOwners(control));
  if (first !== undefined && first.text !== document.text) {
    throw failure('refused', `${op}, number ${counter}: another control had this number in the same moment`, AGAIN);
  }
  const proven = line.isProven;
  if (!proven && !options.json) io.err(UNPROVEN);
  say(io, options.json, { op, counter, result: event.result, proven }, [printable(inWords(op, counter, event))]);
  return event.result === 'applied' ? EXIT.done : EXIT.refused;
}

function inWords(op: string, counter: number, event: Readonly<Record<string, unknown>>): string {
  if (event.result === 'applied') return `applied: ${op}, number ${counter}`;
  if (event.result === 'ledger_unavailable') {
    const next = asksForNonce(op) ? 'say it again after its next start' : 'it waits at the broker for its next start';
    return `NOT APPLIED: ${op}, number ${counter}: the disk of the lock has failed; ${next}`;
  }
  return `REFUSED: ${op}, number ${counter}: ${String(event.result)}; the lock expects number ${String(event.expected)}`;
}

/** Statements that wait for the lock already, without those that it has taken; and their numbers. */
function waitingIn(controls: string, taken: number): readonly { readonly text: string; readonly control: Control }[] {
  let texts: unknown;
  try {
    texts = JSON.parse(controls);
  } catch {
    // Nothing waits, or nothing that a lock would read.
    return [];
  }
  const document = CONTROL_DOCUMENT.safeParse(texts);
  return (document.success ? document.data : []).flatMap((text) => {
    const bytes = fromText(text);
    const control = bytes.ok ? readControl(bytes.value) : undefined;
    return control !== undefined && control.counter > taken ? [{ text, control }] : [];
  });
}

/** The statement, which may depend on its number and on the moment at which it is signed. */
async function statementOf(
  op: string,
  argument: string | undefined,
  nowMs: WallMs,
  audience: string,
): Promise<(counter: number, nowMs: WallMs) => Statement> {
  const always = (statement: Statement) => (): Statement => statement;
  switch (op) {
    case 'pause':
    case 'resume':
      if (argument !== undefined) throw usage(`${op} takes no argument`, `leave out ${JSON.stringify(argument)}`);
      return always({ op });
    case 'raise-epoch':
    case 're-seal':
      if (argument === undefined) throw usage(`${op} needs the new epoch`, 'give one that is above all before it');
      return always({ op, epoch: parseCount(argument, op, 1, EPOCH_SAID_MAX) });
    case 'deny-token':
      return always({
        op,
        tokenId: hexOf(op, argument, TOKEN_ID_BYTES, 'the token_id of an event, or what token printed'),
      });
    case 'deny-key':
      return always({ op, kid: hexOf(op, argument, KID_BYTES, 'the kid that key new and inspect print') });
    case 'set-time': {
      const said = argument ?? 'now';
      timeOf(said, nowMs);
      return (_, signedMs) => ({ op, timeS: timeOf(said, signedMs) });
    }
    case 'rotate-root': {
      if (argument === undefined) {
        throw usage('rotate-root needs the new key', 'name its key file; --key is the recovery key that signs');
      }
      const seed = await readSeed(argument);
      return (counter) => rotateRoot(audience, counter, seed);
    }
    case 'set-mode': {
      const mode = MODES.find((name) => name === argument);
      if (mode === undefined) throw usage('set-mode needs a mode', `choose from ${MODES.join(', ')}`);
      return always({ op, mode });
    }
  }
  throw usage(`there is no control ${JSON.stringify(op)}`, `choose from ${CONTROL_OPS.join(', ')}`);
}

function timeOf(text: string, nowMs: WallMs): WallS {
  const timeS = parseTime(text, 'set-time', nowMs);
  if (timeS <= TIME_SAID_MAX) return timeS;
  throw usage(
    `set-time ${text} is later than a lock's clock goes`,
    `give ${formatTime(wallS(TIME_SAID_MAX))} or earlier`,
  );
}

function hexOf(op: string, argument: string | undefined, bytes: number, where: string): Uint8Array {
  const value = argument === undefined ? undefined : fromHex(argument);
  if (value?.length === bytes) return value;
  throw usage(`${op} needs ${2 * bytes} hexadecimal digits`, `give ${where}`);
}
