/**
 * `journal`: what a lock's folder remembers, for people. It reads the file and nothing else: it claims
 * no folder, cuts no interrupted append and mends no damage, so that it may look while the lock runs,
 * and at a journal in lockdown, which is to stay as it is.
 *
 * A lock that runs may be in the middle of an append. What has arrived of it then looks like what a
 * power cut leaves, and is told as that. (Compaction puts a whole new file in the place of the old one:
 * whoever has opened the file reads one or the other.)
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { wallS } from '../../protocol/index.ts';
import { JOURNAL_BYTES_MAX, JOURNAL_FILE } from '../journal/journal.ts';
import { readJournal } from '../journal/open.ts';
import type { JournalRecord } from '../journal/records.ts';
import { describe } from '../report/describe.ts';
import { EXIT, failure, systemCode, toFailure, usage } from './failure.ts';
import { createFiles } from './files.ts';
import { type Io, say } from './io.ts';
import { formatTime } from './times.ts';

export interface JournalOptions {
  readonly data: string;
  readonly json: boolean;
}

export async function journalVerify({ data, json }: JournalOptions, io: Io): Promise<number> {
  const { path, found } = await look(data);
  if (found.kind === 'damaged') {
    const value = { verdict: 'damaged', journal: path, bytes: found.bytes, at: found.at, why: found.why };
    say(io, json, value, [
      `DAMAGED: ${path}, at byte ${found.at} of ${found.bytes}: ${found.why}`,
      `the ${found.records.length} records before it can be read: latchstring journal list --data ${data}`,
      `no token is granted from it; keep a copy of the folder, then: latchstring journal re-seal --data ${data}`,
      READ_ONLY,
    ]);
    return EXIT.refused;
  }
  const value = {
    verdict: 'sound',
    journal: path,
    audience: found.audience,
    records: found.records.length,
    bytes: found.bytes,
    interrupted_bytes: found.cutBytes,
  };
  say(io, json, value, [
    `sound: ${path}, ${found.records.length} records in ${found.bytes} bytes, of ${found.audience}`,
    found.cutBytes === 0
      ? 'no append was interrupted'
      : `behind them, ${found.cutBytes} bytes of an append that was interrupted, or is going on: no damage; the lock cuts them when it starts`,
    READ_ONLY,
  ]);
  return EXIT.done;
}

const READ_ONLY = 'nothing was written and nothing claimed: the lock may be running';

export interface JournalListOptions extends JournalOptions {
  readonly last: string;
}

export async function journalList({ data, json, last }: JournalListOptions, io: Io): Promise<number> {
  const count = /^[1-9][0-9]{0,8}$/.test(last) ? Number(last) : undefined;
  if (count === undefined) {
    throw usage(`--last ${JSON.stringify(last)} is not a number of records`, 'give a whole number from 1, like 50');
  }
  const { path, found } = await look(data);
  const first = Math.max(0, found.records.length - count);
  for (const [i, record] of found.records.slice(first).entries()) {
    say(io, json, { index: first + i, ...record }, [lineOf(record)]);
  }
  if (found.kind === 'sound') return EXIT.done;
  throw damaged(path, found, 'these are the records before the damage; keep a copy of the folder');
}

export interface JournalExportOptions extends JournalOptions {
  readonly out: string;
}

/** All or nothing: an export that silently ends at some damage would be taken for the whole. */
export async function journalExport({ data, json, out }: JournalExportOptions, io: Io): Promise<number> {
  const { path, found } = await look(data);
  if (found.kind === 'damaged') {
    throw damaged(path, found, `keep a copy of the folder; latchstring journal list --data ${data} shows what is left`);
  }
  const text = found.records.map((record, index) => `${JSON.stringify({ index, ...record })}\n`).join('');
  await createFiles([{ path: out, text, mode: 0o600 }]);
  say(io, json, { out, records: found.records.length, audience: found.audience }, [
    `${found.records.length} records of ${found.audience} in ${out} (mode 0600)`,
    'no secret key and no token is in it; who came when is',
  ]);
  return EXIT.done;
}

interface Contents {
  readonly bytes: number;
  /** In damage, those before it. */
  readonly records: readonly JournalRecord[];
}
interface Sound extends Contents {
  readonly kind: 'sound';
  readonly audience: string;
  readonly cutBytes: number;
}
interface Damaged extends Contents {
  readonly kind: 'damaged';
  readonly at: number;
  readonly why: string;
}

async function look(data: string): Promise<{ readonly path: string; readonly found: Sound | Damaged }> {
  const path = join(data, JOURNAL_FILE);
  return { path, found: judge(await readFileOf(path, data)) };
}

async function readFileOf(path: string, data: string): Promise<Uint8Array> {
  try {
    // Not waiting for whoever would write into a pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const about = await file.stat();
      const { size } = about;
      if (!about.isFile() && !about.isDirectory())
        throw usage(`${path} is no file`, "check --data: the lock's own folder");
      // An append that was under way when the lock stopped may go a little beyond the bound; nothing else does.
      if (size > 2 * JOURNAL_BYTES_MAX) {
        throw usage(`${path} has ${size} bytes: it is no journal of a lock`, "check --data: the lock's own folder");
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw toFailure(error, path);
    throw usage(
      `there is no journal in ${data}`,
      'give --data the folder that enrol was given, or `data` in the configuration; of sim --data DIR it is DIR/lock',
    );
  }
}

/** The same judgement as the lock's own when it starts. */
function judge(file: Uint8Array): Sound | Damaged {
  const found = readJournal(file);
  if (found.kind !== 'newer') return { ...found, bytes: file.length };
  throw usage(`the journal has version ${found.version}, of a later latchstring`, 'update latchstring');
}

const damaged = (path: string, { at, why }: Damaged, next: string) =>
  failure('refused', `${path} is damaged at byte ${at}: ${why}`, next);

/** Time, kind, and what: `2026-11-23T12:00:00Z  event  access granted  …`. */
function lineOf(record: JournalRecord): string {
  if (record.type === 'event') return inColumns(record.ts, record.type, describe(record));
  const { type, ...rest } = record;
  const details = Object.entries(rest).flatMap(([name, value]): string[] => {
    if (name === 'at_s') return [];
    if (typeof value === 'number' && name.endsWith('_s')) return [`${name.slice(0, -2)}=${formatTime(wallS(value))}`];
    return [`${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`];
  });
  return inColumns('at_s' in record ? formatTime(wallS(record.at_s)) : '', type, details.join('  '));
}

const TIME_CHARS = '2026-11-23T12:00:00.000Z'.length;
const KIND_CHARS = 'lockout_over'.length;

const inColumns = (time: string, kind: string, what: string): string =>
  `${(time === '' ? '-' : time).padEnd(TIME_CHARS)}  ${kind.padEnd(KIND_CHARS)}  ${what}`.trimEnd();
