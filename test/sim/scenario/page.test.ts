import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { redrawn } from '../../../sim/scenario/page.ts';
import { play } from '../../../sim/scenario/player.ts';

const page = readFileSync('docs/scenarios.md', 'utf8');

describe('docs/scenarios.md', () => {
  it('is fresh: npm run scenario-page would change nothing', () => expect(redrawn(page)).toBe(page));

  it('gives a place to every table, or says so', () => {
    expect(() => redrawn('# A page without marks')).toThrow('has no place for words');
  });

  it('shows scenarios that come true', async () => {
    const blocks = [...page.matchAll(/```yaml\n(scenario:[\s\S]*?)```/g)].map(([, text]) => text ?? '');
    expect(blocks.length).toBeGreaterThan(0);
    for (const text of blocks) {
      const { passed, unmet } = await play(parseScenario(text, 'docs/scenarios.md').scenario);
      expect([unmet?.what, passed]).toEqual([undefined, true]);
    }
  });
});
