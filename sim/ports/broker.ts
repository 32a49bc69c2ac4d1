/**
 * A broker in memory, for virtual time: it is there or away when the test says so, acknowledges after as long
 * as the test likes, and can hang or refuse. What it took before the connection went, it has, although the
 * publisher hears that the connection was lost: that is how duplicates come about in the world.
 */
import type { Broker, BrokerEvent, Cancel, Clock, PublishOptions, Reply } from '../../firmware/ports/index.ts';

export interface SimulatedPublish {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly atMs: number;
  readonly correlationData?: Uint8Array;
}

export interface SimulatedBroker extends Broker {
  /** Everything that the broker took, in order, the will and the goodbye included. */
  readonly published: readonly SimulatedPublish[];
  /** Last retained message of each topic, as a late subscriber would get it. */
  readonly retained: ReadonlyMap<string, string>;
  readonly connected: boolean;
  /** The connection goes, and does not come back before `restore`. The broker publishes the will. */
  lose(reason?: string): void;
  restore(): void;
  /** Somebody publishes where the lock listens; what is retained comes again with each connection. */
  send(topic: string, payload: string, retain?: boolean, reply?: Reply): void;
  setAckMs(ms: number): void;
  /** Takes messages and acknowledges none until told otherwise. */
  holdAcks(hold: boolean): void;
  /** Which messages are refused, with the reason; undefined takes it. */
  refuse(decide: (message: { readonly topic: string; readonly payload: string }) => string | undefined): void;
  /** The connection ends while the next message on one of these topics is on its way: the broker never has it. It can be had again at once. */
  breakAtNext(at?: (topic: string) => boolean): void;
}

export interface SimulatedBrokerOptions {
  readonly clock: Clock;
  readonly availabilityTopic: string;
  readonly ackMs?: number;
  readonly connectMs?: number;
  /** False to begin without a broker. */
  readonly present?: boolean;
  /** What it keeps of others for whoever listens anew, by topic: given where it outlives one life of the lock. */
  readonly kept?: Map<string, string>;
  /** The broker has taken a message of the lock's, or published its will. */
  readonly onTaken?: (message: SimulatedPublish) => void;
}

const GOODBYE_MS_MAX = 2_000;
/** From a broken connection to the next one. */
const RETURN_MS = 1_000;

export function simulatedBroker(options: SimulatedBrokerOptions): SimulatedBroker {
  const { clock, availabilityTopic, connectMs = 0 } = options;
  let ackMs = options.ackMs ?? 0;
  let present = options.present ?? true;
  let connected = false;
  let lostToldOf = false;
  let holding = false;
  let breaksAt: (topic: string) => boolean = () => false;
  let closing: Promise<void> | undefined;
  let listener: ((event: BrokerEvent) => void) | undefined;
  let refusal: (message: { readonly topic: string; readonly payload: string }) => string | undefined = () => undefined;
  let cancelConnect: Cancel = () => undefined;
  const published: SimulatedPublish[] = [];
  const retained = new Map<string, string>();
  const kept = options.kept ?? new Map<string, string>();
  interface InFlight {
    acknowledge(): void;
    fail(error: Error): void;
    due: boolean;
  }
  const inFlight = new Set<InFlight>();

  function connectSoon(): void {
    cancelConnect();
    cancelConnect = clock.after(connectMs, () => {
      if (closing !== undefined || connected) return;
      if (!present) return tellLost('connection refused');
      connected = true;
      lostToldOf = false;
      listener?.({ type: 'broker.connected' });
      for (const [topic, payload] of kept) listener?.({ type: 'broker.message', topic, payload, retained: true });
    });
  }
  function tellLost(reason: string): void {
    if (lostToldOf) return;
    lostToldOf = true;
    listener?.({ type: 'broker.lost', reason });
  }
  function take(topic: string, payload: string, { retain, correlationData }: PublishOptions): void {
    const message = { topic, payload, retain, atMs: clock.monoMs(), ...(correlationData && { correlationData }) };
    published.push(message);
    options.onTaken?.(message);
    if (retain && payload === '') retained.delete(topic);
    else if (retain) retained.set(topic, payload);
  }
  function failAll(reason: string): void {
    for (const message of inFlight) message.fail(new Error(`connection lost before the acknowledgement: ${reason}`));
    inFlight.clear();
  }

  function disconnect(reason: string): void {
    if (!connected) return;
    connected = false;
    take(availabilityTopic, 'offline', { retain: true });
    failAll(reason);
    tellLost(reason);
  }

  function publish(topic: string, payload: string, options: PublishOptions): Promise<void> {
    if (!connected) return Promise.reject(new Error('the broker is away, and nothing is queued for it'));
    if (breaksAt(topic)) {
      breaksAt = () => false;
      disconnect('connection reset');
      clock.after(RETURN_MS, connectSoon);
      return Promise.reject(new Error('connection lost before the acknowledgement'));
    }
    const refused = refusal({ topic, payload });
    if (refused === undefined) take(topic, payload, options);
    return new Promise((resolve, reject) => {
      const message: InFlight = {
        acknowledge() {
          if (!inFlight.delete(message)) return;
          if (refused === undefined) resolve();
          else reject(new Error(`not published: ${refused}`));
        },
        fail: reject,
        due: false,
      };
      inFlight.add(message);
      clock.after(ackMs, () => {
        message.due = true;
        if (!holding) message.acknowledge();
      });
    });
  }

  async function goodbye(): Promise<void> {
    cancelConnect();
    if (!connected) return;
    const offline = publish(availabilityTopic, 'offline', { retain: true });
    connected = false;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(GOODBYE_MS_MAX, resolve);
      const end = (): void => {
        cancel();
        resolve();
      };
      offline.then(end, end);
    });
    failAll('closed here');
  }

  return {
    published,
    retained,
    get connected() {
      return connected;
    },
    start(given) {
      listener = given;
      connectSoon();
    },
    publish: (topic, payload, options) =>
      closing === undefined ? publish(topic, payload, options) : Promise.reject(new Error('the broker is closed here')),
    close() {
      closing ??= Promise.resolve().then(goodbye);
      return closing;
    },
    lose(reason = 'connection reset') {
      present = false;
      disconnect(reason);
    },
    breakAtNext(at = () => true) {
      breaksAt = at;
    },
    restore() {
      present = true;
      if (listener !== undefined) connectSoon();
    },
    send(topic, payload, retain = false, reply) {
      if (retain && payload === '') kept.delete(topic);
      else if (retain) kept.set(topic, payload);
      // To whoever listens already a message comes as a new one, retained or not (MQTT 3.1.1 §3.3.1.3).
      if (!connected) return;
      listener?.({ type: 'broker.message', topic, payload, retained: false, ...(reply && { reply }) });
    },
    setAckMs(ms) {
      ackMs = ms;
    },
    holdAcks(hold) {
      holding = hold;
      if (!hold) for (const message of [...inFlight]) if (message.due) message.acknowledge();
    },
    refuse(decide) {
      refusal = decide;
    },
  };
}
