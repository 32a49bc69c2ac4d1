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
 *   1. The bolt is thrown only while the door is observed closed, and never over an empty safe (`throwIt`). While somebody
 *      moves the door it is put off, by the time that it takes to be seen open; a few times, and no more.
 *   2. The button inside always withdraws, or tries to; whoever pressed it has the time to open the door before
 *      anybody from afar can lock it again (`unlessLeaving`).
 *   3. A lost board or contradicting contacts lead to `unknown`, and nothing but an observation leads out:
 *      in doubt the bolt is not moved. A bolt that nobody can see, `blind`, is thrown behind a door that is
 *      observed closed: so it becomes known, and nobody gains an open door by it.
 *
 * What is observed comes from the profile's best source (assume.ts); the table does not ask which.
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

/** Each event with what it says. Observed first, asked for second. */
export const BOLT_EVENT_TEXTS = {
  'bolt.thrown': 'the bolt is seen thrown',
  'bolt.withdrawn': 'the bolt is seen withdrawn',
  'bolt.between': 'the bolt is seen at neither end',
  'bolt.conflict':
    'its contacts say both ends at once, or do not hold still; or the door opened that it was reckoned to hold',
  'door.opened': 'the door is seen open',
  'door.closed': 'the door is seen closed',
  'item.returned': 'what a safe keeps is seen in its place again',
  'drive.stalled': 'the drive draws more than a moving bolt does; the board has let go of it',
  withdraw: 'a visit wants the bolt withdrawn',
  throw: 'a visit, or the household, wants it thrown',
  'inside.pressed': 'somebody pressed the button inside',
  'return.asked': 'somebody pressed the button of a safe: the key may be coming back',
  elapsed: "the row's own wait is over",
  'board.lost': 'the board is gone, with everything on it',
} as const;
export type BoltEvent = keyof typeof BOLT_EVENT_TEXTS;
export const BOLT_EVENTS = Object.keys(BOLT_EVENT_TEXTS) as readonly BoltEvent[];

/** What a cell may ask, each with what it means. */
export const BOLT_GUARDS = {
  door_closed: 'the door is observed closed; false while it is open, and while nobody knows',
  door_moves: 'its contact does not hold still in this moment, and the throw was not put off too often for that',
  item_in:
    'what it keeps is not out, or it keeps nothing; false until a board that has just come up has looked, or when that finds it gone',
  item_out: 'what it keeps was seen to leave, and has not come back',
  blind: 'no contact tells where this bolt is',
  seen_withdrawn: 'the contacts say that it is withdrawn already',
  leaving: 'somebody inside pressed the button, and has not opened the door since',
  time_to_leave: 'so they have, the bolt is not seen thrown, and nothing waits yet for them to be through the door',
  tries_left: 'fewer tries to throw have failed in a row than the profile allows',
} as const;
export type BoltGuard = keyof typeof BOLT_GUARDS;

/** What a cell may do, each with what it means. */
export const BOLT_WORDS = {
  drive_withdraw: 'pull the bolt in, or free the latch',
  drive_throw: 'push the bolt out; a spring latch is let go, and catches by itself',
  halt: 'take the drive off the bolt',
  let_go: 'the same of a bolt that has arrived; a latch is held free for the rest of its pulse',
  wait_relock: 'begin the wait for the bolt to be thrown behind whoever left',
  wait_entry: 'begin the wait for somebody to open the door',
  wait_travel: "bound a drive that no row's own wait bounds",
  wait_no_more: 'nothing to wait for while the door stands open',
  lock_behind: 'throw it once whoever is on the way out has had the time to open the door',
  put_off: 'throw it once the door has had the time to be seen open, unless it waits for that already',
  let_leave: 'remember that somebody inside is on the way out: the drive is under way already',
  tell_unlocked: 'tell the visit that it may be entered: the bolt is withdrawn already',
  tell_locked: 'tell the visit that the bolt is thrown already',
  count_try: 'one more try to throw has failed',
  give_up: 'raise RelockFailed: it was tried often enough',
  wait_long: 'begin the long wait for one more try: what is in the way may have gone',
} as const;
export type BoltWord = keyof typeof BOLT_WORDS;

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
const throwNow = to('locking', 'drive_throw');
const ifShut = <Throw>(cell: Throw) => when('door_closed', when('item_in', cell, ignore), ignore);
/** A door whose contact does not hold still may be on its way open, for as long as it takes to see that. */
const unlessMoved = when('door_moves', stay('put_off'), throwNow);
const throwIt = ifShut(unlessMoved);
/** Whoever is about to leave has the whole time for it. */
const lockBehind = stay('lock_behind', 'wait_relock');
/** Else whoever may ask for `lock` from afar, again and again, keeps somebody in. */
const unlessLeaving = when('leaving', stay('lock_behind'), throwIt);
/**
 * A bolt that springs back each time, or does not arrive, is not thrown again and again: somebody has to look at it.
 * But what swelled, froze or leant against the door goes away by itself, with nobody there to move anything, and a door
 * that was given up would stand unlocked all night. So one more try comes after a long wait, for as long as it takes.
 */
const tryIt = when('tries_left', unlessMoved, stay('halt', 'give_up', 'wait_long'));
const relock = when('door_closed', when('item_in', tryIt, stay('halt')), stay('halt'));
const giveBack = when('item_out', withdraw, ignore);
/** Nothing tells where it is but a drive that begins now. */
const throwBlind = when('blind', when('leaving', lockBehind, ifShut(throwNow)), ignore);
const lost = to('unknown', 'halt');
const stalled = to('jammed', 'halt');

export const BOLT: Table<BoltRow, BoltEvent, BoltWord, BoltGuard> = {
  unknown: {
    // Somebody inside may have started the drive without knowing where the bolt was.
    'bolt.thrown': to('locked', 'halt'),
    'bolt.withdrawn': to('unlocked', 'let_go'),
    'bolt.between': to('not_fully_locked'),
    'bolt.conflict': ignore,
    'door.opened': ignore,
    'door.closed': throwBlind,
    'item.returned': throwBlind,
    'drive.stalled': stay('halt'),
    // A visit ends when the bolt becomes unknown, and begins only when it is known.
    withdraw: impossible,
    throw: ignore,
    // Somebody inside gets out, known or not; the drive alone may still work.
    'inside.pressed': stay('drive_withdraw', 'wait_travel'),
    'return.asked': when('item_out', stay('drive_withdraw', 'wait_travel'), ignore),
    elapsed: when('blind', throwIt, stay('halt')), // a drive that nobody sees ends by time, not here
    'board.lost': ignore,
  },
  locked: {
    'bolt.thrown': ignore,
    'bolt.withdrawn': to('unlocked'), // by a key or the thumb-turn
    'bolt.between': to('not_fully_locked'),
    'bolt.conflict': lost,
    'door.opened': ignore, // forced, or thrown in the air: the door's own affair
    'door.closed': ignore,
    'item.returned': ignore,
    'drive.stalled': ignore,
    withdraw,
    // Reckoned only: a hand may have turned it since.
    throw: when('blind', ifShut(when('door_moves', ignore, throwNow)), stay('tell_locked')),
    'inside.pressed': withdraw,
    'return.asked': giveBack,
    elapsed: impossible,
    'board.lost': lost,
  },
  unlocking: {
    'bolt.thrown': ignore, // has not left its end yet
    'bolt.withdrawn': to('unlocked', 'let_go'),
    'bolt.between': ignore, // on its way
    'bolt.conflict': lost,
    'door.opened': ignore,
    'door.closed': ignore,
    'item.returned': ignore,
    'drive.stalled': stalled,
    withdraw: ignore,
    // Whoever locks wins over whoever comes, not over whoever leaves. The wait of this row is the drive's.
    throw: unlessLeaving,
    'inside.pressed': stay('let_leave'),
    'return.asked': ignore,
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
    'item.returned': stay('wait_relock'),
    'drive.stalled': stay('halt'),
    withdraw: when('blind', stay('drive_withdraw', 'tell_unlocked'), stay('tell_unlocked')),
    throw: unlessLeaving,
    'inside.pressed': stay('drive_withdraw', 'wait_entry'), // whatever the contacts say, try
    'return.asked': when('item_out', stay('drive_withdraw'), ignore), // nobody may have seen who threw it by hand
    elapsed: relock,
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
    'item.returned': ignore,
    'drive.stalled': to('jammed', 'halt', 'count_try'),
    withdraw,
    throw: ignore,
    'inside.pressed': withdraw,
    'return.asked': giveBack,
    elapsed: to('jammed', 'halt', 'count_try'),
    'board.lost': to('unknown', 'halt', 'count_try'), // it may be the drive that has brought it down
  },
  jammed: {
    'bolt.thrown': to('locked'),
    'bolt.withdrawn': to('unlocked'),
    'bolt.between': to('not_fully_locked'), // it moves after all
    'bolt.conflict': lost,
    'door.opened': ignore,
    // Somebody moved the door: that may be what it takes.
    'door.closed': when('leaving', lockBehind, ifShut(throwNow)),
    'item.returned': throwIt,
    'drive.stalled': ignore,
    // A visit ends when the bolt jams, and does not begin while it is jammed.
    withdraw: impossible,
    throw: unlessLeaving,
    // A contact that is stuck must not keep the drive from somebody who wants out.
    'inside.pressed': when('seen_withdrawn', to('unlocked', 'drive_withdraw'), withdraw),
    'return.asked': giveBack,
    // It may be withdrawn for somebody inside, and only not be seen so.
    elapsed: when('time_to_leave', stay('lock_behind'), when('tries_left', throwIt, stay('give_up', 'wait_long'))),
    'board.lost': lost,
  },
  not_fully_locked: {
    'bolt.thrown': to('locked', 'halt'),
    'bolt.withdrawn': to('unlocked', 'let_go'),
    'bolt.between': ignore,
    'bolt.conflict': lost,
    'door.opened': stay('halt', 'wait_no_more'),
    'door.closed': stay('wait_relock'),
    'item.returned': stay('wait_relock'),
    'drive.stalled': stay('halt'),
    withdraw,
    throw: unlessLeaving,
    'inside.pressed': withdraw,
    'return.asked': giveBack,
    elapsed: relock,
    'board.lost': lost,
  },
};
