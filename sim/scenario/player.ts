/**
 * Plays a scenario on a stage, with every checker watching, and sends everybody home at the end: what was
 * broken is mended, the door is shut, time passes; then the lock must be locked and have told everything.
 */

import { EVENT_TOPICS, topicsOf } from '../../protocol/index.ts';
import { CHECKERS, circumstances, type Watch } from '../check/index.ts';
import type { Observation, Observer } from '../observation.ts';
import { BOLT_THROWN } from '../plant/plant.ts';
import { type Cast, cast } from '../world.ts';
import { Misfit } from './kinds.ts';
import type { Expectation, Scenario, ScenarioStep } from './scenario.ts';
import { CannotHappen, type Scene, sceneOn } from './scene.ts';
import type { Stage, Tier } from './stage.ts';
import { virtualStage } from './virtual-stage.ts';

export interface Violation {
  /** Name of the checker. */
  readonly checker: string;
  readonly what: string;
  readonly atMs: number;
}

export interface Unmet {
  readonly step: ScenarioStep;
  readonly what: string;
  readonly atMs: number;
}

export interface Outcome {
  readonly tier: Tier;
  readonly seed: number;
  readonly passed: boolean;
  /** The expectation that was not met: what comes behind it is not played. */
  readonly unmet: Unmet | undefined;
  readonly violations: readonly Violation[];
  /** Promises that the scenario is known to break. */
  readonly breaks: readonly string[];
  /** Time that passed on the stage, until everybody was home. */
  readonly durationMs: number;
  /** Writes to the disk, where there is one to count. */
  readonly writes: number;
  readonly powerCuts: number;
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
const VIOLATIONS_MAX = 20;

export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<Outcome> {
  const { observe: look, cut, lenient = false, onStep, onSaid } = options;
  const seed = options.seed ?? scenario.seed;
  const violations: Violation[] = [];
  let watches: readonly { readonly name: string; readonly watch: Watch }[] = [];
  let follow: ((observation: Observation, atMs: number) => void) | undefined;
  let powerCuts = 0;
  const observe: Observer = (observation, atMs) => {
    if (observation.what === 'lock' && observation.is === 'dark') powerCuts += 1;
    follow?.(observation, atMs);
    for (const { watch } of watches) watch.see(observation);
    look?.(observation, atMs);
  };
  const people = options.cast ?? cast(seed, { quick: true });
  const { profile, witness, disk } = scenario;
  const stage = await (
    options.stage ?? ((observer) => virtualStage({ seed, profile, witness, disk, cast: people, observe: observer }))
  )(observe);
  const complain = (checker: string, what: string): void => {
    if (violations.length < VIOLATIONS_MAX) violations.push({ checker, what, atMs: stage.nowMs() });
  };
  const topics = topicsOf(people.identity.lockId);
  const nameOf = new Map(EVENT_TOPICS.map((name) => [topics.event[name], name] as const));
  const now = circumstances(stage.plant);
  follow = now.see;
  const view = {
    profile,
    plant: stage.plant,
    secrets: people.secrets,
    eventTopicOf: (topic: string) => nameOf.get(topic as never),
    stateTopic: topics.state,
    now,
  };
  watches = CHECKERS.filter(({ tiers }) => tiers?.includes(stage.tier) !== false).map(({ name, watch }) => ({
    name,
    watch: watch(view, (what) => complain(name, what)),
  }));
  const scene = sceneOn(stage, (fault, on) => observe({ what: 'fault', fault, on }, stage.nowMs()));
  let unmet: Unmet | undefined;
  try {
    if (stage.world !== undefined && !stage.isUp()) await stage.world.boot();
    await stage.until(
      () => stage.heard.state()?.lock === 'locked' || stage.heard.state()?.lock === 'unlatched',
      10_000,
    );
    if (cut !== undefined) stage.world?.cutPowerAt(cut);
    for (const step of scenario.steps) {
      if (cut !== undefined) await backToPower(stage);
      onStep?.(step, stage.nowMs());
      const said = await playStep(step, scene, { judge: cut === undefined, lenient });
      if (typeof said === 'string') onSaid?.(said, stage.nowMs());
      if (typeof said !== 'object') continue;
      unmet = said;
      break;
    }
    await goHome(scene, observe, complain);
    for (const { watch } of watches) watch.end?.();
  } catch (error) {
    // The firmware has met what its tables call impossible, or has thrown: nothing of it can be trusted from here on.
    if (error instanceof Misfit || error instanceof CannotHappen) throw error;
    complain('the firmware', error instanceof Error ? error.message : String(error));
  } finally {
    await stage.end();
  }
  return {
    tier: stage.tier,
    seed,
    passed: unmet === undefined && isAsKnown(violations, scenario.breaks, cut === undefined),
    unmet,
    violations,
    breaks: scenario.breaks,
    durationMs: stage.nowMs(),
    writes: stage.world?.writes ?? 0,
    powerCuts,
  };
}

/** No promise is broken but those that are known to be; and those are, unless a power cut came between. */
function isAsKnown(violations: readonly Violation[], breaks: readonly string[], whole: boolean): boolean {
  if (!violations.every(({ checker }) => breaks.includes(checker))) return false;
  return !whole || breaks.every((name) => violations.some(({ checker }) => checker === name));
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
    .map(({ name, wanted, found }) => `${name} is ${found(scene)}, not ${String(wanted)}`)
    .join('; ');

/** How long everything takes to come to rest: a visit that nobody enters, the tries of a bolt that was jammed. */
const HOME_MS = 240_000;
const REST_MS = 20_000;
const TRIES_TO_SHUT = 3;

/** Everything is mended, everybody goes home, and time passes. */
async function goHome(
  scene: Scene,
  observe: Observer,
  complain: (checker: string, what: string) => void,
): Promise<void> {
  const { stage } = scene;
  const { plant, profile } = stage;
  scene.hold(undefined);
  await scene.mend('all');
  await stage.network(true);
  stage.board(true);
  stage.world?.disarm();
  for (let i = 0; i < 3 && !stage.isUp(); i++) await stage.power(true);
  await stage.pass(2_000);
  if (!plant.truth().itemPresent) {
    if (!plant.truth().doorOpen && !plant.push()) {
      plant.turn('withdraw');
      await stage.pass(1_500);
      plant.push();
    }
    plant.put();
  }
  for (let i = 0; i < TRIES_TO_SHUT && !plant.close(); i++) {
    // The bolt stands out of an open door: whoever is inside presses the button, or turns it, and shuts it.
    if (profile.contacts.includes('inside_button') && i === 0) plant.press('inside_button', 100);
    else plant.turn('withdraw');
    await stage.pass(1_500);
  }
  if (stage.tier === 'b') return;
  for (let passedMs = 0; passedMs < HOME_MS; passedMs += REST_MS) {
    await stage.pass(REST_MS);
    observe({ what: 'rest' }, stage.nowMs());
  }
  const told = stage.heard.state();
  const { bolt, doorOpen, driven } = plant.truth();
  if (doorOpen) complain('home', 'the door does not shut in the end');
  if (driven !== 'none') complain('home', `the drive pulls to ${driven} in the end`);
  if (bolt !== BOLT_THROWN && bolt < 950)
    complain('home', `the bolt is at ${bolt} in the end, and the lock says ${told?.lock}`);
  if (told !== undefined && told.visit !== 'idle' && told.visit !== 'arrived')
    complain('home', `the visit is ${told.visit} in the end`);
}
