/** `npm run mutation`: what is changed, and by which tests it is judged. docs/mutation.md says why. */
export default {
  mutate: ['firmware/lock/**/*.ts', 'firmware/access/**/*.ts', '!firmware/lock/{table-page,draw,write-table}.ts'],
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/sentences.mjs'],
  ignorers: ['sentences'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Changes of code that loops can take a while to be given up.
  timeoutMS: 20_000,
  incremental: true,
  incrementalFile: 'build/mutation/incremental.json',
  tempDirName: 'build/mutation/sandboxes',
  ignorePatterns: ['/dist', '/build', '/docs'],
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutation/report.json' },
  // vitest looks at no types, and TypeScript 7 has no more what StrykerJS would read a tsconfig with.
  disableTypeChecks: false,
  tsconfigFile: 'none.json',
};
