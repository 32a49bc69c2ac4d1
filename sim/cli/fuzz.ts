/** `fuzz`: random scenarios under every checker; what breaks a promise comes out as a small file. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProfileName } from '../../firmware/lock/profiles/index.ts';
import { EXIT, toFailure } from '../../firmware/tools/failure.ts';
import { type Interrupt, type Io, interruptedCode, say } from '../../firmware/tools/io.ts';
import { type Found, fuzz as runFuzz, type Tally } from '../fuzz/fuzz.ts';
import { type Shrunk, shrink } from '../fuzz/shrink.ts';
import { writeScenario } from '../scenario/file.ts';
import { cutWords, progress } from './scenario.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  readonly profile?: ProfileName;
  /** Where the scenarios of what was found are written. */
  readonly out: string;
  readonly failures: number;
  readonly json: boolean;
}

const BAR_CHARS = 30;

/** How often it says how far it is where nobody looks at a terminal. */
const LOG_MS = 10_000;

export async function fuzz(options: FuzzOptions, io: Io): Promise<number> {
  // Before the first run: what was found after hours has to have a place.
  // Not recursive: below /proc that never comes to an end in Node 20.
  try {
    await mkdir(options.out);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere || !(await stat(options.out)).isDirectory()) throw toFailure(error, options.out);
  }
  const clock = await io.clock();
  const sinceMs = clock.monoMs();
  let loggedMs = sinceMs;
  let interrupted: Interrupt | undefined;
  const end = io.onInterrupt((interrupt) => {
    interrupted = interrupt;
  });
  const tally = await runFuzz({
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
  const failures = [];
  for (const [i, found] of tally.failures.entries()) {
    const before = tally.failures.slice(0, i).filter(({ seed }) => seed === found.seed).length;
    failures.push(await written(found, before, options, io));
  }
  end();
  const runsPerSecond = Math.round((tally.runs * 1000) / Math.max(1, tookMs));
  const { runs, powerCuts } = tally;
  say(io, options.json, { seed: options.seed, runs, powerCuts, failures, runsPerSecond }, [
    ...failures.flatMap(({ checker, what, file, steps, replay }) => [
      `${checker}: ${what}`,
      `  ${steps} steps in ${file}`,
      `  ${replay}`,
    ]),
    `seed ${options.seed}: ${runs} runs, ${powerCuts} power cuts, ${failures.length} found, ${runsPerSecond} runs a second`,
  ]);
  if (failures.length > 0) return EXIT.refused;
  return interrupted === undefined ? EXIT.done : interruptedCode(interrupted);
}

/** The smallest scenario that breaks the same promise, as a file, and the line that plays it; `before` are those of its seed. */
async function written(found: Found, before: number, { out, json, profile }: FuzzOptions, io: Io) {
  const small = await shrink(found, (tries) => progress(io, !json, `making it smaller: ${tries}`));
  progress(io, !json, '');
  const file = join(out, `fuzz-${found.seed}${before === 0 ? '' : `-${before + 1}`}.yaml`);
  const head = [
    `# ${small.checker}: ${small.what}`,
    ...(small.cut === undefined ? [] : [`# with the power cut ${cutWords(small.cut)}`]),
  ];
  await writeFile(
    file,
    `${head.join('\n')}\n${writeScenario({ ...small.scenario, scenario: `${small.checker}: ${small.what}` })}`,
  ).catch((error: unknown) => {
    throw toFailure(error, file);
  });
  return {
    seed: found.seed,
    checker: small.checker,
    what: small.what,
    file,
    steps: small.scenario.steps.length,
    cut: small.cut ?? null,
    replay: replayOf(found, small, file, profile),
  };
}

/** One line that plays it again. A cut that could not be written as steps is made again from the seed, with the runs before it. */
export function replayOf(
  { seed, run }: Pick<Found, 'seed' | 'run'>,
  { cut }: Pick<Shrunk, 'cut'>,
  file: string,
  profile: ProfileName | undefined,
): string {
  if (cut === undefined) return `latchstring scenario run --lenient ${file}`;
  return `latchstring fuzz --seed ${seed} --runs ${run}${profile === undefined ? '' : ` --profile ${profile}`}`;
}

function bar({ runs, powerCuts, failures }: Tally, of: number): string {
  const done = Math.round((BAR_CHARS * runs) / Math.max(1, of));
  return `[${'#'.repeat(done)}${' '.repeat(Math.max(0, BAR_CHARS - done))}] ${runs} of ${of} runs, ${powerCuts} power cuts, ${failures.length} found`;
}
