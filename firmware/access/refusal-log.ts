/**
 * Bytes from a reader or a network cost nothing to send, and every record costs disk. So the first
 * refusal of each reason on a channel is told at once, and its repeats within the minute are counted
 * and told as one number with the next.
 */
import type { Channel, MonoMs, Refusal } from '../../protocol/index.ts';

const MINUTE_MS = 60_000;

export interface RefusalLog {
  /** How many went before it untold, or undefined when this one is not to be told either. */
  note(channel: Channel, refusal: Refusal, now: MonoMs): number | undefined;
}

/** Bounded by the number of channels times the number of reasons. */
export function refusalLog(): RefusalLog {
  const told = new Map<string, { at: MonoMs; untold: number }>();
  return {
    note(channel, refusal, now) {
      const key = `${channel} ${refusal}`;
      const last = told.get(key);
      if (last !== undefined && now - last.at < MINUTE_MS) {
        last.untold += 1;
        return undefined;
      }
      told.set(key, { at: now, untold: 0 });
      return last?.untold ?? 0;
    },
  };
}
