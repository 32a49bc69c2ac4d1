/**
 * The ledger of used tokens, looked up in memory; and the journal written anew, beside writing those
 * very bytes to a file. A journal is measured at its fullest: every place for a used token taken, and
 * grown past the size at which it is written anew.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admit } from '../../firmware/access/admit.ts';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { encodeFile } from '../../firmware/journal/frame.ts';
import { JOURNAL_FILE } from '../../firmware/journal/journal.ts';
import { emptyMemory, fold, type Memory } from '../../firmware/journal/memory.ts';
import { openJournal } from '../../firmware/journal/open.ts';
import { OUTBOX_EVENTS_MAX } from '../../firmware/journal/outbox.ts';
import {
  type EventRecord,
  encodeRecord,
  JOURNAL_VERSION,
  type JournalRecord,
  type Spent,
} from '../../firmware/journal/records.ts';
import type { Disk } from '../../firmware/ports/index.ts';
import { LEDGER_ENTRIES_MAX, openText, toWallS, type WallS } from '../../protocol/index.ts';
import { AUDIENCE, NOON_S, textOf, token } from '../support/people.ts';
import { contextOf, decideOn } from './access.ts';
import { type Figure, figure, inTurns, median } from './figures.ts';
import { RETENTION } from './house.ts';

const FEW = 10;
const COMPACTIONS = 9;
/** Together with the ledger more than RETENTION keeps. */
const EVENTS_TOLD = 16_000;
/** Events that are told and that compaction keeps, more or less. */
const HISTORY = 2_000;
/** For the couriers of a run. */
const PLACES_LEFT = 100;
/** Makes a record that fills a sector. */
const LONG = '.'.repeat(200);

export function measureLedger(): readonly Figure[] {
  const few = ledger(FEW);
  const full = ledger(LEDGER_ENTRIES_MAX - 1);
  // A key is put together anew for each token, so that it is hashed as at a door; the making is taken off again.
  const make = (entries: number, use: (key: string) => unknown) => {
    let at = 0;
    return () => {
      at = (at + 7) % entries;
      return use(keyOf(at));
    };
  };
  const took = inTurns(
    {
      few: make(FEW, (key) => few.spent.has(key)),
      fewMade: make(FEW, (key) => key.charCodeAt(20)),
      full: make(full.spent.size, (key) => full.spent.has(key)),
      fullMade: make(full.spent.size, (key) => key.charCodeAt(20)),
    },
    { rounds: 300, callsPerRound: 1_000 },
  );
  const refused = inTurns({ few: refusal(few), full: refusal(full) }, { rounds: 300, callsPerRound: 2 });
  return [
    figure({
      name: `ledger lookup among ${LEDGER_ENTRIES_MAX} used tokens`,
      unit: 'ns',
      value: (took.full - took.fullMade) * 1e6,
      baseline: (took.few - took.fewMade) * 1e6,
      beside: `among ${FEW}`,
    }),
    figure({
      name: `a used token refused among ${LEDGER_ENTRIES_MAX}`,
      value: refused.full,
      baseline: refused.few,
      beside: `among ${FEW}`,
    }),
  ];
}

/** Everything from the text to `already_used`, OpenSSL's three checks among it. */
function refusal(memory: Memory): () => void {
  const text = textOf(token());
  const context = contextOf(opensslVerify(), memory);
  const first = admit(openText(text), 'reader', context);
  if (!first.admitted) throw new Error(first.refused.detail);
  fold(memory, first.spend);
  return () => {
    if (decideOn(text, context) !== 'already_used') throw new Error('a token that is used was not refused for it');
  };
}

/** The journal of a full ledger, past its bound, written anew; and a token that comes in the middle of that. */
export async function measureCompaction(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-bench-'));
  const disk = await openFolder(folder);
  const grown = grownJournal();
  const compactions: number[] = [];
  const writes: number[] = [];
  const spends: number[] = [];
  for (let i = -1; i < COMPACTIONS; i++) {
    const before = i % 2 === 0 && i > 0 ? await writeAndSync(disk, folder) : undefined;
    const compaction = await compacted(disk, grown, false);
    const write = before ?? (await writeAndSync(disk, folder));
    const { spend } = await compacted(disk, grown, true);
    if (i < 0) continue;
    compactions.push(compaction.took);
    writes.push(write);
    spends.push(spend);
  }
  await disk.close();
  await rm(folder, { recursive: true });
  const compaction = median(compactions);
  return [
    figure({
      name: `a journal of ${mebibytes(grown.length)} written anew, ${LEDGER_ENTRIES_MAX - 1} used tokens in it`,
      value: compaction,
      baseline: median(writes),
      beside: 'write and fdatasync of the same bytes',
      ratioMax: 20,
    }),
    figure({
      name: 'a spend that comes right after it has begun',
      value: median(spends),
      baseline: compaction,
      beside: 'the whole of it',
    }),
  ];
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** From a grown file to a small one. `spend`: how long a record took that came in the turn after it began. */
async function compacted(
  disk: Disk,
  grown: Uint8Array,
  withSpend: boolean,
): Promise<{ readonly took: number; readonly spend: number }> {
  await disk.replace(JOURNAL_FILE, grown);
  const opened = await openJournal(disk, systemClock(), AUDIENCE, RETENTION);
  if (opened.kind !== 'sound') throw new Error(`the journal is ${opened.kind}`);
  const { journal } = opened;
  if (!journal.isDue()) throw new Error('the journal is too small to be written anew');
  const begin = performance.now();
  const done = journal.compact();
  let spend = 0;
  if (withSpend) {
    await new Promise((resolve) => setImmediate(resolve));
    const came = performance.now();
    await journal.append(spentOf(LEDGER_ENTRIES_MAX));
    spend = performance.now() - came;
  }
  if (!(await done)) throw new Error('the journal was not written anew');
  return { took: performance.now() - begin, spend };
}

/** The bytes that the journal has come to, written to a new file. */
async function writeAndSync(disk: Disk, folder: string): Promise<number> {
  const bytes = await disk.read(JOURNAL_FILE);
  if (bytes === undefined) throw new Error('no journal');
  const begin = performance.now();
  const file = await open(join(folder, 'baseline'), 'w');
  await file.writeFile(bytes);
  await file.datasync();
  await file.close();
  return performance.now() - begin;
}

/** Its ledger full but for one place, and as many visits behind it as make it grow past its bound; all of them told. */
function grownJournal(): Uint8Array {
  // Told as they came: an outbox that overflows costs a look at all of it for each event.
  const events = Array.from({ length: EVENTS_TOLD }, (_, seq) => endOf(seq)).flatMap((event): JournalRecord[] =>
    event.seq % 1_000 === 999 ? [event, { type: 'published', seq: event.seq }] : [event],
  );
  return fileOf([
    { type: 'format', version: JOURNAL_VERSION, audience: AUDIENCE },
    ...ledgerRecords(LEDGER_ENTRIES_MAX - 1, NOON_S),
    ...events,
    { type: 'published', seq: EVENTS_TOLD - 1 },
  ]);
}

/**
 * A journal that stays past its bound when it is written anew: its ledger all but full, and, since no
 * broker has been there for long, an outbox full of the longest events.
 */
export async function fillJournal(disk: Disk, audience: string): Promise<void> {
  const nowS = toWallS(systemClock().wallMs());
  const told = Array.from({ length: HISTORY }, (_, seq) => refusalOf(seq));
  const untold = Array.from({ length: OUTBOX_EVENTS_MAX }, (_, i) => refusalOf(HISTORY + i));
  const file = fileOf([
    { type: 'format', version: JOURNAL_VERSION, audience },
    ...ledgerRecords(LEDGER_ENTRIES_MAX - PLACES_LEFT, nowS),
    ...told,
    { type: 'published', seq: HISTORY - 1 },
    ...untold,
  ]);
  await disk.replace(JOURNAL_FILE, file);
}

const fileOf = (records: readonly JournalRecord[]): Uint8Array => encodeFile(records.map(encodeRecord));

const ledgerRecords = (count: number, nowS: WallS): readonly JournalRecord[] =>
  Array.from({ length: count }, (_, number) => ({ ...spentOf(number, nowS), outcome: 'sealed' as const }));

const event = (seq: number): Omit<EventRecord, 'topic' | 'body'> => ({
  type: 'event',
  life: 'mbr2j1k0',
  seq,
  boot: 1,
  ts: new Date(NOON_S * 1000 + seq).toISOString(),
});

const endOf = (seq: number): EventRecord => ({
  ...event(seq),
  topic: 'visit',
  body: { event_type: 'ended', outcome: 'sealed', token_id: hex(seq, 16) },
});

const refusalOf = (seq: number): EventRecord => ({
  ...event(seq),
  topic: 'access',
  body: {
    event_type: 'refused',
    channel: 'reader',
    refusal: 'malformed',
    operation_error: 1,
    detail: LONG,
    repeats: 0,
  },
});

const hex = (number: number, bytes: number): string => number.toString(16).padStart(2 * bytes, '0');
const keyOf = (number: number): string => `0011223344556677:${hex(number, 16)}`;

const spentOf = (number: number, nowS: WallS = NOON_S): Spent => ({
  type: 'spent',
  key: keyOf(number),
  token_id: hex(number, 16),
  channel: 'reader',
  at_s: nowS,
  expires_s: nowS + 3600,
  delegation: hex(number, 8),
  day: '2026-06-01',
});

function ledger(entries: number): Memory {
  const memory = emptyMemory();
  for (let i = 0; i < entries; i++) fold(memory, spentOf(i));
  return memory;
}
