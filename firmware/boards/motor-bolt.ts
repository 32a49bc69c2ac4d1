/**
 * A bolt that a DC motor moves, by two inputs of a motor driver: one HIGH turns it one way, the other
 * HIGH the other way, both LOW stop it. Both are never HIGH.
 *
 * A motor knows no place. It pulls until somebody stops it, and against its stop it draws what melts
 * it. Three things end a drive here, without the lock being asked:
 *
 *     the limit switch at the end it goes to   at its first edge, bouncing or not
 *     a current above the stall limit          for longer than the rush at the start; the lock is told
 *     driveMsMax                               whatever the wires say
 *
 * A limit switch that is closed before the drive begins does not keep it from beginning: a stuck
 * switch must not keep the bolt from somebody who wants out, and the other two ends are there still.
 */
import type { MonoMs } from '../../protocol/index.ts';
import type { Cancel, Clock, Direction } from '../ports/index.ts';
import type { Drive, Output } from './drive.ts';

export interface MotorOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly withdraw: Output;
  readonly throw: Output;
  readonly driveMsMax: number;
  readonly stall: { readonly millivolts: number; readonly ms: number } | undefined;
  readonly onStalled: () => void;
}

const LIMIT = { withdraw: 'bolt_withdrawn', throw: 'bolt_thrown' } as const;
const OTHER = { withdraw: 'throw', throw: 'withdraw' } as const;

export function motorBolt(options: MotorOptions): Drive {
  const { clock, stall } = options;
  let going: Direction | undefined;
  let overSince: MonoMs | undefined;
  let cancel: Cancel = () => undefined;

  function halt(): void {
    cancel();
    // The one that turns it first: the other's bytes would only delay it.
    const first = going ?? 'withdraw';
    going = undefined;
    overSince = undefined;
    options[first].set(false);
    options[OTHER[first]].set(false);
  }

  return {
    drive(direction) {
      if (going === direction) return;
      cancel();
      overSince = undefined;
      // The other way is off before this one is on.
      options[OTHER[direction]].set(false);
      options[direction].set(true);
      going = direction;
      cancel = clock.after(options.driveMsMax, halt);
    },
    halt,
    contact(contact, closed) {
      if (closed && going !== undefined && contact === LIMIT[going]) halt();
    },
    draws(millivolts) {
      if (stall === undefined || going === undefined) return;
      if (millivolts <= stall.millivolts) {
        overSince = undefined;
        return;
      }
      const nowMs = clock.monoMs();
      overSince ??= nowMs;
      if (nowMs - overSince < stall.ms) return;
      halt();
      options.onStalled();
    },
    stop: () => cancel(),
  };
}
