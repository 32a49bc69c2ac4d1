import { describe, expect, it } from 'vitest';
import type { FileOutcome } from '../../../sim/cli/scenario.ts';
import { junit } from '../../../sim/scenario/junit.ts';

const one = (file: string, scenario: string, violations: readonly string[]): FileOutcome => ({
  file,
  scenario,
  place: undefined,
  withoutCuts: false,
  outcome: {
    tier: 'a',
    seed: 1,
    passed: violations.length === 0,
    unmet: undefined,
    violations: violations.map((what) => ({ checker: 'home', what, atMs: 1_500 })),
    breaks: [],
    durationMs: 1_500,
    writes: 0,
    powerCuts: 0,
    cuts: undefined,
  },
});

describe('the outcomes as XML', () => {
  it('count the cases and the failures, with the time of the scenario', () => {
    expect(junit([one('a.yaml', 'a day', []), one('b.yaml', 'a night', ['it stands open'])])).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuite name="latchstring" tests="2" failures="1" errors="0">',
        '  <testcase classname="a.yaml" name="a day" time="1.500"/>',
        '  <testcase classname="b.yaml" name="a night" time="1.500">',
        '    <failure message="b.yaml: home, broken at 1500 ms: it stands open">b.yaml: home, broken at 1500 ms: it stands open</failure>',
        '  </testcase>',
        '</testsuite>',
        '',
      ].join('\n'),
    );
  });

  it('hold nothing that a file or a scenario is called as markup, and no character that XML has none of', () => {
    const name = `<b a="1" c='2'> & \u0000\u0007\u001b[2J ü`;
    const xml = junit([one(name, name, [name])]);
    const written = "&lt;b a=&quot;1&quot; c='2'&gt; &amp; [2J ü";
    expect(xml).toContain(`classname="${written}" name="${written}"`);
    expect(xml).toContain(`: ${written}</failure>`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is asked
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(junit([one('a.yaml', 'a\ufffe\uffff\ud800b 🚪', [])])).toContain('name="ab 🚪"');
  });
});
