/**
 * Runs scenarios: each once as it is written, and one that is marked durable once more for every
 * write to the disk, with the power cut before it, in it, and after it.
 */
import { cast } from '../world.ts';
import { type Outcome, type PlayOptions, play, type Violation } from './player.ts';
import type { Scenario } from './scenario.ts';

export const PHASES = ['before', 'issued', 'done'] as const;
export interface Cut {
  readonly write: number;
  readonly phase: (typeof PHASES)[number];
}

export interface CutFailure {
  readonly cut: Cut;
  readonly violations: readonly Violation[];
}

export interface CutsOutcome {
  readonly runs: number;
  readonly failures: readonly CutFailure[];
}

const FAILURES_MAX = 5;

/** Every write of it, one after the other; `writes` is how many there were when nothing was cut. */
export async function playCuts(
  scenario: Scenario,
  writes: number,
  options: Pick<PlayOptions, 'cast' | 'seed' | 'breathe'> & Pick<RunOptions, 'onRun'> = {},
): Promise<CutsOutcome> {
  const { seed = scenario.seed, cast: people = cast(seed, { quick: true }), onRun, ...rest } = options;
  const failures: CutFailure[] = [];
  let runs = 0;
  for (let write = 1; write <= writes; write++) {
    for (const phase of PHASES) {
      const { violations, passed } = await play(scenario, { ...rest, seed, cast: people, cut: { write, phase } });
      runs += 1;
      if (!passed) failures.push({ cut: { write, phase }, violations });
      onRun?.(runs, writes * PHASES.length);
      if (failures.length >= FAILURES_MAX) return { runs, failures };
    }
  }
  return { runs, failures };
}

export interface RunOptions
  extends Pick<PlayOptions, 'seed' | 'observe' | 'breathe' | 'onStep' | 'onSaid' | 'stage' | 'lenient'> {
  /** False: the power of a durable scenario is not cut. */
  readonly cuts?: boolean;
  readonly onRun?: (done: number, of: number) => void;
}

export interface RunOutcome extends Outcome {
  readonly cuts: CutsOutcome | undefined;
}

/** Tier A. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<RunOutcome> {
  const seed = options.seed ?? scenario.seed;
  const people = cast(seed, { quick: true });
  const outcome = await play(scenario, { ...options, seed, cast: people });
  const cuts =
    scenario.durable && outcome.passed && options.cuts !== false && options.stage === undefined
      ? await playCuts(scenario, outcome.writes, {
          cast: people,
          seed,
          ...(options.onRun === undefined ? {} : { onRun: options.onRun }),
          breathe: options.breathe,
        })
      : undefined;
  return { ...outcome, passed: outcome.passed && (cuts === undefined || cuts.failures.length === 0), cuts };
}
