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

  it('takes a control of a stranger, sent again and again over a power cut, for one too', async () => {
    const { scenario } = parseScenario(
      [
        'scenario: a stranger pauses',
        'seed: 3000728',
        'steps:',
        '  - cut: {power: after write 17}',
        '  - after: 1s',
        '  - force: door',
        '  - after: 1s',
        '  - present: courier-1',
        '  - after: 1s',
        '  - control: {op: pause, by: stranger}',
        '  - after: 10ms',
        '  - fault: network-hostile',
        '  - after: 1s',
        '  - restore: power',
        '  - expect: {alarm: WrongCodeEntryLimit, within: 5s}',
      ].join('\n'),
      'stranger.yaml',
    );
    const { passed, violations } = await play(scenario);
    expect([passed, violations]).toEqual([true, []]);
  });
});

describe('everybody goes home', () => {
  it('and shuts the lid that an answer on a slow disk opens last of all', async () => {
    const { scenario } = parseScenario(
      [
        'scenario: slow disk',
        'profile: car-trunk',
        'disk: {sync: 400ms}',
        'steps:',
        '  - present: courier-2',
        '  - after: 1s',
        '  - close: door',
        '  - command: nonce',
        '  - after: 1s',
        '  - command: {unlock: courier-1}',
      ].join('\n'),
      'slow.yaml',
    );
    const { passed, violations } = await play(scenario);
    expect([passed, violations]).toEqual([true, []]);
  });
});
