import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A hang must end as a failure. No test needs a quarter of this on a machine of its own, and nothing is timed.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Two real houses at once on a small machine starve each other's serial ports.
    maxWorkers: 2,
  },
});
