/**
 * Scenarios that chance has made, in the same language as those that people write, so that what is found is a file that a
 * person can read, change and play.
 */
import { PROFILE_NAMES, PROFILES, type ProfileName } from '../../firmware/lock/profiles/index.ts';
import type { Prng } from '../time/prng.ts';
import type { Chances, StepData } from './chances.ts';
import { HAPPENINGS, PUT_BACK } from './happenings.ts';

export interface ScenarioData {
  readonly scenario: string;
  readonly profile?: ProfileName;
  readonly seed: number;
  readonly durable?: boolean;
  readonly witness?: boolean;
  readonly disk?: StepData;
  readonly policy?: StepData;
  readonly steps: readonly StepData[];
}

/** Couriers that may come: few, so that the same token is shown again. */
const COURIERS = 3;
const SCENES_MIN = 2;
const SCENES_MAX = 7;
const WAITS = ['10ms', '25ms', '60ms', '200ms', '450ms', '900ms', '2s', '5s', '12s', '35s', '2m'] as const;
/** One in so many is played again for every write: more scenarios are worth more than more cuts in the same one. */
const DURABLE_ONE_IN = 12;

/** Which happenings and how many: all of it follows from the seed. */
export function generate(dice: Prng, seed: number, only?: ProfileName): ScenarioData {
  const pick = <T>(values: readonly T[]): T => values[dice.below(values.length)] as T;
  const oneIn = (n: number): boolean => dice.below(n) === 0;
  const profile = only ?? pick<ProfileName>(['door', 'door', ...PROFILE_NAMES]);
  const chances: Chances = {
    dice,
    contacts: PROFILES[profile].contacts,
    battery: PROFILES[profile].battery,
    wait: () => ({ after: pick(oneIn(4) ? WAITS : WAITS.slice(0, 8)) }),
    courier: () => `courier-${1 + dice.below(COURIERS)}`,
    pick,
    oneIn,
  };
  const total = HAPPENINGS.reduce((sum, [weight]) => sum + weight, 0);
  const steps: StepData[] = [];
  const scenes = SCENES_MIN + dice.below(SCENES_MAX - SCENES_MIN + 1);
  for (let i = 0; i < scenes; i++) {
    let at = dice.below(total);
    const happening = HAPPENINGS.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    steps.push(...(happening?.[1](chances) ?? []));
  }
  const syncMs = pick([0, 0, 0, 4, 40, 400]);
  const isWitnessed = oneIn(4) || steps.includes(PUT_BACK);
  return {
    scenario: `chance, seed ${seed}`,
    profile,
    seed,
    ...(oneIn(DURABLE_ONE_IN) ? { durable: true } : {}),
    ...(isWitnessed ? { witness: true } : {}),
    ...(syncMs === 0 ? {} : { disk: { sync: `${syncMs}ms` } }),
    steps,
  };
}
