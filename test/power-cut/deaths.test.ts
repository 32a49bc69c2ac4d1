/**
 * Power cuts, processes that die while their kernel lives on, a disk that errs and hangs, a witness that does: in any
 * order, by chance. A process that begins after another has died finds what is in the kernel's memory and perhaps not on
 * the disk; `visit.test.ts` and `kill.test.ts` show each alone, this shows them mixed.
 */
import { expect, it } from 'vitest';
import { toWallS } from '../../protocol/index.ts';
import { PHASES } from '../../sim/scenario/runner.ts';
import { type Prng, prng } from '../../sim/time/prng.ts';
import { cast, type World, world } from '../../sim/world.ts';

const RUNS = 150;
const STEPS = 12;

const people = cast(1, { quick: true });

const oneOf = <T>(dice: Prng, things: readonly [T, ...T[]]): T => things[dice.below(things.length)] ?? things[0];

async function boot(lock: World): Promise<void> {
  // The power may go once more while it comes up.
  for (let tries = 0; !lock.isUp && tries < 3; tries++) await lock.boot();
}

/** What may go wrong next. */
const MISHAPS: readonly [(lock: World, dice: Prng) => void, ...((lock: World, dice: Prng) => void)[]] = [
  (lock) => lock.killProcess(),
  (lock) => lock.killProcess(),
  (lock) => lock.cutPower(),
  (lock, dice) => lock.cutPowerAt({ write: 1 + dice.below(4), phase: oneOf(dice, PHASES) }),
  (lock) => lock.cutPowerAt('motion'),
  (lock, dice) => lock.disk().failNext(oneOf(dice, ['append', 'sync', 'replace']), oneOf(dice, ['EIO', 'ENOSPC'])),
  (lock, dice) => lock.disk().stall(oneOf(dice, ['append', 'sync', 'replace'])),
  (lock, dice) => lock.witness().fail(oneOf(dice, ['broken', undefined])),
  (lock, dice) => lock.witness().hang(dice.below(2) === 1),
];

/** One house, one token and what goes wrong around it: how often the bolt was withdrawn, and in what state the journal ended. */
async function house(seed: number) {
  const dice = prng(seed, 'mishaps');
  const lock = await world({ seed, cast: people, witness: true, disk: { syncMs: oneOf(dice, [0, 5, 60]) } });
  await boot(lock);
  await lock.pass(200);
  const token = people.people.issue({ nowS: toWallS(lock.clock.wallMs()) });
  let lockdown = false;
  for (let step = 0; step < STEPS; step++) {
    await boot(lock);
    if (!lock.isUp) break;
    lockdown ||= lock.lock().journal().health === 'lockdown';
    if (dice.below(2) === 0) lock.present(token);
    else oneOf(dice, MISHAPS)(lock, dice);
    await lock.pass(oneOf(dice, [0, 3, 30, 300, 4_000]));
  }
  return { withdrawals: lock.plant.truth().withdrawals, lockdown };
}

it('no token opens twice, and no journal that nobody touched is in lockdown, whatever goes wrong in whatever order', async () => {
  const wrong: string[] = [];
  let opened = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const { withdrawals, lockdown } = await house(seed);
    opened += withdrawals;
    if (withdrawals > 1) wrong.push(`seed ${seed}: withdrawn ${withdrawals} times`);
    if (lockdown) wrong.push(`seed ${seed}: in lockdown`);
  }
  expect(wrong).toEqual([]);
  // Where the token never came to be used, nothing is shown.
  expect(opened).toBeGreaterThan(RUNS / 10);
}, 120_000);
