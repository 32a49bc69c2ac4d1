/**
 * A release that wants one short pulse: the latch of a trunk's lid, which then springs open by itself.
 * Nothing is gained by a longer pulse, and its solenoid or motor is made for none, so a pulse that has
 * begun is not prolonged; whoever asks again gets another one behind it.
 */
import type { Cancel, Clock } from '../ports/index.ts';
import type { Drive, Output } from './drive.ts';

export interface PulseOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly coil: Output;
  readonly pulseMs: number;
}

export function pulse({ clock, coil, pulseMs }: PulseOptions): Drive {
  let cancel: Cancel | undefined;

  function halt(): void {
    cancel?.();
    cancel = undefined;
    coil.set(false);
  }

  return {
    drive(direction) {
      if (direction === 'throw') halt();
      else if (cancel === undefined) {
        cancel = clock.after(pulseMs, halt);
        coil.set(true);
      }
    },
    halt,
    contact: () => undefined,
    draws: () => undefined,
    stop: () => cancel?.(),
  };
}
