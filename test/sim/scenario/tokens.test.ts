/** Tokens that somebody signs in a scenario say what the step says, whoever signs them. */
import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';

const BY = ['carrier', 'owner'] as const;

/** What was not met, when this is played on a product. */
async function unmet(profile: string, ...steps: readonly string[]): Promise<unknown> {
  const text = [`scenario: tokens`, `profile: ${profile}`, 'steps:', ...steps.map((step) => `  - ${step}`)].join('\n');
  return (await play(parseScenario(text, 'inline.yaml').scenario, {})).unmet;
}

describe.each(BY)('a token by the %s', (by) => {
  it.each(['door', 'key-safe', 'car-trunk'])('opens a %s, where its action is left out', async (profile) => {
    const step = `issue: {token: guest, by: ${by}}`;
    expect(await unmet(profile, step, 'present: guest', 'expect: {answer: admitted}')).toBeUndefined();
  });

  it.each([
    ['until: +1m', '10m', 'expired'],
    ['from: +10m', '1m', 'not_yet_valid'],
    ['for: another_lock', '1m', 'wrong_lock'],
    ['action: release', '1m', 'wrong_action'],
  ])('that says %s is refused after %s: %s', async (says, after, refused) => {
    const steps = [`issue: {token: guest, by: ${by}, ${says}}`, `after: ${after}`, 'present: guest'];
    expect(await unmet('door', ...steps, `expect: {answer: denied, refused: ${refused}, within: 2s}`)).toBeUndefined();
  });

  it('ends after it begins', async () => {
    const step = `issue: {token: guest, by: ${by}, from: +10m, until: +1m}`;
    await expect(unmet('door', step)).rejects.toThrow('a token ends after it begins');
  });
});

it('names a delegation by its hash only where there is one', async () => {
  const step = (by: string): string => `issue: {token: guest, by: ${by}, named: true}`;
  await expect(unmet('door', step('owner'))).rejects.toThrow(
    "a token that the owner signs has no carrier's delegation",
  );
  expect(await unmet('door', step('carrier'), 'present: guest', 'expect: {answer: denied}')).toBeUndefined();
});
