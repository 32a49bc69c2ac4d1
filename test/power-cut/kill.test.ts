/** A process killed with SIGKILL, over a real disk; what this can show and what not stands in `lives.ts`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kill, lives, randomKills, wrongWith } from './lives.ts';

const root = resolve(import.meta.dirname, '../..');
const build = mkdtempSync(join(tmpdir(), 'latchstring-victim-'));
const victim = join(build, 'out/test/power-cut/victim.js');

// Node 20 runs no TypeScript: the program that is to be killed is built once.
beforeAll(() => {
  execFileSync(process.execPath, [
    ...[join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'test/power-cut')],
    ...['--outDir', join(build, 'out'), '--noCheck'],
  ]);
  copyFileSync(join(root, 'package.json'), join(build, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(build, 'node_modules'));
}, 60_000);
afterAll(() => rmSync(build, { recursive: true, force: true }));

/** Lives that go on at the same time: most of a life is waiting. */
const ABREAST = 3;

/** Far more than any life has: one that never ends before its step would be a hang. */
const STEPS_MAX = 400;

/** Two lives of one token, the first of them killed at a step; `steps` are those that it came to. */
async function killedAt(kill: Kill) {
  const lock = await lives(victim, 1);
  try {
    await lock.tear();
    const token = lock.issue();
    const first = await lock.live(token, { steps: true, kill });
    const last = await lock.live(token);
    return { first, last, wrong: wrongWith([first, last]) };
  } finally {
    await lock.clear();
  }
}

describe('a lock whose process is killed', () => {
  it('at any step of its disk withdraws the bolt at most once, keeps its journal, and refuses the token in the end', async () => {
    // How many steps a life has depends on which records happen to share a write, so no life is the measure of
    // another: the step is moved on until a life ends before it comes to it.
    const found: string[] = [];
    const killedAtStep = new Map<number, string>();
    let ended = STEPS_MAX;
    let withdrawals = 0;
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < ended) {
        const step = next++;
        const { first, last, wrong } = await killedAt({ at: 'step', step });
        if (first.killed) killedAtStep.set(step, first.steps[step] ?? '');
        else ended = Math.min(ended, step);
        withdrawals += first.withdrawals + last.withdrawals;
        if (wrong !== undefined) found.push(`killed at step ${step}, ${first.steps[step]}: ${wrong}`);
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, worker));
    expect(found).toEqual([]);
    expect(ended).toBeLessThan(STEPS_MAX);
    for (let step = 0; step < ended; step++) expect(killedAtStep.has(step)).toBe(true);
    for (const operation of ['append', 'sync', 'truncate']) {
      expect([...killedAtStep.values()]).toContain(`before ${operation}`);
      expect([...killedAtStep.values()]).toContain(`after ${operation}`);
    }
    expect(withdrawals).toBeGreaterThan(0);
  }, 240_000);

  // The last steps of a long life, to which a short one may have no equal: so they are called by their name.
  it.each(['before replace', 'after replace'])(
    '%s of its journal keeps the token used',
    async (step) => {
      const { first, last, wrong } = await killedAt({ at: 'operation', step });
      expect(wrong).toBeUndefined();
      expect([first.killed, first.steps.at(-1)]).toEqual([true, step]);
      expect(first.withdrawals + last.withdrawals).toBe(1);
    },
    60_000,
  );

  it('at random moments withdraws the bolt at most once for each token, whatever was killed when', async () => {
    const lock = await lives(victim, 2);
    try {
      const figures = await randomKills(lock, 20, 2);
      expect(figures).toMatchObject({ kills: 20, violations: [] });
      expect(figures.actuations).toBeLessThanOrEqual(figures.tokens);
    } finally {
      await lock.clear();
    }
  }, 240_000);
});
