import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { simMechanism } from '../../sim/ports/mechanism.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { prng } from '../../sim/time/prng.ts';
import { boardBench } from '../firmware/boards/bench.ts';
import { pause, until } from '../wire/until.ts';
import { mechanismContract } from './mechanism.ts';

mechanismContract('the mechanism on the plant, in virtual time', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const thePlant = plant({ clock, prng: prng(11), travelMs: 200, bounceMsMax: 6, bolt: BOLT_THROWN });
  const mechanism = simMechanism({ clock, plant: thePlant });
  return {
    mechanism,
    plant: thePlant,
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
});

mechanismContract('the mechanism behind johnny-five and Firmata, in real time', () => {
  const bench = boardBench();
  return {
    mechanism: bench.mechanism,
    plant: bench.plant,
    until,
    settle: () => pause(150),
    lose: () => bench.cable.unplug(),
    restore: () => bench.cable.plug(),
    dispose: bench.dispose,
  };
});
