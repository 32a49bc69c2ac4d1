#!/usr/bin/env node
/**
 * The command `latchstring`: mounts the verbs of the three folders, and turns whatever goes wrong
 * into one sentence, what to do next, and an exit code. No verb's code is loaded before it is called.
 */
import { existsSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError } from 'commander';
import type { ProfileName } from './firmware/lock/profiles/index.ts';
import { EXIT, exitCodeOf, type Failure, toFailure, usage } from './firmware/tools/failure.ts';
import { complain, type Io } from './firmware/tools/io.ts';
import { addExamples, addFlag, addGroup, addVerb, type Mount, mountTools } from './firmware/tools/verbs.ts';
import { VERSION } from './firmware/version.ts';
import type { FuzzOptions } from './sim/cli/fuzz.ts';
import type { ReplayOptions } from './sim/cli/replay.ts';
import type { ScenarioRunOptions } from './sim/cli/scenario.ts';
import type { SimOptions } from './sim/cli/sim.ts';

/** Runs one command line, without the program's name; settles with its exit code and never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const json = isJson(argv);
  let code: number = EXIT.done;
  const mount: Mount = {
    io,
    settle: (settled) => {
      code = settled;
    },
  };
  const program = buildProgram(mount);
  try {
    refuseHelpOfNothing(program, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    // A group without its verb: help was printed already.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    const failed =
      error instanceof CommanderError
        ? fromCommander(await firstComplaint(error, argv, mount), program, argv)
        : toFailure(error);
    complain(io, json, failed);
    return exitCodeOf(failed);
  }
}

function buildProgram(mount: Mount): Command {
  const { io } = mount;
  const program = new Command('latchstring')
    .description('A smart lock that lets one courier in, once; and a simulator that runs the same firmware.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show help, with examples')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      // Errors are told once, in main.
      outputError: () => undefined,
      getOutHelpWidth: () => io.terminal()?.columns ?? 100,
    });
  addExamples(program, [
    'latchstring demo',
    'latchstring sim',
    'latchstring key new --out owner',
    'latchstring token --help',
  ]);
  mountTools(program, mount);
  mountLock(program, mount);
  mountScenarios(program, mount);
  return program;
}

/** The lock itself, and the world to put it in. */
function mountLock(program: Command, { io, settle }: Mount): void {
  addVerb(program, 'run', 'run the lock on this machine', ['latchstring run --config lock.yaml'])
    .requiredOption('--config <file>', 'configuration of the lock, YAML')
    .addHelpText('after', `\nWith --json, one object a line for each change; what happens to the parts, on stderr.`)
    .action(async (options: { config: string; json: boolean }) =>
      settle(await (await import('./firmware/cli/run.ts')).run(options, io)),
    );
  addVerb(program, 'sim', 'run the same firmware on a simulated door', [
    'latchstring sim',
    'latchstring sim --data ./house --port 1884',
    'latchstring sim --profile key-safe',
  ])
    .option('--data <dir>', 'keep keys and journal in this folder (default: forget them at the end)')
    .option('--port <number>', 'port of its MQTT broker', parsePort)
    .option('--profile <name>', `what is opened: ${PRODUCTS.join(', ')} (default: door)`, parseProfile)
    .option('--no-acts', 'nobody plays the world over the broker: no latchstring/sim/… there')
    .addHelpText(
      'after',
      `
With --json, one object a line for each change; a word that it does not know, on stderr.
A test in any language plays the world over its broker, which listens on loopback: {"cid":"1","act":"ring"} to
latchstring/sim/front-door/act; what is so is retained on latchstring/sim/front-door/truth, the answer on …/truth/1.`,
    )
    .action(async (options: SimOptions) => settle(await (await import('./sim/cli/sim.ts')).sim(options, io)));
  addVerb(
    program,
    'demo',
    'watch a courier come in once, and four more tokens be refused, on a simulated door, safe or trunk',
    ['latchstring demo', 'latchstring demo --profile key-safe'],
  )
    .option('--profile <name>', `what is opened: ${PRODUCTS.join(', ')} (default: door)`, parseProfile)
    .action(async (options: { json: boolean; profile?: ProfileName }) =>
      settle(await (await import('./sim/cli/demo.ts')).demo(options, io)),
    );
}

/** The simulator as an instrument: what happens to a lock, from a file or by chance. */
function mountScenarios(program: Command, { io, settle }: Mount): void {
  const group = addGroup(program, 'scenario', 'play what happens to a lock, step by step, from a file', [
    'latchstring scenario run sim/scenarios/delivery.yaml',
    'latchstring scenario words',
  ]);
  const run = addVerb(
    group,
    'run',
    'play scenario files in virtual time, every promise watched; exit 1 when one is broken',
    [
      'latchstring scenario run sim/scenarios/attacks/*.yaml',
      'latchstring scenario run --tier b sim/scenarios/delivery.yaml',
      'latchstring scenario run --record delivery.trace sim/scenarios/delivery.yaml',
    ],
  )
    .argument('<file...>', 'YAML, one scenario each')
    .option('--tier <tier>', 'a: virtual time; b: real time, real johnny-five bytes, real MQTT', parseTier, 'a')
    .option('--seed <number>', "another seed than the file's", parseSeed)
    .option('--record <file>', 'write everything that was observed, to be played again by `replay`')
    .option('--junit <file>', "write the outcomes as JUnit's XML")
    .option('--no-cuts', 'leave out the power cuts of durable scenarios');
  addFlag(run, 'quiet', 'no time line, only what came of it');
  addFlag(run, 'lenient', 'pass over steps that cannot happen, as in a scenario that chance has made');
  run.action(async (files: string[], options: ScenarioRunOptions) =>
    settle(await (await import('./sim/cli/scenario.ts')).scenarioRun(files, options, io)),
  );
  addVerb(group, 'words', 'every word of the language, with examples', ['latchstring scenario words']).action(
    async (options: { json: boolean }) => settle((await import('./sim/cli/scenario.ts')).scenarioWords(options, io)),
  );
  addVerb(group, 'faults', 'everything that can be broken, and what the lock must do then', [
    'latchstring scenario faults',
  ]).action(async (options: { json: boolean }) =>
    settle((await import('./sim/cli/scenario.ts')).scenarioFaults(options, io)),
  );
  addVerb(group, 'schema', 'JSON Schema of a scenario, for editors', [
    'latchstring scenario schema > scenario.schema.json',
  ]).action(async (options: { json: boolean }) =>
    settle((await import('./sim/cli/scenario.ts')).scenarioSchemaOut(options, io)),
  );

  addVerb(
    program,
    'fuzz',
    'play scenarios that chance has made, with power cuts; what breaks a promise becomes a small file',
    [
      'latchstring fuzz --seed 1 --runs 10000',
      'latchstring fuzz --seed 7 --runs 2000 --profile key-safe --out ./found',
    ],
  )
    .option('--seed <number>', 'from which all of it follows', parseSeed, 1)
    .option('--runs <number>', 'how many runs, power cuts included', parseCount('--runs'), 1_000)
    .option('--profile <name>', `only this product: ${PRODUCTS.join(', ')}`, parseProfile)
    .option('--out <dir>', 'where scenarios of what was found are written', parseFolder, '.')
    .option('--failures <number>', 'stop after so many', parseCount('--failures'), 1)
    .action(async (options: FuzzOptions) => settle(await (await import('./sim/cli/fuzz.ts')).fuzz(options, io)));

  const again = addVerb(program, 'replay', 'play a recorded trace again; exit 1 where it comes out another way', [
    'latchstring replay delivery.trace',
  ]).argument('<trace>', 'a file of scenario run --record');
  addFlag(again, 'quiet', 'no time line, only what came of it');
  again.action(async (path: string, options: ReplayOptions) =>
    settle(await (await import('./sim/cli/replay.ts')).replay(path, options, io)),
  );
}

function parseTier(text: string): 'a' | 'b' {
  if (text === 'a' || text === 'b') return text;
  throw usage(`--tier ${JSON.stringify(text)} is no tier`, 'give a for virtual time, or b for real time');
}

function parseSeed(text: string): number {
  const seed = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= 0xffff_ffff) return seed;
  throw usage(`--seed ${JSON.stringify(text)} is not a seed`, 'give a whole number from 0 to 4294967295');
}

const COUNT_MAX = 999_999_999;

const parseCount =
  (option: string) =>
  (text: string): number => {
    const count = /^-?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (count >= 1 && count <= COUNT_MAX) return count;
    const wrong = Number.isNaN(count) ? 'is not a number' : 'is out of range';
    throw usage(`${option} ${JSON.stringify(text)} ${wrong}`, `give a whole number from 1 to ${COUNT_MAX}`);
  };

function parseFolder(text: string): string {
  if (text !== '') return text;
  throw usage('--out "" is no path', 'name a folder after it');
}

/** Written out here, so that a command line is read before anything is loaded. */
const PRODUCTS = ['door', 'key-safe', 'car-trunk'] as const satisfies readonly ProfileName[];

function parseProfile(text: string): ProfileName {
  const profile = PRODUCTS.find((name) => name === text);
  if (profile !== undefined) return profile;
  throw usage(`--profile ${JSON.stringify(text)} is no profile`, `choose from ${PRODUCTS.join(', ')}`);
}

function parsePort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw usage(`--port ${JSON.stringify(text)} is not a port`, 'give a number from 0 to 65535; 0 takes any free one');
}

/** Whether errors are to be JSON: asked before the command line is parsed, since parsing may fail. */
function isJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

/**
 * Commander misses a required option before it notices the unknown one that was meant for it. So the
 * line is parsed again, with nothing required and nothing done, for what is misspelt in it.
 */
async function firstComplaint(error: CommanderError, argv: readonly string[], mount: Mount): Promise<CommanderError> {
  if (error.code !== 'commander.missingMandatoryOptionValue') return error;
  const program = buildProgram(mount);
  const command = commandOf(program, argv).action(() => undefined);
  for (const option of command.options) option.makeOptionMandatory(false);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return error;
  } catch (other) {
    return other instanceof CommanderError && other.code === 'commander.unknownOption' ? other : error;
  }
}

/** Commander's own complaint as ours. It puts a similar word on a second line, when it knows one. */
function fromCommander(error: CommanderError, program: Command, argv: readonly string[]): Failure {
  const command = commandOf(program, argv);
  const path = pathOf(command);
  const verbs = command.commands.map((verb) => verb.name()).join(', ');
  // A group and --json, which belongs to its verbs.
  const isBare = ['latchstring', ...argv.filter((word) => word !== '--json')].join(' ') === path;
  if (isBare && verbs !== '') return usage(`${path} needs a verb`, `choose from ${verbs}`);
  const [first = '', second] = error.message.split('\n');
  const similar = /Did you mean (?:one of )?(.*?)\?/.exec(second ?? '')?.[1];
  const message = first.replace(/^error: /, '');
  if (similar !== undefined) return usage(message, `did you mean ${similar}?`);
  if (error.code === 'commander.unknownCommand') return usage(message, `choose from ${verbs}`);
  if (command === program) return usage(message, `options come after the verb; ${path} --help lists the verbs`);
  return usage(message, `${path} --help shows what it takes, with an example`);
}

/** Commander answers `help nonsense` with the help of everything else, as if nothing were wrong. */
function refuseHelpOfNothing(program: Command, argv: readonly string[]): void {
  const group = commandOf(program, argv);
  const depth = pathOf(group).split(' ').length - 1;
  const [help, ...named] = argv.slice(depth);
  if (help !== 'help') return;
  const verb = commandOf(group, named);
  const unknown = named[pathOf(verb).split(' ').length - pathOf(group).split(' ').length];
  if (unknown === undefined || unknown.startsWith('-')) return;
  const verbs = verb.commands.map((known) => known.name()).join(', ');
  throw usage(
    `there is no help for ${JSON.stringify(unknown)}`,
    verbs === '' ? `${pathOf(verb)} --help shows what it takes` : `choose from ${verbs}`,
  );
}

/** The verb that a command line calls, as far as it names one. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const word of argv) {
    const verb = command.commands.find((known) => known.name() === word);
    if (verb === undefined) break;
    command = verb;
  }
  return command;
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

/** Whether this file is what was started, perhaps through the link that npm makes. */
const isStarted = (): boolean =>
  process.argv[1] !== undefined &&
  existsSync(process.argv[1]) &&
  pathToFileURL(realpathSync(process.argv[1])).href === import.meta.url;

if (isStarted()) {
  const { processIo } = await import('./firmware/tools/process-io.ts');
  const io = processIo();
  process.exitCode = await main(process.argv.slice(2), io);
  await io.over();
}
