/**
 * Bugs that somebody could have made, each a change of one line, and which promise it breaks. The
 * sources are copied, one line of the copy is changed, and the copy is fuzzed: nothing in the code that is
 * shipped knows of it.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';

export interface Bug {
  readonly name: string;
  readonly file: string;
  /** Stands there once. */
  readonly line: string;
  readonly instead: string;
  /** Name of the checker that has to complain. */
  readonly breaks: string;
  /** From which it is found soon, where the usual one takes longer than somebody waits. */
  readonly seed?: number;
}

export const BUGS: readonly Bug[] = [
  {
    name: 'the drive does not wait for the disk',
    file: 'firmware/controller.ts',
    line: 'options.spend(record).then(',
    instead: '(options.spend(record), Promise.resolve()).then(',
    breaks: 'spend before motion',
  },
  {
    name: 'the journal is not synced',
    file: 'firmware/journal/journal.ts',
    line: 'await disk.sync(JOURNAL_FILE);',
    instead: '',
    breaks: 'spend before motion',
  },
  {
    name: 'nobody asks whether a token was used',
    file: 'firmware/access/admit.ts',
    line: 'if (memory.spent.has(',
    instead: 'if (memory.lockedOut.size > 99 && memory.spent.has(',
    breaks: 'spend before motion',
  },
  {
    name: 'a bolt is thrown wherever the door stands',
    file: 'firmware/lock/bolt.ts',
    line: "const throwIt = when('door_closed', when('item_in', to('locking', 'drive_throw'), ignore), ignore);",
    instead: "const throwIt = when('item_in', to('locking', 'drive_throw'), ignore);",
    breaks: 'thrown behind a door',
    seed: 72,
  },
  {
    name: 'nothing bounds a drive but the wait of its row',
    file: 'firmware/lock/ask-bolt.ts',
    line: "if (!isSprung(turn.profile)) wait(turn, 'drive', turn.profile.travelMsMax);",
    instead: '',
    breaks: 'drive bounded',
    seed: 112,
  },
  {
    name: 'the button inside does nothing at a locked door',
    file: 'firmware/lock/bolt.ts',
    line: "a hand may have turned it since\n    'inside.pressed': withdraw,",
    instead: "a hand may have turned it since\n    'inside.pressed': ignore,",
    breaks: 'the button inside opens',
    seed: 50,
  },
  {
    name: 'nothing is thrown behind whoever left',
    file: 'firmware/lock/bolt.ts',
    line: "const relock = when('door_closed', when('item_in', tryIt, stay('halt')), stay('halt'));",
    instead: "const relock = stay('halt');",
    breaks: 'locked again',
  },
  {
    name: 'what was shown stands in the event of its refusal',
    file: 'firmware/doorman.ts',
    line: 'detail: clip(refused.detail),',
    instead: 'detail: clip(text),',
    breaks: 'nothing secret',
  },
  {
    name: 'a board that has not answered yet counts as lost',
    file: 'firmware/lock/alarms.ts',
    line: "holds: ({ board }) => board === 'away',",
    instead: "holds: ({ board }) => board !== 'ready',",
    breaks: 'alarms have causes',
  },
  {
    name: 'nobody is told of a door that was broken open',
    file: 'firmware/lock/alarms.ts',
    line: "holds: ({ door }) => door === 'forced_open',",
    instead: 'holds: () => false,',
    breaks: 'alarms are raised',
    seed: 100,
  },
  {
    name: 'nobody is told of a door that stands open',
    file: 'firmware/lock/alarms.ts',
    line: 'holds: ({ ajar }) => ajar,',
    instead: 'holds: () => false,',
    breaks: 'alarms are raised',
    seed: 59,
  },
  {
    name: 'a safe that is off its mount is told as one that hangs there',
    file: 'firmware/lock/alarms.ts',
    line: "closed(state, 'mounted') === false || closed(state, 'upright') === false,",
    instead: "closed(state, 'upright') === false,",
    breaks: 'alarms are raised',
    seed: 683,
  },
  {
    name: 'a clock is believed for which nobody vouches',
    file: 'firmware/access/trusted-time.ts',
    line: "return { state: 'floor_only', nowS, floorS };",
    instead: "return { state: 'trusted', nowS, floorS };",
    breaks: 'nobody is let in',
    seed: 160,
  },
  {
    name: 'nobody asks whether the door is shut',
    file: 'firmware/access/admit.ts',
    line: "if (door !== 'closed') return refuse(",
    instead: "if (door === 'unknown') return refuse(",
    breaks: 'nobody is let in',
  },
  {
    name: 'a bolt on its way out counts as locked',
    file: 'firmware/lock/bolt.ts',
    line: "'bolt.withdrawn': ignore, // has not left its end yet\n    'bolt.between': ignore, // on its way",
    instead: "'bolt.withdrawn': ignore, // has not left its end yet\n    'bolt.between': to('locked'), // on its way",
    breaks: 'the report is true',
  },
  {
    name: 'nobody is told of a token that a power cut has used up',
    file: 'firmware/controller.ts',
    line: "tellEnd(key, record.token_id, 'spent_outcome_unknown');",
    instead: '',
    breaks: 'every visit ends',
  },
  {
    name: 'an event counts as told before the broker has it',
    file: 'firmware/report/reporter.ts',
    line: 'const isLate = options.nowMs()',
    instead: "journal.appendLazily({ type: 'published', seq });\n    const isLate = options.nowMs()",
    breaks: 'every event, once, in order',
    seed: 181,
  },
  {
    name: 'a visit opens the door once more than it may',
    file: 'firmware/lock/ask-visit.ts',
    line: 'now.visit.openings < profile.openingsMax',
    instead: 'now.visit.openings <= profile.openingsMax',
    breaks: 'locked behind whoever left',
  },
  {
    name: 'every alarm is told again with the next one',
    file: 'firmware/lock/step.ts',
    line: "if (!before.includes(alarm)) tell(turn, { topic: 'alarm', body: { event_type: 'raised', alarm } });",
    instead: "tell(turn, { topic: 'alarm', body: { event_type: 'raised', alarm } });",
    breaks: 'alarms come and go',
  },
  {
    name: 'every visit is told as one to which nobody came',
    file: 'firmware/lock/visit.ts',
    line: "const sealed = when('entered', to('idle', 'end_sealed'), to('idle', 'end_granted_not_entered'));",
    instead: "const sealed = to('idle', 'end_granted_not_entered');",
    breaks: 'a visit ends as it was',
  },
  {
    name: 'nobody asks what the owner has said of everybody',
    file: 'firmware/access/admit.ts',
    line: 'const refused = vetoed(context.memory.owner, channel) ?? interlock(context.lock);',
    instead: 'const refused = interlock(context.lock);',
    breaks: 'nobody is let in',
  },
  {
    name: 'nobody asks which tokens the owner has denied',
    file: 'firmware/access/admit.ts',
    line: 'if (owner.deniedTokens.has(toHex(id)))',
    instead: 'if (owner.deniedTokens.size > 99)',
    breaks: 'nobody is let in',
    seed: 58,
  },
  {
    name: 'a token is good for a day more than it says',
    file: 'firmware/access/limits.ts',
    line: 'if (nowS >= window.expiresS)',
    instead: 'if (nowS >= window.expiresS + 86_400)',
    breaks: 'used by right',
    seed: 163,
  },
  {
    name: 'nobody asks whose phone it is that shows a token',
    file: 'protocol/chain.ts',
    line: "if (!isSignedBy(presentation.signed, 'presentation', token.holder, verify)) {",
    instead: 'if (presentation.signed.bytes.length === 0) {',
    breaks: 'used by right',
    seed: 150,
  },
  {
    name: 'nobody asks when a code was drawn',
    file: 'firmware/access/limits.ts',
    line: 'if (Math.abs(ageS) <= FRESHNESS_S) return undefined;',
    instead: 'if (Math.abs(ageS) <= 9 * FRESHNESS_S) return undefined;',
    breaks: 'used by right',
    seed: 1035,
  },
  {
    name: 'no report carries the one before it',
    file: 'firmware/journal/memory.ts',
    line: 'memory.chain = chainAfter(report);',
    instead: '',
    breaks: 'reports hang together',
  },
  {
    name: 'a token is used up, and nothing moves for it',
    file: 'firmware/lock/visit.ts',
    line: "spent: when('interlocked', aborted, to('unlocking', 'withdraw')),",
    instead: "spent: when('interlocked', aborted, to('unlocking')),",
    breaks: 'a right is enough',
  },
  {
    name: 'a use is in doubt for ever, and no other token is taken',
    file: 'firmware/controller.ts',
    line: "spendsInDoubt -= 1;\n        post({ type: 'spent', spendKey });",
    instead: "post({ type: 'spent', spendKey });",
    breaks: 'a right is enough',
    seed: 33,
  },
  {
    name: 'a lockout is over, and the channel is not listened to',
    file: 'firmware/lock/step.ts',
    line: "turn.effects.push({ type: 'end_lockout', channel });",
    instead: '',
    breaks: 'a right is enough',
  },
  {
    name: 'a pause is forgotten when the journal is written anew',
    file: 'firmware/journal/memory.ts',
    line: 'Object.assign(memory.owner, { number, epoch, latestEpoch, paused, mode });',
    instead: 'Object.assign(memory.owner, { number, epoch, latestEpoch, paused: false, mode });',
    breaks: 'the owner is obeyed',
    seed: 89,
  },
  {
    name: 'a control is told to be applied, and is on no disk',
    file: 'firmware/main.ts',
    line: 'obey: keep,',
    instead: 'obey: async () => undefined,',
    breaks: 'the owner is obeyed',
  },
  {
    name: 'nobody asks which phones the owner has denied',
    file: 'firmware/access/admit.ts',
    line: 'if (owner.deniedKeys.has(toHex(kidOf(holder))))',
    instead: 'if (owner.deniedKeys.size > 99)',
    breaks: 'the owner is obeyed',
    seed: 42,
  },
  {
    name: 'a pause does not stop a token that is on its way to the disk',
    file: 'firmware/owner.ts',
    line: "case 'pause':\n        return true;",
    instead: "case 'pause':\n        return false;",
    breaks: 'the owner is obeyed',
    seed: 139,
  },
  {
    name: 'a root that was rotated is believed until the next start',
    file: 'firmware/main.ts',
    line: '    root = next;\n',
    instead: '',
    breaks: 'the owner is obeyed',
    seed: 90,
  },
  {
    name: 'a power cut ends a lockout',
    file: 'firmware/controller.ts',
    line: "for (const channel of memory.lockedOut) post({ type: 'lockout.began', channel });",
    instead: 'memory.lockedOut.clear();',
    breaks: 'who guesses is locked out',
  },
  {
    name: 'nobody is locked out',
    file: 'firmware/doorman.ts',
    line: 'const WRONG_CODES_MAX = 5;',
    instead: 'const WRONG_CODES_MAX = 50;',
    breaks: 'who guesses is locked out',
  },
  {
    name: 'it is locked from afar in a mode that has that switched off',
    file: 'firmware/lock/modes.ts',
    line: 'lock_command: NOT_FROM_AFAR,',
    instead: "lock_command: 'allowed',",
    breaks: 'an answer is true',
    seed: 67,
  },
  {
    name: 'whoever is on the way out is locked in from afar',
    file: 'firmware/lock/bolt.ts',
    line: "const unlessLeaving = when('leaving', stay('lock_behind'), throwIt);",
    instead: 'const unlessLeaving = throwIt;',
    breaks: 'time to leave',
    seed: 265,
  },
  {
    name: 'nobody is told of a door that opens or shuts',
    file: 'firmware/lock/observe.ts',
    line: "if (door !== 'unknown' || forced) {",
    instead: 'if (forced) {',
    breaks: 'what happens is told',
  },
  {
    name: 'nobody is told of what is taken from a safe',
    file: 'firmware/lock/observe.ts',
    line: "if (next.place === 'out') return tell(",
    instead: "if (next.place === 'out') return;\n  if (next.overdue) return tell(",
    breaks: 'what happens is told',
    seed: 62,
  },
  {
    name: 'the first refusal of a minute is not told',
    file: 'firmware/doorman.ts',
    line: 'if (repeats !== undefined) {',
    instead: 'if (repeats !== undefined && repeats > 0) {',
    breaks: 'what happens is told',
  },
  {
    name: 'a nonce is good for an hour',
    file: 'firmware/access/nonces.ts',
    line: 'now - bornMs < NONCE_MS_MAX);',
    instead: 'now - bornMs < 60 * NONCE_MS_MAX);',
    breaks: 'used by right',
  },
  {
    name: 'a receipt says when it was written, and not when the token was used',
    file: 'firmware/controller.ts',
    line: 'granted_at: new Date(spent.at_s * 1000).toISOString()',
    instead: 'granted_at: new Date(nowMs()).toISOString()',
    breaks: 'a visit ends as it was',
  },
  {
    name: 'what a safe keeps is always said to be in it',
    file: 'firmware/controller.ts',
    line: '{ item: state.item.place }',
    instead: "{ item: 'in' as const }",
    breaks: 'the report is true',
    seed: 62,
  },
  {
    name: 'nothing is said to be assumed of a latch that nobody sees',
    file: 'firmware/lock/ask-bolt.ts',
    line: "const isAssumed = feedbackOf(turn.profile) === 'none';",
    instead: 'const isAssumed = false;',
    breaks: 'the report is true',
  },
  {
    name: 'a witness is told nothing',
    file: 'firmware/main.ts',
    line: '    await tellWitness(mark);\n',
    instead: '',
    breaks: 'spend before motion',
    seed: 61,
  },
];

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

const COPIED = ['protocol', 'firmware', 'sim', 'cli.ts', 'package.json'];

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
  const folder = copyOf(bug, 'told');
  const program = await bundled(join(folder, 'cli.ts'), folder);
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
  const folder = copyOf(bug, 'searched');
  writeFileSync(join(folder, 'main.ts'), MAIN);
  const program = await bundled(join(folder, 'main.ts'), folder);
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    String(seed),
    String(runsMax),
    ...(shrinks ? ['shrink'] : []),
  ]);
  rmSync(folder, { recursive: true, force: true });
  return JSON.parse(stdout) as Search;
}

function copyOf(bug: Bug | undefined, what: string): string {
  // Below the tree, so that the copy finds the same packages.
  const folder = join('build', 'planted', `${what}-${bug === undefined ? 'none' : BUGS.indexOf(bug)}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of COPIED) cpSync(name, join(folder, name), { recursive: true });
  if (bug !== undefined) plant(bug, folder);
  return folder;
}

async function bundled(input: string, folder: string): Promise<string> {
  const made = await rolldown({ input, platform: 'node', external: /^[a-z@][^:]*$/, logLevel: 'silent' });
  // Where version.ts stands, which looks for package.json beside its folder.
  const program = join(folder, 'firmware', 'main.mjs');
  await made.write({ file: program, format: 'esm', codeSplitting: false });
  await made.close();
  return program;
}

function plant({ name, file, line, instead }: Bug, folder: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const parts = text.split(line);
  if (parts.length !== 2) throw new Error(`${name}: its line stands ${parts.length - 1} times in ${file}`);
  writeFileSync(path, parts.join(instead));
}
