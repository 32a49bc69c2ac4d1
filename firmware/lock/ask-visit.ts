/** Asks the visit's table, and turns its words into effects, and into events of the bolt. */
import { endVisit, fault, theGrant } from './ending.ts';
import { look } from './table.ts';
import { setVisit, showRefused, type Turn, tell, wait, waitOn } from './turn.ts';
import { VISIT, VISIT_WAITS, type VisitEvent, type VisitGuard, type VisitRow, type VisitWord } from './visit.ts';

export function askVisit(turn: Turn, event: VisitEvent): void {
  const { row } = turn.now.visit;
  const move = look(VISIT, row, event, (guard) => holds(turn, guard));
  if (move.impossible) return fault(turn, `visit: ${event} in ${row}`);
  if (move.moved) {
    setVisit(turn, { row: move.row });
    waitIn(turn, move.row);
  }
  for (const word of move.words) say(turn, word);
}

function holds({ now, profile }: Turn, guard: VisitGuard): boolean {
  switch (guard) {
    case 'door_open':
      return now.door === 'open' || now.door === 'forced_open';
    case 'door_closed':
      return now.door === 'closed';
    case 'item_out':
      return now.item.place === 'out';
    case 'openings_left':
      return now.visit.openings < profile.openingsMax && now.visit.isToBeSealed !== true;
    case 'entered':
      return now.visit.entered;
    case 'seen_shut':
      return now.visit.seenShut === true;
    case 'overstayed':
      return now.visit.overstayed;
    case 'leaving':
      return (
        (now.bolt.egress !== undefined || now.bolt.putOff?.waits === true) &&
        now.bolt.row !== 'unknown' &&
        now.door === 'closed'
      );
    case 'interlocked':
      return now.interlock !== undefined;
  }
}

/** Begins the wait of a row. */
export function waitIn(turn: Turn, row: VisitRow): void {
  const { profile } = turn;
  const delayMs = {
    none: undefined,
    arrival: profile.arrivalMsMax,
    spend: profile.spendMsMax,
    unlock: profile.unlockMsMax,
    entry: profile.entryWindowMs,
    stay: profile.stayMsMax,
    leave: profile.leaveMsMax,
    seal: profile.sealMsMax,
  }[VISIT_WAITS[row]];
  if (row === 'door_open' || row === 'overstayed') waitOn(turn, 'visit', delayMs);
  else wait(turn, 'visit', delayMs);
}

function say(turn: Turn, word: VisitWord): void {
  const { visit } = turn.now;
  switch (word) {
    case 'spend':
      turn.effects.push({ type: 'spend', grant: theGrant(visit.grant) });
      return;
    case 'withdraw':
      // However the visit ends, the door is locked behind it.
      turn.now = { ...turn.now, relockOwed: !turn.profile.autoRelock };
      return turn.toBolt('withdraw', 'proprietary_remote');
    case 'throw':
      return turn.toBolt('throw', 'auto');
    case 'wait_seal':
      return waitIn(turn, visit.row);
    case 'allow_no_more':
      return setVisit(turn, { isToBeSealed: true });
    case 'note_shut':
      return setVisit(turn, { seenShut: true });
    case 'hold':
      // One that was thrown in the air stays as it is: then the door is shut for good.
      if (turn.now.bolt.row === 'unlocked') wait(turn, 'bolt', turn.profile.entryWindowMs);
      return;
    case 'tell_arrived':
      return tell(turn, { topic: 'visit', body: { event_type: 'arrived' } });
    case 'tell_granted': {
      const { channel, tokenId } = theGrant(visit.grant);
      return tell(turn, { topic: 'access', body: { event_type: 'granted', channel, token_id: tokenId } });
    }
    case 'tell_entered':
    case 'tell_reopened': {
      setVisit(turn, { entered: true, openings: visit.openings + 1 });
      const event_type = word === 'tell_entered' ? 'entered' : 'reopened';
      return tell(turn, { topic: 'visit', body: { event_type, token_id: theGrant(visit.grant).tokenId } });
    }
    case 'raise_overstay':
      return setVisit(turn, { overstayed: true });
    case 'end_sealed':
      return endVisit(turn, 'sealed');
    case 'end_granted_not_entered':
      return endVisit(turn, 'granted_not_entered');
    case 'end_left_open':
      return endVisit(turn, 'left_open');
    case 'end_relock_failed':
      return endVisit(turn, 'relock_failed');
    case 'end_vetoed':
      showRefused(turn);
      return endVisit(turn, 'vetoed');
    case 'end_aborted':
      return endVisit(turn, 'aborted');
    case 'end_denied':
      showRefused(turn);
      return endVisit(turn, 'denied');
  }
}
