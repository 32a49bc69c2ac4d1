/**
 * Everything that can be broken on purpose, by name: what happens, and what the lock must do then. A
 * scenario breaks by `fault: NAME` and mends by `mend: NAME`; the fuzzer takes its troubles from here.
 */

import type { Profile } from '../../firmware/lock/profiles/index.ts';
import type { Cancel } from '../../firmware/ports/index.ts';
import type { JsonSchema, Path } from '../scenario/kinds.ts';
import type { Scene } from '../scenario/scene.ts';
import type { Tier } from '../scenario/stage.ts';
import { CLOCK } from './clock.ts';
import { DISK } from './disk.ts';
import { MECHANISM } from './mechanism.ts';
import { NETWORK } from './network.ts';
import { PEOPLE } from './people.ts';
import { POWER } from './power.ts';
import { SERIAL } from './serial.ts';
import { THIEF } from './thief.ts';

/** How to end a fault. */
export type Mend = Cancel | (() => Promise<void>);

/** A fault with its parameters. */
export interface Trouble {
  begin(scene: Scene): Promise<Mend> | Mend;
  /** What this profile lacks, so that nothing would come of it; undefined where it lacks nothing. */
  lacking(profile: Profile): string | undefined;
}

export interface FaultKind {
  /** What happens. */
  readonly help: string;
  /** What the lock must do. */
  readonly must: string;
  readonly tiers: readonly Tier[];
  /** Its parameters; all of them may be left out. */
  readonly schema: JsonSchema;
  /** Reads its parameters. Throws a Misfit. */
  read(value: unknown, path: Path): Trouble;
}

export const GROUPS = {
  power: POWER,
  disk: DISK,
  serial: SERIAL,
  clock: CLOCK,
  network: NETWORK,
  mechanism: MECHANISM,
  people: PEOPLE,
  thief: THIEF,
} as const satisfies Readonly<Record<string, Readonly<Record<string, FaultKind>>>>;

export const FAULTS: Readonly<Record<string, FaultKind>> = Object.assign({}, ...Object.values(GROUPS));
export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);
