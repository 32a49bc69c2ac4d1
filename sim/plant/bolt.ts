/**
 * A bolt with an actuator on its one side and a hand on the other.
 *
 * It moves at one speed towards where it is pulled, and stays where it is when nobody pulls: the
 * gear of a hobby servo without signal holds by friction. A servo goes to a position, not merely in
 * a direction, so it can be sent to the middle and rests there, neither withdrawn nor thrown. A
 * hand overcomes the gear, but an actuator that still pulls takes the bolt back after the hand.
 *
 *     withdrawn 0 ─50┬──┬100 ──────────────────── 950┬─ 1000 thrown
 *     bolt_withdrawn ┘  └ from here on the frame     └ bolt_thrown closes
 *     opens               holds the door
 */
import type { Cancel } from '../../firmware/ports/index.ts';
import type { Agenda } from './agenda.ts';

export const BOLT_WITHDRAWN = 0;
export const BOLT_THROWN = 1000;

/** A contact at an end of the bolt closes this close to it, per mille of the travel. */
export const END_CONTACT = 50;

/** The door is held by the bolt unless the bolt is at least this far in. */
export const BOLT_CLEARS_FRAME = 100;

/** Positions at which something changes, on the way up; on the way down it is each time the one before. */
const MARKS = [END_CONTACT + 1, BOLT_CLEARS_FRAME + 1, BOLT_THROWN - END_CONTACT] as const;

export interface Bolt {
  /** Per mille of the travel, now. */
  position(): number;
  /** Where the actuator pulls to, per mille, or undefined when it does not. */
  pulledTo(): number | undefined;
  /** The actuator pulls to a position, or lets go. */
  pull(to: number | undefined): void;
  /** A hand moves it to a position. */
  turn(to: number): void;
}

interface Motion {
  readonly fromMs: number;
  readonly from: number;
  readonly to: number;
}

export interface BoltOptions {
  readonly agenda: Agenda;
  readonly travelMs: number;
  /** Where it is at the beginning. */
  readonly at: number;
  /** It passed a mark, or came to rest where it was going. */
  readonly onPassed: (rest: boolean) => void;
}

export function bolt({ agenda, travelMs, at, onPassed }: BoltOptions): Bolt {
  let motion: Motion = { fromMs: 0, from: at, to: at };
  let pulledTo: number | undefined;
  let inHand = false;
  let cancel: Cancel | undefined;

  function position(): number {
    const { fromMs, from, to } = motion;
    if (from === to) return to;
    const way = Math.floor(((agenda.nowMs() - fromMs) * 1000) / travelMs);
    return from < to ? Math.min(to, from + way) : Math.max(to, from - way);
  }

  /** First whole millisecond at which the running motion has come as far as `mark`. */
  function momentOf(mark: number): number {
    return motion.fromMs + Math.ceil((Math.abs(mark - motion.from) * travelMs) / 1000);
  }

  function move(to: number): void {
    motion = { fromMs: agenda.nowMs(), from: position(), to };
    cancel?.();
    const up = motion.from < to;
    const marks = up ? MARKS : MARKS.map((mark) => mark - 1).reverse();
    const between = marks.filter((mark) => (up ? mark > motion.from && mark < to : mark < motion.from && mark > to));
    watch([...between, to]);
  }

  function watch([mark, ...later]: readonly number[]): void {
    if (mark === undefined || motion.from === motion.to) return;
    cancel = agenda.at(momentOf(mark), () => {
      if (later.length > 0) {
        watch(later);
        onPassed(false);
        return;
      }
      motion = { fromMs: agenda.nowMs(), from: mark, to: mark };
      inHand = false;
      onPassed(true);
      // Where a hand has brought it, an actuator that pulls elsewhere does not leave it.
      if (pulledTo !== undefined && pulledTo !== motion.to) move(pulledTo);
    });
  }

  return {
    position,
    pulledTo: () => pulledTo,
    pull(to) {
      pulledTo = to;
      if (!inHand) move(to ?? position());
    },
    turn(to) {
      if (position() === to) return;
      inHand = true;
      move(to);
    },
  };
}
