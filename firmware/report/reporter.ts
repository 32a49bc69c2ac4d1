/**
 * From the journal to the broker. The outbox is a fold of the journal: an event is published when it
 * is durable, in order, one after the other, and leaves the outbox when the broker has acknowledged
 * it. What is retained (availability, info, state) has no history: the latest wins.
 *
 * After an absence the backlog goes at a bounded rate, each event marked `late`, so that a lock that comes
 * back does not flood whoever listens. A message at which the connection ends again and again would hold up
 * everything behind it for ever: it is set aside, told as a fault, and stays in the journal.
 *
 * The broker decides nothing here. While it is away, everything waits. What comes in from it is another
 * file's (`commands.ts`).
 */
import {
  type InfoDocument,
  LATE_MS,
  type ReportTopic,
  reportPayload,
  type SigningKey,
  type StateDocument,
  type Topics,
  type WallMs,
  writeReport,
} from '../../protocol/index.ts';
import { eventDocument } from '../journal/chain.ts';
import type { Journal } from '../journal/journal.ts';
import { OUTBOX_EVENTS_MAX, type Untold } from '../journal/outbox.ts';
import type { Log } from '../log.ts';
import type { Broker, BrokerEvent, Cancel, Clock } from '../ports/index.ts';
import type { Announcer } from './announcer.ts';
import { createRetained } from './retained.ts';

/** Pause after the broker did not acknowledge something on a connection that still stands. */
const RETRY_MS = 1_000;

/** Late events in a second. */
const BACKLOG_PER_S = 100;

/**
 * How often the broker may refuse an event, or end the connection at it, before it is set aside. Only one is, until the broker has taken another: when
 * it takes none it is the broker that is broken, and they all wait.
 */
const FAILURES_MAX = 5;

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
  readonly signer: SigningKey;
  readonly info: InfoDocument;
  readonly journal: Pick<Journal, 'memory' | 'appendLazily'>;
  /** Number of the last event that is durable; −1 before the first. */
  readonly durableSeq: () => number;
  /** Events were lost, the broker is there, and the outbox has room to say so. */
  readonly onRoom: () => void;
  /** An event was set aside, or what is retained left out, that others may go on. */
  readonly onSetAside: (detail: string) => void;
  /** What time it is for the events' own `ts`. */
  readonly nowMs: () => WallMs;
  readonly backlogPerS?: number;
  /** What others are told of this lock, once its state is there. */
  readonly announcer?: Pick<Announcer, 'next' | 'connected'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The payload of an event: its document, the lock's signature under it, and a remark beside it when it comes late. */
function eventPayload(untold: Untold, audience: string, signer: SigningKey, isLate: boolean): string {
  const att = writeReport(untold.report, signer);
  return JSON.stringify({ ...eventDocument(untold, audience), ...(isLate ? { late: true } : {}), att });
}

interface LatestState {
  readonly document: StateDocument;
  /** What the events before it have come to, up to its `seq`. */
  readonly chain: Uint8Array;
}

export function createReporter(options: ReporterOptions): Reporter {
  const { broker, topics, journal, clock, log, signer } = options;
  const { audience } = options.info;
  const backlogPauseMs = Math.ceil(1_000 / (options.backlogPerS ?? BACKLOG_PER_S));
  let connected = false;
  let closed = false;
  let running = false;
  let woken = false;
  /** Ends the pause behind something that the broker did not take; undefined when there is none. */
  let rest: Cancel | undefined;
  let latest: LatestState | undefined;
  let published: LatestState | undefined;
  let greeted = false;
  /** The event that is being tried, and how often the broker refused it or ended the connection at it. */
  let trying = { seq: -1, failures: 0 };
  /** The broker has taken an event since one was set aside. */
  let isProven = true;

  /** The next thing that the broker does not know yet, or undefined. */
  function next(): (() => Promise<void>) | undefined {
    if (!greeted) return greet;
    if (latest !== undefined && latest !== published) {
      return publishState;
    }
    const isStateTold = published !== undefined && !retained.isLeftOut(topics.state);
    const announce = isStateTold ? options.announcer?.next() : undefined;
    if (announce !== undefined) return announce;
    const { lost, outbox } = journal.memory;
    // Into a full outbox it would push out one more.
    if (lost.count > 0 && outbox.length < OUTBOX_EVENTS_MAX) options.onRoom();
    const record = outbox.first;
    if (record === undefined || record.seq > options.durableSeq()) return undefined;
    return () => publishEvent(record);
  }

  async function publishEvent(record: Untold): Promise<void> {
    const { seq, topic } = record;
    if (trying.seq !== seq) trying = { seq, failures: 0 };
    if (trying.failures >= FAILURES_MAX && isProven) {
      isProven = false;
      // The fault is in the journal before the mark is: no power cut makes it a silent gap.
      options.onSetAside(
        `event ${seq} on ${topic}: the broker refused it, or ended the connection at it, ${trying.failures} times`,
      );
      journal.appendLazily({ type: 'published', seq });
      return;
    }
    const isLate = options.nowMs() - Date.parse(record.ts) >= LATE_MS;
    try {
      await broker.publish(topics.event[topic], eventPayload(record, audience, signer, isLate), { retain: false });
    } catch (error) {
      // Refused on a connection that stands, or the end of it: either way nothing behind it is told meanwhile.
      trying.failures += 1;
      throw error;
    }
    isProven = true;
    journal.appendLazily({ type: 'published', seq });
    retained.taken();
    if (isLate && backlogPauseMs > 0) await pause(backlogPauseMs);
  }

  const retained = createRetained({
    broker,
    clock,
    onLeftOut(topic) {
      log('warn', `left out for now, since the broker does not take it: ${topic}`);
      // Perhaps it takes nothing at all: then no event is set aside for it.
      isProven = false;
    },
    onDenied(detail) {
      log('error', `left out: ${detail}`);
      isProven = true;
      options.onSetAside(detail);
    },
    onDue() {
      greeted = false;
      wake();
    },
  });

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

  /** Whoever subscribes sees what the lock is and how it stands before it is told that the lock is there. */
  async function greet(): Promise<void> {
    greeted = true;
    try {
      await retained.publish(topics.info, JSON.stringify(options.info));
      await publishState();
      await retained.publish(topics.availability, 'online');
    } catch (error) {
      greeted = false;
      throw error;
    }
  }

  async function publishState(): Promise<void> {
    if (latest === undefined) return;
    const shown = latest;
    const { document, chain } = shown;
    const topic: ReportTopic = 'state';
    const att = writeReport(reportPayload({ audience, topic, document, chain }), signer);
    await retained.publish(topics.state, JSON.stringify({ ...document, att }));
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
        // The connection may stand and only this message be refused: try again, not at once, whatever else happens.
        if (!closed) rest = clock.after(RETRY_MS, rested);
        break;
      }
    }
    running = false;
  }

  function rested(): void {
    rest?.();
    rest = undefined;
    wake();
  }

  function wake(): void {
    woken = true;
    if (running || rest !== undefined || !connected || closed) return;
    running = true;
    void run();
  }

  function end(): void {
    closed = true;
    rest?.();
    retained.close();
  }

  return {
    heard(event) {
      if (event.type === 'broker.connected') {
        log('info', 'connected to the broker');
        connected = true;
        greeted = false;
        published = undefined;
        options.announcer?.connected();
        rested();
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
      end();
      await broker.close();
    },
    kill: end,
  };
}
