/**
 * How long to wait before the next try: twice as long each time up to a bound, and short again
 * after a success. A board that was unplugged for a moment is back within a second; one that is
 * gone for the night costs a try every few seconds.
 */
export interface Backoff {
  /** The wait before the next try. */
  nextMs(): number;
  /** It worked. */
  reset(): void;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const RETRY: BackoffOptions = { firstMs: 250, maxMs: 8_000 };

export function backoff({ firstMs, maxMs }: BackoffOptions): Backoff {
  let waitMs = Math.min(firstMs, maxMs);
  return {
    nextMs() {
      const nowMs = waitMs;
      waitMs = Math.min(2 * waitMs, maxMs);
      return nowMs;
    },
    reset() {
      waitMs = Math.min(firstMs, maxMs);
    },
  };
}
