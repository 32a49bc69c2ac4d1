/** Small promises of the journal that the stories of other tests pass by: each was once broken by one changed line that no test noticed. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  BODY_BYTES_MAX,
  encodeFrame,
  paddingBefore,
  readFrames,
  SECTOR_BYTES,
} from '../../../firmware/journal/frame.ts';
import { createJournal, JOURNAL_BYTES_MAX, JOURNAL_FILE, type Journal } from '../../../firmware/journal/journal.ts';
import { openJournal } from '../../../firmware/journal/open.ts';
import { encodeRecord, type JournalRecord } from '../../../firmware/journal/records.ts';
import { concat, TOPIC_ROOT_CHARS_MAX, topicsOf } from '../../../protocol/index.ts';
import { type SimulatedDisk, simulatedDisk } from '../../../sim/ports/disk.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';
import { AUDIENCE } from '../../support/people.ts';

describe('a record', () => {
  it('of the fault that names the longest topic of a lock fits into a frame', () => {
    const { availability } = topicsOf('x'.repeat(36), 'x'.repeat(TOPIC_ROOT_CHARS_MAX));
    const detail = `${availability}: the broker refused it, or ended the connection at it, and takes what is on others`;
    const most = Number.MAX_SAFE_INTEGER;
    const record: JournalRecord = {
      type: 'event',
      life: most.toString(36),
      seq: most,
      boot: most,
      ts: '2026-06-01T10:00:00.000Z',
      topic: 'system',
      body: { event_type: 'fault', fault: 'message_set_aside', detail },
    };
    expect(encodeRecord(record).length).toBeLessThanOrEqual(BODY_BYTES_MAX);
  });
});

describe('frames', () => {
  const headed = (length: number, rest: number): Uint8Array => {
    const bytes = new Uint8Array(12 + rest).fill(7);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0);
    view.setUint32(4, length);
    view.setUint32(8, crc32(bytes.subarray(0, 8)));
    return bytes;
  };
  it('of an impossible length are damage, not an interrupted append', () => {
    for (const length of [0, BODY_BYTES_MAX + 1, 0xffffffff])
      expect(readFrames(headed(length, 100)).kind).toBe('damaged');
  });
  it('do not stand behind a sector of nothing', () => {
    const pad = (frame: Uint8Array) => concat(frame, new Uint8Array(SECTOR_BYTES - frame.length));
    const body = new Uint8Array(10).fill(1);
    const hole = concat(pad(encodeFrame(0, body)), new Uint8Array(SECTOR_BYTES), encodeFrame(1, body));
    expect(readFrames(hole).kind).toBe('damaged');
  });
  it('that fit exactly need no padding', () => {
    expect(paddingBefore(SECTOR_BYTES - 100, 100)).toBe(0);
    expect(paddingBefore(SECTOR_BYTES - 100, 101)).toBe(100);
  });
});

describe('the journal', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const sound = async (disk: SimulatedDisk): Promise<Journal> => {
    const opened = await openJournal(disk, clock, AUDIENCE);
    if (opened.kind !== 'sound') throw new Error(`the journal is ${opened.kind}`);
    return opened.journal;
  };
  const fresh = async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    await createJournal(disk, AUDIENCE);
    return { disk, journal: await sound(disk) };
  };
  const ring = (seq: number, fill = 0): JournalRecord => ({
    type: 'event',
    life: 'l1',
    seq,
    boot: 1,
    ts: '2026-06-01T10:00:00.000Z',
    topic: 'doorbell',
    body: { event_type: 'ring', fill: 'x'.repeat(fill) },
  });
  /** Where frames begin and end in a file. */
  const framesIn = (file: Uint8Array): readonly (readonly [number, number])[] => {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const found: [number, number][] = [];
    for (let at = 0; at + 12 <= file.length; ) {
      if (crc32(file.subarray(at, at + 8)) !== view.getUint32(at + 8)) {
        at = (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES;
        continue;
      }
      const end = at + 16 + view.getUint32(at + 4);
      found.push([at, end]);
      at = end;
    }
    return found;
  };
  it('writes no frame across two sectors, however many it has written before', async () => {
    const { disk, journal } = await fresh();
    for (let i = 0; i < 40; i++) await journal.append(ring(i));
    const frames = framesIn(disk.files().get(JOURNAL_FILE) ?? new Uint8Array());
    expect(frames).toHaveLength(41);
    for (const [from, to] of frames) expect(Math.floor(from / SECTOR_BYTES)).toBe(Math.floor((to - 1) / SECTOR_BYTES));
  });
  it('begins another write after a frame that ends a sector', async () => {
    const { disk, journal } = await fresh();
    const end = disk.files().get(JOURNAL_FILE)?.length ?? 0;
    const bare = encodeRecord(ring(1)).length + 16;
    const writes: Uint8Array[] = [];
    disk.onOperation(({ kind, phase, bytes }) => {
      if (kind === 'append' && phase === 'done' && bytes !== undefined) writes.push(bytes);
    });
    // The second fills the sector to its last byte, the third begins the next.
    const fills = SECTOR_BYTES - end - bare;
    await Promise.all([journal.append(ring(0)), journal.append(ring(1, fills - bare)), journal.append(ring(2))]);
    expect(writes).toHaveLength(2);
    expect(end + (writes[0]?.length ?? 0)).toBe(SECTOR_BYTES);
  });
  it('does not touch the file again after a failure, for those that wait either', async () => {
    const { disk, journal } = await fresh();
    disk.failNext('sync', 'EIO');
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => journal.append(ring(i))));
    const before = disk.operations;
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    await clock.settle();
    expect(disk.operations).toBe(before);
    expect(before).toBeLessThanOrEqual(4);
  });
  it('with a second beginning is damaged', async () => {
    const { disk, journal } = await fresh();
    await journal.append({ type: 'format', version: 1, audience: AUDIENCE });
    expect(await openJournal(disk, clock, AUDIENCE)).toMatchObject({ kind: 'damaged' });
  });
  it('that is full takes nothing more, and fails for good', async () => {
    const bare = encodeRecord(ring(0)).length;
    const parts: Uint8Array[] = [];
    const first = encodeRecord({ type: 'format', version: 1, audience: AUDIENCE });
    parts.push(concat(encodeFrame(0, first), new Uint8Array(SECTOR_BYTES - 16 - first.length)));
    const body = encodeRecord(ring(0, BODY_BYTES_MAX - bare));
    for (let i = 1; i < JOURNAL_BYTES_MAX / SECTOR_BYTES; i++) parts.push(encodeFrame(i, body));
    const disk = simulatedDisk({ prng: prng(1), files: new Map([[JOURNAL_FILE, concat(...parts)]]) });
    const journal = await sound(disk);
    await expect(journal.append(ring(1))).rejects.toThrow('full');
    await expect(journal.append(ring(2))).rejects.toThrow('full');
    expect(disk.files().get(JOURNAL_FILE)?.length).toBe(JOURNAL_BYTES_MAX);
  });
});
