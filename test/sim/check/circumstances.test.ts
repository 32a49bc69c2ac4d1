/** What excuses a lock: only what has really happened, and only until it is mended. */
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../sim/observation.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';

type Fault = Extract<Observation, { what: 'fault' }>;

/** What is said to be broken and mended in a scenario, in order. */
async function faultsOf(...steps: readonly string[]): Promise<readonly string[]> {
  const faults: Fault[] = [];
  const text = ['scenario: a cut', 'steps:', ...steps.map((step) => `  - ${step}`)].join('\n');
  await play(parseScenario(text, 'inline.yaml').scenario, {
    lenient: true,
    observe: (observation) => void (observation.what === 'fault' && faults.push(observation)),
  });
  return faults.map(({ fault, on }) => `${fault} ${on ? 'on' : 'off'}`);
}

describe('a cut', () => {
  it('that nobody takes back is mended when everybody goes home: what is heard then is judged', async () => {
    expect(await faultsOf('cut: network', 'present: courier-1', 'after: 1s')).toEqual([
      'network-away on',
      'network-away off',
    ]);
  });

  it('at a moment that never comes excuses nothing, nor does one of a power that is off', async () => {
    expect(await faultsOf('cut: {power: at motion}', 'after: 1s', 'restore: power')).toEqual([]);
    expect(await faultsOf('cut: power', 'cut: power', 'restore: power')).toEqual(['power-cut on', 'power-cut off']);
  });
});
