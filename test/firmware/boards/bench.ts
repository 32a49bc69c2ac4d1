/** A lock's board on a cable in this process: plant, virtual Arduino, and the real johnny-five at the other end. */

import { afterEach } from 'vitest';
import { firmataMechanism, type Wiring } from '../../../firmware/boards/firmata.ts';
import { systemClock } from '../../../firmware/clock/system.ts';
import type { Clock, MechanismEvent } from '../../../firmware/ports/index.ts';
import { usbCable } from '../../../sim/board/transport.ts';
import { type BoardWiring, virtualFirmata } from '../../../sim/board/virtual-firmata.ts';
import { BOLT_THROWN, type PlantKind, plant, type Truth } from '../../../sim/plant/plant.ts';
import { prng } from '../../../sim/time/prng.ts';
import { until } from '../../wire/until.ts';

export const PINS = {
  servo: 9,
  boltThrown: 2,
  boltWithdrawn: 3,
  doorClosed: 4,
  bell: 5,
  insideButton: 8,
  led: 13,
} as const;

const CONTACTS_AT = {
  bolt_thrown: PINS.boltThrown,
  bolt_withdrawn: PINS.boltWithdrawn,
  door_closed: PINS.doorClosed,
  bell: PINS.bell,
  inside_button: PINS.insideButton,
} as const;

/** The same places, as the firmware knows them and as the world is built. */
export const WIRING: Wiring = {
  drive: { type: 'servo', pin: PINS.servo, withdrawnDegrees: 20, thrownDegrees: 160 },
  contacts: CONTACTS_AT,
  led: PINS.led,
};
export const SOLDERED: BoardWiring = {
  drive: { type: 'servo', pin: PINS.servo, withdrawnUs: 800, thrownUs: 2200 },
  contacts: CONTACTS_AT,
};

/** A bolt that a motor moves, with its current at A1 and the battery at A0. */
export const MOTOR = {
  kind: 'motor',
  wiring: {
    drive: {
      type: 'motor',
      withdrawPin: 9,
      throwPin: 10,
      driveMsMax: 800,
      stall: { analog: 1, referenceMillivolts: 5_000, millivolts: 500, ms: 120 },
    },
    contacts: CONTACTS_AT,
    led: PINS.led,
    buzzer: 11,
    battery: { analog: 0, referenceMillivolts: 5_000, upperOhms: 10_000, lowerOhms: 10_000 },
  },
  soldered: {
    drive: { type: 'motor', withdraw: 9, throw: 10, currentAt: 1 },
    contacts: CONTACTS_AT,
    battery: { at: 0, upperOhms: 10_000, lowerOhms: 10_000 },
  },
} as const satisfies Product;

/** A strike whose relay is on the port of the contacts, without bolt contacts and with one on the analog pins. */
export const STRIKE = {
  kind: 'strike',
  wiring: {
    drive: { type: 'strike', pin: 7, pulseMs: 300 },
    contacts: { latched: 2, door_closed: 4, bell: 5, inside_button: 8, cover_on: 16 },
    led: PINS.led,
  },
  soldered: {
    drive: { type: 'relay', pin: 7 },
    contacts: { latched: 2, door_closed: 4, bell: 5, inside_button: 8, cover_on: 16 },
  },
} as const satisfies Product;

/** A trunk: nothing but a pulse, the lid's switch, the ignition and the lever inside. */
export const TRUNK = {
  kind: 'trunk',
  wiring: {
    drive: { type: 'pulse', pin: 10, pulseMs: 100 },
    contacts: { door_closed: 4, inside_button: 8, ignition_off: 18 },
    led: PINS.led,
  },
  soldered: {
    drive: { type: 'relay', pin: 10 },
    contacts: { door_closed: 4, inside_button: 8, ignition_off: 18 },
  },
} as const satisfies Product;

/** A servo door. */
export const SERVO = { kind: 'servo', wiring: WIRING, soldered: SOLDERED } as const satisfies Product;

/** What is built, as the firmware is told and as it is soldered. */
export interface Product {
  readonly kind: PlantKind;
  readonly wiring: Wiring;
  readonly soldered: BoardWiring;
}

export const RETRY = { firstMs: 20, maxMs: 60 } as const;

export function boardBench({
  product = SERVO as Product,
  resetsOnOpen = true,
  checkMs = 2_000,
  handshakeMsMax = 8_000,
} = {}) {
  const clock = systemClock();
  const { kind, wiring, soldered } = product;
  const thePlant = plant({ clock, prng: prng(11), kind, travelMs: 200, bounceMsMax: 6, bolt: BOLT_THROWN });
  const board = virtualFirmata({ clock, plant: thePlant, wiring: soldered });
  const cable = usbCable(board, { resetsOnOpen });
  const log: string[] = [];
  let waits = 0;
  const counted: Clock = {
    ...clock,
    after(delayMs, callback) {
      let over = false;
      const end = () => {
        if (!over) waits--;
        over = true;
      };
      waits++;
      const cancel = clock.after(delayMs, () => {
        end();
        callback();
      });
      return () => {
        end();
        cancel();
      };
    },
  };
  const mechanism = firmataMechanism({
    clock: counted,
    open: cable.open,
    wiring,
    log: (message) => log.push(message),
    retry: RETRY,
    checkMs,
    handshakeMsMax,
  });
  const events: MechanismEvent[] = [];
  const truths: Truth[] = [];
  thePlant.onTruth((truth) => truths.push(truth));
  const count = (type: MechanismEvent['type']) => events.filter((event) => event.type === type).length;
  return {
    /** How many contacts are wired. */
    contacts: Object.keys(wiring.contacts).length,
    plant: thePlant,
    board,
    cable,
    mechanism,
    log,
    events,
    truths,
    count,
    /** Waits that the mechanism has armed at its clock. */
    waits: () => waits,
    start: () => mechanism.start((event) => events.push(event)),
    async dispose() {
      await mechanism.close();
      board.unplug();
      thePlant.stop();
    },
  };
}

export type Bench = ReturnType<typeof boardBench>;
const benches: Bench[] = [];

/** A bench that is taken apart behind its test. */
export function bench(options?: Parameters<typeof boardBench>[0]): Bench {
  const it = boardBench(options);
  benches.push(it);
  return it;
}

afterEach(async () => {
  for (const it of benches.splice(0)) await it.dispose();
});

/** Settles when the board has come up so often, and told of every contact each time. */
export const ready = (it: Bench, times = 1) =>
  until(
    `the board is ready ${times} times`,
    () => it.count('board.ready') === times && it.count('contact') >= it.contacts * times,
  );
