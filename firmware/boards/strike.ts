/**
 * An electric strike behind a relay, fail-secure: its coil frees the latch while there is current,
 * and holds it without. It has no other end than this one, so it ends by itself: after its pulse,
 * and whatever it is told, after ENERGISED_MS_MAX in one go.
 *
 * The end of a pulse is a wait of this process. Firmata has none: when the process is killed within
 * the pulse the board holds the strike open until it is reset or loses power. What to put beside it
 * stands in hardware-notes.md.
 */
import type { MonoMs } from '../../protocol/index.ts';
import type { Cancel, Clock } from '../ports/index.ts';
import type { Drive, Output } from './drive.ts';

/** Longest time in one go, however often it is asked for: a door that stands open is found out, and a coil cools. */
export const ENERGISED_MS_MAX = 30_000;

export interface StrikeOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly coil: Output;
  readonly pulseMs: number;
}

export function strike({ clock, coil, pulseMs }: StrikeOptions): Drive {
  let since: MonoMs | undefined;
  let cancel: Cancel = () => undefined;

  function halt(): void {
    cancel();
    since = undefined;
    coil.set(false);
  }

  return {
    drive(direction) {
      if (direction === 'throw') {
        halt();
        return;
      }
      // Whoever is let in at the end of another's pulse gets a whole one.
      const nowMs = clock.monoMs();
      since ??= nowMs;
      cancel();
      cancel = clock.after(Math.max(0, Math.min(pulseMs, since + ENERGISED_MS_MAX - nowMs)), halt);
      coil.set(true);
    },
    halt,
    contact: () => undefined,
    draws: () => undefined,
    stop: () => cancel(),
  };
}
