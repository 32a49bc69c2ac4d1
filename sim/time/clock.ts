/**
 * Virtual time: a counter and a sorted list of future work. Nothing happens between two entries of
 * the list, so a night passes in as many steps as there are things to do in it, and the same run
 * comes out the same every time.
 *
 * Promises have a queue of their own, which V8 empties before anything else gets a turn; the firmware
 * waits for its disk through it. `advance` does not: what a callback has promised happens after
 * the whole advance. The async variants let it happen after each entry, by going once through
 * `process.nextTick`: Node takes its tick queue only when the promise queue is empty, however long
 * the chains in it are, so one turn is exact where a number of `await`s would be a guess. No timer
 * and no turn of the event loop is involved, hence nothing of the real world (a file, a socket) can
 * answer in between either: with those, virtual time does not mix.
 */
import type { Cancel, Clock } from '../../firmware/ports/index.ts';
import { type MonoMs, monoMs, type WallMs, wallMs } from '../../protocol/index.ts';

export interface VirtualClock extends Clock {
  /** Entries that are armed and not cancelled. */
  readonly pending: number;
  /** Entries in the list, cancelled ones included: how much memory the waits take. */
  readonly held: number;
  /** When the next entry is due. */
  nextDueMs(): MonoMs | undefined;
  /** Lets `ms` pass and runs what falls due, in order of time, then of arming. Throws at the bound on entries. */
  advance(ms: number): void;
  /** The same, with every promise settled as far as it goes before the next entry. */
  advanceAsync(ms: number): Promise<void>;
  /** Goes to the next entry and runs it; false when there is none. */
  step(): boolean;
  /** Runs until nothing is armed, and says how many entries that took. Throws when `entriesMax` do not suffice. */
  runUntilIdle(entriesMax?: number): number;
  /** Settles the promises that can be settled without time passing. */
  settle(): Promise<void>;
  /** Sets the date, as a person or NTP would: waits and the monotonic clock know nothing of it. */
  setWall(ms: number): void;
  /** From now on the wall clock gains so many millionths of the time that passes; a crystal has some tens of them. */
  setDrift(partsPerMillion: number): void;
}

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

export interface VirtualClockOptions {
  readonly startWallMs: number;
  /** Bound on the entries of one moment: beyond it something arms itself for ever. */
  readonly entriesMax?: number;
}

const ENTRIES_MAX = 1_000_000;
const MILLION = 1_000_000;

export function virtualClock({ startWallMs, entriesMax = ENTRIES_MAX }: VirtualClockOptions): VirtualClock {
  let heap: Entry[] = [];
  let nowMs = 0;
  let wallSetMs = wholeMs(startWallMs);
  let wallSetAtMs = 0;
  let driftPpm = 0;
  let armed = 0;
  let live = 0;
  let running = false;
  /** How many entries this moment has had. */
  let momentMs = -1;
  let entries = 0;

  /** In whole milliseconds, so that every machine reckons the same. */
  function wallNowMs(): number {
    const passedMs = nowMs - wallSetAtMs;
    return wallSetMs + passedMs + Math.floor((passedMs * driftPpm) / MILLION);
  }

  function after(delayMs: number, callback: () => void): Cancel {
    if (!Number.isFinite(delayMs)) throw new Error(`not a delay in milliseconds: ${delayMs}`);
    const entry: Entry = { dueMs: nowMs + Math.ceil(Math.max(0, delayMs)), order: armed++, callback };
    push(heap, entry);
    live++;
    return () => {
      if (entry.callback === undefined) return;
      entry.callback = undefined;
      live--;
      // A cancelled entry stays where it is, being hard to find; so that a watchdog armed and cancelled
      // a million times costs nothing, the list is rebuilt when most of it is dead.
      if (heap.length > 64 && heap.length > 4 * live) heap = rebuilt(heap);
    };
  }

  function peek(): Entry | undefined {
    while (heap[0] !== undefined && heap[0].callback === undefined) pop(heap);
    return heap[0];
  }

  /** Runs the next entry if it is due by `untilMs`. */
  function runNext(untilMs: number): boolean {
    const entry = peek();
    if (entry === undefined || entry.dueMs > untilMs) return false;
    pop(heap);
    const callback = entry.callback;
    entry.callback = undefined;
    live--;
    nowMs = entry.dueMs;
    callback?.();
    return true;
  }

  function begin(): void {
    if (running) throw new Error('virtual time is advancing already: a callback must not advance it');
    running = true;
  }

  function count(taken: number, limit: number): void {
    if (taken < limit) return;
    throw new Error(`virtual time stood at ${nowMs} ms after ${limit} entries: something arms itself without end`);
  }

  /** One entry more of this moment: as long as time goes on, an advance ends. */
  function countMoment(): void {
    entries = momentMs === nowMs ? entries + 1 : 1;
    momentMs = nowMs;
    count(entries, entriesMax);
  }

  return {
    get pending() {
      return live;
    },
    get held() {
      return heap.length;
    },
    wallMs: (): WallMs => wallMs(wallNowMs()),
    monoMs: (): MonoMs => monoMs(nowMs),
    after,
    nextDueMs() {
      const entry = peek();
      return entry && monoMs(entry.dueMs);
    },
    advance(ms) {
      begin();
      try {
        const untilMs = nowMs + wholeMs(ms);
        while (runNext(untilMs)) countMoment();
        nowMs = untilMs;
      } finally {
        running = false;
      }
    },
    async advanceAsync(ms) {
      begin();
      try {
        const untilMs = nowMs + wholeMs(ms);
        await settle();
        while (runNext(untilMs)) {
          countMoment();
          await settle();
        }
        nowMs = untilMs;
      } finally {
        running = false;
      }
    },
    step() {
      begin();
      try {
        return runNext(Number.POSITIVE_INFINITY);
      } finally {
        running = false;
      }
    },
    runUntilIdle(limit = entriesMax) {
      begin();
      try {
        let taken = 0;
        for (; live > 0; taken++) {
          count(taken, limit);
          runNext(Number.POSITIVE_INFINITY);
        }
        return taken;
      } finally {
        running = false;
      }
    },
    settle,
    setWall(ms) {
      wallSetMs = wholeMs(ms);
      wallSetAtMs = nowMs;
    },
    setDrift(partsPerMillion) {
      if (!Number.isSafeInteger(partsPerMillion) || Math.abs(partsPerMillion) >= MILLION)
        throw new Error(`not a drift in whole millionths: ${partsPerMillion}`);
      wallSetMs = wallNowMs();
      wallSetAtMs = nowMs;
      driftPpm = partsPerMillion;
    },
  };
}

/** The first await makes sure that we stand in the promise queue; the tick then comes when it is empty. */
async function settle(): Promise<void> {
  await Promise.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

function wholeMs(ms: number): number {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new Error(`not a whole number of milliseconds: ${ms}`);
  return ms;
}

const before = (a: Entry, b: Entry): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** A binary heap: the entry at i comes before those at 2i + 1 and 2i + 2. */
function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || before(parent, entry)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    let child = heap[childAt];
    const right = heap[childAt + 1];
    if (child !== undefined && right !== undefined && before(right, child)) {
      child = right;
      childAt++;
    }
    if (child === undefined || before(last, child)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
}

function rebuilt(heap: readonly Entry[]): Entry[] {
  const alive: Entry[] = [];
  for (const entry of heap) if (entry.callback !== undefined) push(alive, entry);
  return alive;
}
