/**
 * Writes docs/mutation.md from StrykerJS's report and from `survivors.ts`: no figure in it is typed by
 * hand. A survivor without a reason ends it with 1, and so does a reason without a survivor.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Mutant, readReport } from './report.ts';
import { covers, REASONS } from './survivors.ts';
import { QUICK_FIRST } from './tests.ts';

const REPORT = 'build/mutation/report.json';
const PAGE = 'docs/mutation.md';
const FOLDERS = ['firmware/lock', 'firmware/access'] as const;

const isAlive = ({ status }: Mutant): boolean => status === 'Survived' || status === 'NoCoverage';
const isNoticed = ({ status }: Mutant): boolean => status === 'Killed' || status === 'Timeout';

const percent = (part: number, whole: number): string =>
  whole === 0 ? 'none' : `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`;

function figures(name: string, mutants: readonly Mutant[]): string {
  const noticed = mutants.filter(isNoticed).length;
  const judged = noticed + mutants.filter(isAlive).length;
  const constants = mutants.filter(({ isConstant }) => isConstant).length;
  const sentences = mutants.filter(({ status }) => status === 'Ignored').length - constants;
  return `| ${name} | ${judged} | ${noticed} | ${judged - noticed} | ${percent(noticed, judged)} | ${constants} | ${sentences} |`;
}

const HEAD = '| | changes | noticed | survived | score | constants | sentences |\n|---|---:|---:|---:|---:|---:|---:|';

function scores(mutants: readonly Mutant[]): string {
  const rows = FOLDERS.flatMap((folder) => {
    const inside = mutants.filter(({ file }) => file.startsWith(`${folder}/`));
    const files = [...new Set(inside.map(({ file }) => file))];
    return [
      figures(`**${folder}**`, inside),
      ...files.map((file) =>
        figures(
          `[${file.slice(folder.length + 1)}](../${file})`,
          inside.filter((mutant) => mutant.file === file),
        ),
      ),
    ];
  });
  return [HEAD, ...rows, figures('**both**', mutants)].join('\n');
}

const LONGEST = 90;
/** Code in a cell of a table: on one line, not too long, and without a bar that would end the cell. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  const fence = short.includes('`') ? '``' : '`';
  return short === '' ? 'nothing' : `${fence}${short.replaceAll('|', '\\|')}${fence}`;
}

function survivors(alive: readonly Mutant[]): string {
  const files = [...new Set(alive.map(({ file }) => file))];
  return files
    .map((file) => {
      const rows = alive
        .filter((mutant) => mutant.file === file)
        .map((mutant) => {
          const why = REASONS.find((reason) => covers(reason, mutant))?.why ?? '**no reason yet**';
          return `| ${mutant.line} | ${code(mutant.from)} | ${code(mutant.to)} | ${why} |`;
        });
      return `### ${file}\n\n| line | is | becomes | why nothing notices |\n|---:|---|---|---|\n${rows.join('\n')}`;
    })
    .join('\n\n');
}

function page(mutants: readonly Mutant[]): string {
  const alive = mutants.filter(isAlive);
  return `# Mutation testing

<!-- Written by npm run mutation. The words stand in test/mutation/page.ts, the reasons in test/mutation/survivors.ts. -->

StrykerJS changes the sources one small thing at a time, and runs the tests that could notice. A change that they do
not notice *survives*: either a test is missing, or the change is none that anybody could observe. Every survivor stands
below with its reason.

\`\`\`sh
npm run mutation
\`\`\`

It takes most of an hour on one core the first time; then it remembers in \`build/mutation/\` what has not changed. It
writes this page, and ends with 1 when a survivor has no reason, when a reason has no survivor, or when a folder is below
80 %. It is no part of \`.ci/run\`.

## What is changed, and what is asked

Everything in \`firmware/lock\` and \`firmware/access\` that runs in a lock. Not \`table-page.ts\`, \`draw.ts\` and
\`write-table.ts\`, which draw a document.

Asked are ${QUICK_FIRST.length} test files (\`test/mutation/tests.ts\`): those that concern the two folders and are quick. The
wanderer that reaches every cell, houses in real time, power cuts and serial ports notice more, and take too long
to be asked that often. Nor is it asked whether TABLE.md is fresh: that notices every change of a table, and says
nothing about whether it matters.

Two kinds of changes are left out. They are counted in the last two columns, and not in the score.

- **Constants**: what is computed when a file is loaded, above all the cells of the three tables and the data of the
  profiles. StrykerJS can judge one only by running every test, which is half of the time for a fifth of the changes.
  Over the tables others watch: they are total or do not compile, \`test/firmware/lock/tables.test.ts\` reads their rules
  down the columns, \`walk.test.ts\` reaches every cell, and \`npm run table\` shows what a change of one does.
- **Sentences** for people: texts of three words or more, such as the detail of a refusal or the cause of an
  alarm (\`test/mutation/sentences.mjs\`). What depends on them is somebody who
  reads, and a test that repeats them word for word shows nothing.

## Score

*Changes* are those that could be judged; *noticed* those at which a test failed, or did not come to an end.

${scores(mutants)}

## Survivors

${survivors(alive)}
`;
}

const mutants = readReport(readFileSync(REPORT, 'utf8'));
const alive = mutants.filter(isAlive);
const unexplained = alive.filter((mutant) => !REASONS.some((reason) => covers(reason, mutant)));
const stale = REASONS.filter((reason) => !alive.some((mutant) => covers(reason, mutant)));
const low = FOLDERS.filter((folder) => {
  const inside = mutants.filter(({ file }) => file.startsWith(`${folder}/`));
  const noticed = inside.filter(isNoticed).length;
  return noticed < 0.8 * (noticed + inside.filter(isAlive).length);
});
writeFileSync(PAGE, page(mutants));
process.stdout.write(`${PAGE} is written: ${alive.length} survivors\n`);
for (const { file, line, from, to } of unexplained)
  process.stderr.write(`no reason for ${file}:${line}: ${code(from)} becomes ${code(to)}\n`);
for (const { file, within } of stale) process.stderr.write(`no survivor for the reason at ${file}: ${within}\n`);
for (const folder of low) process.stderr.write(`${folder} is below 80 %\n`);
process.exitCode = unexplained.length + stale.length + low.length > 0 ? 1 : 0;
