/** Somebody who watches a whole run, whatever is played in it, and complains when a promise is broken. */
import type { Observation } from '../observation.ts';
import type { Tier } from '../scenario/stage.ts';
import type { View } from './circumstances.ts';

export interface Checker {
  readonly name: string;
  /** The promise, in a sentence. */
  readonly promises: string;
  /** Where it can watch: both tiers, unless it has to see the disk. */
  readonly tiers?: readonly Tier[];
  watch(view: View, complain: (what: string) => void): Watch;
}

export interface Watch {
  /** `view.now` has seen it already. */
  see(observation: Observation): void;
  /** Everything is mended, everybody is home, and time has passed. */
  end?(): void;
}
