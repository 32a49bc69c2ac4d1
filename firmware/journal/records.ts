/**
 * What stands in the journal: JSON, one record to a frame, so that a person can read the file with
 * nothing but `strings`. No secret key and no token is ever in it; ids are public numbers.
 */
import * as z from 'zod';
import {
  ALARMS,
  type Alarm,
  CHANNELS,
  EVENT_TOPICS,
  type EventBody,
  ITEM_PLACES,
  OPERATING_MODES,
  type OperatingMode,
  VISIT_OUTCOMES,
} from '../../protocol/index.ts';

/** Version 1 had no delegations, no owner's time and no count of spends; version 2 no chain of reports; version 3 no later epochs. All are read. */
export const JOURNAL_VERSION = 4;

const MODES = Object.keys(OPERATING_MODES) as [OperatingMode, ...OperatingMode[]];

const ALARM_NAMES = Object.keys(ALARMS) as [Alarm, ...Alarm[]];

const seconds = z.int().nonnegative();
const wall = z.int().nonnegative();

/** What the time was, and when that was by the clock that the kernel has run since it booted. */
const setTime = { time_s: seconds, boot_id: z.string(), uptime_ms: z.int().nonnegative() };

const RECORD = z.discriminatedUnion('type', [
  /** The first record: whose journal this is. */
  z.strictObject({ type: z.literal('format'), version: z.int().positive(), audience: z.string() }),
  z.strictObject({
    type: z.literal('boot'),
    boot: z.int().positive(),
    at_s: seconds,
    /** Which boot of the kernel it was in; absent in what an older version has written. */
    boot_id: z.string().optional(),
  }),
  /** A token was used. Durable before anything moves. */
  z.strictObject({
    type: z.literal('spent'),
    key: z.string(),
    token_id: z.string(),
    channel: z.enum(CHANNELS),
    at_s: seconds,
    expires_s: seconds,
    /** Id of the delegation that it was issued under, and the local day: for daily uses. */
    delegation: z.string().optional(),
    day: z.string(),
    /** Of which epoch it was, where that was a later one than the lock's. */
    epoch: z.int().positive().optional(),
    /** When the door was first seen open in its visit; written here by compaction only, as is the outcome. */
    entered_at: z.string().optional(),
    /** What came of it, once that is known. */
    outcome: z.enum(VISIT_OUTCOMES).optional(),
  }),
  /** No moment before this one comes again: the trusted clock has passed it. */
  z.strictObject({ type: z.literal('floor'), at_s: seconds }),
  /** A control of the owner, applied; by `number`, its counter. */
  z.strictObject({
    type: z.literal('control'),
    number: z.int().positive(),
    statement: z.discriminatedUnion('op', [
      z.strictObject({ op: z.literal('raise-epoch'), epoch: z.int().nonnegative() }),
      z.strictObject({ op: z.literal('deny-token'), token_id: z.string() }),
      z.strictObject({ op: z.literal('deny-key'), kid: z.string() }),
      z.strictObject({ op: z.enum(['pause', 'resume']) }),
      z.strictObject({ op: z.literal('set-mode'), mode: z.enum(MODES) }),
      z.strictObject({ op: z.literal('set-time'), ...setTime }),
      /** The root itself stands in `identity`, which was replaced before. */
      z.strictObject({ op: z.literal('rotate-root'), kid: z.string() }),
      z.strictObject({ op: z.literal('re-seal'), epoch: z.int().nonnegative() }),
    ]),
  }),
  /** The owner's set-time, while this kernel runs; written by compaction only. */
  z.strictObject({ type: z.literal('owner_time'), ...setTime }),
  /** A delegation under which a token was spent, base64url: so that the next token need not carry it. */
  z.strictObject({ type: z.literal('delegation'), bytes: z.string() }),
  /** Tokens ever spent: what a witness outside this disk has counted too. Written by compaction and by a re-seal only. */
  z.strictObject({ type: z.literal('spends'), count: z.int().nonnegative() }),
  /** What all controls together have come to; written by compaction only. Denials come in several, as many as a sector holds. */
  z.strictObject({
    type: z.literal('owner'),
    number: z.int().nonnegative(),
    epoch: z.int().nonnegative(),
    latest_epoch: z.int().nonnegative().optional(),
    paused: z.boolean(),
    mode: z.enum(MODES),
    denied_tokens: z.array(z.string()),
    denied_keys: z.array(z.string()),
  }),
  /** A code that was one, and wrong: counted toward lockout. */
  z.strictObject({ type: z.literal('wrong_code'), channel: z.enum(CHANNELS) }),
  z.strictObject({ type: z.literal('lockout'), channel: z.enum(CHANNELS) }),
  /** More codes came on a channel than are listened to, and no token was spent there since. */
  z.strictObject({ type: z.literal('throttled'), channel: z.enum(CHANNELS) }),
  z.strictObject({ type: z.literal('lockout_over'), channel: z.enum(CHANNELS) }),
  z.strictObject({
    type: z.literal('event'),
    seq: z.int().nonnegative(),
    boot: z.int().positive(),
    ts: z.string(),
    topic: z.enum(EVENT_TOPICS as [EventBody['topic'], ...EventBody['topic'][]]),
    body: z.record(z.string(), z.unknown()),
    /** When this life of the lock began: what makes an event's id its own, even if no boot record became durable. */
    life: z.string(),
    /** The end of a spent token's visit, in the record that tells of it: no power cut comes between. */
    ends: z.strictObject({ key: z.string(), outcome: z.enum(VISIT_OUTCOMES) }).optional(),
  }),
  /** How the door stands, as far as the next life has to know it; the newest counts. `until`: ends of waits, wall clock, ms. */
  z.strictObject({
    type: z.literal('standing'),
    visit: z
      .strictObject({
        key: z.string(),
        openings: z.int().nonnegative(),
        overstayed: z.boolean(),
        /** Its door was seen shut again; absent where it was not, and in what an older version has written. */
        shut: z.boolean().optional(),
      })
      .optional(),
    item: z.strictObject({ place: z.enum(ITEM_PLACES), overdue: z.boolean() }),
    relock_failed: z.boolean(),
    /** Absent where nothing is owed, and in what an older version has written. */
    relock_owed: z.boolean().optional(),
    /** Absent where nobody is on the way out, and in what an older version has written. */
    leaving: z.boolean().optional(),
    alarms: z.array(z.enum(ALARM_NAMES)),
    until: z.strictObject({ bolt: wall, visit: wall, ajar: wall, item: wall }).partial(),
  }),
  /**
   * What the reports of all events before number `seq` have come to (SPEC.md R-204), base64url: 32 bytes. Written by
   * compaction and re-seal only, wherever the event before is not in the file.
   */
  z.strictObject({
    type: z.literal('chain'),
    seq: z.int().nonnegative(),
    hash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  }),
  /** Events that no outbox had room for, and that nobody was told of. */
  z.strictObject({
    type: z.literal('lost'),
    count: z.int().positive(),
    /** Between which numbers they were; absent in what an older version has written. */
    first: z.int().nonnegative().optional(),
    last: z.int().nonnegative().optional(),
  }),
  /** The broker has acknowledged every event up to this one, but for those that were lost, or set aside as a fault tells. */
  z.strictObject({ type: z.literal('published'), seq: z.int().nonnegative() }),
]);

export type JournalRecord = z.infer<typeof RECORD>;
export type Spent = Extract<JournalRecord, { type: 'spent' }>;
export type ControlRecord = Extract<JournalRecord, { type: 'control' }>;
export type Standing = Extract<JournalRecord, { type: 'standing' }>;
export type EventRecord = Extract<JournalRecord, { type: 'event' }>;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const encodeRecord = (record: JournalRecord): Uint8Array => encoder.encode(JSON.stringify(record));

/** The record, or undefined: bytes whose checksum held but that this version cannot read. */
export function decodeRecord(body: Uint8Array): JournalRecord | undefined {
  try {
    return RECORD.parse(JSON.parse(decoder.decode(body)));
  } catch {
    // Not UTF-8, not JSON, not a record of ours: to the lock it is all one, and the caller says so.
    return undefined;
  }
}
