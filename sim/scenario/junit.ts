/** Outcomes as JUnit's XML, which every CI reads: one test case a file. */
import type { FileOutcome } from '../cli/scenario.ts';
import { verdict } from '../cli/scenario.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML 1.0: escaped, and without the control characters that it cannot hold (§2.2). */
const escaped = (text: string): string =>
  [...text]
    .filter((char) => char >= ' ' || char === '\n' || char === '\t')
    .map((char) => ESCAPES[char] ?? char)
    .join('');

/** `time` is the scenario's own, in seconds: how long the machine took says nothing of the lock. */
export function junit(outcomes: readonly FileOutcome[]): string {
  const cases = outcomes.map((one) => {
    const { file, scenario, outcome } = one;
    const open = `  <testcase classname="${escaped(file)}" name="${escaped(scenario)}" time="${(outcome.durationMs / 1000).toFixed(3)}"`;
    if (outcome.passed) return `${open}/>`;
    const lines = verdict(one);
    return `${open}>\n    <failure message="${escaped(lines[0] ?? '')}">${escaped(lines.join('\n'))}</failure>\n  </testcase>`;
  });
  const failures = outcomes.filter(({ outcome }) => !outcome.passed).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="latchstring" tests="${outcomes.length}" failures="${failures}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}
