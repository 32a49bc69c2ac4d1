/**
 * What a scenario may expect: of the door itself (the plant, never the firmware's word for it), of what
 * a subscriber at the broker was told, and of what the person at the door was shown.
 */
import type { Profile } from '../../firmware/lock/profiles/index.ts';
import { VISIT_ROWS } from '../../firmware/lock/visit.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import {
  ALARMS,
  type Alarm,
  BOLT_STATUSES,
  CONTROL_RESULTS,
  DOOR_STATES,
  DOORBELL_EVENTS,
  LOCK_STATES,
  type LockStateWord,
  OPERATING_MODES,
  type OperatingMode,
  REFUSALS,
  type Refusal,
  VISIT_OUTCOMES,
} from '../../protocol/index.ts';
import { BOLT_CLEARS_FRAME, BOLT_THROWN, BOLT_WITHDRAWN } from '../plant/bolt.ts';
import { REACH_MAX } from '../plant/plant.ts';
import { EVENT_NAMES } from './event-names.ts';
import { flag, type JsonSchema, type Kind, Misfit, type Path, shown, whole, word } from './kinds.ts';
import type { Scene } from './scene.ts';
import { lacksBattery } from './wired.ts';

export interface Asked {
  /** Whether it is so now. */
  holds(scene: Scene): boolean;
  /** What is so instead, in a sentence. */
  instead(scene: Scene): string;
  /** Why it can never be met behind this profile, or undefined. */
  never(profile: Profile): string | undefined;
}

export interface Condition {
  readonly help: string;
  readonly schema: JsonSchema;
  /** Reads what is asked for under this name. Throws a Misfit. */
  read(value: unknown, path: Path, name: string): Asked;
}

interface Definition<V> {
  readonly help: string;
  readonly kind: Kind<V>;
  /** Why it can never be met behind this profile; left out where it always can. */
  readonly never?: (profile: Profile, wanted: V) => string | undefined;
  /** What is so. */
  readonly is: (scene: Scene) => V | string | undefined;
  /** When it is more than being the same. */
  readonly holds?: (scene: Scene, wanted: V) => boolean;
  /** What is so instead, where something is not to be so: `is X, not X` says nothing. */
  readonly instead?: (is: V | string | undefined, wanted: V) => string;
}

function condition<V extends string | number | boolean>(definition: Definition<V>): Condition {
  const { help, kind, never, is, holds, instead } = definition;
  return {
    help,
    schema: kind.schema,
    read(value, path, name) {
      const wanted = kind.read(value, path);
      return {
        holds: (scene) => (holds === undefined ? is(scene) === wanted : holds(scene, wanted)),
        instead: (scene) =>
          instead === undefined
            ? `${name} is ${is(scene) ?? 'nothing'}, not ${wanted}`
            : `${instead(is(scene), wanted)}: ${name} is not so`,
        never: (profile) => never?.(profile, wanted),
      };
    },
  };
}

const keys = <W extends string>(table: Readonly<Record<W, unknown>>): readonly W[] => Object.keys(table) as W[];
/** Why nobody sees what any one of these contacts would tell, or undefined where one of them is wired. */
function unseen({ name, contacts }: Profile, telling: readonly Contact[]): string | undefined {
  if (contacts.some((contact) => telling.includes(contact))) return undefined;
  return `at this ${name} nobody sees it: ${telling.join(' and ')} ${telling.length === 1 ? 'is' : 'are'} not wired`;
}

/** By which contacts, any one of them, the lock knows of it. What is not named here may come of more than contacts. */
const TELLING: Readonly<Record<string, readonly Contact[]>> = {
  // Alarms.
  FrontEscutcheonRemoved: ['cover_on'],
  ItemNotReturned: ['item_present'],
  MountRemoved: ['mounted', 'upright'],
  // Refusals.
  ignition_on: ['ignition_off'],
  mount_removed: ['mounted', 'upright'],
  // Events.
  ...Object.fromEntries(DOORBELL_EVENTS.map((type) => [`doorbell/${type}`, ['bell']])),
  'visit/item_taken': ['item_present'],
  'visit/item_returned': ['item_present'],
  // What the light says, and rows of the visit.
  rung: ['bell'],
  arrived: ['bell'],
  awaiting_return: ['item_present'],
};
const OF_BATTERY: readonly string[] = ['battery_low', 'system/battery'];

function untold(profile: Profile, wanted: string): string | undefined {
  if (OF_BATTERY.includes(wanted)) return lacksBattery(profile);
  const telling = TELLING[wanted];
  return telling && unseen(profile, telling);
}

const eventsSince = ({ stage, eventsBefore }: Scene) => stage.heard.events.slice(eventsBefore());
const typeOf = (event: { readonly topic: string; readonly event_type: string }): string =>
  `${event.topic}/${event.event_type}`;

export const CONDITIONS = {
  // The door itself.
  bolt: condition({
    help: 'where the bolt or latch is',
    kind: word(['thrown', 'withdrawn', 'between']),
    is: ({ stage }) => {
      const { bolt, driven } = stage.plant.truth();
      // At rest within reach of its contact it has arrived: a slow bolt is let go of as soon as it is seen there.
      const slackPerMille = driven === 'none' ? REACH_MAX : 0;
      if (bolt >= BOLT_THROWN - slackPerMille) return 'thrown';
      return bolt <= BOLT_WITHDRAWN + slackPerMille ? 'withdrawn' : 'between';
    },
  }),
  holds_the_door: condition({
    help: 'whether the bolt reaches into the frame',
    kind: flag,
    is: ({ stage }) => stage.plant.truth().bolt > BOLT_CLEARS_FRAME,
  }),
  door: condition({
    help: 'the door, or the lid',
    kind: word(['open', 'shut']),
    is: ({ stage }) => (stage.plant.truth().doorOpen ? 'open' : 'shut'),
  }),
  driven: condition({
    help: 'which way the drive pulls',
    kind: word(['withdraw', 'throw', 'none']),
    is: ({ stage }) => stage.plant.truth().driven,
  }),
  opened: condition({
    help: 'how often the door was opened since the beginning',
    kind: whole(0, 1_000_000),
    is: ({ stage }) => stage.plant.truth().doorOpenings,
  }),
  withdrawn_times: condition({
    help: 'how often the bolt came to rest withdrawn, or the latch became free, since the beginning',
    kind: whole(0, 1_000_000),
    is: ({ stage }) => stage.plant.truth().withdrawals,
  }),
  item: condition({
    help: 'the key in the safe',
    kind: word(['in', 'out']),
    never: (profile) => unseen(profile, ['item_present']),
    is: ({ stage }) => (stage.plant.truth().itemPresent ? 'in' : 'out'),
  }),
  power: condition({
    help: 'whether the lock is up',
    kind: word(['on', 'off']),
    is: ({ stage }) => (stage.isUp() ? 'on' : 'off'),
  }),
  light: condition({
    help: 'what the light at the reader says',
    kind: word(['off', 'ready', 'wait', 'granted', 'refused', 'rung', 'jammed', 'battery_low', 'fault']),
    never: untold,
    is: ({ stage }) => stage.indication(),
  }),
  answer: condition({
    help: 'what whoever showed a code last was told at once',
    kind: word(['admitted', 'denied', 'try_again', 'heard', 'unseen']),
    is: (scene) => {
      const last = scene.lastAnswer();
      return last === undefined || last === 'unseen' ? last : last.kind === 'refused' ? last.answer : last.kind;
    },
  }),
  // What a subscriber was told.
  lock: condition({
    help: 'the state that was published last',
    kind: word(keys<LockStateWord>(LOCK_STATES)),
    is: ({ stage }) => stage.heard.state()?.lock,
  }),
  reported_door: condition({
    help: 'the door, as it was published last',
    kind: word([...keys<keyof typeof DOOR_STATES>(DOOR_STATES), 'unknown']),
    is: ({ stage }) => stage.heard.state()?.door,
  }),
  reported_bolt: condition({
    help: 'the bolt, as it was published last',
    kind: word(BOLT_STATUSES),
    is: ({ stage }) => stage.heard.state()?.bolt,
  }),
  visit: condition({
    help: 'the visit, as it was published last',
    kind: word(VISIT_ROWS),
    never: untold,
    is: ({ stage }) => stage.heard.state()?.visit,
  }),
  mode: condition({
    help: 'the operating mode, as it was published last',
    kind: word(keys<OperatingMode>(OPERATING_MODES)),
    is: ({ stage }) => stage.heard.state()?.mode,
  }),
  epoch: condition({
    help: 'the epoch, as it was published last',
    kind: whole(1, Number.MAX_SAFE_INTEGER),
    is: ({ stage }) => stage.heard.state()?.epoch,
  }),
  controls: condition({
    help: 'how many controls the lock has taken, as it was published last',
    kind: whole(0, 1_000_000),
    is: ({ stage }) => stage.heard.state()?.control_counter,
  }),
  paused: condition({
    help: 'whether the owner has paused it, as it was published last',
    kind: flag,
    is: ({ stage }) => stage.heard.state()?.paused,
  }),
  problem: condition({
    help: 'whether an alarm stands, as it was published last',
    kind: flag,
    is: ({ stage }) => stage.heard.state()?.problem,
  }),
  alarm: condition({
    help: 'an alarm that stands, as it was published last',
    kind: word([...keys<Alarm>(ALARMS)]),
    never: untold,
    is: ({ stage }) => stage.heard.state()?.alarms.join(', ') || 'no alarm',
    holds: ({ stage }, wanted) => stage.heard.state()?.alarms.includes(wanted as Alarm) === true,
  }),
  no_alarm: condition({
    help: 'an alarm that does not stand, or any of them',
    kind: word([...keys<Alarm>(ALARMS), 'any']),
    is: ({ stage }) => stage.heard.state()?.alarms.join(', '),
    holds: ({ stage }, wanted) => {
      const alarms = stage.heard.state()?.alarms;
      return alarms !== undefined && (wanted === 'any' ? alarms.length === 0 : !alarms.includes(wanted as Alarm));
    },
    instead(alarms, wanted) {
      if (alarms === undefined) return 'no state was published yet';
      return wanted === 'any' ? `there is ${alarms}` : `${wanted} stands`;
    },
  }),
  available: condition({
    help: 'what the availability topic says',
    kind: word(['online', 'offline']),
    is: ({ stage }) => stage.heard.availability(),
  }),
  event: condition({
    help: 'an event of this topic and type was heard since somebody asked or showed something last: visit/ended',
    kind: eventName(),
    never: untold,
    is: (scene) => eventsSince(scene).map(typeOf).join(', '),
    holds: (scene, wanted) => eventsSince(scene).some((event) => typeOf(event) === wanted),
  }),
  heard_in_all: condition({
    help: 'how many events were heard since the beginning, without repetitions',
    kind: whole(0, 1_000_000),
    is: ({ stage }) => stage.heard.events.length,
  }),
  never_heard: condition({
    help: 'an event of this topic and type that was not heard since the beginning',
    kind: eventName(),
    is: ({ stage }) => stage.heard.events.map(typeOf).join(', '),
    holds: ({ stage }, wanted) => !stage.heard.events.some((event) => typeOf(event) === wanted),
    instead: (_events, wanted) => `${wanted} was heard`,
  }),
  refused: condition({
    help: 'the reason that the owner was told, since somebody showed something last',
    kind: word(keys<Refusal>(REFUSALS)),
    never: untold,
    is: (scene) =>
      eventsSince(scene).findLast(({ event_type }) => event_type === 'refused')?.refusal as string | undefined,
    holds: (scene, wanted) => eventsSince(scene).some(({ refusal }) => refusal === wanted),
  }),
  outcome: condition({
    help: 'how the visit ended that began last; not how the one before it did',
    kind: word(VISIT_OUTCOMES),
    is(scene) {
      const events = scene.stage.heard.events.slice(scene.eventsBeforeVisit());
      const granted = events.findLastIndex(({ topic, event_type }) => topic === 'access' && event_type === 'granted');
      return events.slice(granted + 1).findLast(({ topic, event_type }) => topic === 'visit' && event_type === 'ended')
        ?.outcome as string | undefined;
    },
  }),
  control: condition({
    help: 'what the lock has said since the last control',
    kind: word(CONTROL_RESULTS),
    is: ({ stage, eventsBeforeControl }) =>
      stage.heard.events
        .slice(eventsBeforeControl())
        .findLast(({ topic, event_type }) => topic === 'system' && event_type === 'control')?.result as
        | string
        | undefined,
  }),
  result: condition({
    help: 'what the lock has said to the last command; none: nothing yet',
    kind: word(['ok', 'denied', 'try_again', 'none']),
    is(scene) {
      const last = scene.lastResult();
      return last === undefined ? 'none' : last.ok ? 'ok' : last.answer;
    },
  }),
  results: condition({
    help: 'how many commands the lock has answered since the beginning',
    kind: whole(0, 1_000_000),
    is: ({ stage }) => stage.heard.results.length,
  }),
} as const satisfies Readonly<Record<string, Condition>>;

export type ConditionName = keyof typeof CONDITIONS;
export const CONDITION_NAMES = Object.keys(CONDITIONS) as readonly ConditionName[];

/** `topic/type` of an event that there is: of one that there is not, `never_heard` would hold for ever. */
function eventName(): Kind<string> {
  const known = word(EVENT_NAMES);
  return {
    read(value, path) {
      if (typeof value === 'string' && value.includes('/')) return known.read(value, path);
      throw new Misfit(
        path,
        `${shown(value)} is not an event`,
        'write topic and type: visit/ended, doorbell/ring, alarm/raised',
      );
    },
    schema: known.schema,
    looks: 'visit/ended',
  };
}
