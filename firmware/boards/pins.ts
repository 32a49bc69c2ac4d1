import type { Contact } from '../ports/index.ts';
import type { ServoPositions, Wiring } from './wiring.ts';

/**
 * An Arduino Uno as hardware-notes.md wires it. The drive sits on 9, and on 10 the other way of a motor;
 * no contact sits on 0 and 1, which are the serial line, nor on 13, whose LED and resistor pull it
 * down. From 14 (A0) up an Uno's pins measure voltages, or read contacts as the others do.
 */
export const UNO_PINS = {
  servo: 9,
  boltThrown: 2,
  boltWithdrawn: 3,
  doorClosed: 4,
  bell: 5,
  insideButton: 6,
  led: 13,
  /** The pin of a strike, of a lid's release, of a motor that withdraws. */
  drive: 9,
  motorThrow: 10,
  latched: 7,
  coverOn: 8,
  buzzer: 11,
  itemPresent: 12,
  mounted: 16,
  upright: 17,
  ignitionOff: 18,
  /** Analog channels: A0 and A1. */
  battery: 0,
  motorCurrent: 1,
} as const;

/** Where each contact is, of those that are wired. */
export const UNO_CONTACTS: Readonly<Record<Contact, number>> = {
  bolt_thrown: UNO_PINS.boltThrown,
  bolt_withdrawn: UNO_PINS.boltWithdrawn,
  latched: UNO_PINS.latched,
  door_closed: UNO_PINS.doorClosed,
  bell: UNO_PINS.bell,
  inside_button: UNO_PINS.insideButton,
  cover_on: UNO_PINS.coverOn,
  item_present: UNO_PINS.itemPresent,
  mounted: UNO_PINS.mounted,
  upright: UNO_PINS.upright,
  ignition_off: UNO_PINS.ignitionOff,
};

/** The door that a servo bolts, without its positions: what every first lock is wired as. */
export const unoServoDoor = (positions: ServoPositions): Wiring => ({
  drive: { type: 'servo', pin: UNO_PINS.servo, ...positions },
  contacts: {
    bolt_thrown: UNO_PINS.boltThrown,
    bolt_withdrawn: UNO_PINS.boltWithdrawn,
    door_closed: UNO_PINS.doorClosed,
    bell: UNO_PINS.bell,
    inside_button: UNO_PINS.insideButton,
  },
  led: UNO_PINS.led,
});

/** StandardFirmata's speed. */
export const FIRMATA_BAUD = 57_600;
