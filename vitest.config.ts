import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A hang must end as a failure: no test here needs longer, and nothing is timed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two real houses at once on a small machine starve each other's serial ports.
    maxWorkers: 2,
  },
});
