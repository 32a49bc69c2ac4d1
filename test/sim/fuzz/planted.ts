/** Plants a bug and looks for it: the sources are copied, one line of the copy is changed, and the copy is fuzzed. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundled, copyOf } from '../../support/copy.ts';
import { BUGS, type Bug } from './bugs.ts';

/** What the fuzzer has come to: the promises that were broken by the first scenario that broke one. */
export interface Search {
  readonly runs: number;
  readonly powerCuts: number;
  readonly broken: readonly string[];
  readonly what: string;
  readonly tookMs: number;
  /** When it was asked for: the smallest scenario that still breaks the same promise, and what playing it breaks. */
  readonly small?: { readonly from: number; readonly steps: readonly object[]; readonly broken: readonly string[] };
}

const MAIN = `
import { fuzz, PEOPLE_SEED, playData } from './sim/fuzz/fuzz.ts';
import { shrink } from './sim/fuzz/shrink.ts';
import { cast } from './sim/world.ts';
const sinceMs = performance.now();
const { runs, powerCuts, failures } = await fuzz({ seed: Number(process.argv[2]), runs: Number(process.argv[3]) });
const violations = failures.flatMap((found) => found.violations);
const broken = [...new Set(violations.map(({ checker }) => checker))];
const tookMs = Math.round(performance.now() - sinceMs);
let small;
if (process.argv[4] === 'shrink' && failures[0] !== undefined) {
  const { scenario, cut } = await shrink(failures[0]);
  const again = await playData(scenario, { cast: cast(PEOPLE_SEED, { quick: true }), ...(cut === undefined ? {} : { cut }) });
  small = { from: failures[0].scenario.steps.length, steps: scenario.steps, broken: again.violations.map(({ checker }) => checker) };
}
console.log(JSON.stringify({ runs, powerCuts, broken, what: violations[0]?.what ?? '', tookMs, small }));
`;

/** What `latchstring fuzz --json` says of a copy with a bug in it, and how each line ends that it says plays it again. */
export interface Told {
  readonly code: number;
  readonly said: Readonly<Record<string, unknown>> & { readonly failures: readonly Failed[] };
  readonly again: readonly { readonly code: number; readonly out: string }[];
}

interface Failed {
  readonly checker: string;
  readonly file: string;
  readonly steps: number;
  readonly cut: unknown;
  readonly replay: string;
}

/** The command line of a copy, as somebody at a shell uses it. */
export async function tell(bug: Bug, argv: readonly string[]): Promise<Told> {
  const folder = copyOf([bug], `told-${BUGS.indexOf(bug)}`);
  const program = await bundled('cli.ts', folder);
  const run = (words: readonly string[]) =>
    promisify(execFile)(process.execPath, [program, ...words]).then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (error: { readonly code: number; readonly stdout: string }) => ({ code: error.code, out: error.stdout }),
    );
  const { code, out } = await run(['fuzz', '--json', '--out', folder, ...argv]);
  const said = JSON.parse(out) as Told['said'];
  const again: { readonly code: number; readonly out: string }[] = [];
  for (const { replay } of said.failures) again.push(await run([...replay.split(' ').slice(1), '--json']));
  rmSync(folder, { recursive: true, force: true });
  return { code, said, again };
}

/** Fuzzes a copy of the sources; with a bug in it, if one is given. */
export async function search(
  bug: Bug | undefined,
  seed: number,
  runsMax: number,
  { shrinks = false } = {},
): Promise<Search> {
  const folder = bug === undefined ? copyOf([], 'searched') : copyOf([bug], `searched-${BUGS.indexOf(bug)}`);
  writeFileSync(join(folder, 'main.ts'), MAIN);
  const program = await bundled('main.ts', folder);
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    String(seed),
    String(runsMax),
    ...(shrinks ? ['shrink'] : []),
  ]);
  rmSync(folder, { recursive: true, force: true });
  return JSON.parse(stdout) as Search;
}
