/** Puts a drive on its pins: from what is wired to something that can be driven, and asked how its pins stand. */
import type { Clock } from '../ports/index.ts';
import type { Drive, PinState } from './drive.ts';
import { type Board, MODE } from './johnny-five.ts';
import { motorBolt } from './motor-bolt.ts';
import { output } from './output.ts';
import { pulse } from './pulse.ts';
import { servoBolt } from './servo-bolt.ts';
import { strike } from './strike.ts';
import type { DriveWiring } from './wiring.ts';

export interface WiredDrive {
  readonly drive: Drive;
  pins(): readonly PinState[];
}

export interface WiredDriveOptions {
  readonly clock: Clock;
  readonly board: Board;
  readonly burst: (write: () => void) => void;
  /** The motor drew too much, and the drive has let go. */
  readonly onStalled: () => void;
}

export function wiredDrive(wiring: DriveWiring, { clock, board, burst, onStalled }: WiredDriveOptions): WiredDrive {
  const outputAt = (pin: number, activeLow = false) => output({ board, pin, activeLow, burst });
  switch (wiring.type) {
    case 'servo': {
      const bolt = servoBolt({ board, pin: wiring.pin, positions: wiring, burst });
      return { drive: bolt, pins: () => [bolt.state()] };
    }
    case 'motor': {
      const withdraw = outputAt(wiring.withdrawPin);
      const throwing = outputAt(wiring.throwPin);
      const { driveMsMax, stall } = wiring;
      return {
        drive: motorBolt({ clock, withdraw, throw: throwing, driveMsMax, stall, onStalled }),
        pins: () => [withdraw.state(), throwing.state()],
      };
    }
    case 'strike':
    case 'pulse': {
      const coil = outputAt(wiring.pin, wiring.activeLow !== undefined);
      const make = wiring.type === 'strike' ? strike : pulse;
      return { drive: make({ clock, coil, pulseMs: wiring.pulseMs }), pins: () => [coil.state()] };
    }
  }
}

/** What each pin of a drive has to be able to do. */
export function drivePinNeeds(wiring: DriveWiring): readonly (readonly [pin: number, mode: number, ability: string])[] {
  const out = (pin: number) => [pin, MODE.output, 'be an output'] as const;
  switch (wiring.type) {
    case 'servo':
      return [[wiring.pin, MODE.servo, 'drive a servo']];
    case 'motor':
      return [out(wiring.withdrawPin), out(wiring.throwPin)];
    case 'strike':
    case 'pulse':
      return [
        out(wiring.pin),
        ...(wiring.activeLow === undefined ? [] : [[wiring.pin, MODE.pullup, 'pull up'] as const]),
      ];
  }
}
