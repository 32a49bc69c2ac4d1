/** `npm run mutation`: what is changed, and by which tests it is judged. docs/mutation.md says why. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const REMEMBERED = 'build/mutation/incremental.json';

/** What survived is asked again each time, whether or not StrykerJS thinks that a new test could notice it. */
function forgetSurvivors() {
  if (!existsSync(REMEMBERED)) return;
  /** @type {{ files: Record<string, { mutants: { status: string }[] }> }} */
  const remembered = JSON.parse(readFileSync(REMEMBERED, 'utf8'));
  for (const file of Object.values(remembered.files))
    file.mutants = file.mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout');
  writeFileSync(REMEMBERED, JSON.stringify(remembered));
}
forgetSurvivors();

export default {
  mutate: ['firmware/lock/**/*.ts', 'firmware/access/**/*.ts', '!firmware/lock/{table-page,draw,write-table}.ts'],
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/sentences.mjs'],
  ignorers: ['sentences'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // A constant can be judged by all tests only, and there are hundreds: half of the time for a fifth of the changes.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 20_000,
  incremental: true,
  incrementalFile: REMEMBERED,
  tempDirName: 'build/mutation/sandboxes',
  ignorePatterns: ['/dist', '/build', '/docs'],
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutation/report.json' },
  // vitest looks at no types, and TypeScript 7 has no more what StrykerJS would read a tsconfig with.
  disableTypeChecks: false,
  tsconfigFile: 'none.json',
};
