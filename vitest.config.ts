import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each: begun first, so that nobody waits for one of them alone at the end. */
const LONGEST = ['scenario/tiers', 'fuzz/planted', 'brokers/check', 'journal/damage', 'power-cut/kill'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { sequencer: LongestFirst },
    // A hang must end as a failure. No test needs a quarter of this on a machine of its own, and nothing is timed.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Two real houses at once on a small machine starve each other's serial ports.
    maxWorkers: 2,
  },
});
