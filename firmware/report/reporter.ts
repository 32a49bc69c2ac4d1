/**
 * From the journal to the broker. The outbox is a fold of the journal: an event is published when it
 * is durable, in order, one after the other, and leaves the outbox when the broker has acknowledged
 * it. What is retained (availability, info, state) has no history: the latest wins.
 *
 * The broker decides nothing here. While it is away, everything waits. What comes in from it is another
 * file's (`commands.ts`).
 */
import type { InfoDocument, StateDocument, Topics } from '../../protocol/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { EventRecord } from '../journal/records.ts';
import type { Log } from '../log.ts';
import type { Broker, BrokerEvent, Clock } from '../ports/index.ts';
import type { Announcer } from './announcer.ts';

/** Pause after the broker did not acknowledge something on a connection that still stands. */
const RETRY_MS = 1_000;

export interface Reporter {
  /** The broker comes and goes. */
  heard(event: BrokerEvent): void;
  /** The newest state, to be retained. */
  state(document: StateDocument): void;
  /** A new event is durable: look at the outbox. */
  wake(): void;
  /** Says goodbye to the broker. */
  close(): Promise<void>;
  /** Says nothing any more. */
  kill(): void;
}

export interface ReporterOptions {
  readonly broker: Broker;
  readonly topics: Topics;
  readonly info: InfoDocument;
  readonly journal: Pick<Journal, 'memory' | 'appendLazily'>;
  /** Number of the last event that is durable; −1 before the first. */
  readonly durableSeq: () => number;
  /** The broker is there, and knows what is so: time to say how many events could not be kept. */
  readonly onReported: () => void;
  /** What others are told of this lock, once its state is there. */
  readonly announcer?: Pick<Announcer, 'next' | 'connected'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The payload of an event: its stamp and its body. Its id is no other event's, not even after the lock was enrolled again. */
export function eventPayload({ seq, boot, life, ts, body }: EventRecord, audience: string): string {
  const enrolment = audience.slice(audience.indexOf('/') + 1);
  return JSON.stringify({ id: `${enrolment}-${life}-${seq}`, seq, boot, ts, ...body });
}

export function createReporter(options: ReporterOptions): Reporter {
  const { broker, topics, journal, clock, log } = options;
  let connected = false;
  let closed = false;
  let running = false;
  let woken = false;
  let latest: StateDocument | undefined;
  let published: StateDocument | undefined;
  let greeted = false;

  /** The next thing that the broker does not know yet, or undefined. */
  function next(): (() => Promise<void>) | undefined {
    if (!greeted) return greet;
    if (latest !== undefined && latest !== published) {
      const document = latest;
      return async () => {
        await broker.publish(topics.state, JSON.stringify(document), { retain: true });
        published = document;
      };
    }
    const announce = published === undefined ? undefined : options.announcer?.next();
    if (announce !== undefined) return announce;
    const record = journal.memory.outbox[0];
    if (record === undefined || record.seq > options.durableSeq()) return undefined;
    return async () => {
      await broker.publish(topics.event[record.topic], eventPayload(record, options.info.audience), { retain: false });
      journal.appendLazily({ type: 'published', seq: record.seq });
    };
  }

  /** Whoever subscribes sees what the lock is and how it stands before it is told that the lock is there. */
  async function greet(): Promise<void> {
    await broker.publish(topics.info, JSON.stringify(options.info), { retain: true });
    if (latest !== undefined) {
      const document = latest;
      await broker.publish(topics.state, JSON.stringify(document), { retain: true });
      published = document;
    }
    await broker.publish(topics.availability, 'online', { retain: true });
    greeted = true;
    options.onReported();
  }

  async function run(): Promise<void> {
    while (connected && !closed) {
      woken = false;
      const publish = next();
      if (publish === undefined) {
        if (woken) continue;
        break;
      }
      try {
        await publish();
      } catch (error) {
        log('warn', `not acknowledged by the broker: ${error instanceof Error ? error.message : String(error)}`);
        // The connection may stand and only this message be refused: try again, not at once.
        clock.after(RETRY_MS, wake);
        break;
      }
    }
    running = false;
  }

  function wake(): void {
    woken = true;
    if (running || !connected || closed) return;
    running = true;
    void run();
  }

  return {
    heard(event) {
      if (event.type === 'broker.connected') {
        log('info', 'connected to the broker');
        connected = true;
        greeted = false;
        published = undefined;
        options.announcer?.connected();
        wake();
      } else if (event.type === 'broker.lost') {
        log('warn', `no broker (${event.reason}); events wait in the journal`);
        connected = false;
      }
    },
    state(document) {
      latest = document;
      wake();
    },
    wake,
    async close() {
      closed = true;
      await broker.close();
    },
    kill() {
      closed = true;
    },
  };
}
