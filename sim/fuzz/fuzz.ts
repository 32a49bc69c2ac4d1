/** Random scenarios under all checkers, one after the other, until enough were run or something was found. */

import type { ProfileName } from '../../firmware/lock/profiles/index.ts';
import { Misfit } from '../scenario/kinds.ts';
import { type Outcome, play, type Violation } from '../scenario/player.ts';
import { type Cut, PHASES } from '../scenario/runner.ts';
import { readScenario, type Scenario } from '../scenario/scenario.ts';
import { prng } from '../time/prng.ts';
import { turn } from '../time/turn.ts';
import { type Cast, cast } from '../world.ts';
import { generate, type ScenarioData } from './generate.ts';

export interface Found {
  /** Seed of the scenario, from which it follows. */
  readonly seed: number;
  readonly scenario: ScenarioData;
  readonly cut: Cut | undefined;
  /** Which run it was of those that begin with this seed, power cuts included. */
  readonly run: number;
  readonly violations: readonly Violation[];
}

export interface Tally {
  readonly runs: number;
  readonly powerCuts: number;
  readonly failures: readonly Found[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  readonly profile?: ProfileName;
  /** Stops at so many failures. */
  readonly failuresMax?: number;
  readonly onProgress?: (tally: Tally) => void;
  /** Asked between runs. */
  readonly goesOn?: () => boolean;
}

/** The people of every fuzzed world: making keys costs more than a run. */
export const PEOPLE_SEED = 1;

/** Bounded, so that one long scenario does not take all the runs: beyond it writes are chosen by chance. */
const CUTS_MAX = 60;

export async function fuzz(options: FuzzOptions): Promise<Tally> {
  const { seed, runs: wanted, profile, failuresMax = 1, onProgress, goesOn = () => true } = options;
  const people = cast(PEOPLE_SEED, { quick: true });
  const failures: Found[] = [];
  let runs = 0;
  let powerCuts = 0;
  const enough = (): boolean => runs >= wanted || failures.length >= failuresMax || !goesOn();
  const count = (outcome: Outcome, found: Omit<Found, 'violations'>): void => {
    runs += 1;
    powerCuts += outcome.powerCuts;
    const broken: Found = { ...found, violations: outcome.violations };
    if (outcome.violations.length > 0 && !isKnown(failures, broken)) failures.push(broken);
    onProgress?.({ runs, powerCuts, failures });
  };
  for (let i = 0; !enough(); i++) {
    await turn();
    const own = scenarioSeed(seed, i);
    const dice = prng(own, 'fuzz');
    const scenario = generate(dice, own, profile);
    const before = runs;
    const plain = await playData(scenario, { cast: people });
    count(plain, { seed: own, scenario, cut: undefined, run: 1 });
    if (scenario.durable !== true || plain.violations.length > 0) continue;
    for (const write of writesToCut(plain.writes, dice.below)) {
      if (enough()) break;
      const cut: Cut = { write, phase: PHASES[dice.below(PHASES.length)] ?? 'issued' };
      count(await playData(scenario, { cast: people, cut }), { seed: own, scenario, cut, run: runs - before + 1 });
    }
  }
  return { runs, powerCuts, failures };
}

/** One scenario breaks one promise once, at however many of its writes the power is cut. */
export const isKnown = (failures: readonly Found[], { seed, violations }: Found): boolean =>
  failures.some((known) => known.seed === seed && known.violations[0]?.checker === violations[0]?.checker);

/** The i-th scenario of a run of the fuzzer; the first has the very seed that was given. */
const scenarioSeed = (seed: number, i: number): number => (seed + i) >>> 0;

function writesToCut(writes: number, below: (bound: number) => number): readonly number[] {
  const all = Array.from({ length: writes }, (_, i) => i + 1);
  while (all.length > CUTS_MAX) all.splice(below(all.length), 1);
  return all;
}

/** Plays what chance has made: steps that cannot happen are passed over. */
export function playData(data: ScenarioData, options: { readonly cast: Cast; readonly cut?: Cut }): Promise<Outcome> {
  return play(readScenario(data), { ...options, lenient: true });
}

/** The scenario that follows from a seed, to be played leniently. */
export const fuzzed = (seed: number): Scenario => readScenario(generate(prng(seed, 'fuzz'), seed));

/** Whether data is a scenario at all: shrinking may leave what is none. */
export function isScenario(data: ScenarioData): boolean {
  try {
    readScenario(data);
    return true;
  } catch (error) {
    if (error instanceof Misfit) return false;
    throw error;
  }
}
