import { describe, expect, it } from 'vitest';
import { CHECKERS } from '../../../sim/check/index.ts';
import { BUGS } from './bugs.ts';
import { search, tell } from './planted.ts';

/** Most are found within the first hundred; a copy that is sound goes through all of them. */
const RUNS_MAX = 3_000;
const RUNS_SOUND = 200;
const SEED = 1;

describe('the fuzzer', () => {
  it('complains of nothing in a copy without a bug', async () => {
    expect(await search(undefined, SEED, RUNS_SOUND)).toMatchObject({ broken: [], what: '' });
  });

  it.each(BUGS.map((bug) => [bug.name, bug] as const))('finds: %s', async (_name, bug) => {
    const found = await search(bug, bug.seed ?? SEED, RUNS_MAX);
    expect(found.broken).toContain(bug.breaks);
  });

  it('makes what it has found as small as it can, and the small one still breaks the same promise', async () => {
    const bug = BUGS.find(({ name }) => name === 'nothing is thrown behind whoever left');
    const { small } = await search(bug, bug?.seed ?? SEED, RUNS_MAX, { shrinks: true });
    expect(small?.broken).toContain(bug?.breaks);
    expect(small?.steps.length).toBeLessThanOrEqual(4);
    expect(small?.steps.length).toBeLessThan(small?.from ?? 0);
  });

  it.each([
    ['nobody asks whether a token was used', []],
    ['nobody is told of a token that a power cut has used up', []],
    ['nothing is thrown behind whoever left', ['--profile', 'key-safe']],
  ] as const)('at a shell tells of "%s" in one object, with lines that play it again', async (name, more) => {
    const bug = BUGS.find((one) => one.name === name);
    if (bug === undefined) throw new Error('no such bug');
    const argv = ['--seed', '1', '--runs', '1500', '--failures', '2', ...more];
    const { code, said, again } = await tell(bug, argv);
    expect(code).toBe(1);
    expect(Object.keys(said)).toEqual(['seed', 'runs', 'powerCuts', 'failures', 'runsPerSecond']);
    expect(said).toMatchObject({ seed: 1, runs: expect.any(Number), powerCuts: expect.any(Number) });
    expect(said.failures.length).toBeGreaterThan(0);
    for (const [i, { checker, steps, replay }] of said.failures.entries()) {
      expect(steps).toBeGreaterThan(0);
      expect([replay, again[i]?.code]).toEqual([replay, 1]);
      expect(again[i]?.out).toContain(`"checker":"${checker}"`);
    }
  });

  it('looks for ten of them, and for one at least that each checker has to find', () => {
    expect(BUGS.length).toBeGreaterThanOrEqual(10);
    expect([...new Set(BUGS.map(({ breaks }) => breaks))].sort()).toEqual(CHECKERS.map(({ name }) => name).sort());
  });
});
