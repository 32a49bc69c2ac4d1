/**
 * One delivery in a world whose power may go at any moment, and what came of it. The courier is
 * stubborn: when the power is back he shows the same token again, and again.
 */

import { opensslVerify } from '../../firmware/access/first-look.ts';
import { toWallS, wallMs } from '../../protocol/index.ts';
import type { DiskOperation } from '../../sim/ports/disk.ts';
import { BEGINNING_MS, type Cast, type World, type WorldOptions, world } from '../../sim/world.ts';

export interface Outcome {
  /** How often the bolt was withdrawn, and the door opened, in all lives together. */
  readonly withdrawals: number;
  readonly doorOpenings: number;
  readonly locked: boolean;
  /** A power cut is no damage: it must not end in lockdown. */
  readonly lockdown: boolean;
  /** Operations of the disk from the first boot to the end of the first visit. */
  readonly operations: number;
  readonly powerCuts: number;
}

export interface Cut {
  readonly operation: number;
  readonly phase: DiskOperation['phase'];
}

export interface DeliveryOptions {
  readonly cast: Cast;
  readonly seed: number;
  readonly disk?: WorldOptions['disk'];
  /** Cuts the power at an operation of the disk. */
  readonly cutAt?: Cut;
  /** Cuts the power at the first signal to the bolt's drive. */
  readonly cutAtMotion?: boolean;
}

export async function delivery(options: DeliveryOptions): Promise<Outcome> {
  const { cast, seed, cutAt } = options;
  const home = await world({
    cast,
    seed,
    verify: opensslVerify(),
    ...(options.disk === undefined ? {} : { disk: options.disk }),
  });
  let powerCuts = 0;
  let on = true;
  const cut = (): void => {
    if (powerCuts > 0) return;
    powerCuts += 1;
    on = false;
    home.cutPower();
  };
  let operations = 0;
  let inFirstVisit = true;
  const first = home.disk().operations;
  home.disk().onOperation(({ index, phase }) => {
    if (inFirstVisit) operations = Math.max(operations, index - first + 1);
    if (cutAt !== undefined && index - first === cutAt.operation && phase === cutAt.phase) cut();
  });
  if (options.cutAtMotion === true) {
    home.plant.onTruth(({ driven }) => {
      if (driven === 'withdraw') cut();
    });
  }

  const token = cast.people.issue({ nowS: NOW_S });
  on = (await home.boot()) && on;
  await visit(home, token, () => on);
  inFirstVisit = false;
  if (!on) await home.boot();
  for (let i = 0; i < 2; i++) {
    home.plant.close();
    await home.pass(60_000);
    await visit(home, token, () => true);
  }
  const truth = home.plant.truth();
  const { ledgerFault } = home.lock().state();
  return {
    withdrawals: truth.withdrawals,
    doorOpenings: truth.doorOpenings,
    locked: home.lock().state().bolt.row === 'locked',
    lockdown: ledgerFault,
    operations,
    powerCuts,
  };
}

/** The moment at which every world begins, in seconds. */
const NOW_S = toWallS(wallMs(BEGINNING_MS));

async function visit(home: World, token: Uint8Array, on: () => boolean): Promise<void> {
  const steps: readonly (() => void)[] = [
    () => home.plant.press('bell', 100),
    () => home.present(token),
    () => home.plant.push(),
    () => home.plant.close(),
  ];
  await home.pass(100);
  for (const step of steps) {
    if (!on()) return;
    step();
    await home.pass(1_500);
  }
}
