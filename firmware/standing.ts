/**
 * Between the pure step and the journal: how the door stands, written down whenever it has changed,
 * and read back by the next life. Waits are kept as moments of the wall clock. A clock that is wrong
 * at the next boot can do no harm: what is left of a wait is never more than the whole of it, and what
 * comes of its end asks the contacts first.
 */
import type { Memory } from './journal/memory.ts';
import type { Standing } from './journal/records.ts';
import { LASTING_TIMERS, type LastingTimer, lastingOf, type Restored } from './lock/lasting.ts';
import { initialState, type LockState, type Timer } from './lock/state.ts';
import type { Clock } from './ports/index.ts';

/** What the life before has left, or undefined when it was the first. */
export function restoredFrom({ standing, unfinished }: Memory, nowMs: number): Restored | undefined {
  if (standing === undefined) return undefined;
  const spent = standing.visit === undefined ? undefined : unfinished.get(standing.visit.key);
  // Told, before this came to the disk.
  const openings = Math.max(standing.visit?.openings ?? 0, spent?.entered_at === undefined ? 0 : 1);
  const left = LASTING_TIMERS.flatMap((timer) => {
    const until = standing.until[timer];
    // Where the end of a visit is all that was written, its wait is no part of the next one.
    const isOver = timer === 'visit' && spent === undefined;
    return until === undefined || isOver ? [] : [[timer, Math.max(1, until - nowMs)] as const];
  });
  return {
    visit:
      standing.visit === undefined || spent === undefined
        ? undefined
        : {
            grant: { spendKey: spent.key, tokenId: spent.token_id, channel: spent.channel },
            entered: openings > 0,
            openings,
            overstayed: standing.visit.overstayed,
            seenShut: standing.visit.shut === true,
          },
    item: standing.item,
    relockFailed: standing.relock_failed,
    relockOwed: standing.relock_owed ?? false,
    leaving: standing.leaving ?? false,
    held: standing.alarms,
    left: Object.fromEntries(left),
  };
}

/** The parts of a state from which it follows what lasts. */
const LOOKED_AT = [
  'bolt',
  'visit',
  'item',
  'relockFailed',
  'relockOwed',
  'alarms',
  'left',
] as const satisfies (keyof LockState)[];

const isLasting = (timer: Timer): timer is LastingTimer => LASTING_TIMERS.some((lasting) => lasting === timer);

export interface StandingKeeper {
  armed(timer: Timer, delayMs: number): void;
  disarmed(timer: Timer): void;
  /** What is to be written after a step, when anything of it has become another. */
  changed(state: LockState): Standing | undefined;
}

export function standingKeeper(
  clock: Pick<Clock, 'monoMs' | 'wallMs'>,
  restored: Restored | undefined,
): StandingKeeper {
  /** Ends of the waits that run, and of those that the life before has left and nobody has begun yet. */
  const ends = new Map<Timer, number>();
  const leftEnds = new Map<LastingTimer, number>();
  for (const timer of LASTING_TIMERS) {
    const leftMs = restored?.left[timer];
    if (leftMs !== undefined) leftEnds.set(timer, clock.monoMs() + leftMs);
  }
  let written = keyOf(initialState(restored));
  /** What was looked at last, and whether a wait has begun or ended since. */
  let looked: LockState | undefined;
  let waitsChanged = true;

  function untilOf(state: LockState): Readonly<Partial<Record<LastingTimer, number>>> {
    const running = lastingOf(state).timers;
    const found = LASTING_TIMERS.flatMap((timer) => {
      const end =
        (running.includes(timer) ? ends.get(timer) : undefined) ??
        (timer in state.left ? leftEnds.get(timer) : undefined);
      return end === undefined ? [] : [[timer, end] as const];
    });
    return Object.fromEntries(found);
  }

  function keyOf(state: LockState): string {
    const { timers: _timers, ...lasting } = lastingOf(state);
    return JSON.stringify([lasting, untilOf(state)]);
  }

  return {
    armed(timer, delayMs) {
      if (!isLasting(timer)) return;
      ends.set(timer, clock.monoMs() + delayMs);
      waitsChanged = true;
    },
    disarmed(timer) {
      if (isLasting(timer)) waitsChanged = ends.delete(timer) || waitsChanged;
    },
    changed(state) {
      // Most steps are edges of a contact, of which nothing lasts.
      const isSame = looked !== undefined && LOOKED_AT.every((part) => looked?.[part] === state[part]);
      looked = state;
      if (isSame && !waitsChanged) return undefined;
      waitsChanged = false;
      const key = keyOf(state);
      if (key === written) return undefined;
      written = key;
      const { visit, item, relockFailed, relockOwed, leaving, alarms } = lastingOf(state);
      const toWall = clock.wallMs() - clock.monoMs();
      const until = Object.entries(untilOf(state)).map(([timer, end]) => [
        timer,
        Math.max(0, Math.round(end + toWall)),
      ]);
      return {
        type: 'standing',
        ...(visit === undefined ? {} : { visit }),
        item,
        relock_failed: relockFailed,
        ...(relockOwed ? { relock_owed: true } : {}),
        ...(leaving ? { leaving } : {}),
        alarms: [...alarms],
        until: Object.fromEntries(until),
      };
    },
  };
}
