/**
 * Fingers in real time. A bolt has passed its sensor when it passed it, however late the machine looks; but a finger stays
 * until it is felt. On a machine that stands still for as long as somebody presses, contact and release would come
 * out of the wire together, and no lock would see either. So a press lasts ten short waits instead of a long one: one
 * of them may be lost to a machine that stands still, and bytes travel in the others.
 */
import type { Cancel, Clock } from '../../firmware/ports/index.ts';
import type { Plant } from './plant.ts';

const WAITS = 10;
/** No machine stands still for longer in one press; a finger goes away by itself then. */
const STANDSTILL_MS_MAX = 60_000;

export function fingersThatWait(plant: Plant, clock: Pick<Clock, 'after'>): Plant {
  const pressing = new Set<Cancel>();
  return {
    ...plant,
    stop() {
      for (const cancel of pressing) cancel();
      plant.stop();
    },
    press(button, holdMs) {
      const lift = plant.press(button, holdMs + STANDSTILL_MS_MAX);
      let waits = WAITS;
      let cancelWait = (): void => undefined;
      const cancel = (): void => cancelWait();
      const letGo = (): void => {
        cancel();
        pressing.delete(cancel);
        lift();
      };
      const wait = (): void => {
        if (waits === 0) return letGo();
        waits -= 1;
        cancelWait = clock.after(holdMs / WAITS, wait);
      };
      pressing.add(cancel);
      wait();
      return letGo;
    },
  };
}
