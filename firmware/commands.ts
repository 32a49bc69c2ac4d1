/**
 * What comes in over MQTT. The broker is a pipe that anybody may write into, so nothing here is
 * believed for having come: `lock` can only ever lock, an `unlock` carries a presentation that is judged
 * like one at the door, a control carries the owner's signature.
 *
 *     cmd/nonce    ─▶ a nonce, in the result
 *     cmd/ping     ─▶ ok
 *     cmd/lock     ─▶ the bolt is thrown when the door is closed
 *     cmd/unlock   ─▶ ok once the bolt is withdrawn for it; denied or try_again, and no more
 *     cmd/set      ─▶ one of the two above, named in it
 *     control      ─▶ owner.ts; answered by event/system
 *
 * Each `cid` is answered once. What is retained is ignored, but for controls; so is what came before, what has no `cid`,
 * and what is longer than a command can be. What has expired, or is to be good for longer than a command may, is
 * answered `try_again`, and what lacks a field `denied`; neither is done.
 */
import {
  ASKED,
  COMMAND_BODIES,
  COMMAND_BYTES_MAX,
  COMMAND_S_MAX,
  COMMANDS,
  CONTROL_DOCUMENT,
  CORRELATION_BYTES_MAX,
  type Command,
  isReplyTopic,
  REFUSALS,
  type ResultDocument,
  type Topics,
  toHex,
  toWallS,
} from '../protocol/index.ts';
import type { Nonces } from './access/nonces.ts';
import type { Controller } from './controller.ts';
import type { EventRecord } from './journal/records.ts';
import type { Log } from './log.ts';
import type { BrokerMessage, Clock, Reply } from './ports/index.ts';

/** Commands whose `cid` is remembered, so that one that is delivered twice is done once. */
const CIDS_MAX = 256;

/** Unlocks that wait for what comes of them. Only one visit goes on at a time; the others were refused at once. */
const WAITING_MAX = 8;

export interface CommandsOptions {
  readonly topics: Topics;
  readonly controller: Pick<Controller, 'present' | 'controls' | 'lock' | 'nowMs' | 'state'>;
  readonly nonces: Nonces;
  readonly clock: Clock;
  /** Publishes an answer where `to` says; whoever asked gives up by himself when it does not come. */
  readonly answer: (result: ResultDocument, to: Reply) => void;
  readonly log: Log;
}

export interface Commands {
  hear(message: BrokerMessage): void;
  /** Something happened at the door: perhaps what an unlock waits for. */
  follow(event: EventRecord): void;
  /** A token is given up before anything has moved: whoever sent it is told, whatever the disk does. */
  giveUp(tokenId: string): void;
}

export function createCommands(options: CommandsOptions): Commands {
  const { topics, controller, nonces, clock, log } = options;
  const cids = new Set<string>();
  /** Askers by the token that they showed. */
  const waiting = new Map<string, Asker>();
  const commandOf = new Map<string, Command>(COMMANDS.map((name) => [topics.cmd[name], name]));

  function hear(message: BrokerMessage): void {
    // In bytes, as they came: a letter may be four of them.
    const bytes = Buffer.byteLength(message.payload);
    if (bytes > COMMAND_BYTES_MAX) {
      log('warn', `dropped: ${bytes} bytes on ${message.topic}`);
      return;
    }
    if (message.topic === topics.control) return hearControls(message.payload);
    const command = commandOf.get(message.topic);
    if (command === undefined) return;
    // A retained command would be obeyed again at every reconnection.
    if (message.retained) return log('warn', `ignored: ${command} was retained`);
    obey(command, message);
  }

  function obey(command: Command, { payload, reply }: BrokerMessage): void {
    const json = parseJson(payload);
    const asked = ASKED.safeParse(json);
    if (!asked.success) return log('warn', `ignored: ${command} without a cid`);
    const { cid } = asked.data;
    if (cids.has(cid)) return;
    remember(cid);
    const asker = askerOf(cid, reply);
    const body = COMMAND_BODIES[command].safeParse(json);
    if (!body.success) {
      log('warn', `not done: ${command} lacks what it needs`);
      return asker(DENIED);
    }
    if (isOutOfTime(body.data.exp)) {
      log('warn', `not done: ${command} has expired, or is to be good for more than ${COMMAND_S_MAX} s`);
      return asker(TRY_AGAIN);
    }
    switch (command) {
      case 'ping':
        return asker({ ok: true });
      case 'nonce':
        return asker({ ok: true, nonce: toHex(nonces.give('mqtt', clock.monoMs())) });
      case 'lock':
        return lock(asker);
      case 'unlock':
        return unlock(asker, presentationIn(body.data));
      case 'set':
        if ('action' in body.data && body.data.action === 'unlock') return unlock(asker, presentationIn(body.data));
        return lock(asker);
    }
  }

  /** Without a trusted clock nobody can say what has expired; then nothing opens either, and a nonce is what mends it. */
  function isOutOfTime(exp: number): boolean {
    if (controller.state().clockUntrusted) return false;
    const nowS = toWallS(controller.nowMs());
    return exp <= nowS || exp > nowS + COMMAND_S_MAX;
  }

  /** Whoever asks says where the answer goes, as long as it goes to where the lock answers anyway: below its own `reply/`. */
  function askerOf(cid: string, reply: Reply | undefined): Asker {
    const correlationBytes = reply?.correlationData?.length ?? 0;
    const isOurs = reply !== undefined && isReplyTopic(topics, reply.topic);
    const to = isOurs && correlationBytes <= CORRELATION_BYTES_MAX ? reply : { topic: topics.result };
    return (outcome) => options.answer({ cid, ...outcome }, to);
  }

  function lock(asker: Asker): void {
    const refused = controller.lock();
    if (refused === undefined) return asker({ ok: true });
    asker({ ok: false, answer: REFUSALS[refused.refusal].bearer });
  }

  function unlock(asker: Asker, presentation: string): void {
    const heard = controller.present(presentation, 'mqtt');
    if (heard.kind === 'refused') return asker({ ok: false, answer: heard.answer });
    // A control, or what is being opened for already: its own answer comes by another way.
    if (heard.kind === 'heard' || waiting.size >= WAITING_MAX) return asker(TRY_AGAIN);
    waiting.set(heard.tokenId, asker);
  }

  function follow({ topic, body }: EventRecord): void {
    if (topic !== 'access' && topic !== 'visit') return;
    const tokenId = String(body.token_id);
    const asker = waiting.get(tokenId);
    if (asker === undefined) return;
    // One that is vetoed while the bolt is on its way may be entered all the same, and no grant was told.
    if (body.event_type === 'granted' || body.event_type === 'entered') asker({ ok: true });
    else if (body.event_type === 'ended') asker(DENIED);
    else return;
    waiting.delete(tokenId);
  }

  function giveUp(tokenId: string): void {
    waiting.get(tokenId)?.(DENIED);
    waiting.delete(tokenId);
  }

  function hearControls(payload: string): void {
    // An empty payload is how a retained document is taken away.
    if (payload === '') return;
    const texts = CONTROL_DOCUMENT.safeParse(parseJson(payload));
    if (texts.success) controller.controls(texts.data, 'mqtt');
    else log('warn', 'ignored: what is on the control topic is no list of controls');
  }

  function remember(cid: string): void {
    cids.add(cid);
    const [oldest] = cids;
    if (cids.size > CIDS_MAX && oldest !== undefined) cids.delete(oldest);
  }

  return { hear, follow, giveUp };
}

/** Whoever waits for one answer, wherever he wants it. */
type Asker = (outcome: Outcome) => void;

type Outcome =
  | { readonly ok: true; readonly nonce?: string }
  | { readonly ok: false; readonly answer: 'denied' | 'try_again' };

const DENIED: Outcome = { ok: false, answer: 'denied' };
const TRY_AGAIN: Outcome = { ok: false, answer: 'try_again' };

const presentationIn = (body: object): string => ('presentation' in body ? String(body.presentation) : '');

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    // What is not JSON fails the schema, like everything else that is not a command.
    return undefined;
  }
}
