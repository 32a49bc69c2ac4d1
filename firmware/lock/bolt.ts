/**
 * THE BOLT: what the mechanism does, whoever asked for it.
 *
 *                     withdraw, inside.pressed
 *        ┌──────────────────────────────────────────────┐
 *        │                                               ▼
 *     locked ◀── bolt.thrown ── locking ◀── throw ── unlocked ◀── bolt.withdrawn ── unlocking
 *        │                         │     elapsed (relock)                               │
 *        │ bolt.between            └───────────── elapsed (travel) ───────┐   ┌─────────┘
 *        ▼                                                                ▼   ▼
 *     not_fully_locked                                                    jammed
 *
 * A row is what is *observed*, not what was commanded: only the contacts lead into `locked` and
 * `unlocked`. Three rules hold in every row, and can be read down the columns:
 *
 *   1. The bolt is thrown only while the door is observed closed (`when('door_closed', …)`).
 *   2. The button inside always withdraws, or tries to.
 *   3. A lost board or contradicting contacts lead to `unknown`, and nothing but an observation leads out:
 *      in doubt the bolt is not moved.
 */
import { ignore, impossible, stay, type Table, to, when } from './table.ts';

export const BOLT_ROWS = [
  'unknown',
  'locked',
  'unlocking',
  'unlocked',
  'locking',
  'jammed',
  'not_fully_locked',
] as const;
export type BoltRow = (typeof BOLT_ROWS)[number];

export const BOLT_EVENTS = [
  // Observed: the bolt's two contacts, settled.
  'bolt.thrown',
  'bolt.withdrawn',
  'bolt.between',
  'bolt.conflict',
  // Observed: the door.
  'door.opened',
  'door.closed',
  // Asked for: by a visit, by somebody inside, by somebody allowed.
  'withdraw',
  'throw',
  'inside.pressed',
  // The row's own wait is over.
  'elapsed',
  // The board, with everything on it, is gone.
  'board.lost',
] as const;
export type BoltEvent = (typeof BOLT_EVENTS)[number];

export type BoltGuard =
  /** The door is observed closed; false while open, and while nobody knows. */
  | 'door_closed'
  /** The contacts say that it is withdrawn already. */
  | 'seen_withdrawn'
  /** Fewer tries to throw have failed in a row than the profile allows. */
  | 'tries_left';

export type BoltWord =
  | 'drive_withdraw'
  | 'drive_throw'
  /** Take the drive off the bolt. */
  | 'halt'
  /** Begin, or begin again, the wait for auto-relock. */
  | 'wait_relock'
  /** Give whoever pressed the button inside the time to open the door. */
  | 'wait_entry'
  /** Bound a drive that no row's own wait bounds. */
  | 'wait_travel'
  /** Nothing to wait for while the door stands open. */
  | 'wait_no_more'
  /** Tell the visit again that it may be entered: the bolt is withdrawn already. */
  | 'tell_unlocked'
  /** The same of a bolt that is thrown already. */
  | 'tell_locked'
  /** One more try to throw has failed. */
  | 'count_try';

/**
 * What a row waits for, and so what `elapsed` means in it. `entry`: a withdrawn bolt behind a door that nobody
 * opens; `relock`: the moment after the door was closed; `travel`: the longest drive; `retry`: before the next try.
 */
export const BOLT_WAITS = {
  unknown: 'none',
  locked: 'none',
  unlocking: 'travel',
  unlocked: 'entry',
  locking: 'travel',
  jammed: 'retry',
  not_fully_locked: 'entry',
} as const satisfies Record<BoltRow, string>;

const withdraw = to('unlocking', 'drive_withdraw');
const throwIt = when('door_closed', to('locking', 'drive_throw'), ignore);
const lost = to('unknown', 'halt');

export const BOLT: Table<BoltRow, BoltEvent, BoltWord, BoltGuard> = {
  unknown: {
    // Somebody inside may have started the drive without knowing where the bolt was.
    'bolt.thrown': to('locked', 'halt'),
    'bolt.withdrawn': to('unlocked', 'halt'),
    'bolt.between': to('not_fully_locked'),
    'bolt.conflict': ignore,
    'door.opened': ignore,
    'door.closed': ignore,
    // A visit ends when the bolt becomes unknown, and begins only when it is known.
    withdraw: impossible,
    throw: ignore,
    // Somebody inside gets out, known or not; the drive alone may still work.
    'inside.pressed': stay('drive_withdraw', 'wait_travel'),
    elapsed: stay('halt'),
    'board.lost': ignore,
  },
  locked: {
    'bolt.thrown': ignore,
    'bolt.withdrawn': to('unlocked'), // by a key or the thumb-turn
    'bolt.between': to('not_fully_locked'),
    'bolt.conflict': lost,
    'door.opened': ignore, // forced, or thrown in the air: the door's own affair
    'door.closed': ignore,
    withdraw,
    throw: stay('tell_locked'),
    'inside.pressed': withdraw,
    elapsed: impossible,
    'board.lost': lost,
  },
  unlocking: {
    'bolt.thrown': ignore, // has not left its end yet
    'bolt.withdrawn': to('unlocked', 'halt'),
    'bolt.between': ignore, // on its way
    'bolt.conflict': lost,
    'door.opened': ignore,
    'door.closed': ignore,
    withdraw: ignore,
    throw: throwIt, // whoever locks wins over whoever unlocks
    'inside.pressed': ignore,
    elapsed: to('jammed', 'halt'),
    'board.lost': lost,
  },
  unlocked: {
    'bolt.thrown': to('locked', 'halt'), // by hand
    'bolt.withdrawn': ignore,
    'bolt.between': to('not_fully_locked', 'halt'),
    'bolt.conflict': lost,
    'door.opened': stay('halt', 'wait_no_more'),
    'door.closed': stay('wait_relock'),
    withdraw: stay('tell_unlocked'),
    throw: throwIt,
    'inside.pressed': stay('drive_withdraw', 'wait_entry'), // whatever the contacts say, try
    elapsed: when('door_closed', to('locking', 'drive_throw'), stay('halt')),
    'board.lost': lost,
  },
  locking: {
    'bolt.thrown': to('locked', 'halt'),
    'bolt.withdrawn': ignore, // has not left its end yet
    'bolt.between': ignore, // on its way
    'bolt.conflict': lost,
    // The bolt would hit the frame. It goes back to where it came from; nobody gains a door that was shut.
    'door.opened': withdraw,
    'door.closed': ignore,
    withdraw,
    throw: ignore,
    'inside.pressed': withdraw,
    elapsed: to('jammed', 'halt', 'count_try'),
    'board.lost': lost,
  },
  jammed: {
    'bolt.thrown': to('locked'),
    'bolt.withdrawn': to('unlocked'),
    'bolt.between': ignore,
    'bolt.conflict': lost,
    'door.opened': ignore,
    'door.closed': throwIt, // somebody moved the door: that may be what it takes
    // A visit ends when the bolt jams, and does not begin while it is jammed.
    withdraw: impossible,
    throw: throwIt,
    // A contact that is stuck must not keep the drive from somebody who wants out.
    'inside.pressed': when('seen_withdrawn', to('unlocked', 'drive_withdraw'), withdraw),
    elapsed: when('tries_left', throwIt, ignore),
    'board.lost': lost,
  },
  not_fully_locked: {
    'bolt.thrown': to('locked', 'halt'),
    'bolt.withdrawn': to('unlocked', 'halt'),
    'bolt.between': ignore,
    'bolt.conflict': lost,
    'door.opened': stay('halt', 'wait_no_more'),
    'door.closed': stay('wait_relock'),
    withdraw,
    throw: throwIt,
    'inside.pressed': withdraw,
    elapsed: when('door_closed', to('locking', 'drive_throw'), stay('halt')),
    'board.lost': lost,
  },
};
