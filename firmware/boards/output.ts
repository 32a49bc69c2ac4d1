/**
 * A digital output, through the board's own `pinMode` and `digitalWrite`. johnny-five's `Relay` is
 * not used: it never sends a pin's mode (measured), writes as soon as it is constructed, and says
 * that it is closed when nobody knows, as after the wire has gone.
 *
 * Energised by HIGH, a pin is an output and LOW while it rests, which is how StandardFirmata boots it.
 * Energised by LOW, it rests as an input: the resistor that holds it HIGH at boot holds it then too, and
 * nothing depends on in which order a version of the sketch sets a level and a mode.
 *
 * A pin that is made an output once more keeps its level in StandardFirmata 2.5, and is said to be LOW
 * from then on (measured): were the word with the level lost behind that, a pin that stays HIGH could
 * not be found by asking. So its mode is said once, and its level before and behind it; after that
 * the level alone.
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
  let isOutput = false;

  function rest(): void {
    if (activeLow) {
      burst(() => board.pinMode(pin, MODE.pullup));
      return;
    }
    burst(() => {
      board.digitalWrite(pin, 0);
      if (isOutput) return;
      board.pinMode(pin, MODE.output);
      board.digitalWrite(pin, 0);
    });
    isOutput = true;
  }

  function energise(): void {
    burst(() => {
      if (activeLow) board.pinMode(pin, MODE.output);
      board.digitalWrite(pin, activeLow ? 0 : 1);
    });
  }

  return {
    set(on) {
      // Letting go is said again and again: once too often costs four bytes.
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
