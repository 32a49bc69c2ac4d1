/**
 * From a profile to something that can be built: what holds the door, and what is wired where. Once for
 * the virtual board, and once for simulated ports; both are the same product.
 */
import { UNO_CONTACTS, UNO_PINS } from '../firmware/boards/pins.ts';
import type { DriveWiring, Wiring } from '../firmware/boards/wiring.ts';
import type { Profile } from '../firmware/lock/profiles/index.ts';
import type { PlantKind } from './plant/plant.ts';
import type { SimDrive, SimMechanismOptions } from './ports/mechanism.ts';

export interface Product {
  readonly kind: PlantKind;
  /** An Uno as hardware-notes.md wires it. */
  readonly wiring: Wiring;
  readonly ports: Required<Pick<SimMechanismOptions, 'drive' | 'contacts' | 'battery'>>;
  /** A battery that is well above what its profile warns of, the motor's rush included. */
  readonly restMillivolts: number;
}

const SERVO = { withdrawnDegrees: 10, thrownDegrees: 100 };
const REFERENCE_MILLIVOLTS = 5_000;
const STALL = { millivolts: 500, ms: 150 };
/** A quarter of the battery's voltage comes to the pin: up to 20 V. */
const DIVIDER = { upperOhms: 30_000, lowerOhms: 10_000 };
const ABOVE_WARNING_MILLIVOLTS = 600;
const MAINS_MILLIVOLTS = 6_000;
const PULSE_MS = 500;

export function productOf(profile: Profile): Product {
  const { contacts, battery } = profile;
  return {
    kind: profile.drive === 'pulse' ? 'trunk' : profile.drive,
    wiring: {
      drive: wiringOf(profile),
      contacts: Object.fromEntries(contacts.map((contact) => [contact, UNO_CONTACTS[contact]])),
      led: UNO_PINS.led,
      buzzer: UNO_PINS.buzzer,
      ...(battery === undefined
        ? {}
        : { battery: { analog: UNO_PINS.battery, referenceMillivolts: REFERENCE_MILLIVOLTS, ...DIVIDER } }),
    },
    ports: { drive: simDriveOf(profile), contacts, battery: battery !== undefined },
    restMillivolts: battery === undefined ? MAINS_MILLIVOLTS : battery.warnMillivolts + ABOVE_WARNING_MILLIVOLTS,
  };
}

function wiringOf({ drive, pulseMs = PULSE_MS, travelMsMax }: Profile): DriveWiring {
  switch (drive) {
    case 'servo':
      return { type: 'servo', pin: UNO_PINS.servo, ...SERVO };
    case 'motor':
      return {
        type: 'motor',
        withdrawPin: UNO_PINS.drive,
        throwPin: UNO_PINS.motorThrow,
        driveMsMax: travelMsMax,
        stall: { analog: UNO_PINS.motorCurrent, referenceMillivolts: REFERENCE_MILLIVOLTS, ...STALL },
      };
    case 'strike':
    case 'pulse':
      return { type: drive, pin: UNO_PINS.drive, pulseMs };
  }
}

function simDriveOf({ drive, pulseMs = PULSE_MS, travelMsMax }: Profile): SimDrive {
  switch (drive) {
    case 'servo':
      return { type: 'servo' };
    case 'motor':
      return { type: 'motor', driveMsMax: travelMsMax, stall: STALL };
    case 'strike':
    case 'pulse':
      return { type: drive, pulseMs };
  }
}
