/** For every fault of the catalogue, what it says that the lock must do: played, with every checker watching. */
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, FAULTS } from '../../../sim/faults/catalogue.ts';
import type { Observer } from '../../../sim/observation.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';
import { realStage } from '../../../sim/scenario/real-stage.ts';
import { CLOCK_STORIES } from './stories/clock.ts';
import { DISK_STORIES } from './stories/disk.ts';
import { MECHANISM_STORIES } from './stories/mechanism.ts';
import { NETWORK_STORIES } from './stories/network.ts';
import { PEOPLE_STORIES } from './stories/people.ts';
import { POWER_STORIES } from './stories/power.ts';
import { SERIAL_STORIES } from './stories/serial.ts';
import { admitted, type Stories, type Story } from './stories/story.ts';
import { THIEF_STORIES } from './stories/thief.ts';

const STORIES: Stories = Object.assign(
  {},
  POWER_STORIES,
  DISK_STORIES,
  SERIAL_STORIES,
  CLOCK_STORIES,
  NETWORK_STORIES,
  MECHANISM_STORIES,
  PEOPLE_STORIES,
  THIEF_STORIES,
);

const scenarioOf = ({ shows, head = '', profile = 'door', steps }: Story) =>
  parseScenario(
    `scenario: ${JSON.stringify(shows)}\nprofile: ${profile}\n${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`,
    'story.yaml',
  ).scenario;

/** Seen on the wire alone, and played there below. */
const ON_TIER_B = ['serial-noise'];

describe('the catalogue of faults', () => {
  it('has a story for each of them, and each breaks what it is about', () => {
    expect([...Object.keys(STORIES), ...ON_TIER_B].sort()).toEqual([...FAULT_NAMES].sort());
    for (const [name, stories] of Object.entries(STORIES)) {
      for (const { steps } of stories) expect(steps.join('\n')).toMatch(new RegExp(`fault: \\{?${name}\\b`));
    }
  });

  it('says of each what happens, and what the lock must do', () => {
    for (const [name, { help, must }] of Object.entries(FAULTS)) {
      expect([name, help.length > 15, must.length > 15]).toEqual([name, true, true]);
    }
  });

  it.each([
    ['door', 'cover-off', 'a door has no cover_on'],
    ['door', 'mount-removed', 'a door has no mounted'],
    ['door', 'tilted', 'a door has no upright'],
    ['door', 'ignition-on', 'a door has no ignition_off'],
    ['door', 'battery-low', 'a door has no battery'],
    ['key-safe', 'ignition-on', 'a key-safe has no ignition_off'],
    ['key-safe', '{button-leant-on: {button: inside_button}}', 'a key-safe has no inside_button'],
    ['car-trunk', 'cover-off', 'a car-trunk has no cover_on'],
    ['car-trunk', 'mount-removed', 'a car-trunk has no mounted'],
    ['car-trunk', 'tilted', 'a car-trunk has no upright'],
    ['car-trunk', '{button-leant-on: {button: bell}}', 'a car-trunk has no bell'],
    // What is left out is a bell, and one end of the bolt.
    ['car-trunk', 'button-leant-on', 'a car-trunk has no bell'],
    ['car-trunk', 'sensor-stuck', 'a car-trunk has no bolt_thrown'],
    ['car-trunk', '{bounce: {contact: bell}}', 'a car-trunk has no bell'],
  ])('breaks nothing that a product has not: of a %s, %s is refused', (profile, fault, lack) => {
    const steps = [`fault: ${fault}`];
    expect(() => scenarioOf({ shows: 'nothing', profile, steps } as Story)).toThrow(
      `story.yaml:4:12: this step cannot happen: ${lack}`,
    );
  });

  describe.each(Object.entries(STORIES))('%s', (_, stories) => {
    it.each(stories.map((story) => [story.shows, story] as const))('%s', async (_shows, story) => {
      const { unmet, violations, breaks, passed } = await play(scenarioOf(story));
      expect({
        unmet: unmet && `${unmet.step.says}: ${unmet.what}`,
        broken: violations.filter(({ checker }) => !breaks.includes(checker)),
      }).toEqual({ unmet: undefined, broken: [] });
      expect(passed).toBe(true);
    });
  });

  it('brute-force fills no disk: three hundred codes more leave it as long as it was', async () => {
    const writtenBy = async (codes: number): Promise<number> => {
      let bytes = 0;
      const observe: Observer = (seen) => {
        if (seen.what === 'disk' && seen.kind === 'append' && seen.phase === 'issued') bytes += seen.bytes?.length ?? 0;
      };
      const steps = [`fault: {brute-force: {codes: ${codes}, every: 100ms}}`];
      await play(scenarioOf({ shows: 'codes', steps }), { observe });
      return bytes;
    };
    const [few, many] = [await writtenBy(100), await writtenBy(400)];
    expect(many - few).toBeLessThan(8 * 1024);
  });

  it('serial-noise is dropped, or the board asked anew; nothing moves by it, and the courier is let in', async () => {
    const scenario = scenarioOf({
      shows: 'noise',
      steps: [
        'fault: serial-noise',
        'expect: {bolt: thrown, withdrawn_times: 0, driven: none, for: 1s}',
        'expect: {lock: locked, no_alarm: BoardLost, within: 10s}',
        ...admitted(),
      ],
    });
    const { unmet, violations } = await play(scenario, { stage: realStage(scenario) });
    expect({ unmet: unmet?.what, violations }).toEqual({ unmet: undefined, violations: [] });
  });
});
