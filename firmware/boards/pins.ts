import type { BoardPins } from './connection.ts';

/**
 * An Arduino Uno as hardware-notes.md wires it. The servo sits on a pin that makes pulses; no contact
 * sits on 0 and 1, which are the serial line, nor on 13, whose LED and resistor pull it down.
 */
export const UNO_PINS: BoardPins = {
  servo: 9,
  boltThrown: 2,
  boltWithdrawn: 3,
  doorClosed: 4,
  bell: 5,
  insideButton: 6,
  led: 13,
};

/** StandardFirmata's speed. */
export const FIRMATA_BAUD = 57_600;
