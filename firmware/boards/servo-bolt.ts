/**
 * A bolt that a hobby servo moves.
 *
 * A servo goes where the width of its pulses tells it, every 20 ms, and holds there with its full
 * force: it hums, heats, and pulls against a bolt that is stuck. Without pulses it lets go and stays.
 * So it is attached for a drive and detached at its end.
 *
 * Attaching is the dangerous moment. Arduino's Servo library begins to pulse as soon as a pin is
 * attached, at 1500 µs unless a position was written: the middle, which for a bolt means half
 * withdrawn. Firmata takes no position for a pin that is not attached yet. So both words leave in one
 * piece, the position right behind the attachment, long before the first pulse.
 */
import type { Drive, PinState } from './drive.ts';
import { type Board, MODE } from './johnny-five.ts';
import type { ServoPositions } from './wiring.ts';

/** johnny-five's range for 0 to 180 degrees; its pulses came out at 599.6 and 2399.6 µs (measured). */
const PULSE_US_MIN = 600;
const PULSE_US_MAX = 2400;

export interface ServoBolt extends Drive {
  state(): PinState;
}

export interface ServoBoltOptions {
  readonly board: Board;
  readonly pin: number;
  readonly positions: ServoPositions;
  /** Makes several writes leave in one piece. */
  readonly burst: (write: () => void) => void;
}

export function servoBolt({ board, pin, positions, burst }: ServoBoltOptions): ServoBolt {
  let attached = false;
  return {
    drive(direction) {
      const degrees = direction === 'throw' ? positions.thrownDegrees : positions.withdrawnDegrees;
      burst(() => {
        if (!attached) board.servoConfig(pin, PULSE_US_MIN, PULSE_US_MAX);
        board.servoWrite(pin, pulseUs(degrees));
      });
      attached = true;
    },
    halt() {
      attached = false;
      burst(() => {
        board.pinMode(pin, MODE.output);
        board.digitalWrite(pin, 0);
      });
    },
    // It stops where its position is, and nobody measures what it draws.
    contact: () => undefined,
    draws: () => undefined,
    stop: () => undefined,
    state: () => ({ pin, mode: attached ? MODE.servo : MODE.output }),
  };
}

/** In microseconds, since Firmata takes a value below 544 for degrees of a range of its own. */
export function pulseUs(degrees: number): number {
  return PULSE_US_MIN + Math.round((degrees * (PULSE_US_MAX - PULSE_US_MIN)) / 180);
}
