/**
 * What comes in over MQTT. The broker is a pipe that anybody may write into, so nothing here is
 * believed for having come: `lock` can only ever lock, an `unlock` carries a presentation that is judged
 * like one at the door, a control carries the owner's signature.
 *
 *     cmd/nonce    ─▶ a nonce, in the result            what is retained is ignored, but for controls;
 *     cmd/ping     ─▶ ok                                 so is what has expired, what came before, and
 *     cmd/lock     ─▶ the bolt is thrown when the door   what is longer than a command can be
 *                     is closed
 *     cmd/unlock   ─▶ ok once the bolt is withdrawn for it; denied or try_again, and no more
 *     cmd/set      ─▶ one of the two above, named in it
 *     control      ─▶ owner.ts; answered by event/system
 */
import {
  COMMAND_BODIES,
  COMMAND_BYTES_MAX,
  COMMANDS,
  CONTROL_DOCUMENT,
  type Command,
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
import type { BrokerMessage, Clock } from './ports/index.ts';

/** Commands whose `cid` is remembered, so that one that is delivered twice is done once. */
const CIDS_MAX = 256;

/** Unlocks that wait for what comes of them. Only one visit goes on at a time; the others were refused at once. */
const WAITING_MAX = 8;

export interface CommandsOptions {
  readonly topics: Topics;
  readonly controller: Pick<Controller, 'present' | 'controls' | 'lock' | 'nowMs' | 'state'>;
  readonly nonces: Nonces;
  readonly clock: Clock;
  /** Publishes an answer; whoever asked gives up by himself when it does not come. */
  readonly answer: (result: ResultDocument) => void;
  readonly log: Log;
}

export interface Commands {
  hear(message: BrokerMessage): void;
  /** Something happened at the door: perhaps what an unlock waits for. */
  follow(event: EventRecord): void;
}

export function createCommands(options: CommandsOptions): Commands {
  const { topics, controller, nonces, clock, answer, log } = options;
  const cids = new Set<string>();
  /** Askers by the token that they showed. */
  const waiting = new Map<string, string>();
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
    obey(command, message.payload);
  }

  function obey(command: Command, payload: string): void {
    const body = COMMAND_BODIES[command].safeParse(parseJson(payload));
    if (!body.success) return log('warn', `ignored: not a command (${command})`);
    const { cid, exp } = body.data;
    if (cids.has(cid)) return;
    remember(cid);
    // Without a trusted clock nobody can say what has expired; then nothing opens either, and a nonce is what mends it.
    const isLate = !controller.state().clockUntrusted && exp <= toWallS(controller.nowMs());
    if (isLate) return log('warn', `ignored: ${command} has expired`);
    switch (command) {
      case 'ping':
        return answer({ cid, ok: true });
      case 'nonce':
        return answer({ cid, ok: true, nonce: toHex(nonces.give('mqtt', clock.monoMs())) });
      case 'lock':
        return lock(cid);
      case 'unlock':
        return unlock(cid, presentationIn(body.data));
      case 'set':
        if ('action' in body.data && body.data.action === 'unlock') return unlock(cid, presentationIn(body.data));
        return lock(cid);
    }
  }

  function lock(cid: string): void {
    const refused = controller.lock();
    if (refused === undefined) return answer({ cid, ok: true });
    answer({ cid, ok: false, answer: REFUSALS[refused.refusal].bearer });
  }

  function unlock(cid: string, presentation: string): void {
    const heard = controller.present(presentation, 'mqtt');
    if (heard.kind === 'refused') return answer({ cid, ok: false, answer: heard.answer });
    // A control, or what is being opened for already: its own answer comes by another way.
    if (heard.kind === 'heard' || waiting.size >= WAITING_MAX) return answer({ cid, ok: false, answer: 'try_again' });
    waiting.set(heard.tokenId, cid);
  }

  function follow({ topic, body }: EventRecord): void {
    if (topic !== 'access' && topic !== 'visit') return;
    const tokenId = String(body.token_id);
    const cid = waiting.get(tokenId);
    if (cid === undefined) return;
    if (body.event_type === 'granted') answer({ cid, ok: true });
    else if (body.event_type === 'ended') answer({ cid, ok: false, answer: 'denied' });
    else return;
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

  return { hear, follow };
}

const presentationIn = (body: object): string => ('presentation' in body ? String(body.presentation) : '');

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    // What is not JSON fails the schema, like everything else that is not a command.
    return undefined;
  }
}
