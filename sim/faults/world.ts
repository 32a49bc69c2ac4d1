import { CannotHappen, type Scene } from '../scenario/scene.ts';
import type { World } from '../world.ts';

/** The virtual world behind a scene. A fault that needs it says so by its tiers, and is refused elsewhere before it is played. */
export function worldOf({ stage }: Scene): World {
  if (stage.world !== undefined) return stage.world;
  throw new CannotHappen('real time has no disk and no clock to break', 'run it on tier a');
}
