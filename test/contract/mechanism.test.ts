import type { Contact } from '../../firmware/ports/index.ts';
import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { type SimDrive, simMechanism } from '../../sim/ports/mechanism.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { prng } from '../../sim/time/prng.ts';
import { boardBench, MOTOR, type Product, SERVO, STRIKE, TRUNK } from '../firmware/boards/bench.ts';
import { pause, until } from '../wire/until.ts';
import { type MechanismBench, mechanismContract } from './mechanism.ts';

const contactsOf = ({ wiring }: Product) => Object.keys(wiring.contacts) as Contact[];

function simulated(product: Product): MechanismBench {
  const { kind, wiring } = product;
  const clock = virtualClock({ startWallMs: 0 });
  const thePlant = plant({ clock, prng: prng(11), kind, travelMs: 200, bounceMsMax: 6, bolt: BOLT_THROWN });
  const battery = wiring.battery !== undefined;
  const contacts = contactsOf(product);
  const drive: SimDrive = wiring.drive;
  const mechanism = simMechanism({ clock, plant: thePlant, drive, contacts, battery });
  return {
    mechanism,
    plant: thePlant,
    contacts,
    battery,
    async until(what, condition) {
      for (let ms = 0; !condition(); ms++) {
        if (ms > 60_000) throw new Error(`did not happen within a minute: ${what}`);
        await clock.advanceAsync(1);
      }
    },
    settle: () => clock.advanceAsync(10_000),
    lose: () => mechanism.lose('taken away'),
    restore: () => mechanism.restore(),
    async dispose() {
      await mechanism.close();
      thePlant.stop();
    },
  };
}

function wired(product: Product): MechanismBench {
  const bench = boardBench({ product });
  return {
    mechanism: bench.mechanism,
    plant: bench.plant,
    contacts: contactsOf(product),
    battery: product.wiring.battery !== undefined,
    until,
    settle: () => pause(150),
    lose: () => bench.cable.unplug(),
    restore: () => bench.cable.plug(),
    dispose: bench.dispose,
  };
}

for (const product of [SERVO, MOTOR, STRIKE, TRUNK]) {
  mechanismContract('the mechanism on the plant, in virtual time', product.kind, () => simulated(product));
  mechanismContract('the mechanism behind johnny-five and Firmata, in real time', product.kind, () => wired(product));
}
