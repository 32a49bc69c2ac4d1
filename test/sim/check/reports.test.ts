import { describe, expect, it } from 'vitest';
import { toText } from '../../../protocol/index.ts';
import { nothingSecret } from '../../../sim/check/reports.ts';
import type { Observation } from '../../../sim/observation.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';

const published = (payload: string): Observation => ({ what: 'published', topic: 'a/topic', payload, retain: false });

function complaints(payload: string, secrets: readonly string[] = []): readonly string[] {
  const told: string[] = [];
  nothingSecret.watch({ secrets } as never, (what) => told.push(what)).see(published(payload));
  return told;
}

describe('nothing secret', () => {
  it('complains of a code, of its beginning, and of a secret key', () => {
    const code = toText(Uint8Array.from({ length: 40 }, (_, i) => i * 5));
    expect(complaints(JSON.stringify({ detail: code }))).toEqual(['a code is published on a/topic']);
    expect(complaints(JSON.stringify({ detail: code.slice(0, 24) }))).toHaveLength(1);
    expect(complaints('{"detail":"00ff00ff"}', ['00ff00ff'])).toEqual(['a secret is published on a/topic']);
  });

  it('lets a refusal name the prefix that a code would have had', () => {
    expect(complaints('{"detail":"the text begins LS0:, not LS1:"}')).toEqual([]);
  });
});

describe('alarms have causes', () => {
  it('takes five wrong codes for the cause of their alarm', async () => {
    const { scenario } = parseScenario(
      'scenario: wrong codes\nsteps:\n  - fault: {brute-force: {codes: 5, every: 3s}}\n  - expect: {alarm: WrongCodeEntryLimit}\n',
      'codes.yaml',
    );
    const { passed, violations } = await play(scenario);
    expect([passed, violations]).toEqual([true, []]);
  });
});
