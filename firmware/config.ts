/**
 * The configuration of a lock on a real door: one YAML file. It says where things are plugged in and
 * how long things may take, and nothing about whom the lock believes: that is in `identity`, which
 * only enrolment writes.
 *
 * Strict: a key that is not known is an error that names the nearest one that is. A misspelt
 * `relock_after_ms` that is silently ignored is a door that does not relock as its owner thinks.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { TOPIC_ROOT, TOPIC_ROOT_CHARS_MAX, TOPIC_ROOT_SHAPE } from '../protocol/index.ts';
import type { Wiring } from './boards/wiring.ts';
import { CLOCK_TRUSTS } from './clock/time-source.ts';
import { BOARD, whyBoardUnsafe, wiredProfile, wiringFor } from './config-board.ts';
import { inWords } from './config-words.ts';
import { JOURNAL_BYTES_MAX, RETENTION } from './journal/journal.ts';
import { PROFILE, PROFILE_NAMES, PROFILES, type Profile, whyUnsafe } from './lock/profiles/index.ts';
import { nearest } from './nearest.ts';
import { DISCOVERY_PREFIX, STATUS_TOPIC } from './report/home-assistant.ts';
import { mqttAddressOf } from './report/mqtt-address.ts';
import { usage } from './tools/failure.ts';
import { readSmallFile, utf8Text } from './tools/files.ts';

/** Far more than a configuration with all its comments. */
const CONFIG_BYTES_MAX = 256 * 1024;
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;
const waitMs = (max: number) => z.int().min(1).max(max);

/** Each timing with the longest time that still makes sense on a door. */
const TIMINGS = z
  .strictObject({
    settle_ms: waitMs(1_000),
    // Quicker than any bolt: one that nobody sees would be reckoned where it has had no time to go.
    travel_ms_max: z.int().min(100).max(30_000),
    entry_window_ms: waitMs(10 * MINUTE_MS),
    relock_after_ms: waitMs(10 * MINUTE_MS),
    retry_after_ms: waitMs(MINUTE_MS),
    arrival_ms_max: waitMs(60 * MINUTE_MS),
    spend_ms_max: waitMs(30_000),
    unlock_ms_max: waitMs(60_000),
    stay_ms_max: waitMs(24 * 60 * MINUTE_MS),
    leave_ms_max: waitMs(24 * 60 * MINUTE_MS),
    ajar_ms_max: waitMs(24 * 60 * MINUTE_MS),
    return_ms_max: waitMs(7 * 24 * 60 * MINUTE_MS),
    seal_ms_max: waitMs(10 * MINUTE_MS),
    lockout_ms: waitMs(255_000),
    refused_ms: waitMs(60_000),
    double_press_ms: waitMs(2_000),
    long_press_ms: waitMs(10_000),
    stuck_ms: waitMs(10 * MINUTE_MS),
    repeat_ms: waitMs(MINUTE_MS),
  })
  .partial();

/** What the owner wants, as far as it is not what the product does anyway. */
const POLICY = z
  .strictObject({
    ring_first: z.boolean(),
    openings_max: z.int().min(1).max(10),
    auto_relock: z.boolean(),
    opens_by_hand: z.boolean(),
  })
  .partial();

const topic = z.string().regex(TOPIC_ROOT_SHAPE, 'not levels of letters, digits, _ and -');

const CONFIG = z.strictObject({
  /** The folder that `latchstring enrol` made. */
  data: z.string().min(1),
  /** IANA name, like Europe/Berlin: hours in delegations are meant in it. */
  timezone: z.string().refine(isTimezone, 'not a time zone; use an IANA name like Europe/Berlin'),
  /** What it is: this decides what a token is good for, and what has to be wired. */
  profile: z.enum(PROFILE_NAMES).default('door'),
  policy: POLICY.prefault({}),
  /** Who may vouch for the machine's clock; a clock for which nobody does judges no token. */
  clock: z.strictObject({ trust: z.array(z.enum(CLOCK_TRUSTS)).default(['rtc', 'host']) }).prefault({}),
  board: BOARD,
  reader: z.strictObject({ port: z.string().min(1), baud: z.int().positive().default(9600) }).optional(),
  broker: z
    .strictObject({
      url: z
        .string()
        .regex(/^mqtts?:\/\/\S+$/, 'not a URL that begins mqtt:// or mqtts://')
        .refine(isMqttAddress, 'not the address of a broker, as mqtt://host:1883 is'),
      username: z.string().min(1).optional(),
      /** A file, so that no password stands in a file that people show each other. */
      password_file: z.string().min(1).optional(),
      /** PEM: the authority that the broker's certificate has to come from, and the lock's own certificate and key. */
      ca_file: z.string().min(1).optional(),
      cert_file: z.string().min(1).optional(),
      key_file: z.string().min(1).optional(),
      topic_root: topic.max(TOPIC_ROOT_CHARS_MAX).default(TOPIC_ROOT),
    })
    .optional(),
  /** Written down, Home Assistant is told of this lock; `enabled: false` makes it forget the lock again. */
  home_assistant: z
    .strictObject({
      enabled: z.boolean().default(true),
      discovery_prefix: topic.default(DISCOVERY_PREFIX),
      status_topic: topic.default(STATUS_TOPIC),
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
  const { text: bytes } = await readSmallFile(path, CONFIG_BYTES_MAX);
  const text = utf8Text(Buffer.from(bytes, 'latin1'), path);
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
            ...Object.fromEntries(BROKER_FILES.flatMap((key) => fileOf(broker[key], key, absolute))),
          },
        }),
  };
}

const BROKER_FILES = ['password_file', 'ca_file', 'cert_file', 'key_file'] as const;

const fileOf = (path: string | undefined, key: string, absolute: (path: string) => string) =>
  path === undefined ? [] : [[key, absolute(path)] as const];

/** An alias that stands for more aliases could grow without end; the library says so by throwing. */
function plain(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw usage(
      `${path}: ${error instanceof Error ? firstLine(error.message) : String(error)}`,
      'write it without aliases',
    );
  }
}

export function parseConfig(text: string, path: string): Config {
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const line = syntax.linePos?.[0].line;
    throw usage(`${path}${line === undefined ? '' : `, line ${line}`}: ${firstLine(syntax.message)}`, 'mend the YAML');
  }
  const given = plain(document, path);
  const parsed = CONFIG.safeParse(given);
  if (parsed.success) return safe(parsed.data, path);
  // A misspelt key is most often why another is missing: it is told first.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw new Error('a failure without an issue');
  if (issue.code === 'unrecognized_keys') {
    const where = issue.path.map(String).join('.');
    const unknown = issue.keys[0] ?? '';
    const known = keysAt(issue.path);
    throw usage(
      `${path}: ${where === '' ? '' : `${where}: `}there is no key ${unknown}`,
      `did you mean ${nearest(unknown, known)?.word}? Known here: ${known.join(', ')}`,
    );
  }
  throw inWords(issue, given, path);
}

/** A configuration behind which somebody may live. Throws a failure that says why not, and what to do. */
function safe(config: Config, path: string): Config {
  const profile = profileOf(config);
  const unsafe = whyUnsafe(profile, { clockTrust: config.clock.trust });
  if (unsafe !== undefined) throw usage(`${path}: ${config.profile}: ${unsafe.why}`, unsafe.next);
  const inTheClear = whyNotTls(config.broker);
  if (inTheClear !== undefined) throw usage(`${path}: broker: ${inTheClear.why}`, inTheClear.next);
  const miswired = whyBoardUnsafe(config.board, profile);
  if (miswired !== undefined) throw usage(`${path}: board: ${miswired}`, 'mend board');
  if (config.reader?.port === config.board.port) {
    throw usage(
      `${path}: reader: its port is that of the board`,
      'give each its own; `ls /dev/serial/by-id` shows which there are',
    );
  }
  if (config.home_assistant?.enabled === true && config.broker === undefined) {
    throw usage(`${path}: home_assistant: there is no broker to tell it by`, 'give broker, or take home_assistant out');
  }
  return config;
}

/** A file for TLS that nothing would use is a connection that is less than its owner thinks. */
function whyNotTls(broker: Config['broker']): { readonly why: string; readonly next: string } | undefined {
  if (broker === undefined) return undefined;
  const { url, ca_file, cert_file, key_file } = broker;
  if ((cert_file === undefined) !== (key_file === undefined)) {
    const missing = cert_file === undefined ? 'cert_file' : 'key_file';
    return { why: `${missing} is missing: a certificate and its key belong together`, next: `write ${missing} too` };
  }
  const given = Object.entries({ ca_file, cert_file }).find(([, file]) => file !== undefined)?.[0];
  if (given === undefined || url.startsWith('mqtts://')) return undefined;
  return {
    why: `${given} is for mqtts://, and url begins mqtt://: nothing would be encrypted`,
    next: `write mqtts:// and the broker's port for it (most often 8883), or leave out ${given}`,
  };
}

/** The profile that it names, with what is wired to this lock, what its owner wants, and its timings. */
export function profileOf({ profile: name, board, policy, timings }: Config): Profile {
  const own: Partial<Record<keyof Profile, number | boolean | undefined>> = {
    ringFirst: policy.ring_first,
    openingsMax: policy.openings_max,
    autoRelock: policy.auto_relock,
    opensByHand: policy.opens_by_hand,
    settleMs: timings.settle_ms,
    travelMsMax: timings.travel_ms_max,
    entryWindowMs: timings.entry_window_ms,
    relockAfterMs: timings.relock_after_ms,
    retryAfterMs: timings.retry_after_ms,
    arrivalMsMax: timings.arrival_ms_max,
    spendMsMax: timings.spend_ms_max,
    unlockMsMax: timings.unlock_ms_max,
    stayMsMax: timings.stay_ms_max,
    leaveMsMax: timings.leave_ms_max,
    ajarMsMax: timings.ajar_ms_max,
    returnMsMax: timings.return_ms_max,
    sealMsMax: timings.seal_ms_max,
    lockoutMs: timings.lockout_ms,
    refusedMs: timings.refused_ms,
    doublePressMs: timings.double_press_ms,
    longPressMs: timings.long_press_ms,
    stuckMs: timings.stuck_ms,
    repeatMs: timings.repeat_ms,
  };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return PROFILE.parse({ ...PROFILES[name], ...wiredProfile(name, board), ...given });
}

/** What is wired to its board. */
export const wiringOf = (config: Config): Wiring => wiringFor(config.board, profileOf(config));

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

function isMqttAddress(url: string): boolean {
  try {
    mqttAddressOf(url);
    return true;
  } catch {
    // Whatever is wrong with it, a password may stand in it: nothing of it is repeated.
    return false;
  }
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
