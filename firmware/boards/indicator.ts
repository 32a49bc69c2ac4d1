/**
 * One light that says six things. People tell steady from blinking and fast from slow, and little
 * more: steady means come, slow means wait, fast means yes, two flashes mean no, and a short flash
 * in a long dark means that somebody should have a look.
 */
import type { Cancel, Clock, Indication } from '../ports/index.ts';

/** Times of light and dark in turn, for ever; one time alone is steady light. */
const PATTERN_MS: Readonly<Record<Indication, readonly number[]>> = {
  off: [],
  ready: [1000],
  wait: [600, 600],
  granted: [100, 100],
  refused: [150, 150, 150, 800],
  fault: [60, 1940],
};

export interface Indicator {
  show(indication: Indication): void;
  /** Stops blinking, and leaves the light as it is. */
  stop(): void;
}

export function indicator(clock: Clock, light: (on: boolean) => void): Indicator {
  let cancel: Cancel | undefined;
  let shown: Indication | undefined;

  function phase(pattern: readonly number[], at: number): void {
    light(at % 2 === 0);
    if (pattern.length > 1) cancel = clock.after(pattern[at] ?? 0, () => phase(pattern, (at + 1) % pattern.length));
  }

  function stop(): void {
    cancel?.();
    cancel = undefined;
    shown = undefined;
  }

  return {
    show(indication) {
      if (indication === shown) return;
      stop();
      shown = indication;
      const pattern = PATTERN_MS[indication];
      if (pattern.length === 0) light(false);
      else phase(pattern, 0);
    },
    stop,
  };
}
