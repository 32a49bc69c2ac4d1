/** Outcomes as JUnit's XML, which every CI reads: one test case a file. */
import type { FileOutcome, Slip } from '../cli/scenario.ts';
import { verdict } from '../cli/scenario.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that are in XML 1.0 (§2.2): control characters, halves of one, and two that are none are not. */
const IN_XML = /[\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Text for XML: escaped, and without what it cannot hold. */
const escaped = (text: string): string =>
  [...text]
    .filter((char) => IN_XML.test(char))
    .map((char) => ESCAPES[char] ?? char)
    .join('');

/**
 * `time` is the scenario's own, in seconds: how long the machine took says nothing of the lock. A file that could not be
 * played is an error, which is no failure: nothing was found out about the lock.
 */
export function junit(outcomes: readonly FileOutcome[], slips: readonly Slip[] = []): string {
  const cases = outcomes.map((one) => {
    const { file, scenario, outcome } = one;
    const open = `  <testcase classname="${escaped(file)}" name="${escaped(scenario)}" time="${(outcome.durationMs / 1000).toFixed(3)}"`;
    if (outcome.passed) return `${open}/>`;
    const lines = verdict(one);
    return `${open}>\n    <failure message="${escaped(lines[0] ?? '')}">${escaped(lines.join('\n'))}</failure>\n  </testcase>`;
  });
  for (const { file, failure } of slips) {
    const says = `${failure.message}\n${failure.next}`;
    cases.push(
      `  <testcase classname="${escaped(file)}" name="it can be played">\n    <error message="${escaped(failure.message)}">${escaped(says)}</error>\n  </testcase>`,
    );
  }
  const failures = outcomes.filter(({ outcome }) => !outcome.passed).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="latchstring" tests="${cases.length}" failures="${failures}" errors="${slips.length}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}
