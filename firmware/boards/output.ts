/**
 * A digital output, through the board's own `pinMode` and `digitalWrite`. johnny-five's `Relay` is
 * not used: it never sends a pin's mode (measured), writes as soon as it is constructed, and says
 * that it is closed when nobody knows, as after the wire has gone.
 *
 * Energised by HIGH, a pin is an output and LOW while it rests, which is how StandardFirmata boots it.
 * Energised by LOW, it rests as an input: the resistor that holds it HIGH at boot holds it then too, and
 * nothing depends on in which order a version of the sketch sets a level and a mode.
 *
 * Firmata writes ports of eight pins; firmata-io remembers the other seven.
 */
import type { Output, PinState } from './drive.ts';
import { type Board, MODE } from './johnny-five.ts';

export interface WiredOutput extends Output {
  state(): PinState;
}

export interface OutputOptions {
  readonly board: Board;
  readonly pin: number;
  readonly activeLow: boolean;
  /** Makes several writes leave in one piece. */
  readonly burst: (write: () => void) => void;
}

/** Says nothing before the first `set`. */
export function output({ board, pin, activeLow, burst }: OutputOptions): WiredOutput {
  let isOn = false;

  function rest(): void {
    if (activeLow) {
      board.pinMode(pin, MODE.pullup);
      return;
    }
    burst(() => {
      board.pinMode(pin, MODE.output);
      board.digitalWrite(pin, 0);
    });
  }

  function energise(): void {
    if (!activeLow) {
      board.digitalWrite(pin, 1);
      return;
    }
    burst(() => {
      board.pinMode(pin, MODE.output);
      board.digitalWrite(pin, 0);
    });
  }

  return {
    set(on) {
      // Letting go is said again and again: once too often costs five bytes.
      if (!on) rest();
      else if (!isOn) energise();
      isOn = on;
    },
    state() {
      if (activeLow) return isOn ? { pin, mode: MODE.output, value: 0 } : { pin, mode: MODE.pullup };
      return { pin, mode: MODE.output, value: isOn ? 1 : 0 };
    },
  };
}
