/** A lock-year of ordinary use, and fuzzed runs: how much of the simulator a core can do, signatures told apart. */
import { DOOR } from '../../firmware/lock/profiles/index.ts';
import type { Signer, Verify } from '../../protocol/index.ts';
import { fuzz } from '../../sim/fuzz/fuzz.ts';
import type { Scene } from '../../sim/scenario/scene.ts';
import { watched } from '../../sim/scenario/watched.ts';
import { cast } from '../../sim/world.ts';
import { type Figure, figure, processorMsSince } from './figures.ts';

const DAYS = 365;
const VISITS_A_DAY = 8;
const MANUAL_A_DAY = 20;
const RINGS_A_DAY = 10;
const DAY_MS = 86_400_000;
const YEAR_MS_AIM = 5_000;
const RUNS = 3_000;
const RUNS_A_SECOND_AIM = 300;

/** What happens on it, well mixed. */
const ORDINARY_DAY = [
  ...Array.from({ length: VISITS_A_DAY }, (_, i) => ({ at: (i + 0.1) / VISITS_A_DAY, thing: 'visit' })),
  ...Array.from({ length: MANUAL_A_DAY }, (_, i) => ({ at: (i + 0.2) / MANUAL_A_DAY, thing: 'manual' })),
  ...Array.from({ length: RINGS_A_DAY }, (_, i) => ({ at: (i + 0.3) / RINGS_A_DAY, thing: 'ring' })),
]
  .sort((a, b) => a.at - b.at)
  .map(({ thing }) => thing);

/** Time that goes by in signing and checking. */
function timed(): {
  readonly ms: () => number;
  around<A extends readonly unknown[], R>(call: (...args: A) => R): (...args: A) => R;
} {
  let spentMs = 0;
  return {
    ms: () => spentMs,
    around:
      (call) =>
      (...args) => {
        const sinceMs = performance.now();
        const result = call(...args);
        spentMs += performance.now() - sinceMs;
        return result;
      },
  };
}

/** One day: people come and go, and everything is shut again. */
async function day({ stage, show, token }: Scene, names: () => string): Promise<void> {
  const { plant } = stage;
  const beganMs = stage.nowMs();
  for (const [i, thing] of ORDINARY_DAY.entries()) {
    // Spread over the day, so that nothing falls into what came before.
    await stage.pass(Math.max(0, beganMs + Math.floor((i * DAY_MS) / ORDINARY_DAY.length) - stage.nowMs()));
    if (thing === 'ring') plant.press('bell', 120);
    else if (thing === 'visit') {
      show(stage.people.show(token(names()), stage.wallS()), 'reader');
      await stage.pass(1_000);
      plant.push();
      await stage.pass(20_000);
      plant.close();
    } else {
      plant.turn('withdraw');
      await stage.pass(1_000);
      plant.push();
      await stage.pass(8_000);
      plant.close();
      await stage.pass(1_000);
      plant.turn('throw');
    }
  }
  await stage.pass(Math.max(0, beganMs + DAY_MS - stage.nowMs()));
}

export async function measureYear(): Promise<readonly Figure[]> {
  const clock = timed();
  const around = (verify: Verify): Verify => clock.around(verify);
  const people = cast(1, { quick: true });
  if (people.quick === undefined) throw new Error('a quick cast that is not');
  const { firstLook, verify, lockKey, dial } = people.quick;
  const signer: Signer = { ...lockKey, sign: clock.around(lockKey.sign) };
  const own = { ...people, quick: { firstLook: around(firstLook), verify: around(verify), lockKey: signer, dial } };
  let tokens = 0;
  const before = process.cpuUsage();
  const outcome = await watched({ seed: 1, profile: DOOR, witness: false, disk: {}, cast: own }, async (scene) => {
    for (let i = 0; i < DAYS; i++) await day(scene, () => `courier-${tokens++}`);
  });
  const ms = processorMsSince(before);
  if (outcome.violations.length > 0) throw new Error(`a promise was broken: ${JSON.stringify(outcome.violations[0])}`);
  return [
    figure({
      name: `a lock-year of ordinary use under every checker (${tokens} visits)`,
      value: ms,
      baseline: YEAR_MS_AIM,
      beside: 'what it may take of one core',
      ratioMax: 1,
    }),
    figure({
      name: 'the same, without checking and making the signatures of tokens and reports',
      value: ms - clock.ms(),
      baseline: ms,
      beside: 'the whole of it',
    }),
  ];
}

export async function measureFuzz(): Promise<readonly Figure[]> {
  const before = process.cpuUsage();
  const { runs, powerCuts, failures } = await fuzz({ seed: 1, runs: RUNS });
  const ms = processorMsSince(before);
  if (failures.length > 0) throw new Error(`a promise was broken: ${JSON.stringify(failures[0]?.violations[0])}`);
  return [
    figure({
      name: `a fuzzed run (${runs} runs, ${powerCuts} power cuts)`,
      value: ms / runs,
      baseline: 1000 / RUNS_A_SECOND_AIM,
      beside: `${RUNS_A_SECOND_AIM} runs a second and core`,
      ratioMax: 1,
    }),
  ];
}
