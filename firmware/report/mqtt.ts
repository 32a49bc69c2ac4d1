/**
 * The broker over MQTT, with mqtt.js underneath.
 *
 * mqtt.js means well: it reconnects by itself, keeps what was not acknowledged, and sends it again on
 * the next connection, for ever; a message that a broker answers by closing the socket then closes every
 * connection to come. Here the journal is what remembers, so each connection is a client of its own
 * with a store of its own, thrown away with it: nothing outlives it that could be replayed.
 *
 * Version 5 is tried first. A broker that speaks only 3.1.1 refuses it (return code 1), or closes without
 * a word, and mqtt.js leaves it at that; so the other version is tried at once, and what
 * worked is where the next round begins.
 *
 * An acknowledgement proves that the broker took the message, not that it passed it on: Mosquitto
 * acknowledges on 3.1.1 what its access list denies. On 5 a denial is a reason code and rejects.
 *
 * Files of TLS are read again for each round: a certificate that is renewed on the disk needs no restart. One of the
 * broker's that ends while the connection stands ends the connection, and the next has to show a better one.
 *
 * Neither end of a socket sets TCP_NODELAY by itself; Nagle's algorithm and the delayed
 * acknowledgement of the other side then cost 40 ms each way.
 */
import { randomInt } from 'node:crypto';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Broker, BrokerEvent, Cancel, Clock, PublishOptions, Reply } from '../ports/index.ts';
import { mqttAddressOf, withoutCredentials } from './mqtt-address.ts';
import { atEndOfCertificate, CLOSED_AT_ONCE, type TlsMaterial, tlsReasonOf, whyUnusable } from './mqtt-tls.ts';

export interface MqttBrokerOptions {
  /** `mqtt://` or `mqtts://`; user and password may stand in it. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** Where the will, and the goodbye, say `offline`. `online` is for the reporter to say. Absent: for somebody who only asks. */
  readonly availabilityTopic?: string;
  /** Asked for before each round of tries, so that what was renewed meanwhile is what is shown. */
  readonly tls?: () => Promise<TlsMaterial>;
  /** Topics to listen to; the lock's own have no wildcards. */
  readonly subscriptions?: readonly string[];
  /**
   * Topics outside of the lock's own tree, on which others say that they have come up. They may say it retained, and it counts
   * when it is said. A broker may deny them, some by ending the connection; they are then left out.
   */
  readonly foreign?: readonly string[];
  readonly clock: Clock;
  readonly reconnect?: { readonly firstMs: number; readonly mostMs: number };
}

type Version = 4 | 5;

const RECONNECT = { firstMs: 1000, mostMs: 30_000 };
/** A connection that lasted this long counts as one that worked: the next wait is short again. */
const STEADY_MS = 10_000;
const CONNECT_MS_MAX = 10_000;
const ACK_MS_MAX = 20_000;
const GOODBYE_MS_MAX = 2_000;
const KEEPALIVE_S = 30;
const EXPIRED = "the broker's certificate has expired while we were connected";
const QOS_2 = 'the broker sends a message of QoS 2, which nobody has asked for';
/** Bytes that a broker may send without completing a message: mqtt.js itself would keep 256 MB. */
const UNREAD_BYTES_MAX = 128 * 1024;
/** Connections in a row that may end at foreign topics. */
const FOREIGN_ENDS_MAX = 3;
/** Below what any broker we know grants (Mosquitto: 20 by default). */
const IN_FLIGHT_MAX = 16;
/** What is retained comes with the subscription; a message that begins later than this was sent to whoever listens now, and is gone. */
const RETAINED_MS = 10_000;
/** How long nothing is listened to, on a broker that keeps something for us that is too long to be read. */
const DEAF_MS = 10 * 60_000;

export interface MqttBroker extends Broker {
  /** Ends the connection as a power cut would, for good and without a goodbye: the broker publishes the will. */
  drop(): void;
}

export function mqttBroker(options: MqttBrokerOptions): MqttBroker {
  const { clock, availabilityTopic, reconnect = RECONNECT } = options;
  const address = mqttAddressOf(options.url);
  const username = options.username ?? address.username;
  const password = options.password ?? address.password;

  let listener: (event: BrokerEvent) => void = () => undefined;
  let started = false;
  let preferred: Version = 5;
  let failures = 0;
  let lostToldOf = false;
  /** The connection before this one was choked as soon as it listened: something retained would choke this one too. */
  let choked = false;
  /** The broker has not answered for the foreign topics yet; and how often in a row the connection ended instead. */
  let asksForForeign = false;
  let endedAtForeign = 0;
  let closing: Promise<void> | undefined;
  let cancelWait: Cancel = () => undefined;
  /** The connection that publishes; the latest attempt may not have come so far. */
  let connected: MqttClient | undefined;
  let endAttempt: (error: Error) => void = () => undefined;
  const inFlight = new Set<(error?: Error) => void>();
  /** Of those, what has not been sent yet: a broker says how many it takes at once (MQTT 5 §4.9). */
  const heldBack: (() => void)[] = [];
  let atOnceMax = IN_FLIGHT_MAX;

  function round(): void {
    if (options.tls === undefined) return attempt(preferred, true, {});
    let waiting = true;
    endAttempt = (error) => {
      waiting = false;
      lost(error);
    };
    options
      .tls()
      .then((tls) => {
        // Of files that are renewed just now one may be half written, or older than the other; TLS throws on such a pair.
        const unusable = whyUnusable(tls);
        if (unusable !== undefined) throw new Error(`broker: ${unusable}`);
        if (waiting && closing === undefined) attempt(preferred, true, tls);
      })
      .catch((error: unknown) => {
        if (waiting) endAttempt(error instanceof Error ? error : new Error(String(error)));
      });
  }

  /** There is no connection, and this round has come to nothing. */
  function lost(error: Error): void {
    if (closing !== undefined) return;
    cancelWait = clock.after(waitMs(reconnect, failures++), round);
    if (lostToldOf) return;
    lostToldOf = true;
    listener({ type: 'broker.lost', reason: reasonOf(error) });
  }

  function attempt(version: Version, isFirstOfRound: boolean, tls: TlsMaterial): void {
    const client = connect({
      ...tls,
      protocol: address.protocol,
      host: address.host,
      port: address.port,
      clientId: options.clientId,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      protocolVersion: version,
      clean: true,
      keepalive: KEEPALIVE_S,
      ...(version === 5 ? { properties: { maximumPacketSize: UNREAD_BYTES_MAX } } : {}),
      ...(availabilityTopic === undefined
        ? {}
        : { will: { topic: availabilityTopic, payload: Buffer.from('offline'), qos: 1, retain: true } }),
      reconnectPeriod: 0,
      // Ours, by the clock port, comes first.
      connectTimeout: 2 * CONNECT_MS_MAX,
      queueQoSZero: false,
      resubscribe: false,
    });
    let over = false;
    let connectedAtMs: number | undefined;
    let listenedAtMs: number | undefined;
    let cancelExpiry: Cancel = () => undefined;
    let cancelListening: Cancel = () => undefined;
    const cancelTimeout = clock.after(CONNECT_MS_MAX, () => end(new Error('no answer to CONNECT')));

    function end(error: Error): void {
      if (over) return;
      over = true;
      cancelTimeout();
      cancelExpiry();
      cancelListening();
      connected = undefined;
      if (asksForForeign) endedAtForeign += 1;
      asksForForeign = false;
      heldBack.length = 0;
      for (const settle of inFlight)
        settle(new Error(`connection lost before the acknowledgement: ${reasonOf(error)}`));
      // The client's listeners stay: what it still has to say about its death is not to be unhandled.
      client.end(true);
      if (closing !== undefined) return;
      if (connectedAtMs === undefined && isFirstOfRound && mayBeAboutVersion(error)) {
        attempt(version === 5 ? 4 : 5, false, tls);
        return;
      }
      if (connectedAtMs !== undefined && clock.monoMs() - connectedAtMs >= STEADY_MS) failures = 0;
      const isMute = connectedAtMs === undefined && address.protocol === 'mqtts' && isClosed(error);
      lost(isMute ? new Error(CLOSED_AT_ONCE) : error);
    }

    endAttempt = end;
    client.on('error', end);
    client.on('disconnect', ({ reasonCode }) => end(new Error(`the broker disconnects, reason code ${reasonCode}`)));
    // What comes behind the handshake mqtt.js keeps to itself, a certificate that the broker refuses by TLS 1.3 too.
    let streamError: Error | undefined;
    client.stream.on('error', (error) => {
      streamError = error;
    });
    client.on('close', () => end(streamError ?? new Closed()));
    // mqtt.js keeps each of them until the broker releases it (MQTT 5 §4.3.3), which one that means harm never does.
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'publish' && packet.qos === 2) end(new Error(QOS_2));
    });
    client.on('connect', ({ properties }) => {
      if (over) return;
      // None is allowed by MQTT 5 (§3.2.2.3.3), and everything would be held back for ever.
      if (properties?.receiveMaximum === 0) return end(new Error('the broker says that it takes no message at all'));
      cancelTimeout();
      atOnceMax = Math.min(IN_FLIGHT_MAX, properties?.receiveMaximum ?? IN_FLIGHT_MAX);
      if (client.stream instanceof Socket) {
        client.stream.setNoDelay(true);
        boundReading(client, client.stream);
      }
      connectedAtMs = clock.monoMs();
      preferred = version;
      if (client.stream instanceof TLSSocket) {
        cancelExpiry = atEndOfCertificate(client.stream, clock, () => end(new Error(EXPIRED)));
        if (over) return;
      }
      connected = client;
      lostToldOf = false;
      listener({ type: 'broker.connected' });
      cancelListening = whenSafe(() => {
        listenedAtMs = clock.monoMs();
        listen(client);
      });
    });

    /** A hostile broker could announce a message without end. */
    function boundReading(from: MqttClient, socket: Socket): void {
      let read = socket.bytesRead;
      let beganAtMs: number | undefined;
      from.on('packetreceive', () => {
        read = socket.bytesRead;
        beganAtMs = undefined;
      });
      socket.on('data', () => {
        const unread = socket.bytesRead - read;
        if (unread > 0) beganAtMs ??= clock.monoMs();
        if (unread <= UNREAD_BYTES_MAX) return;
        choked = listenedAtMs !== undefined && (beganAtMs ?? 0) - listenedAtMs < RETAINED_MS;
        end(new Error('the broker sends a message without end'));
      });
    }
  }

  /** Events are reported even where a retained message is too long: nothing is listened to then, for a while. */
  function whenSafe(listens: () => void): Cancel {
    if (!choked) {
      listens();
      return () => undefined;
    }
    choked = false;
    const minutes = DEAF_MS / 60_000;
    listener({
      type: 'broker.deaf',
      reason: `the broker keeps a message of more than ${UNREAD_BYTES_MAX} bytes; the next try is in ${minutes} minutes`,
    });
    return clock.after(DEAF_MS, listens);
  }

  function listen(client: MqttClient): void {
    const { subscriptions = [], foreign = [] } = options;
    client.on('message', (topic, payload, packet) => {
      if (client !== connected) return;
      const reply = replyIn(packet);
      listener({
        type: 'broker.message',
        topic,
        payload: payload.toString('utf8'),
        retained: packet.retain,
        ...(reply === undefined ? {} : { reply }),
      });
    });
    subscribe(client, subscriptions, { rap: true }, () => {
      if (foreign.length > 0 && endedAtForeign >= FOREIGN_ENDS_MAX) {
        const reason = `the broker ends the connection at ${foreign.join(', ')}, which is left out`;
        return listener({ type: 'broker.deaf', reason });
      }
      asksForForeign = foreign.length > 0;
      subscribe(client, foreign, { rap: false }, () => {
        asksForForeign = false;
        endedAtForeign = 0;
      });
    });
  }

  function subscribe(
    client: MqttClient,
    topics: readonly string[],
    { rap }: { readonly rap: boolean },
    answered: () => void,
  ): void {
    if (topics.length === 0) return answered();
    // A denial is a reason code on 5, 128 on 3.1.1, and no word at all on some brokers: it proves nothing when it comes out well.
    // With `rap`, MQTT 5's "retain as published", a message that comes just now says whether it is retained, too.
    client.subscribe([...topics], { qos: 1, rap }, (error, _granted, packet) => {
      // Without an answer the connection has ended, which is told as that.
      if (client !== connected || packet === undefined) return;
      const denied = topics.filter((_topic, i) => Number(packet.granted[i]) >= 128);
      const reason = denied.length > 0 ? `not allowed to listen to ${denied.join(', ')}` : error ? reasonOf(error) : '';
      if (reason !== '') listener({ type: 'broker.deaf', reason });
      answered();
    });
  }

  function publish(topic: string, payload: string, { retain, correlationData }: PublishOptions): Promise<void> {
    const client = connected;
    if (client === undefined) return Promise.reject(new Error('the broker is away, and nothing is queued for it'));
    if (inFlight.size >= IN_FLIGHT_MAX) {
      return Promise.reject(new Error(`${IN_FLIGHT_MAX} messages are waiting for their acknowledgement already`));
    }
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => undefined;
      const settle = (error?: Error): void => {
        if (!inFlight.delete(settle)) return;
        cancel();
        if (error === undefined) resolve();
        else reject(error);
        sendHeldBack();
      };
      inFlight.add(settle);
      const properties = correlationData && { correlationData: Buffer.from(correlationData) };
      heldBack.push(() => {
        cancel = clock.after(ACK_MS_MAX, () => endAttempt(new Error('no acknowledgement')));
        client.publish(topic, payload, { qos: 1, retain, ...(properties && { properties }) }, (error) => {
          settle(error ? new Error(`not published: ${reasonOf(error)}`) : undefined);
        });
      });
      sendHeldBack();
    });
  }

  function sendHeldBack(): void {
    while (inFlight.size - heldBack.length < atOnceMax) {
      const send = heldBack.shift();
      if (send === undefined) return;
      send();
    }
  }

  async function goodbye(): Promise<void> {
    cancelWait();
    const client = connected;
    const offline =
      client &&
      (availabilityTopic === undefined ? Promise.resolve() : publish(availabilityTopic, 'offline', { retain: true }));
    connected = undefined;
    // DISCONNECT makes the broker drop the will, so it is sent only when the goodbye has arrived.
    if (client && offline && (await succeeds(clock, offline))) await succeeds(clock, client.endAsync());
    endAttempt(new Error('closed here'));
  }

  function reasonOf(error: Error): string {
    // A refused connection to a name with two addresses is an AggregateError without a message.
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    return withoutCredentials(tlsReasonOf(code, error.message) ?? (error.message || code), password);
  }

  return {
    start(given) {
      if (started) throw new Error('the broker was started before');
      started = true;
      listener = given;
      round();
    },
    publish,
    close() {
      closing ??= Promise.resolve().then(goodbye);
      return closing;
    },
    drop() {
      closing ??= Promise.resolve();
      cancelWait();
      connected?.stream.destroy();
      endAttempt(new Error('dropped here'));
    },
  };
}

/** Properties of MQTT 5 (§3.3.2.3.5, §3.3.2.3.6). */
function replyIn({ properties }: IPublishPacket): Reply | undefined {
  if (properties?.responseTopic === undefined) return undefined;
  const { responseTopic: topic, correlationData } = properties;
  return { topic, ...(correlationData === undefined ? {} : { correlationData: new Uint8Array(correlationData) }) };
}

class Closed extends Error {
  constructor() {
    super('the connection was closed');
  }
}

const isClosed = (error: Error): boolean =>
  error instanceof Closed || ('code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE'));

/** 1 is 3.1.1's "unacceptable protocol version", 132 is 5's. Some brokers just close, some answer what no parser takes. */
function mayBeAboutVersion(error: Error): boolean {
  if (isClosed(error)) return true;
  if (!('code' in error)) return error.message !== 'no answer to CONNECT';
  return error.code === 1 || error.code === 132;
}

/** Twice as long each time, up to the bound, and by chance between half of it and all: a fleet must not come back as one. */
function waitMs({ firstMs, mostMs }: { firstMs: number; mostMs: number }, failures: number): number {
  const fullMs = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 20));
  return Math.ceil(fullMs / 2) + randomInt(Math.floor(fullMs / 2) + 1);
}

/** Whether it came out well, and within the time that a goodbye may take. */
function succeeds(clock: Clock, outcome: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(GOODBYE_MS_MAX, () => resolve(false));
    const settle = (well: boolean) => (): void => {
      cancel();
      resolve(well);
    };
    outcome.then(settle(true), settle(false));
  });
}
