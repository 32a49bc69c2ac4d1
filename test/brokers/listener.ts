/**
 * Somebody who listens on a broker and misses nothing while it is away: a session that the broker keeps, QoS 1, and the
 * library's own way of coming back. A lock does none of it.
 */
import { connect } from 'mqtt';
import { EVENT_TOPICS, parseEvent, type Topics } from '../../protocol/index.ts';
import { until } from '../wire/until.ts';

export interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly correlationData?: Buffer | undefined;
}

export interface Listener {
  readonly user: string;
  readonly heard: readonly Heard[];
  connected(): boolean;
  until(what: string, takes: (message: Heard) => boolean): Promise<Heard>;
  publish(topic: string, payload: string | Buffer, options?: PublishOptions): Promise<void>;
  close(): Promise<void>;
}

export interface PublishOptions {
  readonly retain?: boolean;
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
}

export interface ListenerOptions {
  /** Of a broker on loopback, without TLS unless its authority is given (PEM). */
  readonly port: number;
  readonly ca?: string;
  readonly user: string;
  readonly password: string;
  readonly topics: readonly string[];
  readonly version?: 4 | 5;
  /** Known to the broker by this name; one of its own when it is not given. */
  readonly clientId?: string;
}

const CONNECTED_MS_MAX = 60_000;

/** Settles when the broker has confirmed the subscriptions, whether it means it or not. */
export async function listenOn(options: ListenerOptions): Promise<Listener> {
  const { port, ca, user, password, topics, version = 4, clientId = `${user}-listens` } = options;
  const heard: Heard[] = [];
  const client = connect(`${ca === undefined ? 'mqtt' : 'mqtts'}://localhost:${port}`, {
    ...(ca === undefined ? {} : { ca }),
    clientId,
    username: user,
    password,
    protocolVersion: version,
    clean: false,
    ...(version === 5 ? { properties: { sessionExpiryInterval: 3_600 } } : {}),
    reconnectPeriod: 50,
    // A broker that takes connections before it knows its accounts refuses them; without this that is the end of it.
    reconnectOnConnackError: true,
    // A broker under load may leave one CONNECT without an answer; the library's own patience is half a minute.
    connectTimeout: 5_000,
  });
  client.on('error', () => undefined);
  client.on('message', (topic, payload, { retain, properties }) => {
    heard.push({ topic, payload: payload.toString(), retain, correlationData: properties?.correlationData });
  });
  await until(`${user} is connected`, () => client.connected, CONNECTED_MS_MAX);
  if (topics.length > 0) await client.subscribeAsync([...topics], { qos: 1 }).catch(() => undefined);
  return {
    user,
    heard,
    connected: () => client.connected,
    async until(what, takes) {
      await until(what, () => heard.some(takes));
      const found = heard.find(takes);
      if (found === undefined) throw new Error('heard, and not heard');
      return found;
    },
    async publish(topic, payload, { retain = false, responseTopic, correlationData } = {}) {
      const properties = {
        ...(responseTopic === undefined ? {} : { responseTopic }),
        ...(correlationData === undefined ? {} : { correlationData }),
      };
      await client.publishAsync(topic, payload, { qos: 1, retain, ...(version === 5 ? { properties } : {}) });
    },
    close: () => client.endAsync(true),
  };
}

export interface Event {
  readonly id: string;
  readonly seq: number;
  readonly topic: string;
  readonly type: string;
}

/** A lock's events in the order in which they came, duplicates dropped by `id`, as its documents say that one should. */
export function eventsIn(heard: readonly Heard[], topics: Topics): readonly Event[] {
  const events = new Map<string, Event>();
  for (const { topic, payload } of heard) {
    const name = EVENT_TOPICS.find((one) => topics.event[one] === topic);
    if (name === undefined) continue;
    const { id, seq, event_type } = parseEvent(name, JSON.parse(payload));
    if (!events.has(id)) events.set(id, { id, seq, topic: name, type: event_type });
  }
  return [...events.values()];
}
