/** From nothing to a lock that is locked, and from a port to a board that answers. */
import { firmataMechanism } from '../../firmware/boards/firmata.ts';
import { unoServoDoor } from '../../firmware/boards/pins.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { usbCable } from '../../sim/board/transport.ts';
import { virtualUno } from '../../sim/board/uno.ts';
import { startHouse } from '../../sim/house.ts';
import { house } from '../../sim/kit/house.ts';
import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { prng } from '../../sim/time/prng.ts';
import { type Figure, figure, median } from './figures.ts';

const STARTS = 5;
const BOARDS = 10;
const HOUSES_FOR_TESTS = 20;

export async function measureStart(): Promise<readonly Figure[]> {
  const starts = await timesOf(STARTS, startToLocked);
  const forTests = await timesOf(HOUSES_FOR_TESTS, houseForTests);
  const boards = await timesOf(BOARDS, boardReady);
  return [
    figure({
      name: 'start to first locked',
      value: median(starts),
      baseline: 2_000,
      beside: 'two seconds',
      ratioMax: 1,
    }),
    figure({
      name: `a house for tests, p50 of ${HOUSES_FOR_TESTS}`,
      value: median(forTests),
      baseline: 100,
      beside: 'a tenth of a second',
      ratioMax: 1,
    }),
    figure({ name: 'board ready', value: median(boards), baseline: 100, beside: 'a tenth of a second', ratioMax: 1 }),
  ];
}

async function timesOf(count: number, once: () => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await once());
  return times;
}

async function startToLocked(): Promise<number> {
  const begin = performance.now();
  const house = await startHouse();
  await house.until('the lock is locked', () => house.lock.state().bolt.row === 'locked');
  const took = performance.now() - begin;
  await house.stop();
  return took;
}

async function houseForTests(): Promise<number> {
  const begin = performance.now();
  const built = await house();
  const took = performance.now() - begin;
  await built.stop();
  return took;
}

async function boardReady(): Promise<number> {
  const clock = systemClock();
  const door = plant({ clock, prng: prng(1), travelMs: 300, bounceMsMax: 0, bolt: BOLT_THROWN });
  const wiring = unoServoDoor({ withdrawnDegrees: 10, thrownDegrees: 100 });
  const cable = usbCable(virtualUno({ clock, plant: door, wiring }));
  const mechanism = firmataMechanism({ clock, open: () => cable.open(), wiring });
  const begin = performance.now();
  const took = await new Promise<number>((resolve) => {
    mechanism.start((event) => {
      if (event.type === 'board.ready') resolve(performance.now() - begin);
    });
  });
  await mechanism.close();
  cable.unplug();
  door.stop();
  return took;
}
