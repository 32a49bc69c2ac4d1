/**
 * A scenario: what happens to one lock, step by step, and what is expected of it. Data first: the same
 * reading serves a file that a person wrote and a list that the fuzzer made.
 */
import { PROFILE_NAMES, PROFILES, type Profile, whyUnsafe } from '../../firmware/lock/profiles/index.ts';
import { CHECKERS } from '../check/index.ts';
import type { WorldOptions } from '../world.ts';
import { type Asked, CONDITION_NAMES, CONDITIONS } from './conditions.ts';
import {
  as,
  duration,
  durationTo,
  fields,
  flag,
  isMap,
  type JsonSchema,
  listOf,
  Misfit,
  meant,
  type Path,
  shown,
  text,
  whole,
  word,
} from './kinds.ts';
import type { Tier } from './stage.ts';
import { type Step, WORDS } from './words/index.ts';

export interface Expectation {
  readonly asked: readonly (Asked & { readonly name: string; readonly wanted: unknown })[];
  /** It may take so long until all of it holds; undefined: now. */
  readonly withinMs: number | undefined;
  /** From then on it holds for so long; undefined: no longer is asked for. */
  readonly forMs: number | undefined;
}

export type ScenarioStep = {
  readonly path: Path;
  /** As it was written, in one line. */
  readonly says: string;
} & (
  | { readonly kind: 'play'; readonly step: Step; readonly afterMs: number }
  | { readonly kind: 'expect'; readonly expectation: Expectation }
);

export interface Scenario {
  readonly name: string;
  readonly profile: Profile;
  readonly seed: number;
  /** The power is cut at every write of it, too. */
  readonly durable: boolean;
  readonly witness: boolean;
  readonly disk: NonNullable<WorldOptions['disk']>;
  /** Promises that it is known to break, by the checker's name: it passes when each of them is broken, and no other. */
  readonly breaks: readonly string[];
  readonly steps: readonly ScenarioStep[];
  /** What it was read from. */
  readonly data: unknown;
}

/** More is a program, and belongs into one: TypeScript, with a world. */
const STEPS_MAX = 2_000;
export const SEED_MAX = 0xffff_ffff;

/** A slow card, and not one that has died: a boot waits for several of them, and disk-stalled is for the other. */
const SYNC_MS_MAX = 10_000;

const POLICY = fields(
  {},
  {
    ring_first: flag,
    openings_max: whole(1, 10),
    entry_window: duration,
    relock_after: duration,
    stay_max: duration,
    leave_max: duration,
    ajar_max: duration,
    return_max: duration,
    lockout: duration,
  },
);

const HEADER = {
  scenario: text,
  profile: word(PROFILE_NAMES),
  seed: whole(0, SEED_MAX),
  durable: flag,
  witness: flag,
  disk: fields({}, { sync: durationTo(SYNC_MS_MAX, '10s'), reorders: flag, lies: flag }),
  breaks: listOf(word(CHECKERS.map(({ name }) => name))),
  policy: as(POLICY, (given) => ({
    ...(given.ring_first === undefined ? {} : { ringFirst: given.ring_first }),
    ...(given.openings_max === undefined ? {} : { openingsMax: given.openings_max }),
    ...(given.entry_window === undefined ? {} : { entryWindowMs: given.entry_window }),
    ...(given.relock_after === undefined ? {} : { relockAfterMs: given.relock_after }),
    ...(given.stay_max === undefined ? {} : { stayMsMax: given.stay_max }),
    ...(given.leave_max === undefined ? {} : { leaveMsMax: given.leave_max }),
    ...(given.ajar_max === undefined ? {} : { ajarMsMax: given.ajar_max }),
    ...(given.return_max === undefined ? {} : { returnMsMax: given.return_max }),
    ...(given.lockout === undefined ? {} : { lockoutMs: given.lockout }),
  })),
} as const;
const HEADER_KIND = fields({ scenario: HEADER.scenario }, { ...HEADER, scenario: text });

/** Reads plain data. Throws a Misfit with the path to what is not as it should be. */
export function readScenario(data: unknown): Scenario {
  if (!isMap(data)) throw new Misfit([], 'a scenario is a map', 'begin with scenario: and what it shows, then steps:');
  const { steps, ...rest } = data;
  const unknown = Object.keys(rest).find((key) => !Object.hasOwn(HEADER, key));
  if (unknown !== undefined) {
    throw new Misfit(
      [unknown],
      `${unknown} is not known here`,
      meant(unknown, [...Object.keys(HEADER), 'steps']),
      true,
    );
  }
  const header = HEADER_KIND.read(rest, []);
  if (steps === undefined) throw new Misfit([], 'steps is missing', 'write steps: and below it one step a line');
  if (!Array.isArray(steps))
    throw new Misfit(['steps'], 'steps is not a list', 'write each step on a line of its own, with - before it');
  if (steps.length === 0)
    throw new Misfit(
      ['steps'],
      'steps is empty: it would pass, and show nothing',
      'write one step a line: - ring: once',
    );
  if (steps.length > STEPS_MAX)
    throw new Misfit(['steps'], `${steps.length} steps are too many`, `write at most ${STEPS_MAX}`);
  const profile: Profile = { ...PROFILES[header.profile ?? 'door'], ...header.policy };
  const unsafe = whyUnsafe(profile, { clockTrust: ['rtc'] });
  if (unsafe !== undefined) throw new Misfit(['policy'], unsafe.why, unsafe.next);
  const { sync, reorders, lies } = header.disk ?? {};
  return {
    name: header.scenario,
    profile,
    seed: header.seed ?? 1,
    durable: header.durable ?? false,
    witness: header.witness ?? false,
    disk: {
      ...(sync === undefined ? {} : { syncMs: sync }),
      ...(reorders === undefined ? {} : { reorders }),
      ...(lies === undefined ? {} : { syncLies: lies }),
    },
    breaks: header.breaks ?? [],
    steps: steps.map((step: unknown, i) => readStep(step, ['steps', i], profile)),
    data,
  };
}

function readStep(data: unknown, path: Path, profile: Profile): ScenarioStep {
  const known = [...Object.keys(WORDS), 'expect'];
  const [key, ...more] = isMap(data) ? Object.keys(data) : [];
  if (!isMap(data) || key === undefined) {
    throw new Misfit(path, `${shown(data)} is not a step`, 'write a word and its value: - push: door');
  }
  if (more.length > 0) {
    throw new Misfit(
      [...path, more[0] ?? ''],
      `a step has one word, and ${more.join(', ')} is another`,
      'put a - before it',
      true,
    );
  }
  const value = data[key];
  const says = `${key}: ${inline(value)}`;
  if (key === 'expect')
    return { path, says, kind: 'expect', expectation: readExpectation(value, [...path, key], profile) };
  const definition = Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
  if (definition === undefined)
    throw new Misfit([...path, key], `${key} is not a word of the language`, meant(key, known), true);
  const step = definition.read(value, [...path, key]);
  const never = step.never?.(profile);
  if (never !== undefined)
    throw new Misfit([...path, key], `this step cannot happen: ${never}`, 'leave it out, or choose another profile');
  return { path, says, kind: 'play', step, afterMs: key === 'after' ? duration.read(value, path) : 0 };
}

const TIMES = { within: duration, for: duration } as const;

function readExpectation(data: unknown, path: Path, profile: Profile): Expectation {
  if (!isMap(data))
    throw new Misfit(path, 'an expectation is a map', 'write it like expect: {bolt: withdrawn, within: 2s}');
  const asked: (Asked & { readonly name: string; readonly wanted: unknown })[] = [];
  let withinMs: number | undefined;
  let forMs: number | undefined;
  for (const [name, wanted] of Object.entries(data)) {
    const at = [...path, name];
    if (name === 'within') withinMs = TIMES.within.read(wanted, at);
    else if (name === 'for') forMs = TIMES.for.read(wanted, at);
    else {
      const condition = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name as keyof typeof CONDITIONS] : undefined;
      if (condition === undefined) {
        throw new Misfit(
          at,
          `${name} is nothing that can be expected`,
          meant(name, [...CONDITION_NAMES, 'within', 'for']),
          true,
        );
      }
      const one = condition.read(wanted, at, name);
      const never = one.never(profile);
      if (never !== undefined)
        throw new Misfit(at, `this can never be met: ${never}`, 'leave it out, or choose another profile');
      asked.push({ ...one, name, wanted });
    }
  }
  if (asked.length === 0)
    throw new Misfit(path, 'nothing is expected', `write one of ${CONDITION_NAMES.slice(0, 8).join(', ')}, …`);
  const clash = contradiction(data, profile);
  if (clash !== undefined) throw new Misfit(path, `this can never be met: ${clash.why}`, clash.next);
  return { asked, withinMs, forMs };
}

/** What cannot be so: of a product, or of two things about the door at once. */
function contradiction(
  data: Readonly<Record<string, unknown>>,
  profile: Profile,
): { readonly why: string; readonly next: string } | undefined {
  if (data.lock === 'unlatched' && profile.drive !== 'pulse' && profile.drive !== 'strike')
    return { why: 'a bolt is never unlatched', next: 'expect {lock: unlocked}' };
  const both = (why: string) => ({ why, next: 'expect one of the two' });
  if (data.bolt === 'thrown' && data.holds_the_door === false) return both('a thrown bolt reaches into the frame');
  if (data.bolt === 'withdrawn' && data.holds_the_door === true)
    return both('a withdrawn bolt does not reach into the frame');
  if (data.alarm !== undefined && (data.no_alarm === data.alarm || data.no_alarm === 'any')) {
    return both(`${String(data.alarm)} stands and does not stand`);
  }
  if (data.alarm !== undefined && data.problem === false) return both('an alarm is a problem');
  if (data.event !== undefined && data.never_heard === data.event)
    return both(`${String(data.event)} is heard and never heard`);
  return undefined;
}

/** A value on one line, as YAML writes it in a flow. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (isMap(value))
    return `{${Object.entries(value)
      .map(([key, one]) => `${key}: ${inline(one)}`)
      .join(', ')}}`;
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  return said.length > 60 ? `${said.slice(0, 60)}…` : said;
}

/** Why it cannot be played on a tier, as a Misfit at the step; undefined when it can. */
export function whyNot({ steps, disk, witness }: Scenario, tier: Tier): Misfit | undefined {
  const wrong = steps.find((one) => one.kind === 'play' && !one.step.tiers.includes(tier));
  if (wrong !== undefined) {
    return new Misfit(
      wrong.path,
      `${wrong.says} cannot be played on tier ${tier}`,
      tier === 'a'
        ? 'run it on tier b: there are no bytes on the wire of tier a'
        : 'run it on tier a: real time has no disk and no clock to break',
    );
  }
  if (tier === 'a') return undefined;
  if (Object.keys(disk).length > 0 || witness)
    return new Misfit([], 'disk and witness are for tier a only', 'leave them out, or run it on tier a');
  const totalMs = steps.reduce(
    (sum, one) => sum + (one.kind === 'play' ? one.afterMs : (one.expectation.forMs ?? 0)),
    0,
  );
  if (totalMs > REAL_MS_MAX) {
    return new Misfit(
      ['steps'],
      `it takes ${Math.round(totalMs / 1000)} s of real time on tier ${tier}`,
      `run it on tier a, or shorten it to ${REAL_MS_MAX / 1000} s`,
    );
  }
  return undefined;
}

/** Longest scenario that somebody waits for in real time. */
const REAL_MS_MAX = 120_000;

/** For editors: what a scenario file may hold. */
export function scenarioSchema(): JsonSchema {
  const one = (key: string, schema: JsonSchema, description: string): JsonSchema => ({
    type: 'object',
    description,
    properties: { [key]: schema },
    required: [key],
    additionalProperties: false,
  });
  const expectation: JsonSchema = {
    type: 'object',
    properties: {
      ...Object.fromEntries(
        CONDITION_NAMES.map((name) => [name, { ...CONDITIONS[name].schema, description: CONDITIONS[name].help }]),
      ),
      within: { ...TIMES.within.schema, description: 'how long it may take until all of it holds' },
      for: { ...TIMES.for.schema, description: 'how long it holds from then on' },
    },
    additionalProperties: false,
    // How long is not what.
    anyOf: CONDITION_NAMES.map((name) => ({ type: 'object', properties: { [name]: true }, required: [name] })),
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A scenario for a simulated lock',
    type: 'object',
    properties: {
      ...(HEADER_KIND.schema.properties as object),
      steps: {
        type: 'array',
        minItems: 1,
        maxItems: STEPS_MAX,
        items: {
          oneOf: [
            ...Object.entries(WORDS).map(([key, { schema, help }]) => one(key, schema, help)),
            one('expect', expectation, 'what must be so, now or within a time'),
          ],
        },
      },
    },
    required: ['scenario', 'steps'],
    additionalProperties: false,
  };
}
