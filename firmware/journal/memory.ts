/**
 * What the journal comes to when it is read from the beginning: spent tokens, daily uses, visits
 * whose end is not known, events that no broker has acknowledged. Each is a fold of the same
 * records; a record is folded in at the moment when it is written, so that what is in memory is
 * never behind what is on the disk. The other way round, `recordsOf` says a memory in the fewest
 * records that fold to it: that is what compaction writes.
 */
import {
  CHAIN_BEGINS,
  type Channel,
  chainAfter,
  DELEGATIONS_CACHED_MAX,
  FORGET_SKEW_S,
  kidOf,
  LEDGER_ENTRIES_MAX,
  type OperatingMode,
  toHex,
  type VisitOutcome,
  type WallS,
  wallS,
} from '../../protocol/index.ts';
import { LATCHED } from '../lock/lasting.ts';
import { eventReport } from './chain.ts';
import { alsoLost, type Lost, NOTHING_LOST, Outbox } from './outbox.ts';
import {
  type ControlRecord,
  type EventRecord,
  JOURNAL_VERSION,
  type JournalRecord,
  type Spent,
  type Standing,
} from './records.ts';

export interface Owner {
  /** Number of the last control; 0 before the first. */
  number: number;
  /** Delegations and guest tokens of an older one are dead. */
  epoch: number;
  /** The latest epoch of any token that was spent: it may be ahead of the lock's, and a new epoch has to be beyond it. */
  latestEpoch: number;
  paused: boolean;
  mode: OperatingMode;
  /** Ids in hexadecimal. */
  readonly deniedTokens: Set<string>;
  /** Kids in hexadecimal, of carriers and of phones. */
  readonly deniedKeys: Set<string>;
}

/** The owner's epoch before any control. */
const FIRST_EPOCH = 1;

/** Denied ids in one record of a compacted journal: so many fit into a sector. */
const DENIED_PER_RECORD = 8;

export interface Memory {
  /** Whose memory it is: part of what the lock signs. */
  audience: string;
  /** How often this lock has booted. */
  boot: number;
  /** In which boot of the kernel it did so last. */
  bootId: string | undefined;
  /** Number of the next event. */
  nextSeq: number;
  /** Used tokens by their replay key. Forgotten only when they could not be admitted any more. */
  readonly spent: Map<string, Spent>;
  /** Uses on one local day by one delegation: key `day delegation`. */
  readonly usesPerDay: Map<string, number>;
  /** The latest moment that a trusted clock has shown, durable. */
  floorS: WallS;
  /** Wrong codes in a row on a channel, since a token was spent there or its lockout ended. */
  readonly wrongCodes: Map<Channel, number>;
  readonly lockedOut: Set<Channel>;
  /** Channels on which too much came since a token was spent there. */
  readonly throttled: Set<Channel>;
  /** What the owner's controls have come to. */
  readonly owner: Owner;
  /** Spent, and nothing written of what came of it. */
  readonly unfinished: Map<string, Spent>;
  /** How the door stood when it was written last; a visit that has ended since is not in it. */
  standing: Standing | undefined;
  /** A door was told to be forced, and nothing is written of the alarm behind it: the power went in between. */
  isForcedUntold: boolean;
  readonly outbox: Outbox;
  /** What the reports of all events so far have come to, SHA-256: the next one carries it. */
  chain: Uint8Array;
  /** Number of the last event that the broker has acknowledged; −1 before the first. */
  publishedSeq: number;
  /** Events that the outbox had no room for, and that nobody was told of. */
  lost: Lost;
  /** Delegations under which tokens were spent, base64url by the first 8 bytes of their SHA-256 in hexadecimal. */
  readonly delegations: Map<string, string>;
  /** Tokens ever spent, those that are forgotten included. */
  spends: number;
  /** What the owner said the time was, and when by the kernel's own clock. */
  ownerTime: OwnerTime | undefined;
}

export interface OwnerTime {
  readonly time_s: number;
  /** Which boot of the kernel; another one has another clock. */
  readonly boot_id: string;
  readonly uptime_ms: number;
}

export const emptyMemory = (audience = ''): Memory => ({
  audience,
  boot: 0,
  bootId: undefined,
  nextSeq: 0,
  spent: new Map(),
  usesPerDay: new Map(),
  floorS: wallS(0),
  wrongCodes: new Map(),
  lockedOut: new Set(),
  throttled: new Set(),
  owner: {
    number: 0,
    epoch: FIRST_EPOCH,
    latestEpoch: FIRST_EPOCH,
    paused: false,
    mode: 'normal',
    deniedTokens: new Set(),
    deniedKeys: new Set(),
  },
  unfinished: new Map(),
  standing: undefined,
  isForcedUntold: false,
  outbox: new Outbox(),
  chain: CHAIN_BEGINS,
  publishedSeq: -1,
  lost: NOTHING_LOST,
  delegations: new Map(),
  spends: 0,
  ownerTime: undefined,
});

/** The latest that a token may be of which this lock has spent, or forgotten. */
export const latestEpochOf = ({ epoch, latestEpoch }: Owner): number => Math.max(epoch, latestEpoch);

function beginEpoch(owner: Owner, epoch: number): void {
  owner.epoch = epoch;
  // Whatever was denied was of an older epoch, and is dead with it.
  owner.deniedTokens.clear();
  owner.deniedKeys.clear();
}

function obey(memory: Memory, { number, statement }: ControlRecord): void {
  const { owner } = memory;
  owner.number = number;
  switch (statement.op) {
    case 'raise-epoch':
    case 're-seal':
      return beginEpoch(owner, statement.epoch);
    case 'set-time': {
      const { op: _op, ...time } = statement;
      memory.ownerTime = time;
      // What was forgotten below the old floor could be shown again: it is of an older epoch from now on.
      if (time.time_s < memory.floorS) beginEpoch(owner, latestEpochOf(owner) + 1);
      memory.floorS = wallS(time.time_s);
      return;
    }
    case 'rotate-root':
      return;
    case 'deny-token':
      owner.deniedTokens.add(statement.token_id);
      return;
    case 'deny-key':
      owner.deniedKeys.add(statement.kid);
      return;
    case 'pause':
    case 'resume':
      owner.paused = statement.op === 'pause';
      return;
    case 'set-mode':
      owner.mode = statement.mode;
      return;
  }
}

/** The owner in as many records as a sector's size asks for; the first says everything but what is denied. */
function ownerRecords({
  deniedTokens,
  deniedKeys,
  latestEpoch: latest_epoch,
  ...rest
}: Owner): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  const tokens = [...deniedTokens];
  const keys = [...deniedKeys];
  do {
    const denied_tokens = tokens.splice(0, DENIED_PER_RECORD);
    const denied_keys = tokens.length > 0 ? [] : keys.splice(0, DENIED_PER_RECORD - denied_tokens.length);
    records.push({ type: 'owner', ...rest, latest_epoch, denied_tokens, denied_keys });
  } while (tokens.length > 0 || keys.length > 0);
  return records;
}

function finish(memory: Memory, key: string, outcome: VisitOutcome): void {
  memory.unfinished.delete(key);
  const { standing } = memory;
  if (standing?.visit?.key === key) {
    const relock_failed = standing.relock_failed || outcome === 'relock_failed';
    memory.standing = { ...standing, visit: undefined, relock_failed };
  }
  const spent = memory.spent.get(key);
  if (spent !== undefined) memory.spent.set(key, { ...spent, outcome });
}

/** A visit's door was seen open: its receipt will say when that was first. */
function enter(memory: Memory, { topic, body, ts }: EventRecord): void {
  if (topic !== 'visit' || body.event_type !== 'entered') return;
  for (const [key, spent] of memory.unfinished) {
    if (spent.token_id !== body.token_id || spent.entered_at !== undefined) continue;
    const entered = { ...spent, entered_at: ts };
    memory.unfinished.set(key, entered);
    memory.spent.set(key, entered);
  }
}

const NOTHING_STANDS: Standing = {
  type: 'standing',
  item: { place: 'in', overdue: false },
  relock_failed: false,
  alarms: [],
  until: {},
};

/** An alarm that was told stands in the next life, whether or not the record of how the door stands came to the disk behind it. */
function stand(memory: Memory, { topic, body }: EventRecord): void {
  if (topic === 'door' && body.event_type === 'forced_open') {
    hold(memory, 'DoorForcedOpen', true);
    memory.isForcedUntold = true;
  }
  if (topic !== 'alarm') return;
  if (body.alarm === 'DoorForcedOpen') memory.isForcedUntold = false;
  hold(memory, body.alarm, body.event_type === 'raised');
}

function hold(memory: Memory, alarm: unknown, isRaised: boolean): void {
  const standing = memory.standing ?? NOTHING_STANDS;
  if (alarm === 'RelockFailed') memory.standing = { ...standing, relock_failed: isRaised };
  if (!LATCHED.some((latched) => latched === alarm)) return;
  const alarms = LATCHED.filter((latched) => (latched === alarm ? isRaised : standing.alarms.includes(latched)));
  memory.standing = { ...standing, alarms };
}

export const usesKey = (day: string, delegation: string): string => `${day} ${delegation}`;

export function fold(memory: Memory, record: JournalRecord): void {
  switch (record.type) {
    case 'format':
      memory.audience = record.audience;
      return;
    case 'boot':
      memory.boot = record.boot;
      memory.bootId = record.boot_id;
      return;
    case 'spent':
      memory.spent.set(record.key, record);
      memory.spends += 1;
      memory.owner.latestEpoch = Math.max(memory.owner.latestEpoch, record.epoch ?? 0);
      if (record.outcome === undefined) memory.unfinished.set(record.key, record);
      memory.wrongCodes.delete(record.channel);
      memory.throttled.delete(record.channel);
      if (record.delegation !== undefined) {
        const key = usesKey(record.day, record.delegation);
        memory.usesPerDay.set(key, (memory.usesPerDay.get(key) ?? 0) + 1);
      }
      return;
    case 'floor':
      memory.floorS = wallS(Math.max(memory.floorS, record.at_s));
      return;
    case 'control':
      return obey(memory, record);
    case 'owner': {
      const { number, epoch, paused, mode } = record;
      const latestEpoch = Math.max(memory.owner.latestEpoch, record.latest_epoch ?? 0);
      Object.assign(memory.owner, { number, epoch, latestEpoch, paused, mode });
      for (const id of record.denied_tokens) memory.owner.deniedTokens.add(id);
      for (const kid of record.denied_keys) memory.owner.deniedKeys.add(kid);
      return;
    }
    case 'wrong_code':
      memory.wrongCodes.set(record.channel, (memory.wrongCodes.get(record.channel) ?? 0) + 1);
      return;
    case 'lockout':
      memory.lockedOut.add(record.channel);
      return;
    case 'throttled':
      memory.throttled.add(record.channel);
      return;
    case 'lockout_over':
      memory.lockedOut.delete(record.channel);
      memory.wrongCodes.delete(record.channel);
      return;
    case 'owner_time': {
      const { type: _type, ...time } = record;
      memory.ownerTime = time;
      return;
    }
    case 'delegation':
      return remember(memory.delegations, record.bytes);
    case 'spends':
      memory.spends = record.count;
      return;
    case 'event': {
      memory.nextSeq = Math.max(memory.nextSeq, record.seq + 1);
      if (record.ends !== undefined) finish(memory, record.ends.key, record.ends.outcome);
      // History, in a file that was written anew: the broker has it, and the chain is beyond it.
      if (record.seq <= memory.publishedSeq) return;
      enter(memory, record);
      stand(memory, record);
      const { chain } = memory;
      const report = eventReport(record, memory.audience, chain);
      memory.chain = chainAfter(report);
      if (tellsOfLost(record)) memory.lost = NOTHING_LOST;
      const gone = memory.outbox.push({ ...record, chain, report });
      if (gone !== undefined) memory.lost = alsoLost(memory.lost, lostWith(gone));
      return;
    }
    case 'chain':
      memory.nextSeq = Math.max(memory.nextSeq, record.seq);
      memory.chain = fromBase64url(record.hash);
      return;
    case 'standing':
      memory.standing = record;
      return;
    case 'lost':
      memory.lost = alsoLost(memory.lost, record);
      return;
    case 'published':
      memory.nextSeq = Math.max(memory.nextSeq, record.seq + 1);
      memory.publishedSeq = Math.max(memory.publishedSeq, record.seq);
      memory.outbox.acknowledge(record.seq);
      return;
  }
}

/** At the bound the one remembered longest goes: its carrier's next token has to carry it again. */
function remember(delegations: Map<string, string>, bytes: string): void {
  delegations.set(toHex(kidOf(fromBase64url(bytes))), bytes);
  const [oldest] = delegations.keys();
  if (delegations.size > DELEGATIONS_CACHED_MAX && oldest !== undefined) delegations.delete(oldest);
}

export const fromBase64url = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/**
 * Forgets used tokens that no lock would admit again: their expiry lies below the floor, by more than
 * any clock error we plan for, and their day is over, so that they count for no daily limit.
 */
export function forget(memory: Memory, today: string): void {
  for (const [key, record] of memory.spent) {
    const isOver = record.expires_s + FORGET_SKEW_S < memory.floorS && record.day < today;
    if (!isOver || memory.unfinished.has(key)) continue;
    memory.spent.delete(key);
    if (record.delegation !== undefined) memory.usesPerDay.delete(usesKey(record.day, record.delegation));
  }
}

/** The fewest records that fold to this memory; events that are in no outbox any more are not in it. */
export function recordsOf(memory: Memory, audience: string): readonly JournalRecord[] {
  const records: JournalRecord[] = [{ type: 'format', version: JOURNAL_VERSION, audience }];
  const { boot, bootId } = memory;
  if (boot > 0)
    records.push({ type: 'boot', boot, at_s: memory.floorS, ...(bootId === undefined ? {} : { boot_id: bootId }) });
  // First what was acknowledged: events of the past, put behind it, are then told to nobody again.
  const unpublished = memory.outbox.first?.seq ?? memory.nextSeq;
  if (unpublished > 0) records.push({ type: 'published', seq: unpublished - 1 });
  records.push({ type: 'floor', at_s: memory.floorS }, ...ownerRecords(memory.owner), ...memory.spent.values());
  records.push({ type: 'spends', count: memory.spends });
  if (memory.ownerTime !== undefined) records.push({ type: 'owner_time', ...memory.ownerTime });
  for (const bytes of memory.delegations.values()) records.push({ type: 'delegation', bytes });
  for (const [channel, times] of memory.wrongCodes) {
    for (let i = 0; i < times; i++) records.push({ type: 'wrong_code', channel });
  }
  for (const channel of memory.lockedOut) records.push({ type: 'lockout', channel });
  for (const channel of memory.throttled) records.push({ type: 'throttled', channel });
  if (memory.standing !== undefined) records.push(memory.standing);
  let next = -1;
  for (const { chain, report: _report, ...event } of memory.outbox) {
    if (event.seq !== next) records.push(chainBefore(event.seq, chain));
    records.push(event);
    next = event.seq + 1;
  }
  if (next !== memory.nextSeq) records.push(chainBefore(memory.nextSeq, memory.chain));
  // Last: an event among them may tell of those that were lost before it, and of no later ones.
  if (memory.lost.count > 0) records.push({ type: 'lost', ...memory.lost });
  return records;
}

const chainBefore = (seq: number, chain: Uint8Array): JournalRecord => ({
  type: 'chain',
  seq,
  hash: toBase64url(chain),
});

/** Tells of all that were lost so far: they need not be told again. */
const tellsOfLost = ({ topic, body }: EventRecord): boolean => topic === 'system' && body.event_type === 'events_lost';

/** What nobody is told of when an event goes: itself, and the earlier ones of which it would have told. */
function lostWith(gone: EventRecord): Lost {
  const itself = { count: 1, first: gone.seq, last: gone.seq };
  if (!tellsOfLost(gone)) return itself;
  const numberIn = (name: string): number | undefined => {
    const value = gone.body[name];
    return typeof value === 'number' ? value : undefined;
  };
  return alsoLost(itself, { count: numberIn('count') ?? 0, first: numberIn('first'), last: numberIn('last') });
}

export const ledgerIsFull = (memory: Memory): boolean => memory.spent.size >= LEDGER_ENTRIES_MAX;
