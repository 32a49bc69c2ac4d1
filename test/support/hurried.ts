import { systemClock } from '../../firmware/clock/system.ts';
import type { Clock } from '../../firmware/ports/index.ts';
import { monoMs } from '../../protocol/index.ts';

/** The machine's clock, on which three seconds pass between any two looks. */
export function hurried(): Clock {
  let nowMs = 0;
  return {
    ...systemClock(),
    monoMs() {
      nowMs += 3_000;
      return monoMs(nowMs);
    },
  };
}
