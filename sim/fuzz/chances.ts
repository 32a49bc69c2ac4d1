/** What chance chooses from, and how. */
import type { Profile } from '../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import type { Prng } from '../time/prng.ts';

/** One step of a scenario, in the words of the language. */
export type StepData = Readonly<Record<string, unknown>>;

export interface Chances {
  readonly dice: Prng;
  readonly contacts: readonly Contact[];
  /** There is one, and it is measured. */
  readonly battery: Profile['battery'];
  /** A wait, mostly short. */
  wait(): StepData;
  courier(): string;
  pick<T>(values: readonly T[]): T;
  oneIn(n: number): boolean;
}
