/**
 * From the file to a journal: what it comes to, or why nothing in it may be relied on.
 *
 * Only what an interrupted append leaves is cut. A file of an older version is copied, kept under
 * its own name, and then written anew; one of a newer version is refused, and stays as it is: this
 * program cannot know what its records mean.
 */
import type { Clock, Disk } from '../ports/index.ts';
import { encodeFile, readFrames } from './frame.ts';
import { JOURNAL_FILE, type Journal, type JournalHealth, RETENTION, type Retention, startJournal } from './journal.ts';
import { emptyMemory, fold, type Memory } from './memory.ts';
import { decodeRecord, encodeRecord, JOURNAL_VERSION, type JournalRecord } from './records.ts';

export type OpenedJournal =
  | {
      readonly kind: 'sound';
      readonly journal: Journal;
      readonly cutBytes: number;
      /** The version that it was read in, when that was an older one. */
      readonly migratedFrom?: number;
    }
  /** The disk does not give it: it may be sound, and nobody can say. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Nothing in it can be relied on: lockdown. The file is left as it was found. */
  | { readonly kind: 'damaged'; readonly why: string; readonly before: Memory }
  /** The journal of another lock, or of this one before it was enrolled again. */
  | { readonly kind: 'foreign'; readonly audience: string }
  /** Written by a later version of this program. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'absent' };

/** What the records of a file say, as far as they can be read. */
export type ReadJournal =
  | {
      readonly kind: 'sound';
      readonly version: number;
      readonly audience: string;
      readonly records: readonly JournalRecord[];
      readonly end: number;
      readonly cutBytes: number;
    }
  | { readonly kind: 'newer'; readonly version: number }
  /** `records` are those before the damage. */
  | { readonly kind: 'damaged'; readonly at: number; readonly why: string; readonly records: readonly JournalRecord[] };

/** The records of a file; looks at nothing else and changes nothing. */
export function readJournal(file: Uint8Array): ReadJournal {
  const reading = readFrames(file);
  const readable = reading.kind === 'sound' ? reading : readFrames(file.subarray(0, reading.at));
  const bodies = readable.kind === 'sound' ? readable.bodies : [];
  const version = versionIn(bodies[0]);
  if (version !== undefined && version > JOURNAL_VERSION) return { kind: 'newer', version };
  const records: JournalRecord[] = [];
  for (const [index, body] of bodies.entries()) {
    const record = decodeRecord(body);
    // Bodies are views of the file: where one begins in it is where the record stands.
    const at = body.byteOffset - file.byteOffset;
    if (record === undefined) {
      return { kind: 'damaged', records, at, why: `record ${index} is of a kind that this version does not know` };
    }
    if ((record.type === 'format') !== (index === 0)) {
      return { kind: 'damaged', records, at, why: `record ${index} is out of place` };
    }
    records.push(record);
  }
  if (reading.kind === 'damaged') return { kind: 'damaged', records, at: reading.at, why: reading.why };
  const [first] = records;
  if (first?.type !== 'format') return { kind: 'damaged', records, at: 0, why: 'it does not say whose journal it is' };
  return {
    kind: 'sound',
    version: first.version,
    audience: first.audience,
    records,
    end: reading.end,
    cutBytes: reading.cutBytes,
  };
}

/** The version that a file says it has, whatever else its first record says. */
function versionIn(body: Uint8Array | undefined): number | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof json !== 'object' || json === null || !('type' in json) || json.type !== 'format') return undefined;
    return 'version' in json && typeof json.version === 'number' ? json.version : undefined;
  } catch {
    // No JSON: whoever reads the records says so.
    return undefined;
  }
}

/** Reads the journal, cuts what an interrupted append left, and makes it ready for the next record. */
export async function openJournal(
  disk: Disk,
  clock: Clock,
  audience: string,
  retention: Retention = RETENTION,
): Promise<OpenedJournal> {
  try {
    const file = await disk.read(JOURNAL_FILE);
    if (file === undefined) return { kind: 'absent' };
    const found = readJournal(file);
    if (found.kind === 'newer') return found;
    const memory = emptyMemory();
    for (const record of found.records) fold(memory, record);
    if (found.kind === 'damaged') return { kind: 'damaged', why: `${found.why} (byte ${found.at})`, before: memory };
    if (found.audience !== audience) return { kind: 'foreign', audience: found.audience };
    const tail = await madeReady(disk, file, found);
    const oldest = found.records.find((record) => record.type === 'event');
    const journal = startJournal({ disk, clock, audience, retention, memory, tail, oldest });
    const { cutBytes, version } = found;
    return { kind: 'sound', journal, cutBytes, ...(version < JOURNAL_VERSION ? { migratedFrom: version } : {}) };
  } catch (error) {
    return { kind: 'unreadable', why: String(error) };
  }
}

/** The file as the next record wants it: of this version, and without an interrupted append. */
async function madeReady(disk: Disk, file: Uint8Array, found: Extract<ReadJournal, { kind: 'sound' }>) {
  const { version, records, end, cutBytes } = found;
  if (version < JOURNAL_VERSION) {
    // The copy first: after a power cut in between it is simply made again.
    await disk.replace(`${JOURNAL_FILE}-v${version}`, file.subarray(0, end));
    const renewed = encodeFile(records.map((record) => encodeRecord(renew(record))));
    await disk.replace(JOURNAL_FILE, renewed);
    return { end: renewed.length, sequence: records.length };
  }
  if (cutBytes > 0) await disk.truncate(JOURNAL_FILE, end);
  return { end, sequence: records.length };
}

/** Every record of an older version means the same in this one. */
const renew = (record: JournalRecord): JournalRecord =>
  record.type === 'format' ? { ...record, version: JOURNAL_VERSION } : record;

/**
 * A journal of which nothing may be relied on, or which the disk does not give: it remembers until the
 * process ends, so that events still reach the broker. What the owner is known to have said at least
 * still holds: a new seal must go beyond it.
 */
export function heldJournal(
  parts: { readonly disk: Disk; readonly clock: Clock; readonly audience: string; readonly retention: Retention },
  held: Exclude<JournalHealth, 'ok'>,
  before?: Memory,
): Journal {
  const memory = emptyMemory(parts.audience);
  if (before !== undefined) {
    const { number, epoch, latestEpoch, paused, mode } = before.owner;
    Object.assign(memory.owner, { number, epoch, latestEpoch, paused, mode });
    memory.boot = before.boot;
    memory.floorS = before.floorS;
    memory.spends = before.spends;
    // A key that is out may be given back in lockdown too: its safe must not be locked over an empty place.
    memory.standing = before.standing;
  }
  return startJournal({ ...parts, memory, tail: { end: 0, sequence: 0 }, held });
}
