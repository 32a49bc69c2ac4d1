/** `scenario run`: plays files, tells a time line, and says whether what they expect came true. */
import { writeFile } from 'node:fs/promises';
import { EXIT, exitCodeOf, type Failure, toFailure, usage } from '../../firmware/tools/failure.ts';
import { complain, type Io, say } from '../../firmware/tools/io.ts';
import { printable } from '../../firmware/tools/printable.ts';
import { FAULTS, GROUPS } from '../faults/catalogue.ts';
import { CONDITION_NAMES, CONDITIONS } from '../scenario/conditions.ts';
import { type Place, parseScenario, SCENARIO_BYTES_MAX, type ScenarioFile } from '../scenario/file.ts';
import { junit } from '../scenario/junit.ts';
import { Misfit } from '../scenario/kinds.ts';
import { realStage } from '../scenario/real-stage.ts';
import { type RunOutcome, runScenario } from '../scenario/runner.ts';
import { scenarioSchema, whyNot } from '../scenario/scenario.ts';
import { CutShort, type Tier } from '../scenario/stage.ts';
import { recording } from '../scenario/trace.ts';
import { WORDS } from '../scenario/words/index.ts';
import { type Onlooker, onlooker, seenBy, unplayed } from './onlooker.ts';
import { checkTargets, type Target } from './targets.ts';
import { readText } from './text-file.ts';

export interface ScenarioRunOptions {
  readonly tier: Tier;
  readonly seed?: number;
  readonly record?: string;
  readonly junit?: string;
  readonly cuts: boolean;
  readonly quiet: boolean;
  /** Steps that cannot happen are passed over, as in a fuzzed run. */
  readonly lenient: boolean;
  readonly json: boolean;
}

/** What came of one file, as `--json` prints it. */
export interface FileOutcome {
  readonly file: string;
  readonly scenario: string;
  readonly outcome: RunOutcome;
  /** Where the expectation stands that was not met. */
  readonly place: Place | undefined;
  /** It is to be played with power cuts, and was not. */
  readonly withoutCuts: boolean;
}

/** A file that cannot be played: what is wrong with it. */
export interface Slip {
  readonly file: string;
  readonly failure: Failure;
}

/** What came of all files so far. */
interface Played {
  readonly outcomes: FileOutcome[];
  readonly slips: Slip[];
  /** The text of the recording, when one was asked for and the run came to its end. */
  trace: string | undefined;
}

export async function scenarioRun(files: readonly string[], options: ScenarioRunOptions, io: Io): Promise<number> {
  if (options.record !== undefined && files.length > 1) {
    throw usage('--record takes one file', 'run each with a --record of its own');
  }
  if (options.record !== undefined && options.tier === 'b') {
    throw usage('real time cannot be played again', 'leave out --record, or run it on tier a');
  }
  await checkTargets(targetsOf(options), files);
  const played: Played = { outcomes: [], slips: [], trace: undefined };
  const look = await onlooker(io, options);
  try {
    await playAll(files, played, options, look, io);
  } catch (error) {
    // What ends the command stands in the report all the same: a CI looks there.
    await keep(played, options, io);
    throw error;
  } finally {
    look.end();
  }
  if (!options.json && files.length > 1) io.out(`${summary(played)}\n`);
  // After everything was told: a disk that is full takes no verdict away.
  const kept = await keep(played, options, io);
  return look.code() || Math.max(codeOf(played), kept);
}

/** All are read before one is played: a typo in the last is told at once. A step that cannot happen ends its own file only. */
async function playAll(
  files: readonly string[],
  played: Played,
  options: ScenarioRunOptions,
  look: Onlooker,
  io: Io,
): Promise<void> {
  const slipped = (file: string, error: unknown): Failure => {
    const failed = toFailure(error, file);
    played.slips.push({ file, failure: failed });
    return failed;
  };
  const leftOut = (paths: readonly string[], why: string): void => {
    for (const path of paths) slipped(path, unplayed(path, `not played: ${why}`));
  };
  const read: ScenarioFile[] = [];
  for (const path of files) {
    try {
      read.push(await scenarioFile(path, options.tier));
    } catch (error) {
      look.complain(path, slipped(path, error));
      return leftOut(
        files.filter((other) => other !== path),
        `${path} cannot be`,
      );
    }
  }
  for (const [i, file] of read.entries()) {
    try {
      await runFile(file, played, options, look, io);
    } catch (error) {
      if (error instanceof CutShort) {
        look.complain(file.path, slipped(file.path, unplayed(file.path, error.message)));
        return leftOut(files.slice(i + 1), 'the run was cut short before');
      }
      const failed = slipped(file.path, error);
      if (failed.code !== 'usage') throw failed;
      look.complain(file.path, failed);
    }
  }
}

function summary({ outcomes, slips }: Played): string {
  const failed = outcomes.filter(({ outcome }) => !outcome.passed).length;
  const unplayed = slips.length === 0 ? '' : `, ${slips.length} not played to the end`;
  return `${outcomes.length - failed} passed, ${failed} failed${unplayed}`;
}

function codeOf({ outcomes, slips }: Played): number {
  if (slips.length > 0) return Math.max(EXIT.usage, ...slips.map(({ failure }) => exitCodeOf(failure)));
  return outcomes.every(({ outcome }) => outcome.passed) ? EXIT.done : EXIT.refused;
}

/** Writes the recording and the report. One that cannot be written is told, and keeps nobody from the other. */
async function keep(played: Played, options: ScenarioRunOptions, io: Io): Promise<number> {
  const texts: readonly (readonly [string | undefined, string | undefined])[] = [
    [options.record, played.trace],
    [options.junit, junit(played.outcomes, played.slips)],
  ];
  let code: number = EXIT.done;
  for (const [path, text] of texts) {
    if (path === undefined || text === undefined) continue;
    await writeFile(path, text).catch((error: unknown) => {
      const failed = toFailure(error, path);
      complain(io, options.json, failed);
      code = Math.max(code, exitCodeOf(failed));
    });
  }
  return code;
}

const targetsOf = ({ junit: report, record }: ScenarioRunOptions): readonly Target[] => [
  ...(report === undefined ? [] : [{ option: '--junit', path: report }]),
  ...(record === undefined ? [] : [{ option: '--record', path: record }]),
];

async function scenarioFile(path: string, tier: Tier): Promise<ScenarioFile> {
  const file = parseScenario(await readText(path, SCENARIO_BYTES_MAX), path);
  const why = whyNot(file.scenario, tier);
  if (why !== undefined) throw file.misfit(why);
  return file;
}

/** Plays one, and tells what came of it. */
async function runFile(
  file: ScenarioFile,
  played: Played,
  options: ScenarioRunOptions,
  look: Onlooker,
  io: Io,
): Promise<void> {
  const { path, text, scenario } = file;
  const { json, tier } = options;
  const seed = options.seed ?? scenario.seed;
  look.tell(`${path}: ${scenario.name}`);
  const record = recording({ seed, path, scenario: text }, options.record !== undefined);
  try {
    const outcome = await runScenario(scenario, {
      seed,
      cuts: options.cuts,
      lenient: options.lenient,
      ...seenBy(look, record),
      onRun: (done, of) => look.isAt(`power cut ${done} of ${of}`),
      ...(tier === 'a' ? {} : { stage: realStage(scenario, look.breathe) }),
    });
    look.clear();
    const withoutCuts = scenario.durable && outcome.cuts === undefined;
    const place = outcome.unmet && file.placeOf(outcome.unmet.step.path);
    const result: FileOutcome = { file: path, scenario: scenario.name, outcome, place, withoutCuts };
    if (json) io.out(`${JSON.stringify(plain(result, record.hash()))}\n`);
    else for (const one of verdict(result)) io.out(`${printable(one)}\n`);
    played.outcomes.push(result);
    if (options.record !== undefined) played.trace = record.file();
  } catch (error) {
    if (error instanceof Misfit) throw file.misfit(error);
    throw error;
  }
}

/** What is wrong with it, in lines; or that it passed. */
export function verdict({ file, outcome, place, withoutCuts }: FileOutcome): readonly string[] {
  const { unmet, violations, cuts, durationMs, breaks } = outcome;
  const lines: string[] = [];
  if (unmet !== undefined)
    lines.push(
      `${file}:${place?.line}:${place?.col}: not as expected at ${unmet.atMs} ms: ${unmet.what}`,
      `  ${unmet.step.says}`,
    );
  for (const { checker, what, atMs } of violations)
    if (!breaks.includes(checker)) lines.push(`${file}: ${checker}, broken at ${atMs} ms: ${what}`);
  for (const name of breaks)
    if (!outcome.passed && !violations.some(({ checker }) => checker === name))
      lines.push(`${file}: ${name} was to be broken, and holds: take it out of breaks`);
  for (const { cut, violations: broken } of cuts?.failures ?? []) {
    for (const { checker, what } of broken)
      lines.push(`${file}: with the power cut ${cutWords(cut)}: ${checker}: ${what}`);
  }
  if (lines.length > 0) return lines;
  const leftOut = withoutCuts ? ', without its power cuts' : '';
  const alsoCut = cuts === undefined ? leftOut : `, and with the power cut in ${cuts.runs} places`;
  const known = breaks.length === 0 ? '' : `, and breaks what it is known to break: ${breaks.join(', ')}`;
  return [`${file}: passed, ${(durationMs / 1000).toFixed(1)} s of its time${alsoCut}${known}`];
}

export const cutWords = ({ write, phase }: { readonly write: number; readonly phase: string }): string =>
  `${{ before: 'before', issued: 'at', done: 'after' }[phase]} write ${write}`;

/** Without the functions that a step is made of. */
const plain = ({ file, scenario, outcome, place }: FileOutcome, sha256: string) => ({
  file,
  scenario,
  ...outcome,
  unmet:
    outcome.unmet === undefined
      ? null
      : {
          step: outcome.unmet.step.says,
          line: place?.line,
          column: place?.col,
          what: outcome.unmet.what,
          atMs: outcome.unmet.atMs,
        },
  cuts: outcome.cuts ?? null,
  sha256: outcome.tier === 'a' ? sha256 : null,
});

/** `scenario words`: every word, every expectation, with an example. */
export function scenarioWords({ json }: { readonly json: boolean }, io: Io): number {
  const words = Object.entries(WORDS).map(([word, { help, examples }]) => ({ word, help, examples }));
  const conditions = CONDITION_NAMES.map((name) => ({ name, help: CONDITIONS[name].help }));
  say(io, json, { words, conditions }, [
    'Steps, each on a line of its own below steps:',
    ...words.flatMap(({ word, help, examples }) => [`  ${word}  ${help}`, ...examples.map((one) => `      - ${one}`)]),
    '',
    'What expect: takes, several at once; within: and for: are lengths of time',
    ...conditions.map(({ name, help }) => `  ${name}  ${help}`),
  ]);
  return EXIT.done;
}

/** `scenario faults`: the catalogue. */
export function scenarioFaults({ json }: { readonly json: boolean }, io: Io): number {
  const groups = Object.entries(GROUPS).map(([group, faults]) => ({
    group,
    faults: Object.keys(faults).map((name) => {
      const { help, must, tiers, schema } = FAULTS[name] as (typeof FAULTS)[string];
      return { name, help, must, tiers, parameters: Object.keys((schema.properties ?? {}) as object) };
    }),
  }));
  say(
    io,
    json,
    { groups },
    groups.flatMap(({ group, faults }) => [
      `${group}`,
      ...faults.flatMap(({ name, help, must, tiers, parameters }) => [
        `  ${name}${parameters.length === 0 ? '' : `  {${parameters.join(', ')}}`}${tiers.length === 2 ? '' : `  (tier ${tiers.join(', ')} only)`}`,
        `      happens: ${help}`,
        `      the lock must: ${must}`,
      ]),
    ]),
  );
  return EXIT.done;
}

/** `scenario schema`: for an editor. */
export function scenarioSchemaOut({ json }: { readonly json: boolean }, io: Io): number {
  io.out(`${JSON.stringify(scenarioSchema(), null, json ? undefined : 2)}\n`);
  return EXIT.done;
}
