/**
 * `npm run soak`: a lock killed 200 times at random moments, on a real folder. Prints the figures as
 * one JSON object, and how far it is to stderr; the exit code is 1 when anything is wrong. Two minutes on a quiet
 * machine. Another seed: `npm run soak -- 7`.
 */
import { fileURLToPath } from 'node:url';
import { lives, randomKills } from './lives.ts';

const KILLS = 200;

const seed = Number(process.argv[2] ?? '1');
if (!Number.isSafeInteger(seed)) throw new Error(`a seed is a whole number: ${process.argv[2]}`);
const lock = await lives(fileURLToPath(new URL('./victim.js', import.meta.url)), seed);
try {
  const figures = await randomKills(lock, KILLS, seed, (kills) => process.stderr.write(`${kills} of ${KILLS} kills\n`));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  if (figures.violations.length > 0) process.exitCode = 1;
} finally {
  await lock.clear();
}
