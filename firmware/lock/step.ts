/**
 * step(state, event) → state and effects. Pure and total: no clock, no disk, no promise in here.
 *
 *     event ──▶ contacts ──▶ door, item ──▶ BOLT ──▶ VISIT        what was observed goes this way
 *                    └─────▶ BELL             ▲         │
 *                                             └─────────┘ withdraw, throw
 *
 * The tables say what happens; observe.ts and the ask-*.ts ask them in that order and turn their words
 * into effects. Alarms, interlocks and the light are not steered by hand: they follow from the state.
 */
import type { Channel } from '../../protocol/index.ts';
import type { Contact } from '../ports/index.ts';
import { alarmsOf } from './alarms.ts';
import { askBell, endChime } from './ask-bell.ts';
import { arriveByTime, askBolt, endDrive, endWait, knowAgain } from './ask-bolt.ts';
import { askVisit, waitIn } from './ask-visit.ts';
import { measured } from './battery.ts';
import { indicationOf } from './indication.ts';
import { interlockOf } from './interlocks.ts';
import { ITEM_IN } from './item.ts';
import { followItem, forgetContacts, loseBoard, makeGood, takeEdge, takeFlicker, takeSettled } from './observe.ts';
import type { Profile } from './profiles/profile.ts';
import type { Effect, LockEvent, LockState, Timer } from './state.ts';
import { report, setVisit, showRefused, type Turn, tell, wait, waitOn } from './turn.ts';

export interface Step {
  readonly state: LockState;
  readonly effects: readonly Effect[];
}

export function step(before: LockState, event: LockEvent, profile: Profile): Step {
  const turn: Turn = {
    profile,
    now: before,
    effects: [],
    toBolt: (asked, cause) => askBolt(turn, asked, cause),
    toVisit: (asked) => askVisit(turn, asked),
  };
  take(turn, event);
  knowAgain(turn);
  followItem(turn);
  followBolt(turn);
  followAlarms(turn);
  turn.now = { ...turn.now, interlock: interlockOf(turn.now, profile) };
  followIndication(turn);
  return { state: turn.now, effects: turn.effects };
}

function take(turn: Turn, event: LockEvent): void {
  switch (event.type) {
    case 'resumed':
      return resume(turn, event.spentBefore === true);
    case 'board.ready':
      forgetContacts(turn);
      turn.now = { ...turn.now, board: 'ready' };
      return;
    case 'board.lost':
      return loseBoard(turn);
    case 'contact':
      return takeEdge(turn, event.contact, event.closed);
    case 'battery':
      return takeBattery(turn, event.millivolts);
    case 'drive.stalled':
      return askBolt(turn, 'drive.stalled', 'unspecified');
    case 'token.admitted':
      setVisit(turn, { grant: event.grant });
      return askVisit(turn, 'token.admitted');
    case 'token.refused':
      return showRefused(turn);
    case 'spent':
    case 'spend.failed':
      // A disk that was given up may answer in the middle of the next visit: that answer opens nothing.
      if (turn.now.visit.grant?.spendKey === event.spendKey) askVisit(turn, event.type);
      return;
    case 'vetoed':
      return askVisit(turn, 'vetoed');
    case 'lock.commanded':
      return askBolt(turn, 'throw', 'remote');
    case 'ledger.failed':
    case 'ledger.resealed':
      turn.now = { ...turn.now, ledgerFault: event.type === 'ledger.failed' };
      return;
    case 'ledger.judged':
      turn.now = { ...turn.now, ledgerFull: event.full };
      return;
    case 'log.judged':
      turn.now = { ...turn.now, logFull: event.full };
      return;
    case 'clock.judged':
      turn.now = { ...turn.now, clockUntrusted: !event.trusted };
      return;
    case 'lockout.began':
      turn.now = { ...turn.now, lockedOut: [...turn.now.lockedOut, event.channel] };
      return wait(turn, `lockout.${event.channel}`, turn.profile.lockoutMs);
    case 'elapsed':
      return takeElapsed(turn, event.timer);
  }
}

function takeElapsed(turn: Turn, timer: Timer): void {
  switch (timer) {
    case 'bolt':
      return endWait(turn);
    case 'visit':
      return askVisit(turn, 'elapsed');
    case 'bell':
      return askBell(turn, 'elapsed');
    case 'chime':
      return endChime(turn);
    case 'drive':
      return endDrive(turn);
    case 'reckoned':
      return arriveByTime(turn);
    case 'refused':
      turn.now = { ...turn.now, refusedShown: false };
      return;
    case 'ajar':
      turn.now = { ...turn.now, ajar: true };
      return;
    case 'item':
      turn.now = { ...turn.now, item: { ...turn.now.item, overdue: true } };
      return;
    case 'inside':
      return report(turn, 'button_stuck', 'the button inside is held down, or its contact is stuck');
    default:
      return takeNamed(turn, timer);
  }
}

function takeNamed(turn: Turn, timer: Extract<Timer, `${string}.${string}`>): void {
  const [kind, name] = timer.split('.') as [string, string];
  if (kind === 'lockout') return endLockout(turn, name as Channel);
  if (kind === 'flicker') return takeFlicker(turn, name as Contact);
  if (kind === 'change') return makeGood(turn, name as Contact);
  return takeSettled(turn, name as Contact);
}

function endLockout(turn: Turn, channel: Channel): void {
  turn.now = { ...turn.now, lockedOut: turn.now.lockedOut.filter((other) => other !== channel) };
  turn.effects.push({ type: 'end_lockout', channel });
}

/** What the life before has left goes on: its visit, and what it waited for. */
function resume(turn: Turn, spentBefore: boolean): void {
  // A lock that was a safe, and is none any more, keeps nothing that could be out.
  if (!turn.profile.contacts.includes('item_present')) turn.now = { ...turn.now, item: ITEM_IN };
  const { visit, item } = turn.now;
  if (spentBefore && !turn.profile.autoRelock) turn.now = { ...turn.now, relockOwed: true };
  if (visit.row === 'resumed') waitIn(turn, 'resumed');
  if (item.place === 'out' && !item.overdue) waitOn(turn, 'item', turn.profile.returnMsMax);
}

function takeBattery(turn: Turn, millivolts: number): void {
  const { battery } = turn.now;
  const next = measured(battery, millivolts, turn.profile.battery);
  turn.now = { ...turn.now, battery: next };
  if (next.level === battery.level || (next.level === 'ok' && battery.level === 'unknown')) return;
  tell(turn, { topic: 'system', body: { event_type: 'battery', level: next.level, millivolts } });
}

// What follows from the state.

/** A bolt that is seen thrown behind a closed door has made good what failed, and waits for nothing any more. */
function followBolt(turn: Turn): void {
  const { bolt, door, left } = turn.now;
  if (bolt.row === 'locked' && door === 'closed') turn.now = { ...turn.now, relockFailed: false, relockOwed: false };
  if (bolt.row === 'unknown' || door === 'unknown' || left.bolt === undefined) return;
  const { bolt: _bolt, ...rest } = left;
  turn.now = { ...turn.now, left: rest };
}

function followAlarms(turn: Turn): void {
  const alarms = alarmsOf(turn.now, turn.profile);
  const before = turn.now.alarms;
  if (alarms === before) return;
  for (const alarm of alarms) {
    if (!before.includes(alarm)) tell(turn, { topic: 'alarm', body: { event_type: 'raised', alarm } });
  }
  for (const alarm of before) {
    if (!alarms.includes(alarm)) tell(turn, { topic: 'alarm', body: { event_type: 'cleared', alarm } });
  }
  turn.now = { ...turn.now, alarms };
}

function followIndication(turn: Turn): void {
  const indication = indicationOf(turn.now);
  if (indication === turn.now.indication) return;
  turn.now = { ...turn.now, indication };
  turn.effects.push({ type: 'indicate', indication });
}
