/** The same file on both tiers: the same verdict, and the same events in the same order. */
import { describe, expect, it } from 'vitest';
import type { Observer } from '../../../sim/observation.ts';
import { type Outcome, play } from '../../../sim/scenario/player.ts';
import { realStage } from '../../../sim/scenario/real-stage.ts';
import { type Scenario, whyNot } from '../../../sim/scenario/scenario.ts';
import type { Stage } from '../../../sim/scenario/stage.ts';
import { virtualStage } from '../../../sim/scenario/virtual-stage.ts';
import { cast } from '../../../sim/world.ts';
import { SHIPPED } from './shipped.ts';

/** Longest, in its own time: somebody waits for it, and several go on at once. With CI set, all of them, of 200 s at most. */
const REAL_MS_MAX = process.env.CI ? Number.POSITIVE_INFINITY : 22_000;
const PLAYED_MIN = process.env.CI ? 17 : 5;
/** Houses at once, and the time from the first of one lane to that of the next. */
const LANES = 4;
const APART_MS = 2_500;

interface Played {
  readonly outcome: Outcome;
  readonly events: readonly string[];
  /** How many events had been heard when the last step began. */
  readonly heardByThen: number;
  /** When the last step was over: then the network is seen to be mended, broken or not. */
  readonly overMs: number;
}

async function playOn(stageOf: (observe: Observer) => Promise<Stage>, scenario: Scenario): Promise<Played> {
  let stage: Stage | undefined;
  let [overMs, heardByThen] = [0, 0];
  const outcome = await play(scenario, {
    async stage(observe) {
      stage = await stageOf(observe);
      return stage;
    },
    onStep() {
      heardByThen = stage?.heard.events.length ?? 0;
    },
    observe({ what }, atMs) {
      if (what === 'network') overMs = atMs;
    },
  });
  const events = (stage?.heard.events ?? []).map(({ topic, event_type }) => `${topic}/${event_type}`);
  return { outcome, events, heardByThen, overMs };
}

const onA = (scenario: Scenario): Promise<Played> => {
  const { seed, profile, witness, disk } = scenario;
  return playOn(
    (observe) => virtualStage({ seed, profile, witness, disk, cast: cast(seed, { quick: true }), observe }),
    scenario,
  );
};

describe('a scenario that both tiers can play', () => {
  it('has one verdict and one sequence of events on both', { timeout: 400_000 }, async () => {
    const both = SHIPPED.filter(({ scenario }) =>
      (['a', 'b'] as const).every((tier) => whyNot(scenario, tier) === undefined),
    );
    const short: { readonly path: string; readonly scenario: Scenario; readonly a: Played }[] = [];
    for (const { path, scenario } of both) {
      const a = await onA(scenario);
      if (a.overMs <= REAL_MS_MAX) short.push({ path, scenario, a });
    }
    expect(short.length).toBeGreaterThanOrEqual(PLAYED_MIN);
    // All are over soonest when the longest begins first.
    short.sort((one, other) => other.a.overMs - one.a.overMs);
    // Making a house, and a first look at a key, keep the processor busy, and a finger on a bell does not wait for it.
    const played: { readonly path: string; readonly a: Played; readonly b: Played }[] = [];
    const queue = [...short];
    const lane = async (_: unknown, i: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, i * APART_MS));
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { path, scenario, a } = next;
        played.push({ path, a, b: await playOn(realStage(scenario), scenario) });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(played.length).toBe(short.length);
    for (const { path, a, b } of played) {
      expect({ path, unmet: b.outcome.unmet?.what, broken: b.outcome.violations }).toEqual({
        path,
        unmet: a.outcome.unmet?.what,
        broken: a.outcome.violations,
      });
      expect([path, b.outcome.passed]).toEqual([path, a.outcome.passed]);
      // Virtual time goes on after the last step until everybody is home, real time does not: of the two one may have more.
      const shared = Math.min(a.events.length, b.events.length);
      expect([path, shared]).toEqual([path, Math.max(shared, a.heardByThen)]);
      expect([path, b.events.slice(0, shared)]).toEqual([path, a.events.slice(0, shared)]);
    }
  });

  it('says why another cannot be played, before it is', () => {
    const why = (name: string, tier: 'a' | 'b') => {
      const file = SHIPPED.find(({ path }) => path.endsWith(`/${name}.yaml`));
      return file === undefined ? undefined : whyNot(file.scenario, tier);
    };
    expect(why('disk-full', 'b')?.message).toBe('fault: {disk-full: {room: 0}} cannot be played on tier b');
    expect(why('disk-full', 'b')?.path).toEqual(['steps', 0]);
    expect(why('noise-on-the-wire', 'a')?.next).toContain('run it on tier b');
    expect(why('door-left-open', 'b')?.message).toContain('600 s of real time');
    expect(why('delivery', 'b')).toBeUndefined();
  });
});
