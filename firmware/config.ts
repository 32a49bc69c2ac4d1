/**
 * The configuration of a lock on a real door: one YAML file. It says where things are plugged in and
 * how long things may take, and nothing about whom the lock believes: that is in `identity`, which
 * only enrolment writes.
 *
 * Strict: a key that is not known is an error that names the nearest one that is. A misspelt
 * `relock_after_ms` that is silently ignored is a door that does not relock as its owner thinks.
 */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { TOPIC_ROOT, TOPIC_ROOT_SHAPE } from '../protocol/index.ts';
import { FIRMATA_BAUD, UNO_PINS } from './boards/pins.ts';
import { CLOCK_TRUSTS } from './clock/time-source.ts';
import { JOURNAL_BYTES_MAX, RETENTION } from './journal/journal.ts';
import { DOOR, type Profile } from './lock/profiles/door.ts';
import { toFailure, usage } from './tools/failure.ts';

const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;
const pin = z.int().min(2).max(69);
const degrees = z.number().min(0).max(180);
const waitMs = (max: number) => z.int().min(1).max(max);

/** Each timing with the longest time that still makes sense on a door. */
const TIMINGS = z
  .strictObject({
    settle_ms: waitMs(1_000),
    travel_ms_max: waitMs(30_000),
    entry_window_ms: waitMs(10 * MINUTE_MS),
    relock_after_ms: waitMs(10 * MINUTE_MS),
    retry_after_ms: waitMs(MINUTE_MS),
    arrival_ms_max: waitMs(60 * MINUTE_MS),
    spend_ms_max: waitMs(30_000),
    unlock_ms_max: waitMs(60_000),
    stay_ms_max: waitMs(24 * 60 * MINUTE_MS),
    seal_ms_max: waitMs(10 * MINUTE_MS),
    lockout_ms: waitMs(255_000),
    refused_ms: waitMs(60_000),
  })
  .partial();

const CONFIG = z.strictObject({
  /** The folder that `latchstring enrol` made. */
  data: z.string().min(1),
  /** IANA name, like Europe/Berlin: hours in delegations are meant in it. */
  timezone: z.string().refine(isTimezone, 'not a time zone; use an IANA name like Europe/Berlin'),
  profile: z.literal('door').default('door'),
  /** Who may vouch for the machine's clock; a clock for which nobody does judges no token. */
  clock: z.strictObject({ trust: z.array(z.enum(CLOCK_TRUSTS)).default(['rtc', 'host']) }).prefault({}),
  board: z.strictObject({
    port: z.string().min(1),
    baud: z.int().positive().default(FIRMATA_BAUD),
    pins: z
      .strictObject({
        servo: pin.default(UNO_PINS.servo),
        bolt_thrown: pin.default(UNO_PINS.boltThrown),
        bolt_withdrawn: pin.default(UNO_PINS.boltWithdrawn),
        door_closed: pin.default(UNO_PINS.doorClosed),
        bell: pin.default(UNO_PINS.bell),
        inside_button: pin.default(UNO_PINS.insideButton),
        led: pin.default(UNO_PINS.led),
      })
      .refine((pins) => new Set(Object.values(pins)).size === Object.values(pins).length, 'one pin is named twice')
      .prefault({}),
    servo: z
      .strictObject({ withdrawn_degrees: degrees, thrown_degrees: degrees })
      .refine(
        (servo) => Math.abs(servo.withdrawn_degrees - servo.thrown_degrees) >= 10,
        'withdrawn_degrees and thrown_degrees are less than 10 degrees apart',
      ),
  }),
  reader: z.strictObject({ port: z.string().min(1), baud: z.int().positive().default(9600) }).optional(),
  broker: z
    .strictObject({
      url: z.string().regex(/^mqtts?:\/\/\S+$/, 'not a URL that begins mqtt:// or mqtts://'),
      username: z.string().min(1).optional(),
      /** A file, so that no password stands in a file that people show each other. */
      password_file: z.string().min(1).optional(),
      ca_file: z.string().min(1).optional(),
      topic_root: z.string().regex(TOPIC_ROOT_SHAPE, 'not levels of letters, digits, _ and -').default(TOPIC_ROOT),
    })
    .optional(),
  /** How much of the past is kept, of what the broker has acknowledged; used tokens are kept in any case. */
  journal: z
    .strictObject({
      keep_days: z.int().min(1).max(3_650).default(RETENTION.days),
      keep_mib: z
        .int()
        .min(1)
        .max(JOURNAL_BYTES_MAX / MIB / 2)
        .default(RETENTION.bytes / MIB),
    })
    .prefault({}),
  timings: TIMINGS.prefault({}),
});

export type Config = z.output<typeof CONFIG>;

/** The configuration in a file, its paths made absolute. Throws a failure that names the line or the key. */
export async function readConfig(path: string): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw toFailure(error, path);
  });
  const config = parseConfig(text, path);
  const absolute = (file: string): string => (isAbsolute(file) ? file : join(dirname(path), file));
  const { broker } = config;
  return {
    ...config,
    data: absolute(config.data),
    ...(broker === undefined
      ? {}
      : {
          broker: {
            ...broker,
            ...(broker.password_file === undefined ? {} : { password_file: absolute(broker.password_file) }),
            ...(broker.ca_file === undefined ? {} : { ca_file: absolute(broker.ca_file) }),
          },
        }),
  };
}

export function parseConfig(text: string, path: string): Config {
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const line = syntax.linePos?.[0].line;
    throw usage(`${path}${line === undefined ? '' : `, line ${line}`}: ${firstLine(syntax.message)}`, 'mend the YAML');
  }
  const parsed = CONFIG.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  // A misspelt key is most often why another is missing: it is told first.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw new Error('a failure without an issue');
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const known = keysAt(issue.path);
    throw usage(
      `${path}: ${where === '' ? '' : `${where}: `}there is no key ${unknown}`,
      `did you mean ${nearest(unknown, known)}? Known here: ${known.join(', ')}`,
    );
  }
  throw usage(`${path}: ${where === '' ? 'the file' : where}: ${issue.message}`, `mend ${where === '' ? path : where}`);
}

/** The door's profile with the timings of this lock. */
export function profileOf({ timings }: Config): Profile {
  const own: Partial<Record<keyof Profile, number | undefined>> = {
    settleMs: timings.settle_ms,
    travelMsMax: timings.travel_ms_max,
    entryWindowMs: timings.entry_window_ms,
    relockAfterMs: timings.relock_after_ms,
    retryAfterMs: timings.retry_after_ms,
    arrivalMsMax: timings.arrival_ms_max,
    spendMsMax: timings.spend_ms_max,
    unlockMsMax: timings.unlock_ms_max,
    stayMsMax: timings.stay_ms_max,
    sealMsMax: timings.seal_ms_max,
    lockoutMs: timings.lockout_ms,
    refusedMs: timings.refused_ms,
  };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...DOOR, ...given };
}

/** The keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = CONFIG;
  for (const step of path) {
    const inner = unwrap(schema);
    schema = inner instanceof z.ZodObject ? inner.shape[String(step)] : undefined;
  }
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap();
  }
  return inner;
}

function nearest(word: string, known: readonly string[]): string {
  const ranked = known.map((candidate) => ({ candidate, distance: distanceBetween(word, candidate) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.candidate ?? '';
}

/** Levenshtein's distance: how many letters to put in, take out or change. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    // A RangeError is how Intl says that it knows no such zone.
    return false;
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
