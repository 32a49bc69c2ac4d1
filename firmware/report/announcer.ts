/**
 * When Home Assistant is told of this lock: at every connection, once the retained state is there, and again when Home
 * Assistant says that it has come up. That message is anybody's to send, so it brings about no more than one document
 * every few seconds; and a house full of locks must not answer it as one, so each waits by chance.
 *
 * The document's topic lies outside the lock's own tree, and a broker may deny it, some by ending the connection. The
 * lock then goes on without: nothing that it has to report waits for Home Assistant.
 */
import type { Log } from '../log.ts';
import type { Broker, BrokerMessage, Cancel, Clock } from '../ports/index.ts';

export interface Announcer {
  /** A new connection: whoever listens there may know nothing yet. */
  connected(): void;
  /** What is to be published now, or undefined. Rejects as the broker does. */
  next(): (() => Promise<void>) | undefined;
  /** True when the message was Home Assistant's, whatever it says. */
  heard(message: BrokerMessage): boolean;
  close(): void;
}

export interface AnnouncerOptions {
  readonly broker: Pick<Broker, 'publish'>;
  readonly topic: string;
  /** Retained; empty to be taken away. */
  readonly payload: string;
  readonly statusTopic: string;
  readonly clock: Pick<Clock, 'after'>;
  /** Unpredictable bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly log: Log;
  /** There is something to publish: look at `next`. */
  readonly onDue: () => void;
}

/** From Home Assistant's word to ours. */
const AFTER_BIRTH_MS = { least: 1_000, most: 10_000 };

/** Times in a row that it may fail. Then Home Assistant is left alone until it comes up again. */
const FAILURES_MAX = 3;

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { broker, topic, payload, statusTopic, clock, log } = options;
  let due = false;
  let failures = 0;
  let wait: Cancel | undefined;
  let closed = false;

  async function announce(): Promise<void> {
    // Counted before it is sent: a connection that ends of it has failed.
    failures += 1;
    if (failures === FAILURES_MAX) due = false;
    try {
      await broker.publish(topic, payload, { retain: true });
      failures = 0;
      due = false;
    } catch (error) {
      if (failures >= FAILURES_MAX) {
        log('error', `Home Assistant is not told of this lock: the broker must let it write ${topic}`);
      }
      throw error;
    }
  }

  return {
    connected() {
      due = failures < FAILURES_MAX;
    },
    next: () => (due ? announce : undefined),
    heard(message) {
      if (message.topic !== statusTopic) return false;
      if (message.retained || message.payload !== 'online' || wait !== undefined || closed) return true;
      wait = clock.after(delayMs(options.random), () => {
        wait = undefined;
        failures = 0;
        due = true;
        options.onDue();
      });
      return true;
    },
    close() {
      closed = true;
      wait?.();
    },
  };
}

/** By chance between the least and the most, from 16 bits. */
function delayMs(random: (length: number) => Uint8Array): number {
  const [high = 0, low = 0] = random(2);
  const { least, most } = AFTER_BIRTH_MS;
  return least + Math.floor(((high * 256 + low) * (most - least)) / 0xffff);
}
