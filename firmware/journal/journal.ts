/**
 * The one durable log. A record is folded into memory at once, and its promise settles when it is
 * on the disk. Records that come while the disk is busy wait, and go together as far as one sector
 * holds them: one write, one sync, then the next.
 *
 * It never guesses and never retries. A write or a sync that failed leaves the file in an unknown
 * state: from then on every append is refused until the next boot has read what is really there.
 */
import { concat } from '../../protocol/index.ts';
import type { Cancel, Clock, Disk } from '../ports/index.ts';
import { BODY_BYTES_MAX, encodeFile, encodeFrame, paddingBefore, readFrames, SECTOR_BYTES } from './frame.ts';
import { emptyMemory, fold, type Memory, recordsOf } from './memory.ts';
import { decodeRecord, type EventRecord, encodeRecord, JOURNAL_VERSION, type JournalRecord } from './records.ts';

export const JOURNAL_FILE = 'journal';

/** Past this the file is written anew when the lock has nothing else to do. */
export const COMPACT_BYTES = 4 * 1024 * 1024;

/** What compaction keeps of the past: the newest events. Fewer than an outbox holds, since they go through one when they are read. */
const HISTORY_EVENTS_MAX = 2_000;

/** The file's bound. Full: every append fails, so that no token can be spent; the bolt and the button inside still work. */
export const JOURNAL_BYTES_MAX = 16 * 1024 * 1024;

/** Records that may wait for the disk at once. More: the append fails, as if the disk were full. */
const WAITING_RECORDS_MAX = 1024;

/** How long a record that nobody waits for may stay in memory, for company. */
const LAZY_MS = 250;

export type OpenedJournal =
  | { readonly kind: 'sound'; readonly journal: Journal; readonly cutBytes: number }
  /** The disk does not give it: it may be sound, and nobody can say. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Nothing in it can be relied on: lockdown. The file is left as it was found. */
  | { readonly kind: 'damaged'; readonly why: string }
  /** The journal of another lock, or of this one before it was enrolled again. */
  | { readonly kind: 'foreign'; readonly audience: string }
  | { readonly kind: 'absent' };

export interface Journal {
  readonly memory: Memory;
  /** Why no append works any more, once one has failed. */
  readonly failure: Error | undefined;
  /** Records that are not durable yet. */
  readonly waiting: number;
  /** Folds the record in now; settles when it is durable; rejects when it never will be, for sure or not. */
  append(record: JournalRecord): Promise<void>;
  /** The same for a mark that may be lost without harm, and of which only the newest counts: it goes with the next record, or after a moment. */
  appendLazily(record: Extract<JournalRecord, { type: 'published' }>): void;
  /** Bytes of the file. */
  readonly size: number;
  /**
   * Writes the file anew with what the memory comes to and the newest events, in one atomic step. Meant
   * for a moment at which nothing waits; what is appended meanwhile waits for it. A disk that is too full
   * for a second file leaves the first one as it is; then it settles with false.
   */
  compact(): Promise<boolean>;
  /** Settles when everything appended is durable, or has failed. */
  flush(): Promise<void>;
  /** Writes nothing more of its own accord. */
  abandon(): void;
}

/** Makes the journal of a newly enrolled lock, in the place of whatever was there. */
export async function createJournal(disk: Disk, audience: string): Promise<void> {
  const first: JournalRecord = { type: 'format', version: JOURNAL_VERSION, audience };
  await disk.replace(JOURNAL_FILE, encodeFrame(0, encodeRecord(first)));
}

/** Reads the journal, cuts what an interrupted append left, and makes it ready for the next record. */
export async function openJournal(disk: Disk, clock: Clock, audience: string): Promise<OpenedJournal> {
  let file: Uint8Array | undefined;
  try {
    file = await disk.read(JOURNAL_FILE);
  } catch (error) {
    return { kind: 'unreadable', why: String(error) };
  }
  if (file === undefined) return { kind: 'absent' };
  const reading = readFrames(file);
  if (reading.kind === 'damaged') return { kind: 'damaged', why: `${reading.why} (byte ${reading.at})` };
  const memory = emptyMemory();
  for (const [index, body] of reading.bodies.entries()) {
    const record = decodeRecord(body);
    if (record === undefined)
      return { kind: 'damaged', why: `record ${index} is of a kind that this version does not know` };
    if ((record.type === 'format') !== (index === 0))
      return { kind: 'damaged', why: `record ${index} is out of place` };
    if (record.type === 'format' && record.audience !== audience) return { kind: 'foreign', audience: record.audience };
    fold(memory, record);
  }
  if (reading.bodies.length === 0) return { kind: 'damaged', why: 'it does not say whose journal it is' };
  if (reading.cutBytes > 0) {
    try {
      await disk.truncate(JOURNAL_FILE, reading.end);
    } catch (error) {
      return { kind: 'unreadable', why: String(error) };
    }
  }
  const journal = startJournal(disk, clock, audience, memory, { end: reading.end, sequence: reading.bodies.length });
  return { kind: 'sound', journal, cutBytes: reading.cutBytes };
}

interface Waiting {
  body: Uint8Array;
  readonly type: JournalRecord['type'];
  readonly settle: (failure: Error | undefined) => void;
}

interface Tail {
  end: number;
  sequence: number;
}

function startJournal(disk: Disk, clock: Clock, audience: string, memory: Memory, tail: Tail): Journal {
  const queue: Waiting[] = [];
  let inFlight = 0;
  let failure: Error | undefined;
  let cancelLazy: Cancel | undefined;
  let running = false;
  let pumping = Promise.resolve();
  let compacting: Promise<boolean> | undefined;
  /** While the file is written anew nothing else touches it. */
  let exclusive: Promise<boolean> | undefined;

  /** As many waiting records as go into the rest of one sector, framed; at least one. */
  function nextBatch(): { bytes: Uint8Array; records: readonly Waiting[] } {
    const parts: Uint8Array[] = [];
    const records: Waiting[] = [];
    let { end } = tail;
    for (let record = queue[0]; record !== undefined; record = queue[0]) {
      const frame = encodeFrame(tail.sequence, record.body);
      const padding = paddingBefore(end, frame.length);
      if (records.length > 0 && (padding > 0 || end % SECTOR_BYTES === 0)) break;
      parts.push(new Uint8Array(padding), frame);
      records.push(record);
      end += padding + frame.length;
      tail.sequence += 1;
      queue.shift();
    }
    return { bytes: concat(...parts), records };
  }

  /** Waits until nothing waits for the disk, and from that very moment on keeps it for the new file. */
  async function rewrite(): Promise<boolean> {
    for (;;) {
      if (queue.length > 0) wake();
      if (!running) break;
      await pumping;
    }
    if (failure !== undefined) return false;
    // The memory and the file say the same now. A record that comes later is in neither of them, and waits.
    const now = recordsOf(memory, audience);
    const unpublishedSeq = memory.outbox[0]?.seq ?? memory.nextSeq;
    exclusive = replaceFile(now, unpublishedSeq);
    const done = await exclusive;
    exclusive = undefined;
    return done;
  }

  async function replaceFile(now: readonly JournalRecord[], unpublishedSeq: number): Promise<boolean> {
    try {
      const [format, ...rest] = now;
      if (format === undefined) throw new Error('a memory without a format record');
      // What was told already comes first, for whoever wants to know; what follows says that it was.
      const records = [format, ...(await history(unpublishedSeq)), ...rest];
      const file = encodeFile(records.map(encodeRecord));
      await disk.replace(JOURNAL_FILE, file);
      tail.end = file.length;
      tail.sequence = records.length;
      return true;
    } catch (error) {
      // The file is the old one or the new one, and nobody knows which; unless there was no room to begin.
      if (!isDiskFull(error)) failure = error instanceof Error ? error : new Error(String(error));
      return false;
    }
  }

  /** The newest events before a number: they have left the outbox. */
  async function history(beforeSeq: number): Promise<readonly EventRecord[]> {
    const reading = readFrames((await disk.read(JOURNAL_FILE)) ?? new Uint8Array());
    if (reading.kind !== 'sound') throw new Error(`the journal cannot be read again: ${reading.why}`);
    const kept: EventRecord[] = [];
    for (let i = reading.bodies.length - 1; i >= 0 && kept.length < HISTORY_EVENTS_MAX; i--) {
      const record = decodeRecord(reading.bodies[i] ?? new Uint8Array());
      if (record?.type === 'event' && record.seq < beforeSeq) kept.push(record);
    }
    return kept.reverse();
  }

  async function pump(): Promise<void> {
    await exclusive;
    while (queue.length > 0 && failure === undefined) {
      const { bytes, records } = nextBatch();
      inFlight = records.length;
      try {
        if (tail.end + bytes.length > JOURNAL_BYTES_MAX)
          throw new Error(`the journal is full (${JOURNAL_BYTES_MAX} bytes)`);
        await disk.append(JOURNAL_FILE, bytes);
        await disk.sync(JOURNAL_FILE);
        tail.end += bytes.length;
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
      inFlight = 0;
      for (const record of records) record.settle(failure);
    }
    for (const record of queue.splice(0)) record.settle(failure);
    running = false;
  }

  function wake(): void {
    cancelLazy?.();
    cancelLazy = undefined;
    if (running) return;
    running = true;
    pumping = pump();
  }

  function enqueue(record: JournalRecord, settle: Waiting['settle']): boolean {
    if (failure === undefined && queue.length >= WAITING_RECORDS_MAX) {
      failure = new Error(`the disk does not keep up: ${WAITING_RECORDS_MAX} records wait for it`);
    }
    if (failure !== undefined) {
      settle(failure);
      return false;
    }
    const body = encodeRecord(record);
    if (body.length > BODY_BYTES_MAX) {
      // A bug, since every part of a record is bounded; and no reason to stop the journal.
      settle(new Error(`a record of ${body.length} bytes does not fit into a sector`));
      return false;
    }
    queue.push({ body, type: record.type, settle });
    return true;
  }

  return {
    memory,
    get failure() {
      return failure;
    },
    get size() {
      return tail.end;
    },
    compact() {
      compacting ??= rewrite().finally(() => {
        compacting = undefined;
      });
      return compacting;
    },
    get waiting() {
      return queue.length + inFlight;
    },
    append(record) {
      fold(memory, record);
      return new Promise((resolve, reject) => {
        if (enqueue(record, (failed) => (failed === undefined ? resolve() : reject(failed)))) wake();
      });
    },
    appendLazily(record) {
      fold(memory, record);
      // The newest of its kind says all that the older ones do: a thousand acknowledgements are one record.
      const waiting = queue.find(({ type }) => type === record.type);
      if (waiting !== undefined) {
        waiting.body = encodeRecord(record);
        return;
      }
      // A failure is kept in `failure`, where the next append finds it.
      if (enqueue(record, () => undefined)) cancelLazy ??= clock.after(LAZY_MS, wake);
    },
    abandon() {
      cancelLazy?.();
    },
    async flush() {
      if (queue.length > 0) wake();
      while (running || compacting !== undefined) {
        await pumping;
        await compacting;
      }
    },
  };
}

const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

/** A journal in lockdown: it remembers until the process ends, so that events still reach the broker. */
export function volatileJournal(): Journal {
  const memory = emptyMemory();
  return {
    memory,
    failure: undefined,
    waiting: 0,
    append(record) {
      fold(memory, record);
      return Promise.resolve();
    },
    appendLazily: (record) => fold(memory, record),
    size: 0,
    compact: () => Promise.resolve(true),
    abandon: () => undefined,
    flush: () => Promise.resolve(),
  };
}
