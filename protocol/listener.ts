/**
 * Somebody who listens to one lock through a broker that they need not trust, and holds the lock's public
 * key: of each message, whether the lock has said it, whether it was heard before, and what is missing in
 * front of it. It has no clock and does nothing; it remembers a bounded piece of the past.
 *
 * What a broker can do is hide, delay, repeat and invent. Invented is `forged`. Repeated is `duplicate`, or
 * `replayed` when it is from before anything that is remembered here. Hidden shows as a gap, by the next event,
 * or by a state that speaks of an event which does not come. `forked` is no doing of a broker's: the lock has signed
 * two histories, because its disk was set back to an older copy, or failed.
 */
import { toHex } from './bytes.ts';
import type { Verify } from './ed25519.ts';
import {
  CHAIN_BEGINS,
  chainAfter,
  judgeReport,
  type Report,
  type ReportPins,
  type ReportVerdict,
  readReport,
  saysTheSame,
} from './report.ts';

/** An event that comes this long after its `ts` is told as late. */
export const LATE_MS = 60_000;

/** How long an event of which a state has spoken already may take to come: a backlog goes at a bounded rate. */
export const OVERDUE_MS = 120_000;

/** Events remembered: a repetition of an older one is `replayed`, too. */
const SEEN_MAX = 1024;

/** Gaps remembered. More: the oldest is taken as lost, and what fills it then is `replayed`. */
const GAPS_MAX = 256;

/** Payloads of ours have a few kB at most. Longer: forged, and not looked at. */
const PAYLOAD_CHARS_MAX = 64 * 1024;

export interface HeardMessage {
  /** Below the lock's own base. */
  readonly topic: string;
  readonly payload: string;
  /** When it came, wall clock of whoever listens. */
  readonly receivedMs: number;
}

export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Whether a lock signs what it says on a topic below its base: the rest anybody may have said. */
export const isSigned = (topic: string): boolean => topic === 'state' || topic.startsWith('event/');

export type HeardVerdict = 'ok' | 'duplicate' | 'replayed' | 'forged' | 'forked' | 'unsigned';

export interface Finding {
  readonly verdict: HeardVerdict;
  /** Why it is forged. */
  readonly why?: Exclude<ReportVerdict, 'genuine' | 'forked'>;
  /** What it says; when it is not forged. */
  readonly report?: Report;
  /** Events that were to come before this one, and have not. */
  readonly missing?: Range;
  /** It was told as missing, and has come after all. */
  readonly filled?: true;
  /** How long after its `ts` it came. */
  readonly lateMs?: number;
  /** The first of a count: the first heard, or the lock has lost its journal and begins again. */
  readonly began?: true;
}

export interface Listener {
  hear(message: HeardMessage): Finding;
  /** Events that a state has spoken of, and that should have come by now; told once. */
  overdue(nowMs: number): Range | undefined;
  /** Events that are missing still, those that the lock itself said it could not keep not among them. */
  missing(): readonly Range[];
}

/** As much of a report as is remembered of it. */
interface Seen {
  readonly seq: number;
  readonly ts: string;
  readonly chain: string;
  /** What the next one's chain has to be. */
  readonly hash: string;
}

export function createListener(pins: ReportPins, verify: Verify): Listener {
  /** By seq, in the order in which they came. */
  const seen = new Map<number, Seen>();
  let gaps: Range[] = [];
  let last: Seen | undefined;
  let state: Seen | undefined;
  /** The last event before the first state that was heard: where no event has been heard yet, what is behind it is to come. */
  let before: number | undefined;
  /** An event of which a state has spoken, and since when. */
  let awaited: { readonly seq: number; readonly sinceMs: number } | undefined;

  function hear(message: HeardMessage): Finding {
    if (!isSigned(message.topic)) return { verdict: 'unsigned' };
    const report = genuine(message);
    if (typeof report === 'string') return { verdict: 'forged', why: report };
    const { seq, ts } = report;
    const heard: Seen = { seq, ts, chain: toHex(report.chain), hash: toHex(chainAfter(report.signed.payload)) };
    const hears = message.topic === 'state' ? hearState : hearEvent;
    return { ...hears(heard, report, message.receivedMs), report };
  }

  function genuine({ topic, payload }: HeardMessage): Report | NonNullable<Finding['why']> {
    const said = payload.length > PAYLOAD_CHARS_MAX ? undefined : objectIn(payload);
    const report = typeof said?.att === 'string' ? readReport(said.att) : undefined;
    const verdict = judgeReport(report, pins, verify);
    if (report === undefined || verdict === 'forked') return 'malformed';
    if (verdict !== 'genuine') return verdict;
    return said !== undefined && saysTheSame(report, topic, said) ? report : 'altered';
  }

  function hearEvent(heard: Seen, report: Report, receivedMs: number): Finding {
    const { seq, hash } = heard;
    if (seen.get(seq)?.hash === hash) return { verdict: 'duplicate' };
    const found = place(heard);
    if (found.verdict === 'ok' || (found.verdict === 'forked' && isNewer(heard, last))) {
      seen.delete(seq);
      seen.set(seq, heard);
      const [oldest] = seen.keys();
      if (seen.size > SEEN_MAX && oldest !== undefined) seen.delete(oldest);
      if (last === undefined || seq > last.seq || found.began || found.verdict === 'forked') last = heard;
      explain(report);
    }
    const lateMs = receivedMs - Date.parse(report.ts);
    return { ...found, ...(lateMs >= LATE_MS ? { lateMs } : {}) };
  }

  /** Where an event that was not heard before stands among those that were. */
  function place(heard: Seen): Finding {
    const { seq, chain, hash } = heard;
    const wasMissing = gaps.some((range) => range.first <= seq && seq <= range.last);
    if (last === undefined) {
      const missing = before === undefined ? {} : gap(before + 1, seq - 1);
      if (wasMissing) fill(seq);
      return { verdict: 'ok', began: true, ...missing, ...(wasMissing ? { filled: true } : {}) };
    }
    const continues = (earlier: Seen | undefined) => earlier === undefined || chain === earlier.hash;
    if (seq > last.seq) {
      if (seq === last.seq + 1 && !continues(last)) return { verdict: 'forked' };
      const missing = seq === last.seq + 1 ? {} : gap(last.seq + 1, seq - 1);
      if (wasMissing) fill(seq);
      return { verdict: 'ok', ...missing, ...(wasMissing ? { filled: true } : {}) };
    }
    if (wasMissing) {
      const next = seen.get(seq + 1);
      const fits = continues(seen.get(seq - 1)) && (next === undefined || next.chain === hash);
      if (!fits) return { verdict: 'forked' };
      fill(seq);
      return { verdict: 'ok', filled: true };
    }
    if (!isNewer(heard, last)) return { verdict: seen.has(seq) ? 'forked' : 'replayed' };
    if (chain !== toHex(CHAIN_BEGINS)) return { verdict: 'forked' };
    // Its journal was lost, or sealed anew: it counts from the beginning, and says so by the chain.
    seen.clear();
    gaps = [];
    awaited = undefined;
    return { verdict: 'ok', began: true };
  }

  function hearState(heard: Seen, _report: Report, receivedMs: number): Finding {
    if (state?.hash === heard.hash) return { verdict: 'duplicate' };
    const isLater = state === undefined || heard.seq > state.seq || heard.ts >= state.ts;
    if (!isLater) return { verdict: 'replayed' };
    state = heard;
    before ??= heard.seq;
    const heardTo = last?.seq ?? before;
    // One that is waited for already goes first: each state would put it off, for as long as something happens there.
    const isWaiting = awaited !== undefined && awaited.seq > heardTo;
    if (!isWaiting && heard.seq > heardTo) awaited = { seq: heard.seq, sinceMs: receivedMs };
    return { verdict: 'ok' };
  }

  function gap(from: number, to: number): { readonly missing?: Range } {
    // What was told as overdue is not told a second time.
    const known = gaps.at(-1);
    const first = known === undefined ? from : Math.max(from, known.last + 1);
    if (first > to) return {};
    const missing = { first, last: to };
    gaps = [...gaps, missing].slice(-GAPS_MAX);
    return { missing };
  }

  function fill(seq: number): void {
    gaps = gaps.flatMap((range) => without(range, { first: seq, last: seq }));
  }

  /**
   * The lock says itself how many it could not keep, and between which numbers: nobody has hidden these. When more are
   * missing there, somebody has; which of them cannot be told, so none is taken for explained. The lock tells of them
   * behind all that it has kept, so what is missing by then is missing.
   */
  function explain({ document }: Report): void {
    const [first, end, count] = ['first', 'last', 'count'].map((name) => document.get(name));
    if (document.get('event_type') !== 'events_lost') return;
    if (typeof first !== 'number' || typeof end !== 'number' || typeof count !== 'number') return;
    const between = gaps.map((range) => Math.min(range.last, end) - Math.max(range.first, first) + 1);
    if (between.reduce((sum, length) => sum + Math.max(0, length), 0) > count) return;
    gaps = gaps.flatMap((range) => without(range, { first, last: end }));
  }

  return {
    hear,
    overdue(nowMs) {
      const heardTo = last?.seq ?? before;
      if (awaited === undefined || heardTo === undefined || nowMs - awaited.sinceMs < OVERDUE_MS) return undefined;
      const { seq } = awaited;
      // What a state has spoken of since then has its time, too.
      awaited = state !== undefined && state.seq > seq ? { seq: state.seq, sinceMs: nowMs } : undefined;
      return seq > heardTo ? gap(heardTo + 1, seq).missing : undefined;
    },
    missing: () => gaps,
  };
}

/** What is left of a range when another is taken out of it. */
function without(range: Range, { first, last }: Range): readonly Range[] {
  if (last < range.first || first > range.last) return [range];
  const parts = [
    { first: range.first, last: first - 1 },
    { first: last + 1, last: range.last },
  ];
  return parts.filter((part) => part.first <= part.last);
}

const isNewer = (one: Seen, than: Seen | undefined): boolean => than === undefined || one.ts > than.ts;

function objectIn(payload: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // Anybody may publish anything: what is no JSON, no lock has said.
    return undefined;
  }
}
