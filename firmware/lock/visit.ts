/**
 * THE VISIT: one courier, from the bell to the sealed door.
 *
 *     idle ── rung ──▶ arrived ── token.admitted ──▶ spending ── spent ──▶ unlocking ── lock.unlocked ──▶ awaiting_entry
 *      ▲                                                                                     elapsed │      │ door.opened
 *      │                                                                                             ▼      ▼
 *      ├───────────────────────────── lock.locked: sealed ◀────────────────────────── relocking ◀── door_open
 *      │                                                                               ▲ door.closed │ elapsed
 *      └── elapsed: left_open ──────────────────────────────────────────────────────────────── overstayed
 *
 * It moves the bolt by two words, `withdraw` and `throw`, and hears of it by what was observed.
 * `withdraw` stands in one cell of the whole table: after `spent`, when the token's use is on the
 * disk. The owner's veto wins until then; later it throws the bolt, as soon as the door allows it.
 *
 * Every row but two has a wait; what it means when it is over stands in the row `elapsed`. `idle` waits for
 * nobody, and `awaiting_return`, the visit to a safe whose key is out, for as long as the key is:
 * an alarm of its own tells of it. `resumed` is a visit that a power cut interrupted after the bolt was
 * withdrawn: it goes on from what is observed, and all that it can do is to get the door sealed.
 */
import { ignore, impossible, stay, type Table, to, when } from './table.ts';

export const VISIT_ROWS = [
  'idle',
  'arrived',
  'spending',
  'unlocking',
  'awaiting_entry',
  'door_open',
  'overstayed',
  'awaiting_return',
  'relocking',
  'resumed',
] as const;
export type VisitRow = (typeof VISIT_ROWS)[number];

export const VISIT_EVENTS = [
  'rung',
  /** Every check held, and the token is reserved: nobody else can use it any more. */
  'token.admitted',
  /** Its use is durable. */
  'spent',
  'spend.failed',
  /** The owner has paused the lock, or denied this very token. */
  'vetoed',
  // Observed: what the bolt came to.
  'lock.locked',
  'lock.unlocked',
  'lock.jammed',
  'lock.unknown',
  // Observed: the door.
  'door.opened',
  'door.closed',
  // Observed: what a safe keeps is in its place again.
  'item.returned',
  // The row's own wait is over.
  'elapsed',
] as const;
export type VisitEvent = (typeof VISIT_EVENTS)[number];

export type VisitGuard =
  /** The door is observed open, forced or not. */
  | 'door_open'
  | 'door_closed'
  /** What a safe keeps was seen to leave. */
  | 'item_out'
  /** The policy allows one more opening in this visit. */
  | 'openings_left'
  /** The door was opened during this visit. */
  | 'entered';

export type VisitWord =
  /** Write the token's use to the disk, and wait for it to be durable. */
  | 'spend'
  /** To the bolt. */
  | 'withdraw'
  | 'throw'
  /** To the bolt: stay withdrawn for as long as an entry may take. */
  | 'hold'
  // To the owner.
  | 'tell_arrived'
  | 'tell_granted'
  | 'tell_entered'
  /** Opened once more, though the policy knows of no such opening: the bolt was not thrown yet. */
  | 'tell_reopened'
  | 'raise_overstay'
  // How it ended: the last word of a visit.
  | 'end_sealed'
  | 'end_granted_not_entered'
  | 'end_left_open'
  | 'end_relock_failed'
  | 'end_aborted'
  | 'end_vetoed'
  /** Nothing was spent for sure, and nothing was opened. */
  | 'end_denied';

export const VISIT_WAITS = {
  idle: 'none',
  arrived: 'arrival',
  spending: 'spend',
  unlocking: 'unlock',
  awaiting_entry: 'entry',
  door_open: 'stay',
  overstayed: 'leave',
  awaiting_return: 'none',
  relocking: 'seal',
  resumed: 'seal',
} as const satisfies Record<VisitRow, string>;

const sealed = when('entered', to('idle', 'end_sealed'), to('idle', 'end_granted_not_entered'));
const failed = to('idle', 'end_relock_failed');
const aborted = to('idle', 'end_aborted');
const entered = to('door_open', 'tell_entered');
const seal = to('relocking', 'throw');
const closed = when('item_out', to('awaiting_return'), when('openings_left', to('awaiting_entry', 'hold'), seal));
/** The bolt may be unknown still: `resumed` asks again when it is seen. */
const sealWhenSeen = when('item_out', ignore, when('door_closed', to('resumed', 'throw'), ignore));
const unseen = when('item_out', to('awaiting_return'), aborted);

export const VISIT: Table<VisitRow, VisitEvent, VisitWord, VisitGuard> = {
  idle: {
    rung: to('arrived', 'tell_arrived'),
    'token.admitted': to('spending', 'spend'),
    // A slow disk may answer after the visit was given up: the token is spent, and nothing opens for it.
    spent: ignore,
    'spend.failed': ignore,
    vetoed: ignore,
    'lock.locked': ignore,
    'lock.unlocked': ignore,
    'lock.jammed': ignore,
    'lock.unknown': ignore,
    'door.opened': ignore,
    'door.closed': ignore,
    'item.returned': ignore,
    elapsed: impossible,
  },
  arrived: {
    rung: stay(),
    'token.admitted': to('spending', 'spend'),
    spent: ignore,
    'spend.failed': ignore,
    vetoed: ignore,
    'lock.locked': ignore,
    'lock.unlocked': ignore, // the household opens to whoever rang
    'lock.jammed': ignore,
    'lock.unknown': ignore,
    'door.opened': ignore,
    'door.closed': ignore,
    'item.returned': ignore,
    elapsed: to('idle'), // nobody had a token
  },
  spending: {
    rung: ignore,
    'token.admitted': impossible, // admitted only in idle and arrived
    spent: to('unlocking', 'withdraw'),
    'spend.failed': to('idle', 'end_denied'),
    vetoed: to('idle', 'end_vetoed'), // wins the race: what becomes durable later opens nothing
    'lock.locked': ignore,
    'lock.unlocked': ignore, // somebody leaves meanwhile
    'lock.jammed': aborted,
    'lock.unknown': aborted,
    'door.opened': ignore,
    'door.closed': ignore,
    'item.returned': ignore,
    elapsed: to('idle', 'end_denied'), // the disk is overdue
  },
  unlocking: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: to('relocking', 'throw'),
    'lock.locked': aborted, // somebody locked before it could open
    'lock.unlocked': when(
      'door_open',
      to('door_open', 'tell_granted', 'tell_entered'),
      to('awaiting_entry', 'tell_granted'),
    ),
    'lock.jammed': aborted,
    'lock.unknown': aborted,
    'door.opened': ignore, // seen again when the bolt is observed withdrawn
    'door.closed': ignore,
    'item.returned': ignore,
    elapsed: aborted,
  },
  awaiting_entry: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: to('relocking', 'throw'),
    'lock.locked': sealed, // locked by hand, or by command, before anybody came in
    'lock.unlocked': ignore,
    'lock.jammed': failed,
    'lock.unknown': aborted,
    'door.opened': entered,
    'door.closed': ignore,
    'item.returned': ignore,
    elapsed: to('relocking', 'throw'),
  },
  door_open: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: ignore, // somebody is inside: the door relocks when it is shut
    'lock.locked': ignore, // thrown in the air: a door that stands open is not sealed
    'lock.unlocked': ignore,
    'lock.jammed': ignore,
    'lock.unknown': unseen,
    'door.opened': ignore,
    'door.closed': closed,
    'item.returned': ignore, // the lid is not shut yet
    elapsed: to('overstayed', 'raise_overstay'),
  },
  overstayed: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: ignore, // somebody is inside: the door relocks when it is shut
    'lock.locked': ignore, // thrown in the air: a door that stands open is not sealed
    'lock.unlocked': ignore,
    'lock.jammed': ignore,
    'lock.unknown': unseen,
    'door.opened': ignore,
    'door.closed': closed,
    'item.returned': ignore, // the lid is not shut yet
    elapsed: to('idle', 'end_left_open'), // DoorAjar stays until it is shut
  },
  awaiting_return: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: ignore, // the key is out: what is left is that it comes back
    'lock.locked': ignore, // over an empty safe
    'lock.unlocked': ignore,
    'lock.jammed': ignore,
    'lock.unknown': ignore, // a board that is gone for a moment does not bring the key back
    'door.opened': to('door_open'),
    'door.closed': sealWhenSeen,
    'item.returned': sealWhenSeen,
    elapsed: impossible,
  },
  relocking: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: ignore,
    'lock.locked': sealed,
    'lock.unlocked': ignore, // somebody inside pressed the button: the bolt relocks by itself later
    'lock.jammed': failed,
    'lock.unknown': failed,
    'door.opened': to('door_open', 'tell_reopened'),
    'door.closed': stay('throw'),
    'item.returned': ignore,
    elapsed: failed,
  },
  resumed: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: stay('throw'),
    'lock.locked': when('item_out', ignore, when('door_closed', sealed, ignore)),
    'lock.unlocked': stay('throw'),
    'lock.jammed': failed,
    'lock.unknown': ignore, // nothing has been observed yet
    'door.opened': when('entered', to('door_open'), entered),
    'door.closed': when('item_out', to('awaiting_return'), stay('throw')),
    'item.returned': stay('throw'),
    elapsed: when('item_out', to('awaiting_return'), failed),
  },
};
