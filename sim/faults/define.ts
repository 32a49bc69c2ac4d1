import type { Profile } from '../../firmware/lock/profiles/index.ts';
import { fields, type Kind, Misfit } from '../scenario/kinds.ts';
import type { Scene } from '../scenario/scene.ts';
import { TIERS } from '../scenario/stage.ts';
import type { FaultKind, Mend } from './catalogue.ts';

type Parameters = { readonly [name: string]: Kind<unknown> };
type Given<P extends Parameters> = Partial<{ readonly [K in keyof P]: P[K] extends Kind<infer V> ? V : never }>;

interface Definition<P extends Parameters> extends Pick<FaultKind, 'help' | 'must'> {
  /** Both tiers, unless said otherwise. */
  readonly tiers?: FaultKind['tiers'];
  readonly parameters?: P;
  /** What a profile lacks for it; left out where it can happen to every product. */
  readonly lacking?: (profile: Profile, given: Given<P>) => string | undefined;
  /** Why these parameters cannot go together, and what to do; left out where all can. */
  readonly clash?: (given: Given<P>) => { readonly why: string; readonly next: string } | undefined;
  begin(scene: Scene, given: Given<P>): Promise<Mend> | Mend;
}

/** A fault of the catalogue from its parameters, each of which has a value when it is left out. */
export function fault<P extends Parameters>(definition: Definition<P>): FaultKind {
  const { parameters, begin, lacking, clash, tiers = TIERS, ...rest } = definition;
  const kind = fields({}, parameters ?? {});
  return {
    ...rest,
    tiers,
    schema: kind.schema,
    read(value, path) {
      const given = kind.read(value ?? {}, path) as Given<P>;
      const wrong = clash?.(given);
      if (wrong !== undefined) throw new Misfit(path, `this step cannot happen: ${wrong.why}`, wrong.next);
      return {
        begin: (scene) => begin(scene, given),
        lacking: (profile) => lacking?.(profile, given),
      };
    },
  };
}

/** For what is over at once. */
export const nothingToMend = (): void => undefined;
