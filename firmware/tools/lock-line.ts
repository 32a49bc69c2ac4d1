/**
 * A line to a lock, over a broker: what the owner's verbs ask through. It begins with the state that
 * the lock retains there, and with whether the lock is there itself: without these nobody could tell a lock that
 * is away from a broker that lets nobody listen.
 *
 * Whoever may publish there can say what a lock would. With the lock's public key its state and its events count only
 * when it has signed them; results are not signed, and prove nothing either way.
 */
import {
  type Command,
  type EventTopic,
  fromHex,
  judgeReport,
  RESULT,
  type ReportTopic,
  type ResultDocument,
  readReport,
  STATE,
  type StateDocument,
  saysTheSame,
  type Topics,
  toHex,
  topicsOf,
  toWallS,
  verifyStrict,
} from '../../protocol/index.ts';
import type { Broker, BrokerMessage, Clock } from '../ports/index.ts';
import { mqttBroker } from '../report/mqtt.ts';
import { withoutUser } from '../report/mqtt-address.ts';
import { type BrokerOptions, credentialsOf, parseTopicRoot } from './broker-options.ts';
import { failure } from './failure.ts';
import type { Io } from './io.ts';
import { readPublicKey } from './key-file.ts';

const CONNECT_MS_MAX = 10_000;
const STATE_MS_MAX = 5_000;
/** Nothing says that nothing is retained: what a broker has, it sends right behind the state. */
const CONTROLS_MS_MAX = 500;
/** Longer than from reading that document to writing it. */
const KEPT_MS = 2 * CONTROLS_MS_MAX;
const ANSWER_MS_MAX = 15_000;
/** How far the clocks of lock and owner may be apart: a broker that keeps what the lock has signed can tell it again. */
const SKEW_MS = 120_000;
/** How long a command is good for. It has to outlast a clock that is a little off, and no more. */
const COMMAND_S = 60;
const CID_BYTES = 8;
/** Messages remembered for whoever waits for one that came already. */
const MESSAGES_MAX = 256;

export interface LineOptions extends BrokerOptions {
  /** The lock's public key, as `readPublicKey` takes it. */
  readonly lockKey?: string;
}

export interface LockLine {
  readonly topics: Topics;
  /** Whether the lock's key vouches for its state and its events. */
  readonly isProven: boolean;
  /** The state that the lock has retained. */
  readonly state: StateDocument;
  /** The document on the control topic, as it stands; empty when there is none. */
  controls(): Promise<string>;
  /** Every document that came there, the oldest first: this line's own, and what others say at the same time. */
  documents(): readonly string[];
  /** Whether what this line has retained there is still so a moment later: two who have read it before either wrote replace each other. */
  keeps(document: string): Promise<boolean>;
  /** Whether the lock is connected. */
  readonly online: boolean;
  /** Asks, and settles with the lock's answer; rejects with a failure when none comes. */
  ask(command: Command, more?: object): Promise<ResultDocument>;
  /** The lock's nonce, to be answered within half a minute. */
  nonce(): Promise<Uint8Array>;
  publish(topic: string, payload: string, retain: boolean): Promise<void>;
  /**
   * The first event on a topic that the predicate takes; undefined when none comes. With the lock's key, one that it has
   * signed since the line was opened, by its own clock.
   */
  event(
    topic: EventTopic,
    takes: (body: Readonly<Record<string, unknown>>) => boolean,
    waitMs?: number,
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
  close(): Promise<void>;
}

/** Opens a line to the lock of this audience. Throws a failure that says what is missing: broker, lock, permission. */
export async function openLine(audience: string, options: LineOptions, io: Io): Promise<LockLine> {
  const lockKey = options.lockKey === undefined ? undefined : await readPublicKey(options.lockKey);
  const clock = await io.clock();
  const lockId = audience.split('/')[0] ?? '';
  const openedMs = clock.wallMs();
  const topics = topicsOf(lockId, parseTopicRoot(options.topicRoot));
  const heard: BrokerMessage[] = [];
  const watchers = new Set<() => void>();
  let status: 'connecting' | 'connected' | { readonly lost: string } = 'connecting';
  const listened = [
    topics.state,
    topics.availability,
    topics.result,
    topics.control,
    topics.event.access,
    topics.event.system,
  ];
  const broker = await brokerOf(options, `${lockId}-owner`, listened, clock, io);

  function hear(message: BrokerMessage): void {
    heard.push(message);
    if (heard.length > MESSAGES_MAX) heard.shift();
  }

  /** The first value that `look` finds, now or when something happens; undefined after the time. */
  function until<T>(look: () => T | undefined, waitMs: number): Promise<T | undefined> {
    const found = look();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      const settle = (value: T | undefined): void => {
        watchers.delete(watcher);
        cancel();
        resolve(value);
      };
      const watcher = (): void => {
        const value = look();
        if (value !== undefined) settle(value);
      };
      const cancel = clock.after(waitMs, () => settle(undefined));
      watchers.add(watcher);
    });
  }

  /** Whether the lock has said this, as far as anybody can know. */
  function isSaid(topic: ReportTopic, body: Readonly<Record<string, unknown>>): boolean {
    if (lockKey === undefined) return true;
    const report = typeof body.att === 'string' ? readReport(body.att) : undefined;
    const verdict = judgeReport(report, { lockKey, audience }, verifyStrict);
    return verdict === 'genuine' && report !== undefined && saysTheSame(report, topic, body);
  }

  /** Not one of long ago: a number that was refused then is used again, and whoever rolls the state back makes it any number. */
  const isOfNow = ({ ts }: Readonly<Record<string, unknown>>): boolean =>
    lockKey === undefined || Date.parse(String(ts)) >= openedMs - SKEW_MS;

  function stateIn(payload: string | undefined): StateDocument | undefined {
    const body = parseJson(payload ?? '');
    const state = STATE.safeParse(body);
    return state.success && isObject(body) && isSaid('state', body) ? state.data : undefined;
  }

  const lastOn = (topic: string): string | undefined => heard.findLast((message) => message.topic === topic)?.payload;

  const documents = (): readonly string[] =>
    heard.filter(({ topic }) => topic === topics.control).map(({ payload }) => payload);

  async function opened(): Promise<LockLine> {
    await until(() => (status === 'connecting' ? undefined : status), CONNECT_MS_MAX);
    if (status !== 'connected') {
      const why = status === 'connecting' ? 'it does not answer' : (status as { readonly lost: string }).lost;
      throw failure(
        'io',
        `no broker at ${withoutUser(options.broker)}: ${why}`,
        'check --broker, and that it is running',
      );
    }
    const state = await until(() => stateIn(lastOn(topics.state)), STATE_MS_MAX);
    const availability = await until(() => lastOn(topics.availability), state === undefined ? 0 : STATE_MS_MAX);
    if (state === undefined && lockKey !== undefined && lastOn(topics.state) !== undefined) {
      throw failure(
        'refused',
        `the state of ${lockId} at this broker is not signed with --lock-key: somebody else has written it, or this is another lock's key`,
        'give the lock_key of what enrol printed, and see what watch says',
      );
    }
    if (state === undefined || availability === undefined) {
      throw failure(
        'io',
        `no lock ${lockId} has reported to this broker, or you may not listen to ${topics.state}`,
        "check --lock, --topic-root, and what the broker's access list lets you read",
      );
    }
    return {
      topics,
      state,
      isProven: lockKey !== undefined,
      controls: async () => (await until(() => lastOn(topics.control), CONTROLS_MS_MAX)) ?? '',
      documents,
      async keeps(document) {
        const isReplaced = (): true | undefined => {
          const all = documents();
          return all.includes(document) && all.at(-1) !== document ? true : undefined;
        };
        return (await until(isReplaced, KEPT_MS)) === undefined;
      },
      online: availability === 'online',
      ask,
      async nonce() {
        const answer = await ask('nonce');
        const nonce = answer.ok && answer.nonce !== undefined ? fromHex(answer.nonce) : undefined;
        if (nonce === undefined) throw failure('io', 'the lock gave no nonce', 'try again');
        return nonce;
      },
      publish: (topic, payload, retain) => broker.publish(topic, payload, { retain }).catch(notPublished),
      event: (topic, takes, waitMs = ANSWER_MS_MAX) =>
        until(() => {
          for (const { topic: on, payload, retained } of heard) {
            if (on !== topics.event[topic] || retained) continue;
            const body = parseJson(payload);
            if (isObject(body) && takes(body) && isOfNow(body) && isSaid(`event/${topic}`, body)) return body;
          }
          return undefined;
        }, waitMs),
      close: () => broker.close(),
    };
  }

  async function ask(command: Command, more: object = {}): Promise<ResultDocument> {
    const cid = toHex(io.random(CID_BYTES));
    const exp = toWallS(clock.wallMs()) + COMMAND_S;
    await broker
      .publish(topics.cmd[command], JSON.stringify({ cid, exp, ...more }), { retain: false })
      .catch(notPublished);
    const answer = await until(() => {
      for (const { topic, payload } of heard) {
        const result = topic === topics.result ? RESULT.safeParse(parseJson(payload)) : undefined;
        if (result?.success === true && result.data.cid === cid) return result.data;
      }
      return undefined;
    }, ANSWER_MS_MAX);
    if (answer !== undefined) return answer;
    throw failure(
      'io',
      `the lock ${lockId} does not answer`,
      'check that it is running, that the clocks of both agree, and that the broker lets you write below cmd/',
    );
  }

  broker.start((event) => {
    if (event.type === 'broker.message') hear(event);
    else if (event.type === 'broker.connected') status = 'connected';
    else if (event.type === 'broker.lost' && status === 'connecting') status = { lost: event.reason };
    for (const watcher of [...watchers]) watcher();
  });
  try {
    return await opened();
  } catch (error) {
    await broker.close();
    throw error;
  }
}

const notPublished = (error: unknown): never => {
  throw failure('io', `the broker did not take it: ${String(error)}`, 'check what its access list lets you write');
};

/** A broker to ask or to listen through, under a client id that begins with `name`. */
export async function brokerOf(
  options: BrokerOptions,
  name: string,
  subscriptions: readonly string[],
  clock: Clock,
  io: Io,
): Promise<Broker> {
  return mqttBroker({
    ...(await credentialsOf(options)),
    // Its own, so that it takes no other connection's place.
    clientId: `${name}-${toHex(io.random(4))}`,
    clock,
    subscriptions,
  });
}

/** Told where nobody vouches for what a verb is about to say. */
export const UNPROVEN =
  'nobody vouches for this answer: whoever may publish there can give it; give --lock-key, the lock_key of what enrol printed\n';

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    // Anybody may publish anything: what is no JSON is no answer.
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
