import { describe, expect, it } from 'vitest';
import { type Found, fuzz, fuzzed, isKnown } from '../../../sim/fuzz/fuzz.ts';
import { generate } from '../../../sim/fuzz/generate.ts';
import { parseScenario, writeScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';
import type { Breathe } from '../../../sim/scenario/stage.ts';
import { recording } from '../../../sim/scenario/trace.ts';
import { prng } from '../../../sim/time/prng.ts';
import { turn } from '../../../sim/time/turn.ts';

const hashOf = async (seed: number, breathe?: Breathe): Promise<string> => {
  const record = recording({ seed, path: '', scenario: '' }, false);
  await play(fuzzed(seed), { lenient: true, observe: record.observe, breathe });
  return record.hash();
};

describe('chance', () => {
  it('breaks no promise, with the power cut at the writes of what is durable', async () => {
    const { runs, powerCuts, failures } = await fuzz({ seed: 500, runs: 250 });
    expect(failures).toEqual([]);
    expect(runs).toBe(250);
    expect(powerCuts).toBeGreaterThan(100);
  });

  it('makes the same world of the same seed, to the byte, and another of another', async () => {
    const [first, again, other] = [await hashOf(11), await hashOf(11), await hashOf(12)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('makes the same world whether or not somebody looks on, who may end it at any moment', async () => {
    for (let seed = 1; seed <= 20; seed++) expect(await hashOf(seed, turn)).toBe(await hashOf(seed));
  });

  it('makes scenarios that a file can hold', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { data } = fuzzed(seed);
      expect(parseScenario(writeScenario(data), 'chance.yaml').scenario.data).toEqual(data);
    }
  });

  it('counts what breaks one promise in one scenario once, wherever the power was cut', () => {
    const found = (seed: number, checker: string, write?: number): Found => ({
      seed,
      scenario: generate(prng(1, 'fuzz'), 1),
      cut: write === undefined ? undefined : { write, phase: 'done' },
      run: (write ?? 0) + 1,
      violations: [{ checker, what: 'broken', atMs: 0 }],
    });
    const known = [found(1, 'egress', 3)];
    expect(isKnown(known, found(1, 'egress', 4))).toBe(true);
    expect(isKnown(known, found(2, 'egress', 3))).toBe(false);
    expect(isKnown(known, found(1, 'spends', 3))).toBe(false);
  });

  it('lets others have their turn, so that a Ctrl-C is heard', async () => {
    let goesOn = true;
    setTimeout(() => {
      goesOn = false;
    });
    const { runs } = await fuzz({ seed: 1, runs: 2_000, goesOn: () => goesOn });
    expect(runs).toBeLessThan(2_000);
  }, 120_000);

  it('stops when it is told to', async () => {
    let asked = 0;
    const { runs } = await fuzz({ seed: 1, runs: 1_000_000, goesOn: () => ++asked < 5 });
    expect(runs).toBeLessThan(10);
  });
});
