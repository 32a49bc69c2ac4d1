/**
 * Events that wait for a broker, and which of them goes when there is no room for one more. A week without a
 * broker is nothing; a broker that never comes back, or somebody who rings and forges all night, must not push
 * out what the owner has to know. So chatter goes first, oldest first; what strangers can cause at will goes
 * next; and audit (who was let in, what came of it, alarms, the owner's own doing) goes only when the outbox holds
 * nothing else. Before it comes so far the lock takes no token any more: a visit that nobody could ever
 * be told of does not begin.
 */
import type { EventRecord } from './records.ts';

/** Events kept for a broker that is away. */
export const OUTBOX_EVENTS_MAX = 4096;

/** With this much audit in the outbox no token is granted, `log_full`: the rest is for visits that have begun, and for alarms. */
export const OUTBOX_AUDIT_MAX = OUTBOX_EVENTS_MAX - 128;

/** What may go: lowest first. */
const RANKS = ['chatter', 'strangers', 'audit'] as const;
type Rank = (typeof RANKS)[number];

function rankOf({ topic, body }: Pick<EventRecord, 'topic' | 'body'>): Rank {
  if (topic === 'doorbell' || topic === 'door' || topic === 'lock') return 'chatter';
  if (topic === 'system' && body.event_type === 'battery') return 'chatter';
  // A text without a single true signature: anybody at the reader, or on the broker, can write these all night.
  if (topic === 'access' && body.event_type === 'refused' && body.token_id === undefined) return 'strangers';
  return 'audit';
}

/** Events that were not kept, and that nobody was told of yet: how many, between which numbers. */
export interface Lost {
  readonly count: number;
  /** Absent in what an older version has counted. */
  readonly first?: number | undefined;
  readonly last?: number | undefined;
}

export const NOTHING_LOST: Lost = { count: 0 };

export const alsoLost = ({ count, first, last }: Lost, more: Lost): Lost => ({
  count: count + more.count,
  first: least(first, more.first, Math.min),
  last: least(last, more.last, Math.max),
});

const least = (a: number | undefined, b: number | undefined, choose: (a: number, b: number) => number) =>
  a === undefined ? b : b === undefined ? a : choose(a, b);

/** Takes out of a full outbox what matters least. */
export function makeRoom<Event extends EventRecord>(outbox: Event[]): Event | undefined {
  for (const rank of RANKS) {
    const at = outbox.findIndex((event) => rankOf(event) === rank);
    if (at >= 0) return outbox.splice(at, 1)[0];
  }
  return undefined;
}

/** How much of it has to go before tokens are granted again: an alarm does not come and go with each event. */
const OUTBOX_AUDIT_AGAIN = OUTBOX_AUDIT_MAX - 128;

/** Whether so much audit waits that no visit may begin; `was` is the answer before. */
export function isLogFull(outbox: readonly EventRecord[], was: boolean): boolean {
  const most = was ? OUTBOX_AUDIT_AGAIN : OUTBOX_AUDIT_MAX;
  return outbox.length >= most && outbox.filter((event) => rankOf(event) === 'audit').length >= most;
}
