import type { Clock } from './ports/index.ts';

/** What a person reads while the lock runs. No key, no token, no name is ever passed here. */
export type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, message: string) => void;

export const silent: Log = () => undefined;

/** In a minute, of what strangers can cause at will. */
const SPARING_LINES_MAX = 10;
const SPARING_MS = 60_000;

/** For what strangers can cause at will: so many lines a minute, and how many were left out, but no disk full of them. */
export function sparing(log: Log, clock: Pick<Clock, 'monoMs'>): Log {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let lines = 0;
  return (level, message) => {
    const nowMs = clock.monoMs();
    if (nowMs - sinceMs >= SPARING_MS) {
      if (lines > SPARING_LINES_MAX) log('warn', `left out: ${lines - SPARING_LINES_MAX} lines like those before`);
      sinceMs = nowMs;
      lines = 0;
    }
    lines += 1;
    if (lines <= SPARING_LINES_MAX) log(level, message);
    if (lines === SPARING_LINES_MAX) log('warn', 'more of that is left out for a minute');
  };
}
