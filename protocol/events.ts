/**
 * What a lock tells the world, as schemas: one source for types, validation and documents.
 * No token, no secret key and no person's name ever stands in a payload; `token_id` is a public number.
 *
 * Consumers drop duplicates by `id` and see gaps by `seq`, which goes up by one for every event of
 * a lock, through all its boots. `att` is the lock's signature under the rest: see report.ts.
 */
import * as z from 'zod';
import { CONTROL_OPS, type ControlOp } from './control.ts';
import { REFUSALS, type Refusal } from './refusal.ts';
import {
  ALARMS,
  type Alarm,
  BATTERY_LEVELS,
  BOLT_STATUSES,
  CHANNELS,
  CONTROL_RESULTS,
  DOOR_STATES,
  DOORBELL_EVENTS,
  ITEM_PLACES,
  LOCK_STATES,
  OPERATING_MODES,
  OPERATION_SOURCES,
  VISIT_EVENT_TYPES,
  VISIT_OUTCOMES,
} from './vocabulary.ts';

const wordsOf = <Word extends string>(table: Readonly<Record<Word, unknown>>) =>
  z.enum(Object.keys(table) as [Word, ...Word[]]);

/** Present in every event. `ts` is the lock's own clock, ISO 8601 in UTC with milliseconds. */
const stamp = {
  id: z.string(),
  seq: z.int().nonnegative(),
  boot: z.int().positive(),
  ts: z.iso.datetime(),
};

const tokenId = z.string().regex(/^[0-9a-f]{32}$/);

/** What is said on each event topic, without the stamp. */
export const EVENT_BODIES = {
  doorbell: z.strictObject({
    event_type: z.enum(DOORBELL_EVENTS),
    /** How many more rings came shortly after the ring before, counted instead of told. */
    repeats: z.int().positive().optional(),
  }),
  door: z.strictObject({ event_type: z.enum(['opened', 'closed', 'forced_open']) }),
  lock: z.strictObject({
    event_type: wordsOf(LOCK_STATES),
    changed_by: wordsOf(OPERATION_SOURCES),
    /** No contact sees the bolt: this is reckoned from what the drive did. */
    assumed: z.literal(true).optional(),
  }),
  access: z.discriminatedUnion('event_type', [
    z.strictObject({ event_type: z.literal('granted'), channel: z.enum(CHANNELS), token_id: tokenId }),
    z.strictObject({
      event_type: z.literal('refused'),
      channel: z.enum(CHANNELS),
      refusal: wordsOf<Refusal>(REFUSALS),
      operation_error: z.int().min(0).max(4),
      /** Only of a token whose signatures held: what a forger writes is not repeated. */
      token_id: tokenId.optional(),
      detail: z.string(),
      /** How many more like it came in the minute before, counted instead of told. */
      repeats: z.int().nonnegative(),
    }),
  ]),
  visit: z.discriminatedUnion('event_type', [
    z.strictObject({ event_type: z.enum(VISIT_EVENT_TYPES), token_id: tokenId.optional() }),
    /** Its `att` is the receipt of the visit: whole by itself, for whoever holds the lock's public key. */
    z.strictObject({
      event_type: z.literal('ended'),
      outcome: z.enum(VISIT_OUTCOMES),
      token_id: tokenId,
      /** When the token was used, by the clock that judged it. */
      granted_at: z.iso.datetime().optional(),
      /** When the door was first seen open; absent when it was not, or when nobody knows any more. */
      entered_at: z.iso.datetime().optional(),
      /** No contact sees the bolt: that it was thrown is reckoned from what the drive did. */
      assumed: z.literal(true).optional(),
    }),
  ]),
  alarm: z.strictObject({ event_type: z.enum(['raised', 'cleared']), alarm: wordsOf<Alarm>(ALARMS) }),
  system: z.discriminatedUnion('event_type', [
    z.strictObject({ event_type: z.literal('boot') }),
    z.strictObject({
      event_type: z.literal('battery'),
      level: z.enum(BATTERY_LEVELS),
      millivolts: z.int().nonnegative(),
    }),
    z.strictObject({ event_type: z.literal('fault'), fault: z.string(), detail: z.string() }),
    z.strictObject({
      event_type: z.literal('control'),
      op: z.enum(CONTROL_OPS as [ControlOp, ...ControlOp[]]),
      result: z.enum(CONTROL_RESULTS),
      /** Number of the control that this is about. */
      counter: z.int().nonnegative(),
      /** Number of the control that the lock would take next. */
      expected: z.int().nonnegative(),
    }),
    /** So many events could not be kept while no broker was there, all of them between these numbers. */
    z.strictObject({
      event_type: z.literal('events_lost'),
      count: z.int().positive(),
      first: z.int().nonnegative().optional(),
      last: z.int().nonnegative().optional(),
    }),
  ]),
} as const;

export type EventTopic = keyof typeof EVENT_BODIES;
export const EVENT_TOPICS = Object.keys(EVENT_BODIES) as readonly EventTopic[];

/** One event before it is stamped, told apart by its topic. */
export type EventBody = {
  [Topic in EventTopic]: { readonly topic: Topic; readonly body: z.infer<(typeof EVENT_BODIES)[Topic]> };
}[EventTopic];

/** The whole payload of an event topic, as one schema: for documents, and for whoever checks with another library. */
export function eventSchema(topic: EventTopic): z.ZodType {
  const schema = EVENT_BODIES[topic];
  if (schema instanceof z.ZodObject) return z.strictObject({ ...stamp, ...schema.shape, ...attested });
  return z.union(schema.options.map(({ shape }) => z.strictObject({ ...stamp, ...shape, ...attested })));
}

const stampSchema = z.object(stamp);
export type Stamp = z.infer<typeof stampSchema>;

/** The lock's report R, base64url. */
const att = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** What stands in every published event beside its stamp and its body. */
const attested = {
  att,
  /**
   * Published a minute or more after its `ts`. A remark about this delivery, and no part of what is signed:
   * the same event, told in time before a crash and late after it, has one `att`.
   */
  late: z.literal(true).optional(),
};
const attestedSchema = z.object(attested);
export type Attested = z.infer<typeof attestedSchema>;

/** Checks a payload from an event topic; throws a ZodError that names what is wrong. */
export function parseEvent(topic: EventTopic, payload: unknown): Stamp & Attested & EventBody['body'] {
  const { id, seq, boot, ts, att, late, ...body } = z.looseObject({ ...stamp, ...attested }).parse(payload);
  const remark = late === undefined ? {} : { late };
  return { id, seq, boot, ts, ...(EVENT_BODIES[topic].parse(body) as EventBody['body']), ...remark, att };
}

/** What is so now, as far as anybody can see it. */
const STATE_BODY = z.strictObject({
  v: z.literal(1),
  seq: stamp.seq,
  boot: stamp.boot,
  ts: stamp.ts,
  lock: wordsOf(LOCK_STATES),
  door: z.union([wordsOf(DOOR_STATES), z.literal('unknown')]),
  bolt: z.enum(BOLT_STATUSES),
  mode: wordsOf(OPERATING_MODES),
  /** The owner has paused every token. */
  paused: z.boolean(),
  /** Tokens and delegations of an older epoch are dead. */
  epoch: z.int().nonnegative(),
  /** Number of the last control that was taken; the next one is one more. */
  control_counter: z.int().nonnegative(),
  visit: z.string(),
  changed_by: wordsOf(OPERATION_SOURCES),
  /** No contact sees the bolt: `lock` and `bolt` are reckoned from what the drive did. */
  assumed: z.literal(true).optional(),
  /** What a safe keeps: in its place, taken out, or gone from behind a shut lid. */
  item: z.enum(ITEM_PLACES).optional(),
  /** Where the supply is measured. */
  battery: z.strictObject({ level: z.enum(BATTERY_LEVELS), millivolts: z.int().nonnegative() }).optional(),
  /** The cover is off. */
  tamper: z.boolean().optional(),
  /** True while any alarm stands. */
  problem: z.boolean(),
  alarms: z.array(wordsOf<Alarm>(ALARMS)),
});
export type StateDocument = z.infer<typeof STATE_BODY>;

/** The retained document on `state`. */
export const STATE = STATE_BODY.extend({ att });
export type PublishedState = z.infer<typeof STATE>;

/** The retained document on `info`: what does not change while it runs. */
export const INFO = z.strictObject({
  v: z.literal(1),
  lock_id: z.string(),
  audience: z.string(),
  /** The lock's own public key, 32 bytes in hexadecimal. */
  lock_key: z.string().regex(/^[0-9a-f]{64}$/),
  profile: z.string(),
  firmware: z.string(),
  boot: stamp.boot,
});
export type InfoDocument = z.infer<typeof INFO>;
