/**
 * Events that wait for a broker, and which of them goes when there is no room for one more. A week without a
 * broker is nothing; a broker that never comes back, or somebody who rings and forges all night, must not push
 * out what the owner has to know. So chatter goes first, oldest first; what strangers can cause at will goes
 * next; and audit (who was let in, what came of it, alarms, the owner's own doing) goes only when the outbox holds
 * nothing else. Before it comes so far the lock takes no token any more: a visit that nobody could ever
 * be told of does not begin.
 */
import type { EventRecord } from './records.ts';

/** An event that waits for a broker, with what the event before it has come to, and the bytes that the lock signs for it. */
export type Untold = EventRecord & { readonly chain: Uint8Array; readonly report: Uint8Array };

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
  return isOfStrangers({ topic, body }) ? 'strangers' : 'audit';
}

/** What anybody can cause all night who stands at the reader or at the bell, or sits on the broker, and has no token. */
function isOfStrangers({ topic, body }: Pick<EventRecord, 'topic' | 'body'>): boolean {
  switch (topic) {
    case 'access':
      // A text without a single true signature.
      return body.event_type === 'refused' && body.token_id === undefined;
    case 'alarm':
      return body.alarm === 'WrongCodeEntryLimit';
    case 'visit':
      return body.event_type === 'arrived';
    case 'system':
      return body.fault === 'button_stuck' || body.fault === 'reader_lost';
    default:
      return false;
  }
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

/**
 * One queue for each rank, each in the order of its numbers: so neither what goes next nor what is told next is
 * searched for, and a journal full of events that nobody was told of is read as fast as any other.
 */
export class Outbox implements Iterable<Untold> {
  readonly #queues: Record<Rank, Untold[]> = { chatter: [], strangers: [], audit: [] };

  get length(): number {
    return RANKS.reduce((sum, rank) => sum + this.#queues[rank].length, 0);
  }

  /** Audit among them. */
  get auditLength(): number {
    return this.#queues.audit.length;
  }

  /** The one to be told next. */
  get first(): Untold | undefined {
    const [first] = this;
    return first;
  }

  /** In the order in which they are told. */
  *[Symbol.iterator](): Generator<Untold> {
    const at: Record<Rank, number> = { chatter: 0, strangers: 0, audit: 0 };
    for (;;) {
      let next: { readonly rank: Rank; readonly event: Untold } | undefined;
      for (const rank of RANKS) {
        const event = this.#queues[rank][at[rank]];
        if (event !== undefined && (next === undefined || event.seq < next.event.seq)) next = { rank, event };
      }
      if (next === undefined) return;
      at[next.rank] += 1;
      yield next.event;
    }
  }

  /** Puts it behind all that wait. When that is one too many, the one that matters least goes, and is given back. */
  push(event: Untold): Untold | undefined {
    this.#queues[rankOf(event)].push(event);
    if (this.length <= OUTBOX_EVENTS_MAX) return undefined;
    const rank = RANKS.find((rank) => this.#queues[rank].length > 0);
    return rank === undefined ? undefined : this.#queues[rank].shift();
  }

  /** The broker has this one, and all before it. */
  acknowledge(seq: number): void {
    for (const rank of RANKS) {
      const queue = this.#queues[rank];
      while (queue[0] !== undefined && queue[0].seq <= seq) queue.shift();
    }
  }
}

/** How much of it has to go before tokens are granted again: an alarm does not come and go with each event. */
const OUTBOX_AUDIT_AGAIN = OUTBOX_AUDIT_MAX - 128;

/** Whether so much audit waits that no visit may begin; `was` is the answer before. */
export const isLogFull = ({ auditLength }: Pick<Outbox, 'auditLength'>, was: boolean): boolean =>
  auditLength >= (was ? OUTBOX_AUDIT_AGAIN : OUTBOX_AUDIT_MAX);
