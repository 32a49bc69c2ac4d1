/**
 * `npm run bench`: how long things take, each beside what it could not be faster than on this machine
 * in this run. Figures to look at, never a gate: machines are noisy, and a missed aim ends nothing.
 */
import { measureAccept, measureFlood } from './accept.ts';
import { measureForgeries, measureNonsense } from './access.ts';
import { asJson, asText, type Figure, measureNoise } from './figures.ts';
import { measureCompaction, measureLedger } from './journal.ts';
import { measureRemote } from './remote.ts';
import { measureBacklog, measureTelling } from './report.ts';
import { measureStart } from './start.ts';
import { measureFuzz, measureYear } from './year.ts';

const HELP = `npm run bench            figures for people
npm run bench -- --json  [{name, unit, value, baseline, ratio}]

Measures the lock on this machine, about four minutes: start, accepting a token, forgeries, nonsense, a
flood, the ledger, the journal, what goes over a broker, a year and a fuzz of the simulator. Each figure
stands beside a baseline from the same run: what it could not be faster than, or what people would otherwise
write (three JWTs by jose, a row in SQLite, mqtt.js with nothing around it).
Progress goes to stderr. A missed aim is told and fails nothing: run it on a machine that does nothing
else, more than once. The disk is the one of the folder for temporary files: TMPDIR names another, and
on one that is in memory the figures of the disk mean nothing.
`;

const PARTS: readonly (readonly [string, () => readonly Figure[] | Promise<readonly Figure[]>])[] = [
  ['looking at the machine', () => [measureNoise()]],
  ['starting houses, connecting boards', measureStart],
  ['refusing forgeries', measureForgeries],
  ['refusing nonsense', measureNonsense],
  ['looking up used tokens', measureLedger],
  ['writing journals anew', measureCompaction],
  ['letting couriers in', measureAccept],
  ['letting couriers in through a flood', measureFlood],
  ['telling a ring', measureTelling],
  ['telling a backlog', measureBacklog],
  ['opening from afar', measureRemote],
  ['living a year', measureYear],
  ['fuzzing', measureFuzz],
];

async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) {
    process.stderr.write(`no such option: ${unknown}\n\n${HELP}`);
    return 2;
  }
  const figures: Figure[] = [];
  for (const [doing, measure] of PARTS) {
    process.stderr.write(`${doing} …\n`);
    figures.push(...(await measure()));
  }
  process.stdout.write(`${args.includes('--json') ? asJson(figures) : asText(figures)}\n`);
  return 0;
}

process.exitCode = await run(process.argv.slice(2));
