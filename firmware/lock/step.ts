/**
 * step(state, event) → state and effects. Pure and total: no clock, no disk, no promise in here.
 *
 *     event ──▶ contacts ──▶ door ──▶ BOLT ──▶ VISIT        what was observed goes this way
 *                                      ▲          │
 *                                      └──────────┘ withdraw, throw
 *
 * The two tables say what happens; this file asks them in that order and turns their words into
 * effects. Alarms and the light are not steered by hand: they follow from the state.
 */
import type { Alarm, Channel, EventBody, LockStateWord, OperationSource, VisitOutcome } from '../../protocol/index.ts';
import type { Contact, Indication } from '../ports/index.ts';
import { BOLT, BOLT_WAITS, type BoltEvent, type BoltRow, type BoltWord } from './bolt.ts';
import { boltStatus, edge, noContacts, settled } from './contacts.ts';
import type { Profile } from './profiles/door.ts';
import type { Effect, LockEvent, LockState } from './state.ts';
import { look } from './table.ts';
import { VISIT, VISIT_WAITS, type VisitEvent, type VisitRow, type VisitWord } from './visit.ts';

export interface Step {
  readonly state: LockState;
  readonly effects: readonly Effect[];
}

export function step(before: LockState, event: LockEvent, profile: Profile): Step {
  const turn: Turn = { profile, now: before, effects: [] };
  take(turn, event);
  followAlarms(turn);
  followIndication(turn);
  return { state: turn.now, effects: turn.effects };
}

/** One call of step: what has become of the state so far, and what is to be done. */
interface Turn {
  readonly profile: Profile;
  now: LockState;
  readonly effects: Effect[];
}

function take(turn: Turn, event: LockEvent): void {
  switch (event.type) {
    case 'board.ready':
      forgetContacts(turn);
      turn.now = { ...turn.now, board: 'ready' };
      return;
    case 'board.lost':
      return loseBoard(turn);
    case 'contact':
      return takeEdge(turn, event.contact, event.closed);
    case 'token.admitted':
      turn.now = { ...turn.now, visit: { ...turn.now.visit, grant: event.grant } };
      return askVisit(turn, 'token.admitted');
    case 'token.refused':
      turn.now = { ...turn.now, refusedShown: true };
      turn.effects.push({ type: 'arm', timer: 'refused', delayMs: turn.profile.refusedMs });
      return;
    case 'spent':
    case 'spend.failed':
      // A disk that was given up may answer in the middle of the next visit: that answer opens nothing.
      if (turn.now.visit.grant?.spendKey === event.spendKey) askVisit(turn, event.type);
      return;
    case 'lock.commanded':
      return askBolt(turn, 'throw', 'remote');
    case 'vetoed':
      return askVisit(turn, 'vetoed');
    case 'ledger.failed':
    case 'ledger.resealed':
      turn.now = { ...turn.now, ledgerFault: event.type === 'ledger.failed' };
      return;
    case 'clock.judged':
      turn.now = { ...turn.now, clockUntrusted: !event.trusted };
      return;
    case 'lockout.began':
      turn.now = { ...turn.now, lockedOut: [...turn.now.lockedOut, event.channel] };
      turn.effects.push({ type: 'arm', timer: `lockout.${event.channel}`, delayMs: turn.profile.lockoutMs });
      return;
    case 'elapsed':
      return takeElapsed(turn, event.timer);
  }
}

function takeElapsed(turn: Turn, timer: Extract<LockEvent, { type: 'elapsed' }>['timer']): void {
  if (timer === 'bolt') return askBolt(turn, 'elapsed', 'auto');
  if (timer === 'visit') return askVisit(turn, 'elapsed');
  if (timer === 'refused') {
    turn.now = { ...turn.now, refusedShown: false };
    return;
  }
  if (timer.startsWith('lockout.')) return endLockout(turn, timer.slice('lockout.'.length) as Channel);
  takeSettled(turn, timer.slice('contact.'.length) as Contact);
}

function endLockout(turn: Turn, channel: Channel): void {
  turn.now = { ...turn.now, lockedOut: turn.now.lockedOut.filter((other) => other !== channel) };
  turn.effects.push({ type: 'end_lockout', channel });
}

// Contacts and door.

function takeEdge(turn: Turn, contact: Contact, closed: boolean): void {
  const { state, settle } = edge(turn.now.contacts[contact], closed);
  turn.now = { ...turn.now, contacts: { ...turn.now.contacts, [contact]: state } };
  const timer = `contact.${contact}` as const;
  if (settle === 'begin') turn.effects.push({ type: 'arm', timer, delayMs: turn.profile.settleMs });
  if (settle !== 'end') return;
  turn.effects.push({ type: 'disarm', timer });
  arriveAtOnce(turn);
}

function takeSettled(turn: Turn, contact: Contact): void {
  const before = turn.now.contacts[contact];
  const after = settled(before);
  turn.now = { ...turn.now, contacts: { ...turn.now.contacts, [contact]: after } };
  switch (contact) {
    case 'bolt_thrown':
    case 'bolt_withdrawn':
      return observeBolt(turn);
    case 'door_closed':
      return observeDoor(turn, after.closed === true);
    case 'bell':
      // A button found pressed when the board comes up is not a press.
      if (before.closed === false && after.closed === true) {
        tell(turn, { topic: 'doorbell', body: { event_type: 'ring' } });
        askVisit(turn, 'rung');
      }
      return;
    case 'inside_button':
      if (before.closed === false && after.closed === true) askBolt(turn, 'inside.pressed', 'button');
      return;
  }
}

function observeBolt(turn: Turn): void {
  const status = boltStatus(turn.now.contacts);
  if (status === turn.now.bolt.status) return;
  turn.now = { ...turn.now, bolt: { ...turn.now.bolt, status } };
  if (status !== 'unknown') askBolt(turn, `bolt.${status}`, 'manual');
}

function observeDoor(turn: Turn, closed: boolean): void {
  const { door, bolt } = turn.now;
  const forced = !closed && door === 'closed' && bolt.row === 'locked';
  turn.now = { ...turn.now, door: closed ? 'closed' : forced ? 'forced_open' : 'open' };
  // What is seen first after a boot is where the door stands, not that anybody moved it.
  if (door !== 'unknown') {
    tell(turn, { topic: 'door', body: { event_type: closed ? 'closed' : forced ? 'forced_open' : 'opened' } });
  }
  const event = closed ? 'door.closed' : 'door.opened';
  askBolt(turn, event, 'auto');
  askVisit(turn, event);
}

function loseBoard(turn: Turn): void {
  forgetContacts(turn);
  turn.now = { ...turn.now, board: 'away' };
  askBolt(turn, 'board.lost', 'unspecified');
}

/** What contacts said before counts no more, nor what they were about to say. */
function forgetContacts(turn: Turn): void {
  for (const [contact, state] of Object.entries(turn.now.contacts)) {
    if (state.raw !== state.closed) {
      turn.effects.push({ type: 'disarm', timer: `contact.${contact as Contact}` });
    }
  }
  turn.now = {
    ...turn.now,
    contacts: noContacts(),
    door: 'unknown',
    bolt: { ...turn.now.bolt, status: 'unknown' },
  };
}

// The bolt.

function askBolt(turn: Turn, event: BoltEvent, cause: OperationSource): void {
  const { row, failedTries, status } = turn.now.bolt;
  const move = look(BOLT, row, event, (guard) => {
    switch (guard) {
      case 'door_closed':
        return turn.now.door === 'closed';
      case 'seen_withdrawn':
        return status === 'withdrawn';
      case 'tries_left':
        return failedTries <= turn.profile.retriesMax;
    }
  });
  if (move.impossible) return fault(turn, `bolt: ${event} in ${row}`);
  if (move.moved) enterBoltRow(turn, move.row, cause);
  for (const word of move.words) sayBolt(turn, word, cause);
  if (!move.moved) return;
  arriveAtOnce(turn);
  if (move.row === 'locked' || move.row === 'unlocked' || move.row === 'jammed' || move.row === 'unknown') {
    askVisit(turn, `lock.${move.row}`);
  }
}

/** A bolt that is driven to where it is already makes no edge: what its contacts say counts at once, if they hold still. */
function arriveAtOnce(turn: Turn): void {
  const { row, status, cause } = turn.now.bolt;
  const { bolt_thrown: thrown, bolt_withdrawn: withdrawn } = turn.now.contacts;
  if (thrown.raw !== thrown.closed || withdrawn.raw !== withdrawn.closed) return;
  if (row === 'locking' && status === 'thrown') askBolt(turn, 'bolt.thrown', cause);
  if (row === 'unlocking' && status === 'withdrawn') askBolt(turn, 'bolt.withdrawn', cause);
}

function enterBoltRow(turn: Turn, row: BoltRow, cause: OperationSource): void {
  const { bolt } = turn.now;
  const driven = bolt.row === 'locking' || bolt.row === 'unlocking';
  const arrived = row === 'locked' || row === 'unlocked';
  // An arrival that nobody drove is somebody's hand; one after a boot is nobody's.
  const changedBy = driven && arrived ? bolt.cause : bolt.row === 'unknown' ? 'unspecified' : cause;
  turn.now = {
    ...turn.now,
    bolt: { ...bolt, row, cause, changedBy, failedTries: arrived ? 0 : bolt.failedTries },
  };
  tell(turn, { topic: 'lock', body: { event_type: row satisfies LockStateWord, changed_by: changedBy } });
  waitBolt(turn, BOLT_WAITS[row]);
}

function waitBolt(turn: Turn, wait: (typeof BOLT_WAITS)[BoltRow] | 'relock'): void {
  const { profile, effects } = turn;
  const delayMs = {
    none: undefined,
    travel: profile.travelMsMax,
    entry: profile.entryWindowMs,
    relock: profile.relockAfterMs,
    retry: profile.retryAfterMs * 2 ** turn.now.bolt.failedTries,
  }[wait];
  if (delayMs === undefined) effects.push({ type: 'disarm', timer: 'bolt' });
  else effects.push({ type: 'arm', timer: 'bolt', delayMs });
}

function sayBolt(turn: Turn, word: BoltWord, cause: OperationSource): void {
  const { effects } = turn;
  switch (word) {
    case 'drive_withdraw':
    case 'drive_throw':
      turn.now = { ...turn.now, bolt: { ...turn.now.bolt, cause } };
      effects.push({ type: 'drive', direction: word === 'drive_throw' ? 'throw' : 'withdraw' });
      return;
    case 'halt':
      effects.push({ type: 'halt' });
      return;
    case 'wait_relock':
      return waitBolt(turn, 'relock');
    case 'wait_entry':
      return waitBolt(turn, 'entry');
    case 'wait_travel':
      return waitBolt(turn, 'travel');
    case 'wait_no_more':
      return waitBolt(turn, 'none');
    case 'tell_unlocked':
      waitBolt(turn, 'entry');
      return askVisit(turn, 'lock.unlocked');
    case 'tell_locked':
      return askVisit(turn, 'lock.locked');
    case 'count_try':
      turn.now = { ...turn.now, bolt: { ...turn.now.bolt, failedTries: turn.now.bolt.failedTries + 1 } };
      return;
  }
}

// The visit.

function askVisit(turn: Turn, event: VisitEvent): void {
  const { row } = turn.now.visit;
  const move = look(VISIT, row, event, (guard) => {
    switch (guard) {
      case 'door_open':
        return turn.now.door === 'open' || turn.now.door === 'forced_open';
      case 'entered':
        return turn.now.visit.entered;
    }
  });
  if (move.impossible) return fault(turn, `visit: ${event} in ${row}`);
  if (move.moved) {
    turn.now = { ...turn.now, visit: { ...turn.now.visit, row: move.row } };
    waitVisit(turn, move.row);
  }
  for (const word of move.words) sayVisit(turn, word);
}

function waitVisit(turn: Turn, row: VisitRow): void {
  const { profile, effects } = turn;
  const delayMs = {
    none: undefined,
    arrival: profile.arrivalMsMax,
    spend: profile.spendMsMax,
    unlock: profile.unlockMsMax,
    entry: profile.entryWindowMs,
    stay: profile.stayMsMax,
    seal: profile.sealMsMax,
  }[VISIT_WAITS[row]];
  if (delayMs === undefined) effects.push({ type: 'disarm', timer: 'visit' });
  else effects.push({ type: 'arm', timer: 'visit', delayMs });
}

function sayVisit(turn: Turn, word: VisitWord): void {
  const { visit } = turn.now;
  switch (word) {
    case 'spend':
      turn.effects.push({ type: 'spend', grant: theGrant(visit.grant) });
      return;
    case 'withdraw':
      return askBolt(turn, 'withdraw', 'proprietary_remote');
    case 'throw':
      return askBolt(turn, 'throw', 'auto');
    case 'tell_arrived':
      return tell(turn, { topic: 'visit', body: { event_type: 'arrived' } });
    case 'tell_granted': {
      const { channel, tokenId } = theGrant(visit.grant);
      return tell(turn, { topic: 'access', body: { event_type: 'granted', channel, token_id: tokenId } });
    }
    case 'tell_entered':
      turn.now = { ...turn.now, visit: { ...visit, entered: true } };
      return tell(turn, {
        topic: 'visit',
        body: { event_type: 'entered', token_id: theGrant(visit.grant).tokenId },
      });
    case 'raise_overstay':
      turn.now = { ...turn.now, visit: { ...visit, overstayed: true } };
      return;
    case 'end_sealed':
      return endVisit(turn, 'sealed');
    case 'end_granted_not_entered':
      return endVisit(turn, 'granted_not_entered');
    case 'end_relock_failed':
      return endVisit(turn, 'relock_failed');
    case 'end_vetoed':
      return endVisit(turn, 'vetoed');
    case 'end_aborted':
      return endVisit(turn, 'aborted');
    case 'end_denied':
      return endVisit(turn, 'denied');
  }
}

function endVisit(turn: Turn, outcome: VisitOutcome): void {
  const grant = theGrant(turn.now.visit.grant);
  turn.now = { ...turn.now, visit: { row: 'idle', grant: undefined, entered: false, overstayed: false } };
  turn.effects.push({ type: 'end', grant, outcome });
}

/** A visit past `arrived` has its grant; without one the table and this file disagree. */
function theGrant(grant: LockState['visit']['grant']): NonNullable<LockState['visit']['grant']> {
  if (grant === undefined) throw new Error('a visit without a grant');
  return grant;
}

// What follows from the state.

function followAlarms(turn: Turn): void {
  const alarms = alarmsOf(turn.now);
  const before = turn.now.alarms;
  for (const alarm of alarms) {
    if (!before.includes(alarm)) tell(turn, { topic: 'alarm', body: { event_type: 'raised', alarm } });
  }
  for (const alarm of before) {
    if (!alarms.includes(alarm)) tell(turn, { topic: 'alarm', body: { event_type: 'cleared', alarm } });
  }
  turn.now = { ...turn.now, alarms };
}

/** Every alarm with its cause, which is also what clears it by ending. */
function alarmsOf(state: LockState): readonly Alarm[] {
  const { board, bolt, door, visit, ledgerFault, lockedOut, clockUntrusted } = state;
  const causes: readonly (readonly [Alarm, boolean])[] = [
    ['LockJammed', bolt.row === 'jammed'],
    ['DoorForcedOpen', door === 'forced_open'],
    ['LedgerFault', ledgerFault],
    ['ClockUntrusted', clockUntrusted],
    ['WrongCodeEntryLimit', lockedOut.length > 0],
    ['VisitOverstay', visit.overstayed],
    ['SensorConflict', bolt.status === 'conflict'],
    ['BoardLost', board === 'away'],
  ];
  return causes.filter(([, holds]) => holds).map(([alarm]) => alarm);
}

function followIndication(turn: Turn): void {
  const indication = indicationOf(turn.now);
  if (indication === turn.now.indication) return;
  turn.now = { ...turn.now, indication };
  turn.effects.push({ type: 'indicate', indication });
}

function indicationOf({ board, bolt, visit, refusedShown, ledgerFault, clockUntrusted }: LockState): Indication {
  if (board === 'away') return 'off';
  if (bolt.row === 'jammed' || bolt.row === 'unknown') return 'fault';
  if (visit.row === 'spending' || visit.row === 'unlocking') return 'wait';
  if (visit.row === 'awaiting_entry' || visit.row === 'door_open') return 'granted';
  if (refusedShown) return 'refused';
  // Not ready: no token can be spent, or none can be judged.
  return ledgerFault || clockUntrusted ? 'fault' : 'ready';
}

const tell = (turn: Turn, event: EventBody): void => {
  turn.effects.push({ type: 'tell', event });
};

/** What cannot happen has happened: let go of the bolt, know nothing, and say so. */
function fault(turn: Turn, detail: string): void {
  const { grant } = turn.now.visit;
  turn.now = { ...turn.now, bolt: { ...turn.now.bolt, row: 'unknown', status: 'unknown' } };
  turn.effects.push({ type: 'halt' }, { type: 'disarm', timer: 'bolt' }, { type: 'disarm', timer: 'visit' });
  turn.effects.push({ type: 'fault', detail });
  if (grant === undefined) turn.now = { ...turn.now, visit: { ...turn.now.visit, row: 'idle' } };
  else endVisit(turn, 'aborted');
}
