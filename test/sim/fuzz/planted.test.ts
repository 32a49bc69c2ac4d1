import { describe, expect, it } from 'vitest';
import { BUGS, search } from './planted.ts';

/** Most are found within the first hundred; a copy that is sound goes through all of them. */
const RUNS_MAX = 3_000;
const RUNS_SOUND = 200;
const SEED = 1;

describe('the fuzzer', () => {
  it('complains of nothing in a copy without a bug', async () => {
    expect(await search(undefined, SEED, RUNS_SOUND)).toMatchObject({ broken: [], what: '' });
  });

  it.each(BUGS.map((bug) => [bug.name, bug] as const))('finds: %s', async (_name, bug) => {
    const found = await search(bug, SEED, RUNS_MAX);
    expect(found.broken).toContain(bug.breaks);
  });

  it('makes what it has found as small as it can, and the small one still breaks the same promise', async () => {
    const bug = BUGS.find(({ name }) => name === 'nothing is thrown behind whoever left');
    const { small } = await search(bug, SEED, RUNS_MAX, { shrinks: true });
    expect(small?.broken).toContain(bug?.breaks);
    expect(small?.steps.length).toBeLessThanOrEqual(3);
    expect(small?.steps.length).toBeLessThan(small?.from ?? 0);
  });

  it('looks for ten of them', () => {
    expect(BUGS.length).toBeGreaterThanOrEqual(10);
  });
});
