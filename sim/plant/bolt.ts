/**
 * A bolt with an actuator on its one side and a hand on the other.
 *
 * It moves at one speed towards where it is pulled, and stays where it is when nobody pulls: the
 * gear of a hobby servo without signal, or of a motor without current, holds by friction. A servo goes
 * to a position, not merely in a direction, so it can be sent to the middle and rests there, neither
 * withdrawn nor thrown. A hand overcomes the gear, but an actuator that still pulls takes the bolt back
 * after the hand. An obstacle stops both.
 *
 *     withdrawn 0 ─ reach ─┬──┬100 ────────────── 1000 − reach ┬─ 1000 thrown
 *     bolt_withdrawn opens ┘  └ from here on the frame         └ bolt_thrown closes
 *                               holds the door
 */
import type { Cancel } from '../../firmware/ports/index.ts';
import type { Agenda } from './agenda.ts';

export const BOLT_WITHDRAWN = 0;
export const BOLT_THROWN = 1000;

/** The door is held by the bolt unless the bolt is at least this far in. */
export const BOLT_CLEARS_FRAME = 100;

/** What keeps a bolt from moving as it should. */
export interface Trouble {
  /** It cannot go above, or below, a position. */
  readonly above: number;
  readonly below: number;
  /** Whoever pulls does not take it along: a coupling that slips. */
  readonly slips: boolean;
  /** It needs that many times as long. */
  readonly slower: number;
}

const NO_TROUBLE: Trouble = { above: BOLT_THROWN, below: BOLT_WITHDRAWN, slips: false, slower: 1 };

export interface Bolt {
  /** Per mille of the travel, now. */
  position(): number;
  /** Where the actuator pulls to, per mille, or undefined when it does not. */
  pulledTo(): number | undefined;
  isMoving(): boolean;
  /** The actuator pulls to a position, or lets go. */
  pull(to: number | undefined): void;
  /** A hand moves it to a position. */
  turn(to: number): void;
  suffer(trouble: Trouble): void;
}

interface Motion {
  readonly fromMs: number;
  readonly from: number;
  readonly to: number;
  /** From one end to the other, at this motion's speed. */
  readonly travelMs: number;
}

export interface BoltOptions {
  readonly agenda: Agenda;
  readonly travelMs: number;
  /** Where it is at the beginning. */
  readonly at: number;
  /** A contact at an end of the bolt closes this close to it, per mille of the travel. */
  readonly reach: number;
  /** It passed a mark, or came to rest where it was going, or where it can go no further. */
  readonly onPassed: (rest: boolean) => void;
}

export function bolt({ agenda, travelMs, at, reach, onPassed }: BoltOptions): Bolt {
  /** Positions at which something changes, on the way up; on the way down it is each time the one before. */
  const marksUp = [reach + 1, BOLT_CLEARS_FRAME + 1, BOLT_THROWN - reach];
  let trouble = NO_TROUBLE;
  let motion: Motion = { fromMs: 0, from: at, to: at, travelMs };
  let pulledTo: number | undefined;
  let inHand: number | undefined;
  let cancel: Cancel | undefined;
  /** The next mark on the way. */
  let next: { readonly atMs: number; readonly pass: () => void } | undefined;

  function position(): number {
    const { fromMs, from, to } = motion;
    if (from === to) return to;
    const way = Math.floor(((agenda.nowMs() - fromMs) * 1000) / motion.travelMs);
    return from < to ? Math.min(to, from + way) : Math.max(to, from - way);
  }

  /** First whole millisecond at which the running motion has come as far as `mark`. */
  function momentOf(mark: number): number {
    return motion.fromMs + Math.ceil((Math.abs(mark - motion.from) * motion.travelMs) / 1000);
  }

  /** How far it gets on the way from here to a place. */
  function reachable(from: number, to: number): number {
    if (to > from) return Math.max(from, Math.min(to, trouble.above));
    return Math.min(from, Math.max(to, trouble.below));
  }

  function move(wanted: number): void {
    const from = position();
    const to = reachable(from, wanted);
    motion = { fromMs: agenda.nowMs(), from, to, travelMs: travelMs * trouble.slower };
    cancel?.();
    next = undefined;
    const up = from < to;
    const marks = up ? marksUp : marksUp.map((mark) => mark - 1).reverse();
    const between = marks.filter((mark) => (up ? mark > from && mark < to : mark < from && mark > to));
    watch([...between, to]);
  }

  function watch([mark, ...later]: readonly number[]): void {
    if (mark === undefined || motion.from === motion.to) {
      inHand = undefined;
      return;
    }
    const pass = (): void => {
      next = undefined;
      if (later.length > 0) {
        watch(later);
        onPassed(false);
        return;
      }
      motion = { ...motion, fromMs: agenda.nowMs(), from: mark, to: mark };
      inHand = undefined;
      onPassed(true);
      // Where a hand has brought it, an actuator that pulls elsewhere does not leave it.
      if (pulledTo !== undefined && pulledTo !== motion.to && motion.from === motion.to) follow();
    };
    next = { atMs: momentOf(mark), pass };
    cancel = agenda.at(next.atMs, pass);
  }

  /** A mark that is reached in this very moment is passed before anybody turns it round there. */
  function passDue(): void {
    if (next === undefined || next.atMs > agenda.nowMs()) return;
    cancel?.();
    next.pass();
  }

  /** Goes on as it must with those who pull at it now. */
  function follow(): void {
    if (inHand !== undefined) move(inHand);
    else move(trouble.slips ? position() : (pulledTo ?? position()));
  }

  return {
    position,
    pulledTo: () => pulledTo,
    isMoving: () => motion.from !== motion.to,
    pull(to) {
      passDue();
      pulledTo = to;
      if (inHand === undefined) follow();
    },
    turn(to) {
      passDue();
      if (position() === to) return;
      inHand = to;
      move(to);
    },
    suffer(another) {
      passDue();
      trouble = another;
      follow();
    },
  };
}
