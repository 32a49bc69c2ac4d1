/**
 * The smallest scenario that still breaks the same promise: steps are left out, halves first and then one by
 * one, and what remains is made simpler, for as long as the same checker complains.
 */

import type { Cut } from '../scenario/runner.ts';
import { type Cast, cast } from '../world.ts';
import type { StepData } from './chances.ts';
import { type Found, isScenario, PEOPLE_SEED, playData } from './fuzz.ts';
import type { ScenarioData } from './generate.ts';

export interface Shrunk {
  readonly scenario: ScenarioData;
  /** Still needed: the scenario alone does not break it. */
  readonly cut: Cut | undefined;
  readonly checker: string;
  readonly what: string;
  readonly tries: number;
}

/** Runs that shrinking may take: by then it is small enough to read. */
const TRIES_MAX = 600;

export async function shrink(found: Found, onTry: (tries: number) => void = () => undefined): Promise<Shrunk> {
  const people = cast(PEOPLE_SEED, { quick: true });
  const [first] = found.violations;
  if (first === undefined) throw new Error('nothing was found');
  let tries = 0;
  let what = first.what;
  const breaks = async (scenario: ScenarioData, cut: Cut | undefined): Promise<boolean> => {
    if (tries >= TRIES_MAX || !isScenario(scenario)) return false;
    tries += 1;
    onTry(tries);
    const same = (await violations(scenario, cut, people)).find(({ checker }) => checker === first.checker);
    if (same !== undefined) what = same.what;
    return same !== undefined;
  };

  let { scenario, cut } = found;
  // A cut as steps of the scenario itself: then a file says it all.
  if (cut !== undefined) {
    const spelt = withCut(scenario, cut);
    if (await breaks(spelt, undefined)) [scenario, cut] = [spelt, undefined];
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const next of smaller(scenario)) {
      if (!(await breaks(next, cut))) continue;
      scenario = next;
      changed = true;
      break;
    }
  }
  return { scenario, cut, checker: first.checker, what, tries };
}

async function violations(scenario: ScenarioData, cut: Cut | undefined, people: Cast) {
  return (await playData(scenario, { cast: people, ...(cut === undefined ? {} : { cut }) })).violations;
}

/** The cut as a first step, and the power back before each other: those that find it on are passed over. */
function withCut(scenario: ScenarioData, { write, phase }: Cut): ScenarioData {
  const moment = `${{ before: 'before', issued: 'at', done: 'after' }[phase]} write ${write}`;
  const steps = scenario.steps.flatMap((step): readonly StepData[] => [{ restore: 'power' }, step]);
  return { ...scenario, steps: [{ cut: { power: moment } }, ...steps] };
}

/** Everything that is one change simpler, the largest changes first. */
function* smaller(scenario: ScenarioData): Iterable<ScenarioData> {
  const { steps } = scenario;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length; from += size) {
      yield { ...scenario, steps: steps.filter((_step, i) => i < from || i >= from + size) };
    }
  }
  for (const key of ['disk', 'witness', 'policy', 'durable'] as const) {
    const { [key]: left, ...rest } = scenario;
    if (left !== undefined) yield rest;
  }
  for (const [i, step] of steps.entries()) {
    for (const simple of simpler(step))
      yield { ...scenario, steps: steps.map((other, j) => (i === j ? simple : other)) };
  }
}

/** A shorter wait, the first courier, a fault with its own parameters. */
function* simpler(step: StepData): Iterable<StepData> {
  const { after, present, fault } = step;
  if (after !== undefined && !['10ms', '1s'].includes(String(after))) {
    yield { after: '10ms' };
    yield { after: '1s' };
  }
  if (typeof present === 'string' && present !== 'courier-1') yield { present: 'courier-1' };
  if (typeof fault === 'object' && fault !== null) {
    const [name] = Object.keys(fault);
    if (name !== undefined) yield { fault: name };
  }
}
