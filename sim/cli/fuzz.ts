/** `fuzz`: random scenarios under every checker; what breaks a promise comes out as a small file. */
import { mkdir, mkdtemp, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProfileName } from '../../firmware/lock/profiles/index.ts';
import { EXIT, failure, systemCode, toFailure } from '../../firmware/tools/failure.ts';
import { complain, type Interrupt, type Io, interruptedCode, say } from '../../firmware/tools/io.ts';
import { type Found, fuzz as runFuzz, type Tally } from '../fuzz/fuzz.ts';
import { type Shrunk, shrink } from '../fuzz/shrink.ts';
import { writeScenario } from '../scenario/file.ts';
import { progress } from './onlooker.ts';
import { cutWords } from './scenario.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  readonly profile?: ProfileName;
  /** Where the scenarios of what was found are written. */
  readonly out: string;
  readonly failures: number;
  readonly json: boolean;
}

/** What is told of one that was found. */
interface Told {
  readonly seed: number;
  readonly checker: string;
  readonly what: string;
  /** Null where it could not be written. */
  readonly file: string | null;
  /** The file's text, when there is no file. */
  readonly yaml?: string;
  readonly steps: number;
  readonly cut: Shrunk['cut'] | null;
  readonly replay: string;
}

const BAR_CHARS = 30;

/** How often it says how far it is where nobody looks at a terminal. */
const LOG_MS = 10_000;

/** `search` is another one in tests, which finds what it is told to. */
export async function fuzz(options: FuzzOptions, io: Io, search = runFuzz): Promise<number> {
  await makeFolder(options.out);
  const clock = await io.clock();
  const sinceMs = clock.monoMs();
  let loggedMs = sinceMs;
  let interrupted: Interrupt | undefined;
  const end = io.onInterrupt((interrupt) => {
    interrupted = interrupt;
  });
  const tally = await search({
    seed: options.seed,
    runs: options.runs,
    failuresMax: options.failures,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    onProgress(now) {
      if (options.json || now.runs % 10 !== 0) return;
      progress(io, true, bar(now, options.runs));
      // In a log there is no line to write over: one now and then, so that nobody takes it for dead.
      if (io.terminal() !== undefined || clock.monoMs() - loggedMs < LOG_MS) return;
      loggedMs = clock.monoMs();
      io.err(`${bar(now, options.runs)}\n`);
    },
    goesOn: () => interrupted === undefined,
  });
  const tookMs = clock.monoMs() - sinceMs;
  progress(io, !options.json, '');
  const failures: Told[] = [];
  for (const [i, found] of tally.failures.entries()) {
    const before = tally.failures.slice(0, i).filter(({ seed }) => seed === found.seed).length;
    failures.push(await written(found, before, options, io));
  }
  end();
  const runsPerSecond = Math.round((tally.runs * 1000) / Math.max(1, tookMs));
  const { runs, powerCuts } = tally;
  say(io, options.json, { seed: options.seed, runs, powerCuts, failures, runsPerSecond }, [
    ...failures.flatMap(linesOf),
    `seed ${options.seed}: ${counted(runs, 'run')}, ${counted(powerCuts, 'power cut')}, ${failures.length} found, ${runsPerSecond} runs a second`,
  ]);
  if (failures.some(({ file }) => file === null)) return EXIT.io;
  if (failures.length > 0) return EXIT.refused;
  return interrupted === undefined ? EXIT.done : interruptedCode(interrupted);
}

const counted = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

/** Before the first run: what was found after hours has to have a place. */
async function makeFolder(out: string): Promise<void> {
  // Not recursive: below /proc that never comes to an end in Node 20.
  try {
    await mkdir(out);
  } catch (error) {
    const isThere = systemCode(error) === 'EEXIST';
    if (!isThere || !(await stat(out)).isDirectory()) throw toFailure(error, out);
  }
  // A mode that allows it says little: the disk may be full or read-only, and root is allowed everything.
  try {
    await rmdir(await mkdtemp(join(out, '.fuzz-')));
  } catch (error) {
    throw failure(
      'io',
      `${out}: no file can be written there: ${toFailure(error).message}`,
      'choose another folder with --out',
    );
  }
}

/** The smallest scenario that breaks the same promise, as a file, and the line that plays it; `before` are those of its seed. */
async function written(found: Found, before: number, { out, json, profile }: FuzzOptions, io: Io): Promise<Told> {
  const small = await shrink(found, (tries) => progress(io, !json, `making it smaller: ${tries}`));
  progress(io, !json, '');
  const file = join(out, `fuzz-${found.seed}${before === 0 ? '' : `-${before + 1}`}.yaml`);
  const yaml = textOf(small);
  const told = {
    seed: found.seed,
    checker: small.checker,
    what: small.what,
    steps: small.scenario.steps.length,
    cut: small.cut ?? null,
  };
  try {
    await writeFile(file, yaml);
    return { ...told, file, replay: replayOf(found, small, file, profile) };
  } catch (error) {
    // It is told instead: finding it again may take hours.
    complain(io, json, toFailure(error, file));
    return { ...told, file: null, yaml, replay: replayOf(found, small, undefined, profile) };
  }
}

/** A scenario as its file has it, with what it breaks above it. */
function textOf({ scenario, checker, what, cut }: Shrunk): string {
  const head = [`# ${checker}: ${what}`, ...(cut === undefined ? [] : [`# with the power cut ${cutWords(cut)}`])];
  return `${head.join('\n')}\n${writeScenario({ ...scenario, scenario: `${checker}: ${what}` })}`;
}

/** One that was found, for people. Its text is not moved to the right: it is to be copied into a file. */
const linesOf = ({ checker, what, file, yaml, steps, replay }: Told): readonly string[] => [
  `${checker}: ${what}`,
  file === null ? `  ${steps} steps, for a file of your own:` : `  ${steps} steps in ${file}`,
  ...(yaml === undefined ? [] : [yaml.trimEnd()]),
  `  ${replay}`,
];

/** One line that plays it again. What has no file is made again from the seed, as is a cut that could not be written as steps, with the runs before it. */
export function replayOf(
  { seed, run }: Pick<Found, 'seed' | 'run'>,
  { cut }: Pick<Shrunk, 'cut'>,
  file: string | undefined,
  profile: ProfileName | undefined,
): string {
  if (cut === undefined && file !== undefined) return `latchstring scenario run --lenient ${quoted(file)}`;
  return `latchstring fuzz --seed ${seed} --runs ${run}${profile === undefined ? '' : ` --profile ${profile}`}`;
}

/** A path as one word of a shell. */
const quoted = (path: string): string => (/^[\w./,:=@%+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

function bar({ runs, powerCuts, failures }: Tally, of: number): string {
  const done = Math.round((BAR_CHARS * runs) / Math.max(1, of));
  return `[${'#'.repeat(done)}${' '.repeat(Math.max(0, BAR_CHARS - done))}] ${runs} of ${of} runs, ${powerCuts} power cuts, ${failures.length} found`;
}
