/** Asks the bolt's table, and turns its words into effects. What it came to is told to the visit. */
import type { LockStateWord, OperationSource } from '../../protocol/index.ts';
import type { Contact } from '../ports/index.ts';
import { arrived, driven, halted, reckonedMs, statusOf } from './assume.ts';
import { BOLT, BOLT_WAITS, type BoltEvent, type BoltGuard, type BoltRow, type BoltWord } from './bolt.ts';
import { isAwaited } from './contacts.ts';
import { fault } from './ending.ts';
import { feedbackOf, isSprung, LEAVE_MS } from './profiles/profile.ts';
import type { LockState } from './state.ts';
import { look } from './table.ts';
import { setBolt, type Turn, tell, wait, waitOn } from './turn.ts';

/** From the last of the tries to one more: seldom enough for a drive to cool, and for a battery to last. */
const TRY_AGAIN_MS = 900_000;

/** How often a throw is put off for a door on the move: whoever goes on moving one that is unlocked may as well open it. */
const PUT_OFFS_MAX = 3;

const BOLT_CONTACTS = ['bolt_thrown', 'bolt_withdrawn', 'latched'] as const satisfies readonly Contact[];

export function askBolt(turn: Turn, event: BoltEvent, cause: OperationSource): void {
  const { row } = turn.now.bolt;
  const move = look(BOLT, row, event, (guard) => holds(turn, guard));
  if (move.impossible) return fault(turn, `bolt: ${event} in ${row}`);
  if (move.moved) enterRow(turn, move.row, cause);
  for (const word of move.words) say(turn, word, cause);
  if (!move.moved) return;
  arriveAtOnce(turn);
  if (move.row === 'locked' || move.row === 'unlocked' || move.row === 'jammed' || move.row === 'unknown') {
    turn.toVisit(`lock.${move.row}`);
  }
}

/** A bolt that is thrown behind somebody is thrown by whoever asked for it then. */
export function endWait(turn: Turn): void {
  const { row, egress, putOff } = turn.now.bolt;
  const isTravel = row === 'unlocking' || row === 'locking' || row === 'unknown';
  if (isTravel && isReckonedOnItsWay(turn)) return arriveByTime(turn);
  // The wait of this row is its drive's.
  if (row === 'unlocking') return askBolt(turn, 'elapsed', 'auto');
  setBolt(turn, { putOff: putOff && { ...putOff, waits: false } });
  askBolt(turn, 'elapsed', egress?.lockBehind ?? putOff?.by ?? 'auto');
}

function holds({ now, profile }: Turn, guard: BoltGuard): boolean {
  switch (guard) {
    case 'door_closed':
      return now.door === 'closed';
    case 'door_moves':
      return moves(now, 'door_closed') && (now.bolt.putOff?.times ?? 0) < PUT_OFFS_MAX;
    case 'item_in':
      // One that never holds still is an alarm, and no reason to leave what is in there to everybody.
      return (
        now.item.place !== 'out' &&
        !isFoundGone(now) &&
        (!isAwaited(now.contacts.item_present) || now.unsteady.includes('item_present'))
      );
    case 'item_out':
      return now.item.place === 'out';
    case 'blind':
      return feedbackOf(profile) === 'none' && !isSprung(profile);
    case 'seen_withdrawn':
      return now.bolt.status === 'withdrawn';
    case 'leaving':
      return now.bolt.egress !== undefined;
    case 'time_to_leave':
      return now.bolt.status !== 'thrown' && now.bolt.egress !== undefined && now.bolt.egress.lockBehind === undefined;
    case 'tries_left':
      return now.bolt.failedTries <= profile.retriesMax;
  }
}

/** It was there before this board came up, and is not: until somebody knows more, it may be on its way back. */
const isFoundGone = ({ item, contacts, isItemSeen }: LockState): boolean =>
  item.place === 'in' && contacts.item_present.closed === false && !isItemSeen;

/** Where the bolt is may have become another: by a contact, by the door behind a spring latch, by time. */
export function observeBolt(turn: Turn): void {
  const { bolt } = turn.now;
  const status = statusOf(turn.now, turn.profile);
  if (status === bolt.status) return;
  setBolt(turn, { status });
  // A spring latch catches by itself; whatever else moves without a drive was moved by somebody.
  const cause = status === 'thrown' && isSprung(turn.profile) ? 'auto' : 'manual';
  // With the board there, it is unknown only because a contact does not hold still.
  askBolt(turn, status === 'unknown' ? 'bolt.conflict' : `bolt.${status}`, cause);
}

/** The longest travel of a drive is over, whatever row the bolt is in. */
export function endDrive(turn: Turn): void {
  if (isReckonedOnItsWay(turn)) arriveByTime(turn);
  halt(turn);
}

/**
 * What bounds a drive and what reckons its end are waits a millisecond apart, and to begin the drive between them may take
 * longer: whichever ends first, a bolt that nobody sees has arrived then, and is not jammed.
 */
const isReckonedOnItsWay = ({ now, profile }: Turn): boolean =>
  now.reckoning.pulling !== undefined && !isSprung(profile);

/** A bolt that nobody sees has had the time that it takes. */
export function arriveByTime(turn: Turn): void {
  turn.now = { ...turn.now, reckoning: arrived(turn.now.reckoning) };
  observeBolt(turn);
  // One that was turned round on its way is where it came from: nothing else is seen, and yet it has arrived.
  arriveAtOnce(turn);
}

/**
 * Where a bolt is that no contact sees follows from its drive, too, which begins and ends in the middle of a cell. A row
 * that knows nothing hears of it when the step is over: nothing else might ever be seen of it.
 */
export function knowAgain(turn: Turn): void {
  const { row, status, cause } = turn.now.bolt;
  if (row !== 'unknown' || status === 'unknown' || status === 'conflict') return;
  askBolt(turn, `bolt.${status}`, cause);
}

/** A bolt that is driven to where it is already makes no edge: what its contacts say counts at once, if they hold still. */
export function arriveAtOnce(turn: Turn): void {
  const { row, status, cause } = turn.now.bolt;
  if (BOLT_CONTACTS.some((contact) => moves(turn.now, contact))) return;
  // Nobody sees it arrive: its time has to be over first.
  if (turn.now.reckoning.pulling !== undefined && !isSprung(turn.profile)) return;
  if (row === 'locking' && status === 'thrown') askBolt(turn, 'bolt.thrown', cause);
  if (row === 'unlocking' && status === 'withdrawn') askBolt(turn, 'bolt.withdrawn', cause);
}

/** A blade that is about to part comes back for a moment: what it is the contact of has moved already. */
const moves = ({ contacts, edges }: LockState, contact: Contact): boolean =>
  contacts[contact].raw !== contacts[contact].closed || (edges[contact] ?? 0) >= 2;

function enterRow(turn: Turn, row: BoltRow, cause: OperationSource): void {
  const { bolt } = turn.now;
  const wasDriven = bolt.row === 'locking' || bolt.row === 'unlocking';
  const hasArrived = row === 'locked' || row === 'unlocked';
  // An arrival that nobody drove is somebody's hand; one after a boot is nobody's.
  const changedBy = wasDriven && hasArrived ? bolt.cause : bolt.row === 'unknown' ? 'unspecified' : cause;
  const isThrown = row === 'locked' || row === 'locking';
  // One that springs back to where it came from has not made good for its tries.
  const isMadeGood = row === 'locked' || (row === 'unlocked' && (bolt.row === 'unlocking' || bolt.row === 'locked'));
  setBolt(turn, {
    row,
    cause,
    changedBy,
    failedTries: isMadeGood ? 0 : bolt.failedTries,
    // Somebody is on the way out until they are locked in: a bolt that springs back from its end, or is not seen to
    // arrive there, leaves the door to be opened all the same.
    egress: isThrown ? undefined : bolt.egress,
    putOff: isThrown ? undefined : bolt.putOff,
  });
  const body = { event_type: row satisfies LockStateWord, changed_by: changedBy } as const;
  const isAssumed = feedbackOf(turn.profile) === 'none';
  tell(turn, { topic: 'lock', body: isAssumed ? { ...body, assumed: true } : body });
  const waits = BOLT_WAITS[row];
  const isToBeThrown = waits === 'entry' || waits === 'retry';
  if (isToBeThrown && isAskedFor(turn)) return waitBehind(turn);
  waitFor(turn, waits);
}

/** What waits for whoever leaves, or for a door to be seen open. */
const isAskedFor = ({ now: { bolt } }: Turn): boolean =>
  bolt.egress?.lockBehind !== undefined || bolt.putOff?.waits === true;

/** Asked for by somebody, so that a bolt which does not relock by itself is thrown as well. */
const waitBehind = (turn: Turn): void => wait(turn, 'bolt', LEAVE_MS);

function waitFor(turn: Turn, what: (typeof BOLT_WAITS)[BoltRow] | 'relock'): void {
  const { profile } = turn;
  switch (what) {
    case 'entry':
    case 'relock': {
      const { egress } = turn.now.bolt;
      // A door that is seen closed only now has not been opened by whoever is about to.
      const relockMs = egress === undefined ? profile.relockAfterMs : Math.max(LEAVE_MS, profile.relockAfterMs);
      const delayMs = what === 'entry' ? profile.entryWindowMs : relockMs;
      const isWaiting = profile.autoRelock || turn.now.relockOwed;
      // Whoever asks for the way out has the whole of it, however little a power cut has left of the wait before.
      const begin = egress === undefined || egress.resumed ? waitOn : wait;
      return begin(turn, 'bolt', isWaiting ? delayMs : undefined);
    }
    case 'travel':
      return wait(turn, 'bolt', profile.travelMsMax);
    case 'retry':
      // Tries that somebody asks for fail, too; they put off none of the lock's own for hours.
      return wait(turn, 'bolt', profile.retryAfterMs * 2 ** Math.min(turn.now.bolt.failedTries, profile.retriesMax));
    case 'none':
      return wait(turn, 'bolt', undefined);
  }
}

function say(turn: Turn, word: BoltWord, cause: OperationSource): void {
  switch (word) {
    case 'drive_withdraw':
    case 'drive_throw':
      // Whoever comes is not locked out by what was asked for before.
      setBolt(turn, { cause, egress: cause === 'button' ? {} : turn.now.bolt.egress && {}, putOff: undefined });
      return drive(turn, word === 'drive_throw' ? 'throw' : 'withdraw');
    case 'halt':
      return halt(turn);
    case 'let_go':
      // What frees a spring latch goes on until its pulse is over: somebody has to get through.
      return isSprung(turn.profile) ? undefined : halt(turn);
    case 'wait_relock':
      // Asked for, and not done because nobody could see the door: it is done now.
      return isAskedFor(turn) ? waitBehind(turn) : waitFor(turn, 'relock');
    case 'wait_entry':
      return waitFor(turn, 'entry');
    case 'wait_travel':
      return waitFor(turn, 'travel');
    case 'wait_no_more':
      return waitFor(turn, 'none');
    case 'lock_behind':
      // Asked again, it is not put off again: the door would stand unlocked for as long as somebody asks.
      if (turn.now.bolt.egress?.lockBehind !== undefined) return;
      setBolt(turn, { egress: { lockBehind: cause } });
      return oweRelock(turn);
    case 'put_off': {
      const { putOff } = turn.now.bolt;
      if (putOff?.waits) return;
      setBolt(turn, { putOff: { by: cause, times: (putOff?.times ?? 0) + 1, waits: true } });
      return oweRelock(turn);
    }
    case 'let_leave':
      return setBolt(turn, { egress: {}, putOff: undefined });
    case 'tell_unlocked':
      // Whoever comes is not locked out by what was asked for before; whoever leaves is still on his way.
      setBolt(turn, { egress: turn.now.bolt.egress && {}, putOff: undefined });
      waitFor(turn, 'entry');
      return turn.toVisit('lock.unlocked');
    case 'tell_locked':
      return turn.toVisit('lock.locked');
    case 'give_up':
      turn.now = { ...turn.now, relockFailed: true };
      return;
    case 'wait_long':
      // One try is left then, and the same wait comes behind it.
      setBolt(turn, { failedTries: turn.profile.retriesMax });
      return wait(turn, 'bolt', TRY_AGAIN_MS);
    case 'count_try':
      return setBolt(turn, { failedTries: turn.now.bolt.failedTries + 1 });
  }
}

/** It waits, and is owed until it is done: they may go through the door first, or press again. */
function oweRelock(turn: Turn): void {
  turn.now = { ...turn.now, relockOwed: !turn.profile.autoRelock };
  if (turn.now.bolt.row !== 'unlocking') waitBehind(turn);
}

function drive(turn: Turn, direction: 'throw' | 'withdraw'): void {
  // A spring latch is not thrown: it is let go, and catches.
  if (direction === 'throw' && isSprung(turn.profile)) return halt(turn);
  turn.effects.push({ type: 'drive', direction });
  // No row's wait has to bound it: somebody inside may start it in a row that waits for something else.
  if (!isSprung(turn.profile)) wait(turn, 'drive', turn.profile.travelMsMax);
  if (feedbackOf(turn.profile) !== 'none') return;
  turn.now = { ...turn.now, reckoning: driven(turn.now.reckoning, direction) };
  wait(turn, 'reckoned', reckonedMs(turn.profile));
  setBolt(turn, { status: statusOf(turn.now, turn.profile) });
}

/** Takes the drive off the bolt, whatever row it is in. */
export function halt(turn: Turn): void {
  turn.effects.push({ type: 'halt' });
  if (!isSprung(turn.profile)) wait(turn, 'drive', undefined);
  if (feedbackOf(turn.profile) !== 'none' || turn.now.reckoning.pulling === undefined) return;
  turn.now = { ...turn.now, reckoning: halted(turn.now.reckoning) };
  wait(turn, 'reckoned', undefined);
  setBolt(turn, { status: statusOf(turn.now, turn.profile) });
}
