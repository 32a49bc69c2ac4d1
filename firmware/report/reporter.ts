/**
 * From the journal to the broker. The outbox is a fold of the journal: an event is published when it
 * is durable, in order, one after the other, and leaves the outbox when the broker has acknowledged
 * it. What is retained (availability, info, state) has no history: the latest wins.
 *
 * The broker decides nothing here. While it is away, everything waits. What comes in from it is another
 * file's (`commands.ts`).
 */
import {
  type InfoDocument,
  type ReportTopic,
  reportPayload,
  type Signer,
  type StateDocument,
  type Topics,
  writeReport,
} from '../../protocol/index.ts';
import { eventDocument, eventReport } from '../journal/chain.ts';
import type { Journal } from '../journal/journal.ts';
import type { Untold } from '../journal/memory.ts';
import type { Log } from '../log.ts';
import type { Broker, BrokerEvent, Clock } from '../ports/index.ts';

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
  /** Signs what is published, when it is published. */
  readonly signer: Signer;
  readonly info: InfoDocument;
  readonly journal: Pick<Journal, 'memory' | 'appendLazily'>;
  /** Number of the last event that is durable; −1 before the first. */
  readonly durableSeq: () => number;
  /** The broker is there, and knows what is so: time to say how many events could not be kept. */
  readonly onReported: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The payload of an event: its document, and the lock's signature under it. */
export function eventPayload({ chain, ...record }: Untold, audience: string, signer: Signer): string {
  const att = writeReport(eventReport(record, audience, chain), signer);
  return JSON.stringify({ ...eventDocument(record, audience), att });
}

interface LatestState {
  readonly document: StateDocument;
  /** What the events before it have come to, up to its `seq`. */
  readonly chain: Uint8Array;
}

export function createReporter(options: ReporterOptions): Reporter {
  const { broker, topics, journal, clock, log, signer } = options;
  const { audience } = options.info;
  let connected = false;
  let closed = false;
  let running = false;
  let woken = false;
  let latest: LatestState | undefined;
  let published: LatestState | undefined;
  let greeted = false;

  /** The next thing that the broker does not know yet, or undefined. */
  function next(): (() => Promise<void>) | undefined {
    if (!greeted) return greet;
    if (latest !== undefined && latest !== published) {
      return publishState;
    }
    const record = journal.memory.outbox[0];
    if (record === undefined || record.seq > options.durableSeq()) return undefined;
    return async () => {
      await broker.publish(topics.event[record.topic], eventPayload(record, audience, signer), { retain: false });
      journal.appendLazily({ type: 'published', seq: record.seq });
    };
  }

  /** Whoever subscribes sees what the lock is and how it stands before it is told that the lock is there. */
  async function greet(): Promise<void> {
    await broker.publish(topics.info, JSON.stringify(options.info), { retain: true });
    await publishState();
    await broker.publish(topics.availability, 'online', { retain: true });
    greeted = true;
    options.onReported();
  }

  async function publishState(): Promise<void> {
    if (latest === undefined) return;
    const shown = latest;
    const { document, chain } = shown;
    const topic: ReportTopic = 'state';
    const att = writeReport(reportPayload({ audience, topic, document, chain }), signer);
    await broker.publish(topics.state, JSON.stringify({ ...document, att }), { retain: true });
    published = shown;
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
        wake();
      } else if (event.type === 'broker.lost') {
        log('warn', `no broker (${event.reason}); events wait in the journal`);
        connected = false;
      }
    },
    state(document) {
      latest = { document, chain: journal.memory.chain };
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
