/**
 * What is wired to a board, as data: one drive, the contacts that there are, a light, and perhaps a
 * buzzer and the battery's voltage.
 *
 * A wiring can be wrong before any board is there, and `whyUnsafe` says so in words for whoever wrote
 * the configuration. What it knows of boards is StandardFirmata's power-up: pins 2 to 13 become outputs
 * driven LOW, the analog pins become inputs. A relay that is energised by LOW is therefore energised on
 * any of the pins 2 to 13 whenever the board starts, and no resistor can hold such a pin up against the
 * output; on an analog pin, which floats, one can.
 */
import type { Contact } from '../ports/index.ts';
import { ENERGISED_MS_MAX } from './strike.ts';

export interface ServoPositions {
  readonly withdrawnDegrees: number;
  readonly thrownDegrees: number;
}

/** A pin that is energised by LOW, and what keeps it HIGH until the firmware speaks. */
export interface ActiveLow {
  readonly heldAtBoot: 'external pull-up';
}

/** Up to this voltage, for this long, a motor may draw on the wire that measures its current. */
export interface StallLimit {
  /** Number of the analog pin: 0 is A0. */
  readonly analog: number;
  readonly referenceMillivolts: number;
  readonly millivolts: number;
  /** Longer than the rush when the motor starts. */
  readonly ms: number;
}

export type DriveWiring =
  | ({ readonly type: 'servo'; readonly pin: number } & ServoPositions)
  | {
      readonly type: 'motor';
      readonly withdrawPin: number;
      readonly throwPin: number;
      readonly driveMsMax: number;
      readonly stall?: StallLimit;
    }
  | { readonly type: 'strike'; readonly pin: number; readonly pulseMs: number; readonly activeLow?: ActiveLow }
  | { readonly type: 'pulse'; readonly pin: number; readonly pulseMs: number; readonly activeLow?: ActiveLow };

/** The supply between two resistors: `upper` from plus to the pin, `lower` from the pin to ground. */
export interface BatteryWiring {
  readonly analog: number;
  readonly referenceMillivolts: number;
  readonly upperOhms: number;
  readonly lowerOhms: number;
}

export interface Wiring {
  readonly drive: DriveWiring;
  /** Only these are watched and told, and the board is ready when each of them has told its level. */
  readonly contacts: Readonly<Partial<Record<Contact, number>>>;
  readonly led: number;
  /** One that sounds by itself while its pin is HIGH. */
  readonly buzzer?: number;
  readonly battery?: BatteryWiring;
}

/** An Uno's A0 is digital pin 14. On a board with more pins it is a later one, and the board is asked. */
const FIRST_ANALOG_PIN = 14;

const DRIVE_MS_MAX = 30_000;
/** A lid's release needs some tenths of a second, and its solenoid or motor burns when it is held. */
const PULSE_MS_MAX = 2_000;
const PULSE_MS_MIN = 20;

/** Why a wiring must not be driven, in words for the person who wrote it. */
export function whyUnsafe(wiring: Wiring): string | undefined {
  return (
    whyTwice(wiring) ??
    whyDrive(wiring.drive) ??
    (wiring.battery === undefined ? undefined : whyBattery(wiring.battery))
  );
}

/** Every pin with what it is for. Which digital pin an analog one is, only the board knows. */
function placesOf(wiring: Wiring): readonly (readonly [name: string, place: string])[] {
  const { drive, battery } = wiring;
  const digital = (name: string, pin: number | undefined) => (pin === undefined ? [] : [[name, `pin ${pin}`] as const]);
  const analog = (name: string, channel: number | undefined) =>
    channel === undefined ? [] : [[name, `A${channel}`] as const];
  const drivePlaces =
    drive.type === 'motor'
      ? [
          ...digital('motor, withdrawing', drive.withdrawPin),
          ...digital('motor, throwing', drive.throwPin),
          ...analog('motor current', drive.stall?.analog),
        ]
      : digital(drive.type, drive.pin);
  return [
    ...drivePlaces,
    ...Object.entries(wiring.contacts).flatMap(([contact, pin]) => digital(contact, pin)),
    ...digital('led', wiring.led),
    ...digital('buzzer', wiring.buzzer),
    ...analog('battery', battery?.analog),
  ];
}

/** Channels of the analog pins that are read. */
export function analogOf({ drive, battery }: Wiring): readonly number[] {
  const stall = drive.type === 'motor' ? drive.stall : undefined;
  return [...(battery === undefined ? [] : [battery.analog]), ...(stall === undefined ? [] : [stall.analog])];
}

function whyTwice(wiring: Wiring): string | undefined {
  const taken = new Map<string, string>();
  for (const [name, place] of placesOf(wiring)) {
    const other = taken.get(place);
    if (other !== undefined) return `${place} is given to ${other} and to ${name}`;
    taken.set(place, name);
  }
  return undefined;
}

function whyDrive(drive: DriveWiring): string | undefined {
  switch (drive.type) {
    case 'servo':
      return Math.abs(drive.withdrawnDegrees - drive.thrownDegrees) < 10
        ? 'withdrawn and thrown are less than 10 degrees apart'
        : undefined;
    case 'motor':
      return (
        whyTime('the drive of a motor', drive.driveMsMax, DRIVE_MS_MAX) ??
        (drive.stall === undefined ? undefined : whyStall(drive.stall, drive.driveMsMax))
      );
    case 'strike':
      return whyTime('the pulse of a strike', drive.pulseMs, ENERGISED_MS_MAX) ?? whyActiveLow(drive);
    case 'pulse':
      return whyTime('the pulse of a lid', drive.pulseMs, PULSE_MS_MAX) ?? whyActiveLow(drive);
  }
}

function whyTime(what: string, ms: number, max: number): string | undefined {
  if (Number.isSafeInteger(ms) && ms >= PULSE_MS_MIN && ms <= max) return undefined;
  return `${what} takes from ${PULSE_MS_MIN} to ${max} ms, not ${ms}`;
}

function whyStall(stall: StallLimit, driveMsMax: number): string | undefined {
  if (!(stall.referenceMillivolts > 0)) return 'the reference of the motor current is not above 0 mV';
  if (!(stall.millivolts > 0 && stall.millivolts < stall.referenceMillivolts))
    return `a stall at ${stall.millivolts} mV can never be seen below a reference of ${stall.referenceMillivolts} mV`;
  if (!(stall.ms >= PULSE_MS_MIN && stall.ms < driveMsMax))
    return `a stall counts after ${PULSE_MS_MIN} ms or more, and before the drive's own ${driveMsMax} ms`;
  return undefined;
}

function whyActiveLow({ pin, activeLow }: { pin: number; activeLow?: ActiveLow }): string | undefined {
  if (activeLow === undefined) return undefined;
  if (activeLow.heldAtBoot !== 'external pull-up')
    return 'an output that LOW energises needs something that holds it HIGH at boot: StandardFirmata drives pins 2 to 13 LOW from power-up on, and an active-low relay opens then';
  if (pin >= FIRST_ANALOG_PIN) return undefined;
  return `no pull-up holds pin ${pin} at boot: StandardFirmata drives pins 2 to 13 LOW from power-up on, and an active-low relay opens then; take a pin from ${FIRST_ANALOG_PIN} (A0) up, or better a relay that HIGH energises`;
}

function whyBattery({ referenceMillivolts, upperOhms, lowerOhms }: BatteryWiring): string | undefined {
  const fits = referenceMillivolts > 0 && upperOhms >= 0 && lowerOhms > 0;
  return fits ? undefined : "the battery's reference and lower resistor must be above 0, and its upper one not below";
}
