import type { World } from '../../sim/world.ts';

const PHASES = ['before', 'issued', 'done'] as const;

/** The power goes at a moment of what follows from the act, counted in thirds of an operation of the disk, or a little later where there are fewer; then a boot. */
export async function cutDuring(lock: World, at: number, act: () => void): Promise<void> {
  const first = lock.disk().operations;
  let isOn = true;
  lock.disk().onOperation(({ index, phase }) => {
    if (!isOn || index - first !== Math.floor(at / PHASES.length) || phase !== PHASES[at % PHASES.length]) return;
    isOn = false;
    lock.cutPower();
  });
  act();
  await lock.pass(100);
  if (isOn) lock.cutPower();
  await lock.boot();
  await lock.pass(200);
}
