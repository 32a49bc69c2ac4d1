/** A lock's board on a cable in this process: plant, virtual Arduino, and the real johnny-five at the other end. */
import { firmataMechanism } from '../../../firmware/boards/firmata.ts';
import { systemClock } from '../../../firmware/clock/system.ts';
import type { Clock, MechanismEvent } from '../../../firmware/ports/index.ts';
import { usbCable } from '../../../sim/board/transport.ts';
import { type VirtualFirmataOptions, virtualFirmata } from '../../../sim/board/virtual-firmata.ts';
import { BOLT_THROWN, plant, type Truth } from '../../../sim/plant/plant.ts';
import { prng } from '../../../sim/time/prng.ts';

export const PINS = {
  servo: 9,
  boltThrown: 2,
  boltWithdrawn: 3,
  doorClosed: 4,
  bell: 5,
  insideButton: 8,
  led: 13,
} as const;

export const WIRING: VirtualFirmataOptions['wiring'] = {
  servo: PINS.servo,
  contacts: {
    bolt_thrown: PINS.boltThrown,
    bolt_withdrawn: PINS.boltWithdrawn,
    door_closed: PINS.doorClosed,
    bell: PINS.bell,
    inside_button: PINS.insideButton,
  },
};

/** The same places, as the firmware knows them and as the world is built. */
export const DEGREES = { withdrawnDegrees: 20, thrownDegrees: 160 } as const;
export const PULSES = { withdrawnUs: 800, thrownUs: 2200 } as const;

export const RETRY = { firstMs: 20, maxMs: 60 } as const;

export function boardBench({ resetsOnOpen = true, checkMs = 2_000, handshakeMsMax = 8_000 } = {}) {
  const clock = systemClock();
  const thePlant = plant({ clock, prng: prng(11), travelMs: 200, bounceMsMax: 6, bolt: BOLT_THROWN });
  const board = virtualFirmata({ clock, plant: thePlant, wiring: WIRING, servo: PULSES });
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
    pins: PINS,
    servo: DEGREES,
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
