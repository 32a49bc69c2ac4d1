/**
 * How often a channel is listened to: a bucket of a few texts that fills slowly. A person at a door
 * never notices it; whoever tries codes by the thousand is listened to once in half a minute, and
 * only on the channel that he floods.
 */
import { type MonoMs, monoMs } from '../../protocol/index.ts';

/** Texts that may come at once. */
const BURST = 5;
/** Time for one more, doubled each time that the bucket is found empty. */
const REFILL_MS = 2_000;
const REFILL_MS_MAX = 30_000;

export interface Throttle {
  /** Whether a text on this channel is listened to now. One bucket for each name: callers have few of them. */
  take(channel: string, now: MonoMs): boolean;
  /** A token was spent there: whoever uses the channel is welcome. */
  refill(channel: string): void;
}

interface Bucket {
  left: number;
  refillMs: number;
  /** When the last text was put in. */
  at: MonoMs;
}

/** `emptied` are channels that the life before found empty: a power cut is no way to be listened to sooner. */
export function throttle(emptied: Iterable<string> = [], now: MonoMs = monoMs(0)): Throttle {
  const buckets = new Map<string, Bucket>();
  for (const channel of emptied) buckets.set(channel, { left: 0, refillMs: REFILL_MS_MAX, at: now });
  return {
    take(channel, now) {
      const bucket = buckets.get(channel) ?? { left: BURST, refillMs: REFILL_MS, at: now };
      buckets.set(channel, bucket);
      const refills = Math.floor((now - bucket.at) / bucket.refillMs);
      if (bucket.left + refills >= BURST) {
        bucket.left = BURST;
        bucket.refillMs = REFILL_MS;
        bucket.at = now;
      } else {
        bucket.left += refills;
        bucket.at = (bucket.at + refills * bucket.refillMs) as MonoMs;
      }
      if (bucket.left === 0) {
        bucket.refillMs = Math.min(REFILL_MS_MAX, bucket.refillMs * 2);
        // The wait begins anew: knocking on without a pause is what makes it long.
        bucket.at = now;
        return false;
      }
      bucket.left -= 1;
      return true;
    },
    refill(channel) {
      buckets.delete(channel);
    },
  };
}
