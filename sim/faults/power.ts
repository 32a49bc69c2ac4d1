/** The supply of the lock's computer. Its board goes with it, and comes with it. */
import { productOf } from '../product.ts';
import { duration, whole, word } from '../scenario/kinds.ts';
import { CannotHappen, type Scene } from '../scenario/scene.ts';
import type { CutMoment } from '../world.ts';
import type { FaultKind } from './catalogue.ts';
import { fault, nothingToMend } from './define.ts';
import { worldOf } from './world.ts';

const PHASES = ['before', 'issued', 'done'] as const;

/** Boots; where the power goes again before it is up, it stays dark. */
export async function powerUp({ stage }: Scene): Promise<void> {
  if (stage.isUp()) throw new CannotHappen('the power is on', 'cut it before: cut: power');
  await stage.power(true);
}

export async function powerOff({ stage }: Scene): Promise<void> {
  if (!stage.isUp()) throw new CannotHappen('the power is off already', 'bring it back before: restore: power');
  await stage.power(false);
}

/** At a moment to come; one at a time, since the second would take the place of the first unsaid. */
export function powerOffAt(scene: Scene, moment: CutMoment): void {
  if (scene.cuts().some((cut) => cut.isAwaited()))
    throw new CannotHappen('a power cut is awaited already', 'let it come before: expect: {power: off, within: 1m}');
  scene.cutToCome(worldOf(scene).cutPowerAt(moment));
}

export const POWER = {
  'power-cut': fault({
    help: 'the power goes: now, at the n-th write to the disk from now on, or at the first motion of the drive',
    must: 'a token whose use was written opens nothing any more; the next boot withdraws nothing and finds the visit again',
    tiers: ['a'],
    parameters: { write: whole(1, 100_000), phase: word(PHASES), at: word(['now', 'motion']) },
    async begin(scene, { write, phase = 'issued', at = write === undefined ? 'now' : undefined }) {
      const world = worldOf(scene);
      const back = async (): Promise<void> => {
        world.disarm();
        if (!world.isUp) await world.boot();
      };
      if (write !== undefined) powerOffAt(scene, { write, phase });
      else if (at === 'motion') powerOffAt(scene, 'motion');
      else await powerOff(scene);
      return back;
    },
  }),
  'brown-out': fault({
    help: 'the voltage breaks down for a while: the board resets, the battery reads as empty',
    must: 'BoardLost until the board is back; then everything is observed again before anything moves',
    parameters: { for: duration, millivolts: whole(0, 60_000) },
    begin({ stage }, { for: forMs = 500, millivolts = 2_000 }) {
      stage.board(false);
      stage.plant.charge(millivolts);
      let over = false;
      const end = (): void => {
        if (over) return;
        over = true;
        stage.plant.charge(productOf(stage.profile).restMillivolts);
        stage.board(true);
      };
      stage.after(forMs, end);
      return end;
    },
  }),
  'boot-loop': fault({
    help: 'the power comes and goes, again and again, before anything has come to rest',
    must: 'no boot moves anything that is not observed; what was spent stays spent; no wait grows by it',
    tiers: ['a'],
    parameters: { times: whole(1, 100), every: duration },
    async begin(scene, { times = 5, every = 150 }) {
      const world = worldOf(scene);
      for (let i = 0; i < times; i++) {
        if (world.isUp) world.cutPower();
        await world.boot();
        await world.pass(every);
      }
      return nothingToMend;
    },
  }),
} as const satisfies Record<string, FaultKind>;
