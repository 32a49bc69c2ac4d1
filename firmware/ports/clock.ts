import type { MonoMs, WallMs } from '../../protocol/index.ts';

/** Ends a wait. Calling it after the wait is over, or twice, does nothing. */
export type Cancel = () => void;

/**
 * Two clocks that must not be mixed up, and one way to wait. The wall clock says what date it is
 * and may jump; the monotonic clock says how long something took and may not.
 */
export interface Clock {
  wallMs(): WallMs;
  monoMs(): MonoMs;
  /** Calls back once, no sooner than `delayMs` from now, never from inside this call; not at all once cancelled. */
  after(delayMs: number, callback: () => void): Cancel;
}
