/**
 * The plant's list of what is going to happen, with one wake-up for the earliest entry.
 *
 * A real clock wakes late, by a millisecond or by fifty when the machine is busy. Matter does not:
 * the bolt passed its sensor when it passed it. So every entry is carried out as of its own moment
 * and in order of those, and `nowMs()` says that moment as long as it is being carried out. With a
 * virtual clock, which wakes on time, both are the same.
 */
import type { Cancel, Clock } from '../../firmware/ports/index.ts';

export interface Agenda {
  /** The moment that is being carried out, else the present; whole milliseconds. */
  nowMs(): number;
  /** Carries out `run` at `atMs`; entries of one moment go in the order in which they were made. */
  at(atMs: number, run: () => void): Cancel;
  /** Carries out all that is due, so that somebody who acts now acts on the present. */
  catchUp(): void;
  /** Forgets every entry, and takes no more. */
  stop(): void;
}

interface Entry {
  readonly atMs: number;
  readonly run: () => void;
}

export function agenda(clock: Pick<Clock, 'monoMs' | 'after'>): Agenda {
  let entries: Entry[] = [];
  let momentMs: number | undefined;
  let alarm: { readonly atMs: number; readonly cancel: Cancel } | undefined;
  let stopped = false;

  const presentMs = () => Math.floor(clock.monoMs());

  function catchUp(): void {
    // From inside an entry: the rest of what is due comes after it, in order.
    if (momentMs !== undefined) return;
    try {
      for (let next = entries[0]; next !== undefined && next.atMs <= presentMs(); next = entries[0]) {
        entries.shift();
        momentMs = next.atMs;
        next.run();
      }
    } finally {
      momentMs = undefined;
    }
    setAlarm();
  }

  function setAlarm(): void {
    if (momentMs !== undefined) return;
    const next = entries[0];
    if (alarm !== undefined && alarm.atMs === next?.atMs) return;
    alarm?.cancel();
    alarm = undefined;
    if (next === undefined) return;
    const cancel = clock.after(Math.max(0, next.atMs - presentMs()), () => {
      alarm = undefined;
      catchUp();
    });
    alarm = { atMs: next.atMs, cancel };
  }

  return {
    nowMs: () => momentMs ?? presentMs(),
    at(atMs, run) {
      if (stopped) return () => undefined;
      const entry = { atMs, run };
      const behind = entries.findIndex((other) => other.atMs > atMs);
      entries.splice(behind === -1 ? entries.length : behind, 0, entry);
      setAlarm();
      return () => {
        entries = entries.filter((other) => other !== entry);
        setAlarm();
      };
    },
    catchUp,
    stop() {
      stopped = true;
      entries = [];
      setAlarm();
    },
  };
}
