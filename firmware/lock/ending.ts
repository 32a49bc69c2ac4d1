/** How a visit ends: as the table says, or because the table was wrong. */
import type { VisitOutcome } from '../../protocol/index.ts';
import type { Grant } from './state.ts';
import { setBolt, setVisit, type Turn, wait } from './turn.ts';

export function endVisit(turn: Turn, outcome: VisitOutcome): void {
  const grant = theGrant(turn.now.visit.grant);
  setVisit(turn, {
    row: 'idle',
    grant: undefined,
    entered: false,
    openings: 0,
    overstayed: false,
    isToBeSealed: false,
    seenShut: false,
  });
  const { visit: _visit, ...left } = turn.now.left;
  turn.now = { ...turn.now, left, relockFailed: turn.now.relockFailed || outcome === 'relock_failed' };
  turn.effects.push({ type: 'end', grant, outcome });
}

/** A visit past `arrived` has its grant; without one the table and the engine disagree. */
export function theGrant(grant: Grant | undefined): Grant {
  if (grant === undefined) throw new Error('a visit without a grant');
  return grant;
}

/** What cannot happen has happened: let go of the bolt, know nothing, and say so. */
export function fault(turn: Turn, detail: string): void {
  const { grant } = turn.now.visit;
  setBolt(turn, { row: 'unknown', status: 'unknown' });
  turn.effects.push({ type: 'halt' });
  wait(turn, 'bolt', undefined);
  wait(turn, 'visit', undefined);
  turn.effects.push({ type: 'fault', detail });
  if (grant === undefined) setVisit(turn, { row: 'idle' });
  else endVisit(turn, 'aborted');
}
