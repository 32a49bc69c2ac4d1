/**
 * What is soldered to the virtual board: from pins to whatever moves, and from voltages to steps. Like a
 * real relay board or motor driver it does what its pins say, whoever said it, and at power-up too.
 */
import { type Clock, CONTACTS, type Contact } from '../../firmware/ports/index.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type Plant } from '../plant/plant.ts';
import { type ServoPin, servoPin } from './servo.ts';

export type DriverWiring =
  /** Widths at which the servo has the bolt at its ends; between them, in proportion. */
  | { readonly type: 'servo'; readonly pin: number; readonly withdrawnUs: number; readonly thrownUs: number }
  /** A motor driver with two inputs, and perhaps a resistor of 1 Ω in its ground: 1 mV for each mA. */
  | { readonly type: 'motor'; readonly withdraw: number; readonly throw: number; readonly currentAt?: number }
  /** A relay with its coil; one that LOW energises has a resistor to plus, which holds a floating pin. */
  | { readonly type: 'relay'; readonly pin: number; readonly activeLow?: boolean };

export interface BoardWiring {
  readonly drive: DriverWiring;
  readonly contacts: Readonly<Partial<Record<Contact, number>>>;
  /** The battery, through two resistors, at an analog channel. */
  readonly battery?: { readonly at: number; readonly upperOhms: number; readonly lowerOhms: number };
}

export interface Driver {
  readonly servo: ServoPin | undefined;
  readonly servoPin: number | undefined;
  /** Looks at the pins again. */
  pinsChanged(): void;
}

export interface DriverWorld {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly plant: Plant;
  readonly pin: (pin: number) => 'high' | 'low' | 'floating';
}

export function wiredDriver(wiring: DriverWiring, { clock, plant, pin }: DriverWorld): Driver {
  switch (wiring.type) {
    case 'servo': {
      const servo = servoPin({
        clock,
        onPulse: (us) => (us === undefined ? plant.drive('none') : plant.driveTo(placeOf(us, wiring))),
      });
      return { servo, servoPin: wiring.pin, pinsChanged: () => undefined };
    }
    case 'motor':
      return {
        servo: undefined,
        servoPin: undefined,
        pinsChanged() {
          const withdraws = pin(wiring.withdraw) === 'high';
          const throws = pin(wiring.throw) === 'high';
          // Both at once brake the motor.
          plant.drive(withdraws === throws ? 'none' : withdraws ? 'withdraw' : 'throw');
        },
      };
    case 'relay': {
      const energisedBy = wiring.activeLow === true ? 'low' : 'high';
      return {
        servo: undefined,
        servoPin: undefined,
        pinsChanged: () => plant.drive(pin(wiring.pin) === energisedBy ? 'withdraw' : 'none'),
      };
    }
  }
}

function placeOf(us: number, { withdrawnUs, thrownUs }: { withdrawnUs: number; thrownUs: number }): number {
  const position = Math.round(((us - withdrawnUs) * BOLT_THROWN) / (thrownUs - withdrawnUs));
  return Math.min(BOLT_THROWN, Math.max(BOLT_WITHDRAWN, position));
}

const REFERENCE_MILLIVOLTS = 5_000;
const STEPS = 1024;

/** What the analog converter says of a channel; nothing is connected to the others. */
export function stepsAt(wiring: BoardWiring, plant: Plant, channel: number): number {
  return Math.min(STEPS - 1, Math.floor((millivoltsAt(wiring, plant, channel) * STEPS) / REFERENCE_MILLIVOLTS));
}

function millivoltsAt({ drive, battery }: BoardWiring, plant: Plant, channel: number): number {
  if (battery?.at === channel)
    return Math.floor((plant.millivolts() * battery.lowerOhms) / (battery.upperOhms + battery.lowerOhms));
  if (drive.type === 'motor' && drive.currentAt === channel) return plant.milliamps();
  return 0;
}

export function contactsByPin(contacts: BoardWiring['contacts']): ReadonlyMap<number, Contact> {
  return new Map(
    CONTACTS.flatMap((contact) => {
      const pin = contacts[contact];
      return pin === undefined ? [] : [[pin, contact] as const];
    }),
  );
}
