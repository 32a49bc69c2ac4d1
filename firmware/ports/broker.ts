/**
 * An MQTT broker, an untrusted pipe that comes and goes. Nothing is queued here: what must not be
 * lost waits in the journal until the broker has acknowledged it.
 */
export type BrokerEvent =
  | { readonly type: 'broker.connected' }
  | { readonly type: 'broker.lost'; readonly reason: string }
  /** Something was published where the lock listens. Nothing vouches for it. */
  | ({ readonly type: 'broker.message' } & BrokerMessage)
  /** Connected, and something that it listens for will not come in. */
  | { readonly type: 'broker.deaf'; readonly reason: string };

export interface BrokerMessage {
  readonly topic: string;
  readonly payload: string;
  /** The broker keeps it: it was published before this connection, or, where MQTT 5 says so, just now. */
  readonly retained: boolean;
  /** Where whoever asks would like the answer, and what is to stand beside it (MQTT 5 §4.10). As good as the rest: unproven. */
  readonly reply?: Reply;
}

export interface Reply {
  readonly topic: string;
  readonly correlationData?: Uint8Array;
}

export interface PublishOptions {
  readonly retain: boolean;
  /** Handed back as it came; on MQTT 3.1.1 there is no place for it. */
  readonly correlationData?: Uint8Array;
}

export interface Broker {
  /** Connects, listens where it was told to when it was made, and connects again for as long as it is open, more patiently each time. */
  start(listener: (event: BrokerEvent) => void): void;
  /** Publishes at QoS 1. Settles with PUBACK; rejects when the connection is not there or goes before it. */
  publish(topic: string, payload: string, options: PublishOptions): Promise<void>;
  /** Says goodbye (`offline` on the availability topic) and disconnects; bounded in time when nobody answers. */
  close(): Promise<void>;
}
