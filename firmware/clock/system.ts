/**
 * The clock of the machine: the only file of the firmware that asks for the date or arms a timer.
 *
 * Three things that timers of Node do not do by themselves. A delay above 2^31 − 1 ms (24.8 days) is
 * silently turned into 1 ms, so a long wait goes in legs. A timer may fire up to a millisecond before
 * its time, since the event loop rounds its own reading of the clock: an early one is armed again.
 * And the wait must follow the monotonic clock, because the wall clock may be set while it lasts.
 */
import { monoMs, wallMs } from '../../protocol/index.ts';
import type { Cancel, Clock } from '../ports/index.ts';

const LEG_MS_MAX = 2 ** 31 - 1;

/** Time of this machine. An armed wait keeps the process alive, so whoever arms one cancels it at the end. */
export function systemClock(): Clock {
  return {
    wallMs: () => wallMs(Date.now()),
    // Rounded down at both ends, an interval of whole milliseconds still reads as no shorter than it was.
    monoMs: () => monoMs(Math.floor(performance.now())),
    after,
  };
}

/** Milliseconds since the kernel booted, the same for every process (CLOCK_MONOTONIC, time asleep left out). */
export const uptimeMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** A delay of zero or less means as soon as possible; one that is no finite number is a bug. */
function after(delayMs: number, callback: () => void): Cancel {
  if (!Number.isFinite(delayMs)) throw new Error(`not a delay in milliseconds: ${delayMs}`);
  const dueMs = performance.now() + Math.ceil(Math.max(0, delayMs));
  let timer = setTimeout(leg, legMs());

  function legMs(): number {
    return Math.min(LEG_MS_MAX, Math.max(0, Math.ceil(dueMs - performance.now())));
  }
  function leg(): void {
    if (performance.now() < dueMs) timer = setTimeout(leg, legMs());
    else callback();
  }
  return () => clearTimeout(timer);
}
