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

/** Each event with what it says. */
export const VISIT_EVENT_TEXTS = {
  rung: 'the bell was rung',
  'token.admitted': 'every check held, and the token is reserved: nobody else can use it any more',
  spent: 'its use is durable on the disk',
  'spend.failed': 'the disk has failed',
  vetoed: 'the owner has said what would refuse this very token now',
  'lock.locked': 'the bolt came to be locked',
  'lock.unlocked': 'the bolt came to be unlocked',
  'lock.jammed': 'the bolt jammed',
  'lock.unknown': 'nobody knows any more where the bolt is',
  'door.opened': 'the door is seen open',
  'door.closed': 'the door is seen closed',
  'item.returned': 'what a safe keeps is seen in its place again',
  elapsed: "the row's own wait is over",
} as const;
export type VisitEvent = keyof typeof VISIT_EVENT_TEXTS;
export const VISIT_EVENTS = Object.keys(VISIT_EVENT_TEXTS) as readonly VisitEvent[];

/** What a cell may ask, each with what it means. */
export const VISIT_GUARDS = {
  door_open: 'the door is observed open, forced or not',
  door_closed: 'the door is observed closed',
  item_out: 'what a safe keeps was seen to leave, and has not come back',
  openings_left:
    'the policy allows one more opening in this visit, and neither the owner nor a power cut has ended it; by default one is all',
  entered: 'the door was opened during this visit',
  seen_shut: 'the door was seen shut since the power came back',
  overstayed: 'it has stood open in this visit for too long',
  leaving:
    'somebody inside has pressed the button, or moves the door, which is seen closed: the bolt is thrown once they have had the time to open it',
  interlocked: 'what the product asks for holds no more: the ignition is on, the safe was torn off, the battery is low',
} as const;
export type VisitGuard = keyof typeof VISIT_GUARDS;

/** What a cell may do, each with what it means. The last seven are how a visit ends, and its last word. */
export const VISIT_WORDS = {
  spend: "write the token's use to the disk, and wait for it to be durable",
  withdraw: 'to the bolt: withdraw',
  throw: 'to the bolt: throw',
  wait_seal: 'begin the wait for the bolt to be thrown again',
  allow_no_more: 'remember that the owner has ended it: when the door is shut next, it is shut for good',
  note_shut: 'remember that the door was seen shut: if it is open later, it was opened once more',
  hold: 'to the bolt: stay withdrawn for as long as an entry may take',
  tell_arrived: 'tell the owner that somebody rang',
  tell_granted: 'tell the owner that a token has opened',
  tell_entered: 'tell the owner that the door was opened for it',
  tell_reopened: 'tell the owner of an opening that no policy allows: the bolt was not thrown yet',
  raise_overstay: 'raise VisitOverstay',
  end_sealed: 'opened, closed, and the bolt seen thrown',
  end_granted_not_entered: 'the bolt seen thrown again, and nobody came in',
  end_left_open: 'the door was left open; DoorAjar stays until it is shut',
  end_relock_failed: 'the bolt was not seen thrown: RelockFailed stays until it is',
  end_aborted: 'something broke on the way',
  end_vetoed: 'the owner stopped it before anything moved',
  end_denied: 'nothing was spent for sure, and nothing was opened',
} as const;
export type VisitWord = keyof typeof VISIT_WORDS;

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
/** A thrown bolt seals nothing while nobody can say that the door is shut; that is asked again when it is seen shut. */
const sealedIfShut = when('door_closed', sealed, ignore);
const failed = to('idle', 'end_relock_failed');
/** A bolt that somebody inside had withdrawn again is no failure: it is thrown behind them. */
const failedUnlessLeaving = when('leaving', stay('throw', 'wait_seal'), failed);
const aborted = to('idle', 'end_aborted');
const entered = to('door_open', 'tell_entered');
const seal = to('relocking', 'throw');
const closed = when('item_out', to('awaiting_return'), when('openings_left', to('awaiting_entry', 'hold'), seal));
/** The bolt may be unknown still: `resumed` asks again when it is seen. */
const sealWhenSeen = when('item_out', ignore, when('door_closed', to('resumed', 'note_shut', 'throw'), ignore));
/** Seen open first, it stands open since before the power went. */
const openAgain = <Row extends VisitRow>(row: Row) => when('seen_shut', to(row, 'tell_reopened'), to(row));
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
    // The disk may have taken a second, in which a car has started: then the token is used up, and nothing opens.
    spent: when('interlocked', aborted, to('unlocking', 'withdraw')),
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
    vetoed: to('relocking', 'allow_no_more', 'throw'),
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
    vetoed: to('relocking', 'allow_no_more', 'throw'),
    'lock.locked': sealedIfShut, // locked by hand, or by command, before anybody came in
    'lock.unlocked': ignore,
    'lock.jammed': failed,
    'lock.unknown': aborted,
    'door.opened': entered,
    'door.closed': ignore,
    'item.returned': ignore,
    elapsed: to('relocking', 'throw'), // of a bolt that was thrown meanwhile it hears so
  },
  door_open: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: stay('allow_no_more'), // somebody is inside: the door relocks when it is shut
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
    vetoed: stay('allow_no_more'), // somebody is inside: the door relocks when it is shut
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
    vetoed: stay('allow_no_more'), // the key is out: what is left is that it comes back
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
    vetoed: stay('allow_no_more'),
    'lock.locked': sealedIfShut,
    // Vetoed behind a door that was open before the bolt was: nothing held it back. Else somebody inside pressed the button,
    // and the bolt relocks by itself later.
    'lock.unlocked': when('entered', ignore, when('door_open', entered, ignore)),
    'lock.jammed': failed,
    'lock.unknown': failed,
    'door.opened': when('entered', to('door_open', 'tell_reopened'), entered), // the bolt has not held it yet
    'door.closed': stay('throw'),
    'item.returned': ignore,
    elapsed: failedUnlessLeaving,
  },
  resumed: {
    rung: ignore,
    'token.admitted': impossible,
    spent: impossible,
    'spend.failed': impossible,
    vetoed: stay('throw'),
    'lock.locked': when('item_out', ignore, sealedIfShut),
    'lock.unlocked': stay('throw'),
    'lock.jammed': failed,
    'lock.unknown': ignore, // nothing has been observed yet
    // What is left of its wait goes on: a power cut gives nobody more time.
    'door.opened': when('overstayed', openAgain('overstayed'), when('entered', openAgain('door_open'), entered)),
    'door.closed': when('item_out', to('awaiting_return'), stay('note_shut', 'throw')),
    'item.returned': stay('throw'),
    elapsed: when('item_out', to('awaiting_return'), failedUnlessLeaving),
  },
};
