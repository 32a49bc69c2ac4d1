/**
 * What must not be lost with the power: the visit in progress, what a safe has given out, alarms, and
 * how much is left of the waits that a thief would like to begin anew. The loop writes it down
 * whenever it has changed; the next life begins with it.
 *
 * It changes what is *expected*, never what is *known*: bolt and door are `unknown` until they are
 * observed, and nothing in here withdraws a bolt.
 */
import type { Alarm } from '../../protocol/index.ts';
import type { Item } from './item.ts';
import type { LockState, Timer } from './state.ts';
import type { VisitRow } from './visit.ts';

/** Waits that go on in the next life with what is left of them. */
export const LASTING_TIMERS = ['bolt', 'visit', 'ajar', 'item'] as const satisfies readonly Timer[];
export type LastingTimer = (typeof LASTING_TIMERS)[number];

export interface Restored {
  readonly visit: Omit<LockState['visit'], 'row'> | undefined;
  readonly item: Item;
  readonly relockFailed: boolean;
  readonly relockOwed?: boolean;
  readonly leaving?: boolean;
  readonly held: readonly Alarm[];
  readonly left: LockState['left'];
}

export interface Lasting {
  readonly visit:
    | { readonly key: string; readonly openings: number; readonly overstayed: boolean; readonly shut?: true }
    | undefined;
  readonly item: Item;
  readonly relockFailed: boolean;
  readonly relockOwed: boolean;
  /** Somebody inside has pressed the button, and has not opened the door since: the next life leaves them the time to. */
  readonly leaving: boolean;
  readonly alarms: readonly Alarm[];
  /** Which of the lasting waits mean something after a boot: a drive that was under way is none. */
  readonly timers: readonly LastingTimer[];
}

/** Rows from which a visit goes on: its bolt was seen withdrawn. Before that the boot says `spent_outcome_unknown`. */
const GOES_ON: readonly VisitRow[] = [
  'awaiting_entry',
  'door_open',
  'overstayed',
  'awaiting_return',
  'relocking',
  'resumed',
];

/** Alarms whose cause nobody sees again by looking: the others come back by themselves. */
export const LATCHED: readonly Alarm[] = [
  'LockJammed',
  'FrontEscutcheonRemoved',
  'DoorForcedOpen',
  'DoorAjar',
  'MountRemoved',
  'SensorConflict',
];

export function lastingOf({ bolt, visit, item, relockFailed, relockOwed, alarms }: LockState): Lasting {
  return {
    visit: visitOf(visit),
    item,
    relockFailed,
    relockOwed,
    leaving: bolt.egress !== undefined,
    alarms: alarms.filter((alarm) => LATCHED.includes(alarm)),
    timers: LASTING_TIMERS.filter((timer) => {
      if (timer === 'bolt') return bolt.row === 'unlocked' || bolt.row === 'not_fully_locked';
      return timer !== 'visit' || visit.row === 'door_open' || visit.row === 'overstayed';
    }),
  };
}

function visitOf({ row, grant, openings, overstayed, seenShut }: LockState['visit']): Lasting['visit'] {
  if (grant === undefined || !GOES_ON.includes(row)) return undefined;
  // Whoever opens the door in the dark after that opens it once more.
  const isShut = row === 'relocking' || (row === 'resumed' && seenShut === true);
  return { key: grant.spendKey, openings, overstayed, ...(isShut ? { shut: true } : {}) };
}
