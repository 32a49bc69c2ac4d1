/**
 * `watch`: follows one lock or all of them over a broker, in words, and says of each message whether the lock has
 * said it. It only listens: it publishes nothing, and works on every broker that lets it read. The broker may
 * go and come back; what was missed meanwhile shows as a gap.
 */
import { AUDIENCE, EVENT_TOPICS, LOCK_ID, strictVerifier } from '../../protocol/index.ts';
import { describe } from '../report/describe.ts';
import { withoutUser } from '../report/mqtt-address.ts';
import { type BrokerOptions, parseTopicRoot } from './broker-options.ts';
import { EXIT, failure, usage } from './failure.ts';
import type { Io } from './io.ts';
import { readPublicKey } from './key-file.ts';
import { brokerOf } from './lock-line.ts';
import { printable } from './printable.ts';
import { createWatcher, type Watched, type WatchVerdict } from './watcher.ts';

export interface WatchOptions extends BrokerOptions {
  readonly lock?: readonly string[];
  readonly id?: string;
  readonly json: boolean;
}

/** How often it looks for events that should have come. */
const LOOK_MS = 5_000;

/** Lines for a reader who has stopped wait up to here; those behind it are counted, and not shown. */
const UNREAD_BYTES_MAX = 1_048_576;

/** What makes the exit code 1. */
const BAD: readonly WatchVerdict[] = ['forged', 'forked'];

export async function watch(options: WatchOptions, io: Io): Promise<number> {
  const { json, id = '+' } = options;
  const root = parseTopicRoot(options.topicRoot);
  if (options.id !== undefined && !LOCK_ID.test(options.id)) {
    throw usage(
      `--id ${JSON.stringify(options.id)} is no id of a lock`,
      'give the first part of its audience, like front-door',
    );
  }
  const named = options.lock?.find((text) => AUDIENCE.test(text));
  if (named !== undefined) {
    throw usage(`--lock ${named} is an audience`, 'give the public key of the lock, lock_key of what enrol printed');
  }
  const keys = await Promise.all((options.lock ?? []).map(readPublicKey));
  const clock = await io.clock();
  const watcher = createWatcher({
    topicRoot: root,
    keys,
    ...(options.id === undefined ? {} : { id: options.id }),
    verify: strictVerifier(),
  });
  const counts = new Map<WatchVerdict, number>();
  let unshown = 0;
  let unshownAtAll = 0;
  /** Said once somebody reads again: the gap is seen where it is. */
  const tellUnshown = (): void => {
    if (unshown === 0) return;
    io.out(json ? `${JSON.stringify({ unshown })}\n` : `${unshown} lines were not shown: nobody read them in time\n`);
    unshown = 0;
  };
  const show = (text: string): void => {
    if (io.unread() > UNREAD_BYTES_MAX) {
      unshown += 1;
      unshownAtAll += 1;
      return;
    }
    tellUnshown();
    io.out(text);
  };
  const tell = (lines: readonly Watched[]): void => {
    for (const line of lines) {
      counts.set(line.verdict, (counts.get(line.verdict) ?? 0) + 1);
      const at = new Date(clock.wallMs()).toISOString();
      show(json ? `${JSON.stringify(asJson(at, line))}\n` : `${at}  ${inWords(line)}\n`);
    }
  };
  const note = (word: string, detail: string): void =>
    json
      ? show(`${JSON.stringify({ broker: word, detail })}\n`)
      : io.err(`${word}${detail === '' ? '' : `: ${detail}`}\n`);

  // The key of a lock before what it has signed: brokers send what they retain in this order.
  const names = ['info', 'state', 'availability', 'result', ...EVENT_TOPICS.map((topic) => `event/${topic}`)];
  const subscriptions = names.map((name) => `${root}/${id}/${name}`);
  const broker = await brokerOf(options, 'watch', subscriptions, clock, io);
  if (keys.length === 0 && !json) {
    io.err('no --lock was given: each lock is believed to have the key that the broker says it has\n');
  }
  /** Why something may have been said that was not heard. */
  let deaf: string | undefined;
  /** Why there was never a broker to hear it from. */
  let unreached: string | undefined = 'it does not answer';
  let cancelLook = (): void => undefined;
  const look = (): void => {
    tell(watcher.overdue(clock.wallMs()));
    cancelLook = clock.after(LOOK_MS, look);
  };
  const interrupted = new Promise<void>((resolve) => {
    const cancel = io.onInterrupt(() => {
      cancel();
      resolve();
    });
  });
  broker.start((event) => {
    if (event.type === 'broker.message') tell(watcher.hear({ ...event, receivedMs: clock.wallMs() }));
    else if (event.type === 'broker.connected') {
      unreached = undefined;
      note('connected', '');
    } else if (event.type === 'broker.lost') {
      if (unreached !== undefined) unreached = event.reason;
      note('lost', event.reason);
    } else {
      deaf = event.reason;
      note('deaf', event.reason);
    }
  });
  look();
  await interrupted;
  cancelLook();
  await broker.close();
  if (unreached !== undefined) {
    throw failure(
      'io',
      `no broker at ${withoutUser(options.broker)}: ${unreached}`,
      'check --broker, and user, password or certificate',
    );
  }
  const missing = watcher.missingCount();
  const heard = Object.fromEntries(counts);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  tellUnshown();
  if (json) io.out(`${JSON.stringify({ heard, missing, unshown: unshownAtAll, deaf: deaf ?? null })}\n`);
  else {
    const complete =
      deaf === undefined ? 'nothing is missing' : 'nothing is known to be missing, and not all was heard';
    io.err(`${total} lines: ${summary(counts)}; ${missing === 0 ? complete : `${missing} events are missing`}\n`);
  }
  return missing > 0 || unshownAtAll > 0 || deaf !== undefined || BAD.some((verdict) => counts.has(verdict))
    ? EXIT.refused
    : EXIT.done;
}

const summary = (counts: ReadonlyMap<WatchVerdict, number>): string =>
  [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'nothing was heard';

function asJson(receivedAt: string, { lateMs, ...line }: Watched): object {
  return { received_at: receivedAt, ...line, ...(lateMs === undefined ? {} : { late_ms: lateMs }) };
}

const MARKS: Readonly<Record<WatchVerdict, string>> = {
  ok: 'ok',
  duplicate: 'again',
  replayed: 'REPLAYED',
  forged: 'FORGED',
  forked: 'FORKED',
  unsigned: 'unsigned',
  missing: 'MISSING',
  unknown: 'unknown',
};

const WHY: Readonly<Record<string, string>> = {
  malformed: 'it carries no report of any lock',
  wrong_lock: 'another lock has said it, or this one before it was enrolled again',
  unknown_issuer: 'another key has signed it',
  bad_signature: 'the signature is false',
  altered: 'the lock has said something else',
};

/** `front-door  FORGED    event/door: the signature is false`. What a stranger wrote is not repeated to a terminal as it is. */
function inWords({ lock, topic, verdict, why, range, said, text, filled, began, lateMs }: Watched): string {
  const what = (): string => {
    if (range !== undefined) {
      const { first, last } = range;
      return first === last ? `event ${first} has not come` : `events ${first} to ${last} have not come`;
    }
    if (verdict === 'forged' || verdict === 'unknown') return `${topic ?? '-'}: ${WHY[why ?? ''] ?? why}`;
    if (text !== undefined) return `${topic}: ${text}`;
    return saidInWords(topic ?? '', said ?? {});
  };
  const remarks = [
    verdict === 'replayed' ? 'told again, long after' : '',
    verdict === 'forked' ? 'the lock has signed two histories: its disk failed, or an older copy was put back' : '',
    filled ? 'was missing, and has come after all' : '',
    began && verdict === 'ok' ? 'the first of its count' : '',
    lateMs === undefined ? '' : `late by ${Math.round(lateMs / 1000)} s`,
  ].filter((remark) => remark !== '');
  const tail = remarks.length === 0 ? '' : `  (${remarks.join('; ')})`;
  return printable(`${lock ?? '-'}  ${MARKS[verdict].padEnd(8)}  ${what()}${tail}`);
}

function saidInWords(topic: string, said: Readonly<Record<string, unknown>>): string {
  const { id: _id, v: _v, seq, boot: _boot, ts, ...body } = said;
  const number = `${String(seq)}, ${String(ts)}`;
  if (topic !== 'state') {
    return `${describe({ topic: topic.replace('event/', '') as never, body })}  [${number}]`;
  }
  const { lock, door, bolt, visit, alarms } = body;
  const raised = Array.isArray(alarms) && alarms.length > 0 ? `  alarms=${alarms.join(',')}` : '';
  return `state ${String(lock)}  door=${String(door)}  bolt=${String(bolt)}  visit=${String(visit)}${raised}  [${number}]`;
}
