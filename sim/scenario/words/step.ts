/** What a word of the language is made of. */
import type { Profile } from '../../../firmware/lock/profiles/index.ts';
import type { JsonSchema, Kind, Path } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import { TIERS, type Tier } from '../stage.ts';

/** What a step does; the answer is told on the time line when it is not what the step itself says. */
export type Play = (scene: Scene) => Promise<string | undefined> | string | undefined;

export interface StepWord {
  readonly help: string;
  readonly examples: readonly string[];
  readonly schema: JsonSchema;
  /** Reads its value. Throws a Misfit. */
  read(value: unknown, path: Path): Step;
}

export interface Step {
  readonly play: Play;
  readonly tiers: readonly Tier[];
  /** Why it can never be played behind this profile, or undefined. */
  readonly never?: (profile: Profile) => string | undefined;
}

interface Definition<V> {
  readonly help: string;
  readonly examples: readonly string[];
  readonly kind: Kind<V>;
  readonly tiers?: (value: V) => readonly Tier[];
  readonly never?: (value: V, profile: Profile) => string | undefined;
  readonly play: (scene: Scene, value: V) => ReturnType<Play>;
}

export function step<V>({ help, examples, kind, tiers, never, play }: Definition<V>): StepWord {
  return {
    help,
    examples,
    schema: kind.schema,
    read(value, path) {
      const given = kind.read(value, path);
      return {
        play: (scene) => play(scene, given),
        tiers: tiers?.(given) ?? TIERS,
        ...(never === undefined ? {} : { never: (profile: Profile) => never(given, profile) }),
      };
    },
  };
}

/** For what there is in virtual time only. */
export const ONLY_A: readonly Tier[] = ['a'];
