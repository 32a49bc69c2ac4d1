/**
 * A spring latch with a coil beside it. It catches by itself when the door is shut; the coil frees it.
 *
 *     strike  free as long as there is current: whoever pushes meanwhile opens the door
 *     trunk   kicked out of its catch once the coil has pulled for a moment; the lid springs a little open
 */
import type { Cancel } from '../../firmware/ports/index.ts';
import type { Agenda } from './agenda.ts';

/** A trunk's coil has to pull this long. */
const RELEASE_MS = 30;

export interface Latch {
  /** There is current in the coil. */
  readonly energised: boolean;
  /** It would not hold the door now. */
  readonly free: boolean;
  energise(on: boolean): void;
  /** The coil cannot move it. */
  jam(is: boolean): void;
}

export interface LatchOptions {
  readonly agenda: Agenda;
  readonly kind: 'strike' | 'trunk';
  /** It became free, or holds again. */
  readonly onChanged: (free: boolean) => void;
}

export function latch({ agenda, kind, onChanged }: LatchOptions): Latch {
  let energised = false;
  let free = false;
  let jammed = false;
  let cancel: Cancel | undefined;

  function set(next: boolean): void {
    if (next === free) return;
    free = next;
    onChanged(free);
  }

  function follow(): void {
    cancel?.();
    cancel = undefined;
    const pulls = energised && !jammed;
    if (!pulls || kind === 'strike') set(pulls);
    else cancel = agenda.at(agenda.nowMs() + RELEASE_MS, () => set(true));
  }

  return {
    get energised() {
      return energised;
    },
    get free() {
      return free;
    },
    energise(on) {
      if (on === energised) return;
      energised = on;
      follow();
    },
    jam(is) {
      jammed = is;
      follow();
    },
  };
}
