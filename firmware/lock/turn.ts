/** One call of step: what has become of the state so far, and what is to be done. */
import type { EventBody, OperationSource } from '../../protocol/index.ts';
import type { BoltEvent } from './bolt.ts';
import type { LastingTimer } from './lasting.ts';
import type { Profile } from './profiles/profile.ts';
import type { Effect, LockState, Timer } from './state.ts';
import type { VisitEvent } from './visit.ts';

export interface Turn {
  readonly profile: Profile;
  now: LockState;
  readonly effects: Effect[];
  /** The two tables talk to each other through the turn: neither engine needs to know the other. */
  toBolt(event: BoltEvent, cause: OperationSource): void;
  toVisit(event: VisitEvent): void;
}

export const tell = (turn: Turn, event: EventBody): void => {
  turn.effects.push({ type: 'tell', event });
};

/** Begins a wait, or begins it again; undefined ends it. */
export function wait(turn: Turn, timer: Timer, delayMs: number | undefined): void {
  turn.effects.push(delayMs === undefined ? { type: 'disarm', timer } : { type: 'arm', timer, delayMs });
}

/** The same of a wait that the life before may have begun: what is left of that one counts, once; its end is the end of both. */
export function waitOn(turn: Turn, timer: LastingTimer, delayMs: number | undefined): void {
  const { [timer]: leftMs, ...left } = turn.now.left;
  if (leftMs === undefined) return wait(turn, timer, delayMs);
  // A bolt that is found before its door waits once more when the door is found shut: what is left counts until both are known.
  if (timer !== 'bolt') turn.now = { ...turn.now, left };
  wait(turn, timer, delayMs === undefined ? undefined : Math.min(leftMs, delayMs));
}

/** Something that is broken around the lock: told, and nothing more. */
export const report = (turn: Turn, fault: string, detail: string): void =>
  tell(turn, { topic: 'system', body: { event_type: 'fault', fault, detail } });

export function setBolt(turn: Turn, change: Partial<LockState['bolt']>): void {
  turn.now = { ...turn.now, bolt: { ...turn.now.bolt, ...change } };
}

export function setVisit(turn: Turn, change: Partial<LockState['visit']>): void {
  turn.now = { ...turn.now, visit: { ...turn.now.visit, ...change } };
}

/** Whoever stands at the reader sees for a moment that the door does not open for their token. */
export function showRefused(turn: Turn): void {
  turn.now = { ...turn.now, refusedShown: true };
  wait(turn, 'refused', turn.profile.refusedMs);
}
