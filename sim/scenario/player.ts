/**
 * Plays a scenario, step by step, on a lock that every checker watches.
 */
import type { Observer } from '../observation.ts';
import type { Cast } from '../world.ts';
import { Misfit } from './kinds.ts';
import type { Expectation, Scenario, ScenarioStep } from './scenario.ts';
import { CannotHappen, type Scene } from './scene.ts';
import type { Breathe, Stage } from './stage.ts';
import { type Violation, type Watched, watched } from './watched.ts';

export type { Violation } from './watched.ts';

export interface Unmet {
  readonly step: ScenarioStep;
  readonly what: string;
  readonly atMs: number;
}

export interface Outcome extends Watched {
  readonly passed: boolean;
  /** The expectation that was not met: what comes behind it is not played. Or the step whose power cut never came. */
  readonly unmet: Unmet | undefined;
  /** Promises that the scenario is known to break. */
  readonly breaks: readonly string[];
}

export interface PlayOptions {
  readonly seed?: number;
  /** People whose keys were made before: making them costs more than a short run. */
  readonly cast?: Cast;
  /** Cuts the power there, and brings it back a moment later; expectations are not judged, since the scenario did not expect it. */
  readonly cut?: { readonly write: number; readonly phase: 'before' | 'issued' | 'done' };
  /** Steps that cannot happen are passed over: for scenarios that chance has made. */
  readonly lenient?: boolean;
  readonly observe?: Observer;
  readonly breathe?: Breathe | undefined;
  /** A step is about to be played; and what came of it, when there is more to say than that. */
  readonly onStep?: (step: ScenarioStep, atMs: number) => void;
  readonly onSaid?: (said: string, atMs: number) => void;
  /** Another stage than a virtual one. */
  readonly stage?: (observe: Observer) => Promise<Stage>;
}

/** In real time a step shows its effect a little later. */
const REAL_GRACE_MS = 2_000;
/** How long the power is away when it was cut in a place that the scenario did not choose. */
const DARK_MS = 700;

export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<Outcome> {
  const { seed = scenario.seed, cut, lenient = false, onStep, onSaid, ...rest } = options;
  const { profile, witness, disk } = scenario;
  let unmet: Unmet | undefined;
  const outcome = await watched({ seed, profile, witness, disk, ...rest }, async (scene) => {
    const { stage } = scene;
    if (cut !== undefined) stage.world?.cutPowerAt(cut);
    const cutBy: ScenarioStep[] = [];
    for (const step of scenario.steps) {
      if (cut !== undefined) await backToPower(stage);
      onStep?.(step, stage.nowMs());
      const said = await playStep(step, scene, { judge: cut === undefined, lenient });
      if (scene.cuts().length > cutBy.length) cutBy.push(step);
      if (typeof said === 'string') onSaid?.(said, stage.nowMs());
      if (typeof said !== 'object') continue;
      unmet = said;
      return;
    }
    if (cut === undefined && !lenient) unmet = cutThatNeverCame(cutBy, scene);
  });
  const { breaks } = scenario;
  return {
    ...outcome,
    unmet,
    breaks,
    passed: unmet === undefined && isAsKnown(outcome.violations, breaks, cut === undefined),
  };
}

/** No promise is broken but those that are known to be; and those are, unless a power cut came between. */
function isAsKnown(violations: readonly Violation[], breaks: readonly string[], whole: boolean): boolean {
  if (!violations.every(({ checker }) => breaks.includes(checker))) return false;
  return !whole || breaks.every((name) => violations.some(({ checker }) => checker === name));
}

/** The first of the steps that were to cut the power at some moment, and did not: what was to be seen then was not. */
function cutThatNeverCame(steps: readonly ScenarioStep[], { cuts, stage }: Scene): Unmet | undefined {
  const step = steps.find((_, i) => cuts()[i]?.hasCome() === false);
  return step && { step, what: 'the power cut of this step never came', atMs: stage.nowMs() };
}

async function backToPower(stage: Stage): Promise<void> {
  if (stage.world === undefined || stage.isUp()) return;
  await stage.pass(DARK_MS);
  await stage.world.boot();
}

/** What is told of it; or the expectation that was not met. */
async function playStep(
  step: ScenarioStep,
  scene: Scene,
  { judge, lenient }: { readonly judge: boolean; readonly lenient: boolean },
): Promise<string | undefined | Unmet> {
  const { stage } = scene;
  if (step.kind === 'expect') {
    // Where it is not judged, the time that it gives passes all the same.
    const wrong = await meet(step.expectation, scene, judge);
    return wrong === undefined || !judge ? undefined : { step, what: wrong, atMs: stage.nowMs() };
  }
  try {
    return await step.step.play(scene);
  } catch (error) {
    if (!(error instanceof CannotHappen)) throw error;
    if (lenient || !judge) return `not possible: ${error.message}`;
    throw new Misfit(step.path, `this step cannot happen: ${error.message}`, error.next);
  }
}

/** What is so instead, or undefined when it is met. */
async function meet(
  { asked, withinMs, forMs }: Expectation,
  scene: Scene,
  judge: boolean,
): Promise<string | undefined> {
  const { stage } = scene;
  const isMet = (): boolean => asked.every((one) => one.holds(scene));
  const graceMs = withinMs ?? (stage.tier === 'b' ? REAL_GRACE_MS : 0);
  if (!(await stage.until(judge ? isMet : () => false, graceMs))) {
    return `${whatIs(asked, scene)}${withinMs === undefined ? '' : `, and was not within ${withinMs} ms`}`;
  }
  if (forMs === undefined) return undefined;
  const sinceMs = stage.nowMs();
  const broke = await stage.until(() => !isMet(), forMs);
  return broke ? `after ${stage.nowMs() - sinceMs} ms ${whatIs(asked, scene)}` : undefined;
}

const whatIs = (asked: Expectation['asked'], scene: Scene): string =>
  asked
    .filter((one) => !one.holds(scene))
    .map(({ instead }) => instead(scene))
    .join('; ');
