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
import { fold, type Memory, recordsOf } from './memory.ts';
import {
  type ControlRecord,
  decodeRecord,
  type EventRecord,
  encodeRecord,
  JOURNAL_VERSION,
  type JournalRecord,
} from './records.ts';

export const JOURNAL_FILE = 'journal';

/** How much of the past is kept: what the broker has acknowledged, and nobody needs but people who look back. */
export interface Retention {
  readonly days: number;
  /** Past this size the file is written anew when nobody is at the door, with at most half of it for the past. */
  readonly bytes: number;
}
export const RETENTION: Retention = { days: 90, bytes: 8 * 1024 * 1024 };

/** The file's bound. Full: every append fails, so that no token can be spent; the bolt and the button inside still work. */
export const JOURNAL_BYTES_MAX = 16 * 1024 * 1024;

/** Records that may wait for the disk at once. More: the append fails, as if the disk were full. */
const WAITING_RECORDS_MAX = 1024;

const DAY_S = 86_400;
/** How often in its time of retention a journal is written anew for what has grown too old: every third day of ninety. */
const PERIODS = 30;

/** How long a record that nobody waits for may stay in memory, for company. */
const LAZY_MS = 250;

/**
 * What a token may rely on. `lockdown`: nobody knows what was spent, until the owner seals a new journal.
 * `unavailable`: the disk has failed, until the next boot. In both the lock goes on, and forgets at its end.
 */
export type JournalHealth = 'ok' | 'unavailable' | 'lockdown';

export interface Journal {
  readonly memory: Memory;
  readonly health: JournalHealth;
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
  /** Whether it holds more of the past than is to be kept, or could not be written anew when it was to be. */
  isDue(): boolean;
  /**
   * Writes the file anew with what the memory comes to and the newest events, in one atomic step; of the past
   * nothing before `keepSinceMs`. Meant for a moment at which nothing waits; what is appended meanwhile waits
   * for it. A disk that is too full for a second file leaves the first one as it is; then it settles with false.
   */
  compact(keepSinceMs?: number): Promise<boolean>;
  /**
   * The way out of lockdown: begins a new file with this record and `spends` as the count of tokens ever spent.
   * The old file is kept under another name. Settles when the new one is durable; rejects when it cannot be made,
   * and then no append works until the next boot.
   */
  reseal(record: ControlRecord, spends: number): Promise<void>;
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

interface Waiting {
  body: Uint8Array;
  readonly type: JournalRecord['type'];
  readonly settle: (failure: Error | undefined) => void;
}

export interface JournalParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly audience: string;
  readonly retention: Retention;
  /** What the file comes to; in lockdown, what is known all the same. */
  readonly memory: Memory;
  /** Where the next frame goes, and its number. */
  readonly tail: { readonly end: number; readonly sequence: number };
  /** The first event in the file. */
  readonly oldest?: EventRecord | undefined;
  /** There is no file that may be written to: everything stays in memory. */
  readonly held?: 'unavailable' | 'lockdown';
}

/** The journal behind a file that was read; `open.ts` reads it. */
export function startJournal(parts: JournalParts): Journal {
  const { disk, clock, audience, retention, memory } = parts;
  const tail = { ...parts.tail };
  /** What the file came to when this life wrote it anew last: what is remembered may be more than is to be kept of the past. */
  let bytesAnew = 0;
  /** It was to be written anew, and the disk had no room for it: for whatever reason it was, that still holds. */
  let isOwed = false;
  let held = parts.held;
  let oldest = parts.oldest;
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
  async function rewrite(keepSinceMs: number): Promise<boolean> {
    for (;;) {
      if (queue.length > 0) wake();
      if (!running) break;
      await pumping;
    }
    if (failure !== undefined || held !== undefined) return false;
    // The memory and the file say the same now. A record that comes later is in neither of them, and waits.
    const now = recordsOf(memory, audience);
    exclusive = replaceFile(now, memory.publishedSeq, keepSinceMs);
    const done = await exclusive;
    exclusive = undefined;
    isOwed = !done;
    return done;
  }

  async function replaceFile(
    now: readonly JournalRecord[],
    publishedSeq: number,
    keepSinceMs: number,
  ): Promise<boolean> {
    try {
      const past = await history(publishedSeq, keepSinceMs);
      // Behind what says that they were acknowledged, which comes first: they are told to nobody again.
      const at = now.findIndex(({ type }) => type === 'published') + 1;
      const records = at === 0 ? now : [...now.slice(0, at), ...past, ...now.slice(at)];
      await writeFile(records);
      oldest = records.find((record) => record.type === 'event');
      return true;
    } catch (error) {
      // The file is the old one or the new one, and nobody knows which; unless there was no room to begin.
      if (!isDiskFull(error)) failure = asError(error);
      return false;
    }
  }

  async function writeFile(records: readonly JournalRecord[]): Promise<void> {
    const file = encodeFile(records.map(encodeRecord));
    await disk.replace(JOURNAL_FILE, file);
    tail.end = file.length;
    bytesAnew = file.length;
    tail.sequence = records.length;
  }

  /** The newest acknowledged events, as many as are to be kept. */
  async function history(publishedSeq: number, keepSinceMs: number): Promise<readonly EventRecord[]> {
    const reading = readFrames((await disk.read(JOURNAL_FILE)) ?? new Uint8Array());
    if (reading.kind !== 'sound') throw new Error(`the journal cannot be read again: ${reading.why}`);
    const kept: EventRecord[] = [];
    let bytes = 0;
    for (const body of reading.bodies.toReversed()) {
      const record = decodeRecord(body);
      if (record?.type !== 'event' || record.seq > publishedSeq) continue;
      bytes += body.length + SECTOR_BYTES / 16;
      if (bytes > retention.bytes / 2) break;
      if (Date.parse(record.ts) >= keepSinceMs) kept.push(record);
    }
    return kept.reverse();
  }

  /** By the floor, not by the clock: a clock that jumps to another century must not cost what is to be kept. */
  const keptSinceMs = (): number => (memory.floorS - retention.days * DAY_S) * 1000;
  /** When it is written anew, what is about to grow too old goes as well: otherwise the next event would be due in a minute. */
  const keptAnewSinceMs = (): number => keptSinceMs() + (retention.days / PERIODS) * DAY_S * 1000;

  async function pump(): Promise<void> {
    await exclusive;
    while (isAwaited() && failure === undefined) {
      const { bytes, records } = nextBatch();
      inFlight = records.length;
      try {
        if (tail.end + bytes.length > JOURNAL_BYTES_MAX)
          throw new Error(`the journal is full (${JOURNAL_BYTES_MAX} bytes)`);
        await disk.append(JOURNAL_FILE, bytes);
        await disk.sync(JOURNAL_FILE);
        tail.end += bytes.length;
      } catch (error) {
        failure = asError(error);
      }
      inFlight = 0;
      for (const record of records) record.settle(failure);
    }
    if (failure !== undefined) for (const record of queue.splice(0)) record.settle(failure);
    running = false;
  }

  /** Somebody waits for a record, or the wait of a lazy one is over: marks that come while the disk is busy get no sync each. */
  const isAwaited = (): boolean =>
    queue.length > 0 && (cancelLazy === undefined || queue.some(({ type }) => type !== 'published'));

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
    if (record.type === 'event') oldest ??= record;
    return true;
  }

  async function sealAnew(records: readonly JournalRecord[], aside: string): Promise<boolean> {
    try {
      const old = await disk.read(JOURNAL_FILE);
      if (old !== undefined) await disk.replace(aside, old);
      await writeFile(records);
      return true;
    } catch (error) {
      failure = asError(error);
      return false;
    }
  }

  return {
    memory,
    get health() {
      return held ?? (failure === undefined ? 'ok' : 'unavailable');
    },
    get failure() {
      return failure;
    },
    get size() {
      return tail.end;
    },
    isDue() {
      if (failure !== undefined) return false;
      if (isOwed) return true;
      // Where even the new file is too large, it is not written again for every record that comes.
      if (tail.end > Math.max(retention.bytes, bytesAnew + retention.bytes / 4)) return true;
      return oldest !== undefined && oldest.seq <= memory.publishedSeq && Date.parse(oldest.ts) < keptSinceMs();
    },
    compact(keepSinceMs = keptAnewSinceMs()) {
      compacting ??= rewrite(keepSinceMs).finally(() => {
        compacting = undefined;
      });
      return compacting;
    },
    async reseal(record, spends) {
      if (held !== 'lockdown') throw new Error('only a journal in lockdown is sealed anew');
      fold(memory, record);
      memory.spends = spends;
      // Records that come from this very moment on are not in the new file: they wait for it.
      held = undefined;
      exclusive = sealAnew(recordsOf(memory, audience), `${JOURNAL_FILE}-until-reseal-${record.number}`);
      await exclusive;
      exclusive = undefined;
      if (failure !== undefined) throw failure;
    },
    get waiting() {
      return queue.length + inFlight;
    },
    append(record) {
      fold(memory, record);
      if (held !== undefined) return Promise.resolve();
      return new Promise((resolve, reject) => {
        if (enqueue(record, (failed) => (failed === undefined ? resolve() : reject(failed)))) wake();
      });
    },
    appendLazily(record) {
      fold(memory, record);
      if (held !== undefined) return;
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
      while (queue.length > 0 || running || compacting !== undefined) {
        if (queue.length > 0) wake();
        await pumping;
        await compacting;
      }
    },
  };
}

const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
