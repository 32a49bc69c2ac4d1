/**
 * One lock under every checker: sets the stage, lets something happen on it, sends everybody home at the
 * end, and says which promises were broken. What was broken on purpose is mended, the door is shut, time
 * passes; then the lock must be locked and have told everything.
 */

import type { Profile } from '../../firmware/lock/profiles/index.ts';
import {
  type Alarm,
  COMMANDS,
  EVENT_TOPICS,
  type PublishedState,
  publicKeyOf,
  STATE,
  strictVerifier,
  topicsOf,
} from '../../protocol/index.ts';
import { CHECKERS, circumstances, type View, type Watch } from '../check/index.ts';
import { type FoundRecord, recordsIn } from '../check/records.ts';
import type { Observation, Observer } from '../observation.ts';
import { BOLT_THROWN } from '../plant/plant.ts';
import { type Cast, cast } from '../world.ts';
import { Misfit } from './kinds.ts';
import type { Scenario } from './scenario.ts';
import { CannotHappen, type Scene, sceneOn } from './scene.ts';
import { type Breathe, CutShort, type Stage, type Tier } from './stage.ts';
import { virtualStage } from './virtual-stage.ts';

export interface Violation {
  /** Name of the checker. */
  readonly checker: string;
  readonly what: string;
  readonly atMs: number;
}

export interface Watched {
  readonly tier: Tier;
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Time that passed on the stage, until everybody was home. */
  readonly durationMs: number;
  /** Writes to the disk, where there is one to count. */
  readonly writes: number;
  readonly powerCuts: number;
}

export interface WatchedOptions extends Pick<Scenario, 'profile' | 'witness' | 'disk'> {
  readonly seed: number;
  /** People whose keys were made before: making them costs more than a short run. */
  readonly cast?: Cast;
  readonly observe?: Observer;
  readonly breathe?: Breathe | undefined;
  /** Another stage than a virtual one. */
  readonly stage?: (observe: Observer) => Promise<Stage>;
}

/** Several checkers look at the same message or bytes, one after the other: what was read last is kept. */
function reading(): Pick<View, 'read' | 'readState' | 'recordsIn'> {
  let payloadRead = '';
  let said: Readonly<Record<string, unknown>> = {};
  let stateRead = '';
  let state: PublishedState | undefined;
  let bytesRead: Uint8Array | undefined;
  let records: readonly FoundRecord[] = [];
  const read: View['read'] = (payload) => {
    if (payload !== payloadRead) said = JSON.parse(payload) as Readonly<Record<string, unknown>>;
    payloadRead = payload;
    return said;
  };
  return {
    read,
    readState(payload) {
      if (payload !== stateRead || state === undefined) state = STATE.parse(read(payload));
      stateRead = payload;
      return state;
    },
    recordsIn(bytes, type) {
      if (bytes !== bytesRead) records = recordsIn(bytes, ['spent', 'event', 'floor']);
      bytesRead = bytes;
      return records.filter((record) => record.type === type);
    },
  };
}

/** The first of a run that goes wrong say what it is; the rest follows from them. */
const VIOLATIONS_MAX = 20;
/** Until a lock that has just booted has seen its contacts. */
const SEEN_MS_MAX = 10_000;

/** Asks the lock to come up, lets `happen` do what it likes, and ends the stage. */
export async function watched(options: WatchedOptions, happen: (scene: Scene) => Promise<void>): Promise<Watched> {
  const { seed, profile, witness, disk, breathe, observe: look } = options;
  const violations: Violation[] = [];
  let watches: readonly Watch[] = [];
  let follow: ((observation: Observation, atMs: number) => void) | undefined;
  let powerCuts = 0;
  const observe: Observer = (observation, atMs) => {
    if (observation.what === 'lock' && observation.is === 'dark') powerCuts += 1;
    follow?.(observation, atMs);
    for (const watch of watches) watch.see(observation);
    look?.(observation, atMs);
  };
  const people = options.cast ?? cast(seed, { quick: true });
  const setStage =
    options.stage ??
    ((observer) => virtualStage({ seed, profile, witness, disk, cast: people, observe: observer, breathe }));
  const stage = await setStage(observe);
  const complain = (checker: string, what: string): void => {
    if (violations.length < VIOLATIONS_MAX) violations.push({ checker, what, atMs: stage.nowMs() });
  };
  const topics = topicsOf(people.identity.lockId);
  const nameOf = new Map(EVENT_TOPICS.map((name) => [topics.event[name], name] as const));
  const commands = new Map(COMMANDS.map((name) => [topics.cmd[name] as string, name] as const));
  const now = circumstances(stage.plant);
  follow = now.see;
  const view = {
    profile,
    plant: stage.plant,
    secrets: people.secrets,
    wallS: () => stage.wallS(),
    // In real time nobody takes the clock away.
    vouchedBy: () => stage.world?.voucher ?? 'rtc',
    eventTopicOf: (topic: string) => nameOf.get(topic),
    stateTopic: topics.state,
    controlTopic: topics.control,
    resultTopic: topics.result,
    commandOf: (topic: string) => commands.get(topic),
    ownersKeys: { root: people.identity.root, recovery: people.identity.recovery },
    reportPins: {
      audience: people.identity.audience,
      lockKey: publicKeyOf(people.quick?.lockKey ?? people.identity.lockSeed),
    },
    verify: people.quick?.verify ?? strictVerifier(),
    ...reading(),
    now,
  };
  watches = CHECKERS.filter(({ tiers }) => tiers?.includes(stage.tier) !== false).map(({ name, watch }) =>
    watch(view, (what) => complain(name, what)),
  );
  const scene = sceneOn(stage, (fault, on) => observe({ what: 'fault', fault, on }, stage.nowMs()));
  try {
    if (!stage.isUp()) await stage.power(true);
    await stage.until(() => ['locked', 'unlatched'].includes(stage.heard.state()?.lock ?? ''), SEEN_MS_MAX);
    await happen(scene);
    await goHome(scene, observe, complain);
    for (const watch of watches) watch.end?.();
  } catch (error) {
    // A step that is wrong is its author's; anything else is the firmware's, which has met what its tables call impossible.
    if (error instanceof Misfit || error instanceof CannotHappen || error instanceof CutShort) throw error;
    complain('the firmware', error instanceof Error ? error.message : String(error));
  } finally {
    await stage.end();
  }
  return {
    tier: stage.tier,
    seed,
    violations,
    durationMs: stage.nowMs(),
    writes: stage.world?.writes ?? 0,
    powerCuts,
  };
}

/** How long everything takes to come to rest: a visit that nobody enters, then the tries of a bolt that was jammed. */
const HOME_MS = 240_000;
const TRIES_MS = 210_000;
/** Longer, where the policy wants the bolt to wait longer. */
const homeMs = ({ entryWindowMs, relockAfterMs }: Profile): number =>
  Math.max(HOME_MS, TRIES_MS + Math.max(entryWindowMs, relockAfterMs));
/** Until what was asked last is answered, on a slow disk too: a lid that springs open then is shut by whoever leaves last. */
const ANSWERED_MS = 10_000;
const REST_MS = 20_000;
/** Looks at how it rests: of a policy of days there are no more. */
const RESTS_MAX = 1_000;
const AGAIN_MS = 60_000;
const TRIED_AGAIN_MS = 1_000_000;
const TRIES_TO_SHUT = 3;
/** A contact that nobody moves has to hold still for five minutes. */
const BELIEVED_MS = 320_000;

/** Alarms whose cause is gone when everything is mended, and everybody at home. The others are the owner's to clear. */
const PASSING: readonly Alarm[] = [
  'LockJammed',
  'DoorForcedOpen',
  'DoorAjar',
  'RelockFailed',
  'VisitOverstay',
  'ItemNotReturned',
  'MountRemoved',
  'FrontEscutcheonRemoved',
  'SensorConflict',
  'BoardLost',
  'WrongCodeEntryLimit',
];

async function rest(stage: Stage, forMs: number, observe: Observer): Promise<void> {
  const stepMs = Math.max(REST_MS, Math.ceil(forMs / RESTS_MAX));
  for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) {
    await stage.pass(stepMs);
    observe({ what: 'rest' }, stage.nowMs());
  }
}

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
  // What was cut, and nobody has said that it is back.
  for (const fault of [...scene.standing]) scene.onFault(fault, false);
  for (let i = 0; i < 3 && !stage.isUp(); i++) await stage.power(true);
  await stage.pass(stage.tier === 'b' ? 2_000 : ANSWERED_MS);
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
  await rest(stage, homeMs(profile), observe);
  if (stage.heard.state()?.alarms.includes('LedgerFault')) {
    // Whoever sees that switches it off and on again: what is in the journal is told in the next life.
    await stage.power(false);
    await stage.power(true);
    await rest(stage, AGAIN_MS, observe);
  }
  if (stage.heard.state()?.alarms.includes('LockJammed')) {
    // It is mended, and its quick tries are used up: it is tried again after a quarter of an hour.
    await rest(stage, TRIED_AGAIN_MS, observe);
  }
  if (stage.heard.state()?.alarms.length !== 0) {
    // A contact that was restless is believed when it has held still for long enough.
    await rest(stage, BELIEVED_MS, observe);
  }
  const told = stage.heard.state();
  const { bolt, doorOpen, driven } = plant.truth();
  if (doorOpen) complain('home', 'the door does not shut in the end');
  if (driven !== 'none') complain('home', `the drive pulls to ${driven} in the end`);
  if (bolt !== BOLT_THROWN && bolt < 950)
    complain('home', `the bolt is at ${bolt} in the end, and the lock says ${told?.lock}`);
  if (told !== undefined && told.visit !== 'idle' && told.visit !== 'arrived')
    complain('home', `the visit is ${told.visit} in the end`);
  if (stage.heard.availability() !== 'online')
    complain('home', `it is said to be ${stage.heard.availability()} in the end`);
  for (const alarm of told?.alarms ?? []) {
    if (PASSING.includes(alarm)) complain('home', `${alarm} stands in the end, and its cause is gone`);
  }
  if (told !== undefined && !['locked', 'unlatched'].includes(told.lock))
    complain('home', `the lock says ${told.lock} in the end`);
  if (told !== undefined && told.door !== 'closed') complain('home', `the door is said to be ${told.door} in the end`);
}
