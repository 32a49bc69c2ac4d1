/**
 * Plays every shipped scenario and a few that chance has made, in virtual time, and prints the hash of all
 * that was observed: the same on every machine and every Node, or something computes what it should not.
 *
 *     node .ci/hashes.mjs             one line each: SHA-256, and what was played
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { fuzzed, parseScenario, play, recording } = await import('../dist/sim/index.js');

const FOLDER = 'sim/scenarios';
const SEEDS = 30;

process.chdir(join(import.meta.dirname, '..'));
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));

async function hashOf(name, scenario, options) {
  const record = recording({ seed: scenario.seed, path: name, scenario: '' }, false);
  const { violations } = await play(scenario, { ...options, observe: record.observe });
  process.stdout.write(`${record.hash()}  ${name}  ${violations.length}\n`);
}

for (const file of files.sort()) {
  const path = join(FOLDER, file);
  await hashOf(file, parseScenario(readFileSync(path, 'utf8'), path).scenario, {});
}
for (let seed = 1; seed <= SEEDS; seed++) await hashOf(`seed ${seed}`, fuzzed(seed), { lenient: true });
