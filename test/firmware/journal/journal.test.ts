import { describe, expect, it } from 'vitest';
import { encodeFile, encodeFrame, SECTOR_BYTES } from '../../../firmware/journal/frame.ts';
import { createJournal, JOURNAL_FILE, type Journal, type Retention } from '../../../firmware/journal/journal.ts';
import { emptyMemory, fold, forget, type Memory, recordsOf, toBase64url } from '../../../firmware/journal/memory.ts';
import { openJournal } from '../../../firmware/journal/open.ts';
import { encodeRecord, type JournalRecord } from '../../../firmware/journal/records.ts';
import { DELEGATIONS_CACHED_MAX } from '../../../protocol/index.ts';
import { type SimulatedDisk, simulatedDisk } from '../../../sim/ports/disk.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';
import { AUDIENCE } from '../../support/people.ts';

const clock = virtualClock({ startWallMs: 0 });

async function fresh(): Promise<{ disk: SimulatedDisk; journal: Journal }> {
  const disk = simulatedDisk({ prng: prng(1) });
  await createJournal(disk, AUDIENCE);
  return { disk, journal: await sound(disk) };
}

/** Small, so that a test need not write megabytes. */
const SMALL: Retention = { days: 90, bytes: 400_000 };

async function sound(disk: SimulatedDisk, retention: Retention = SMALL): Promise<Journal> {
  const opened = await openJournal(disk, clock, AUDIENCE, retention);
  if (opened.kind !== 'sound') throw new Error(`the journal is ${opened.kind}`);
  return opened.journal;
}

const ring = (seq: number): JournalRecord => ({
  type: 'event',
  seq,
  boot: 1,
  ts: '2026-06-01T10:00:00.000Z',
  topic: 'doorbell',
  body: { event_type: 'ring' },
  life: 'l1',
});
/** The end of a used token's visit, in the event that tells of it. */
const ended = (seq: number, key: string): JournalRecord => ({
  type: 'event',
  seq,
  boot: 1,
  ts: '2026-06-01T10:00:00.000Z',
  topic: 'visit',
  body: { event_type: 'ended', outcome: 'sealed', token_id: key },
  life: 'l1',
  ends: { key, outcome: 'sealed' },
});
const spent = (key: string, day = '2026-06-01'): JournalRecord => ({
  type: 'spent',
  key,
  token_id: key,
  channel: 'reader',
  at_s: 1,
  expires_s: 2,
  delegation: 'd',
  day,
});

describe('the journal', () => {
  it('is the same memory after it is opened again', async () => {
    const { disk, journal } = await fresh();
    const records: readonly JournalRecord[] = [
      { type: 'boot', boot: 1, at_s: 0 },
      ...Array.from({ length: 40 }, (_, i) => ring(i)),
      spent('a'),
      spent('b'),
      ended(40, 'a'),
      { type: 'published', seq: 17 },
    ];
    await Promise.all(records.map((record) => journal.append(record)));
    const again = (await sound(disk)).memory;
    expect(again).toEqual(journal.memory);
    expect(again.outbox).toHaveLength(23);
    expect([...again.unfinished.keys()]).toEqual(['b']);
    expect(again.usesPerDay).toEqual(new Map([['2026-06-01 d', 2]]));
    expect(again).toMatchObject({ boot: 1, nextSeq: 41 });
  });

  it('knows a record at once, and settles when it is durable', async () => {
    const { disk, journal } = await fresh();
    disk.stall('sync');
    let durable = false;
    const written = journal.append(spent('a')).then(() => {
      durable = true;
    });
    expect(journal.memory.spent.has('a')).toBe(true);
    await clock.settle();
    expect(durable).toBe(false);
    expect(journal.waiting).toBe(1);
    disk.unstall('sync');
    await written;
    expect(journal.waiting).toBe(0);
  });

  it('writes the frames of one sector at most between two syncs', async () => {
    const { disk, journal } = await fresh();
    const kinds: string[] = [];
    const sizes: number[] = [];
    disk.onOperation(({ kind, phase, bytes }) => {
      if (phase !== 'done') return;
      kinds.push(kind);
      if (bytes !== undefined) sizes.push(bytes.length);
    });
    await Promise.all(Array.from({ length: 60 }, (_, i) => journal.append(ring(i))));
    expect(kinds.length).toBeGreaterThan(10);
    expect(kinds).toEqual(kinds.map((_, i) => (i % 2 === 0 ? 'append' : 'sync')));
    // A frame of the next sector comes with the zeros that fill the last one.
    expect(Math.max(...sizes)).toBeLessThan(2 * SECTOR_BYTES);
  });

  it('lets what nobody waits for wait for company, and not for long', async () => {
    const { disk, journal } = await fresh();
    const before = disk.operations;
    journal.appendLazily({ type: 'published', seq: 1 });
    await clock.advanceAsync(100);
    expect(disk.operations).toBe(before);
    await clock.advanceAsync(200);
    expect(disk.operations).toBe(before + 2);
    expect(journal.waiting).toBe(0);
  });

  it('writes marks that come faster than the disk four times a second, and a record among them at once', async () => {
    const disk = simulatedDisk({ prng: prng(1), clock, syncMs: 5 });
    const made = createJournal(disk, AUDIENCE);
    await clock.advanceAsync(10);
    await made;
    const journal = await sound(disk);
    const before = disk.operations;
    const marks = async (from: number): Promise<void> => {
      for (let i = from; i < from + 1_000; i++) {
        journal.appendLazily({ type: 'published', seq: i });
        await clock.advanceAsync(1);
      }
    };
    await marks(0);
    const written = disk.operations - before;
    expect(written).toBeGreaterThanOrEqual(2 * 3);
    expect(written).toBeLessThanOrEqual(2 * 4);
    let durable = false;
    void journal.append(spent('a')).then(() => {
      durable = true;
    });
    journal.appendLazily({ type: 'published', seq: 1_000 });
    await clock.advanceAsync(11);
    expect(durable).toBe(true);
    await clock.advanceAsync(300);
    expect((await sound(disk)).memory.publishedSeq).toBe(1_000);
  });

  it('writes everything that waits when it is flushed, and again after that', async () => {
    const { disk, journal } = await fresh();
    for (let i = 0; i < 3; i++) {
      journal.appendLazily({ type: 'published', seq: i });
      await journal.flush();
      await clock.advanceAsync(1_000);
    }
    await journal.append(spent('a'));
    expect((await sound(disk)).memory.spent.has('a')).toBe(true);
  });

  it('fails for good with the first failure', async () => {
    const { disk, journal } = await fresh();
    disk.failNext('append', 'ENOSPC');
    await expect(journal.append(spent('a'))).rejects.toThrow('ENOSPC');
    await expect(journal.append(spent('b'))).rejects.toThrow('ENOSPC');
    expect(journal.failure?.message).toContain('ENOSPC');
  });

  it('fails when the disk does not keep up, instead of growing', async () => {
    const { disk, journal } = await fresh();
    disk.stall('append');
    const results = Array.from({ length: 1_100 }, (_, i) =>
      journal.append(ring(i)).then(
        () => 'written',
        () => 'failed',
      ),
    );
    await clock.settle();
    expect(journal.failure?.message).toContain('does not keep up');
    disk.unstall('append');
    expect((await Promise.all(results)).filter((result) => result === 'failed').length).toBeGreaterThan(50);
  });

  it('cuts what an interrupted append has left, and goes on behind it', async () => {
    const { disk, journal } = await fresh();
    await journal.append(spent('a'));
    await disk.append(JOURNAL_FILE, Uint8Array.from([0, 0, 0, 2, 0, 0]));
    const again = await openJournal(disk, clock, AUDIENCE);
    if (again.kind !== 'sound') throw new Error(again.kind);
    expect(again.cutBytes).toBe(6);
    await again.journal.append(spent('b'));
    expect([...(await sound(disk)).memory.spent.keys()]).toEqual(['a', 'b']);
  });

  it('is foreign to another lock, and absent where there is none', async () => {
    const { disk } = await fresh();
    expect(await openJournal(disk, clock, 'back-door/abcdefgh')).toEqual({ kind: 'foreign', audience: AUDIENCE });
    expect(await openJournal(simulatedDisk({ prng: prng(1) }), clock, AUDIENCE)).toEqual({ kind: 'absent' });
  });

  it('is damaged when it is empty, or holds a record that this version does not know', async () => {
    const empty = simulatedDisk({ prng: prng(1), files: new Map([[JOURNAL_FILE, new Uint8Array()]]) });
    expect(await openJournal(empty, clock, AUDIENCE)).toMatchObject({ kind: 'damaged' });
    const { disk } = await fresh();
    await disk.append(JOURNAL_FILE, encodeFrame(1, new TextEncoder().encode('{"type":"evnet"}')));
    expect(await openJournal(disk, clock, AUDIENCE)).toMatchObject({
      kind: 'damaged',
      why: expect.stringContaining('record 1'),
    });
  });
});

describe('compaction', () => {
  /** A journal with a past: told and untold events, used tokens with and without an end. */
  async function lived(): Promise<{ disk: SimulatedDisk; journal: Journal }> {
    const made = await fresh();
    const records: readonly JournalRecord[] = [
      { type: 'boot', boot: 7, at_s: 0 },
      { type: 'floor', at_s: 1_000 },
      ...Array.from({ length: 3_000 }, (_, i) => ring(i)),
      { type: 'published', seq: 2_989 },
      ...Array.from({ length: 50 }, (_, i) => spent(`k${i}`)),
      ...Array.from({ length: 49 }, (_, i) => ended(3_000 + i, `k${i}`)),
      { type: 'wrong_code', channel: 'mqtt' },
      { type: 'lockout', channel: 'reader' },
    ];
    for (const [i, record] of records.entries()) {
      const written = made.journal.append(record);
      if (i % 500 === 0) await written;
    }
    await made.journal.flush();
    return made;
  }

  it('makes the file small, and leaves the memory as it was, now and after a boot', async () => {
    const { disk, journal } = await lived();
    const before = structuredClone(journal.memory);
    const size = journal.size;
    expect(await journal.compact()).toBe(true);
    expect(journal.size).toBeLessThan(size);
    expect(journal.memory).toEqual(before);
    expect((await sound(disk)).memory).toEqual(before);
  });

  it('keeps the newest of the past, for whoever wants to know', async () => {
    const { disk, journal } = await lived();
    await journal.compact();
    const text = new TextDecoder().decode(disk.files().get(JOURNAL_FILE));
    expect(text).toContain('"seq":2989,');
    expect(text).toContain('"seq":2000,');
    expect(text).not.toContain('"seq":1000,');
    expect(text.length).toBeLessThan(SMALL.bytes);
  });

  it('is due when the file is too large, and not after it', async () => {
    const { journal } = await lived();
    expect(journal.isDue()).toBe(true);
    await journal.compact();
    expect(journal.isDue()).toBe(false);
  });

  it('is not due again with every record where all that must be kept is too large', async () => {
    const { disk } = await lived();
    const journal = await sound(disk, { days: 90, bytes: 8_000 });
    await journal.compact();
    expect(journal.size).toBeGreaterThan(10_000);
    let writtenAnew = 0;
    for (let i = 0; i < 100; i++) {
      await journal.append(spent(`again${i}`));
      if (!journal.isDue()) continue;
      await journal.compact();
      writtenAnew += 1;
    }
    expect(writtenAnew).toBeGreaterThan(0);
    expect(writtenAnew).toBeLessThan(10);
  });

  it('is due when the oldest event is older than what is to be kept, and has been told', async () => {
    const { journal } = await fresh();
    const dayS = 86_400;
    const rungS = Date.parse('2026-06-01T10:00:00Z') / 1000;
    await journal.append(ring(0));
    await journal.append({ type: 'floor', at_s: rungS + 90 * dayS });
    expect(journal.isDue()).toBe(false);
    await journal.append({ type: 'floor', at_s: rungS + 90 * dayS + 1 });
    expect(journal.isDue()).toBe(false);
    await journal.append({ type: 'published', seq: 0 });
    expect(journal.isDue()).toBe(true);
    await journal.compact();
    expect(journal.isDue()).toBe(false);
  });

  it('is not due again at the next event that grows old: a card wears out by being written', async () => {
    const { journal } = await fresh();
    const dayS = 86_400;
    const rungS = Date.parse('2026-06-01T10:00:00Z') / 1000;
    for (let seq = 0; seq < 40; seq++) {
      const ts = new Date((rungS + (seq * dayS) / 4) * 1000).toISOString();
      await journal.append({ ...ring(seq), ts } as JournalRecord);
    }
    await journal.append({ type: 'published', seq: 39 });
    let written = 0;
    for (let hour = 0; hour < 11 * 24; hour++) {
      await journal.append({ type: 'floor', at_s: rungS + 90 * dayS + hour * 3600 });
      if (!journal.isDue()) continue;
      await journal.compact();
      written += 1;
    }
    expect(written).toBe(4);
  });

  it('forgets the past on demand, and neither a used token nor what nobody was told', async () => {
    const { disk, journal } = await lived();
    const before = structuredClone(journal.memory);
    await journal.compact(Number.POSITIVE_INFINITY);
    const text = new TextDecoder().decode(disk.files().get(JOURNAL_FILE));
    expect(text).not.toContain('"seq":2989,"boot"');
    expect(text).toContain('"seq":2990,"boot"');
    expect((await sound(disk)).memory).toEqual(before);
  });

  it('loses no record that comes while it works, and writes none twice', async () => {
    const { disk, journal } = await lived();
    void journal.append(spent('before'));
    const compacted = journal.compact();
    void journal.append(spent('meanwhile'));
    await clock.settle();
    const after = journal.append(spent('after'));
    await Promise.all([compacted, after]);
    await journal.flush();
    const again = (await sound(disk)).memory;
    expect(again).toEqual(journal.memory);
    expect(again.usesPerDay.get('2026-06-01 d')).toBe(53);
  });

  it('may be cut at any moment: the memory is the old one all the same', async () => {
    for (const phase of ['before', 'issued', 'done'] as const) {
      for (let seed = 1; seed <= 8; seed++) {
        const disk = simulatedDisk({ prng: prng(seed) });
        await createJournal(disk, AUDIENCE);
        const journal = await sound(disk);
        for (let i = 0; i < 40; i++) void journal.append(spent(`k${i}`));
        await journal.flush();
        let next: SimulatedDisk | undefined;
        disk.onOperation(({ kind, phase: at }) => {
          if (kind === 'replace' && at === phase) next ??= disk.powerCut();
        });
        void journal.compact();
        await clock.settle();
        if (next === undefined) throw new Error('the power was not cut');
        expect((await sound(next)).memory).toEqual(journal.memory);
      }
    }
  });

  it('on a disk without room leaves the journal as it is, and goes on', async () => {
    const { disk, journal } = await lived();
    disk.failNext('replace', 'ENOSPC');
    expect(await journal.compact()).toBe(false);
    await journal.append(spent('later'));
    expect((await sound(disk)).memory).toEqual(journal.memory);
  });

  it('on a disk that fails is final', async () => {
    const { disk, journal } = await lived();
    disk.failNext('replace', 'EIO');
    expect(await journal.compact()).toBe(false);
    await expect(journal.append(spent('later'))).rejects.toThrow('EIO');
    // Nobody writes to it any more, and nobody has to be told every minute to make room.
    expect(journal.isDue()).toBe(false);
  });

  it('is also possible twice at once, with records that nobody waits for', async () => {
    const { disk, journal } = await lived();
    journal.appendLazily({ type: 'published', seq: 2_995 });
    await Promise.all([journal.compact(), journal.compact()]);
    await journal.append(spent('later'));
    expect((await sound(disk)).memory).toEqual(journal.memory);
  });
});

describe('memory', () => {
  it('forgets a used token when nothing could admit it any more, and not a second before', () => {
    const memory = emptyMemory();
    fold(memory, { ...spent('old'), expires_s: 1_000 } as JournalRecord);
    fold(memory, ended(0, 'old'));
    fold(memory, { type: 'floor', at_s: 1_300 });
    forget(memory, '2026-06-02');
    expect(memory.spent.has('old')).toBe(true);
    fold(memory, { type: 'floor', at_s: 1_301 });
    forget(memory, '2026-06-01');
    expect(memory.spent.has('old')).toBe(true);
    forget(memory, '2026-06-02');
    expect(memory.spent.has('old')).toBe(false);
    expect(memory.usesPerDay.size).toBe(0);
  });

  it('does not forget a token whose visit has no end yet', () => {
    const memory = emptyMemory();
    fold(memory, { ...spent('open'), expires_s: 1 } as JournalRecord);
    fold(memory, { type: 'floor', at_s: 9_999 });
    forget(memory, '2027-01-01');
    expect(memory.spent.has('open')).toBe(true);
  });

  it('has a floor that never falls', () => {
    const memory = emptyMemory();
    fold(memory, { type: 'floor', at_s: 10 });
    fold(memory, { type: 'floor', at_s: 5 });
    expect(memory.floorS).toBe(10);
  });

  const lost = (memory: Memory): number => memory.lost.count;
  it('has a bounded number of delegations, and the one that goes is the one remembered longest', () => {
    const memory = emptyMemory();
    const delegation = (i: number) => toBase64url(new Uint8Array([i >> 8, i & 0xff]));
    for (let i = 0; i <= DELEGATIONS_CACHED_MAX; i++) fold(memory, { type: 'delegation', bytes: delegation(i) });
    const kept = Array.from({ length: DELEGATIONS_CACHED_MAX }, (_, i) => delegation(i + 1));
    expect([...memory.delegations.values()]).toEqual(kept);
    const again = emptyMemory();
    for (const record of recordsOf(memory, AUDIENCE)) fold(again, record);
    expect([...again.delegations.values()]).toEqual(kept);
  });

  it('forgets that events were lost once that was told', () => {
    const memory = emptyMemory();
    for (let i = 0; i < 4_100; i++) fold(memory, ring(i));
    expect(lost(memory)).toBe(4);
    fold(memory, { type: 'published', seq: 4_099 });
    fold(memory, { ...ring(4_100), topic: 'system', body: { event_type: 'events_lost', count: 4 } } as JournalRecord);
    expect(lost(memory)).toBe(0);
  });
});

describe('a journal of another version', () => {
  const asVersion = async (version: number, ...records: readonly JournalRecord[]): Promise<SimulatedDisk> => {
    const all: readonly JournalRecord[] = [{ type: 'format', version, audience: AUDIENCE }, ...records];
    const file = encodeFile(all.map(encodeRecord));
    return simulatedDisk({ prng: prng(1), files: new Map([[JOURNAL_FILE, file]]) });
  };

  it('that is older is copied, and written anew with all that it remembers', async () => {
    const disk = await asVersion(1, { type: 'boot', boot: 3, at_s: 0 }, spent('k'), ring(7));
    const before = disk.files().get(JOURNAL_FILE);
    const opened = await openJournal(disk, clock, AUDIENCE);
    if (opened.kind !== 'sound') throw new Error(opened.kind);
    expect(opened.migratedFrom).toBe(1);
    expect(opened.journal.memory.spent.has('k')).toBe(true);
    expect(opened.journal.memory).toMatchObject({ boot: 3, nextSeq: 8 });
    expect(disk.files().get(`${JOURNAL_FILE}-v1`)).toEqual(before);
    await opened.journal.append(spent('later'));
    const again = await openJournal(disk, clock, AUDIENCE);
    if (again.kind !== 'sound') throw new Error(again.kind);
    expect(again.migratedFrom).toBeUndefined();
    expect([...again.journal.memory.spent.keys()]).toEqual(['k', 'later']);
  });

  it('that is older may lose its power while it is copied: nothing is forgotten', async () => {
    for (let operation = 0; operation < 3; operation++) {
      for (const phase of ['before', 'issued', 'done'] as const) {
        const disk = await asVersion(1, spent('k'));
        let next: SimulatedDisk | undefined;
        disk.onOperation((at) => {
          if (at.index === operation && at.phase === phase) next ??= disk.powerCut();
        });
        void openJournal(disk, clock, AUDIENCE);
        await clock.settle();
        expect((await sound(next ?? disk.powerCut())).memory.spent.has('k')).toBe(true);
      }
    }
  });

  it('that is newer is refused, and stays as it is', async () => {
    const disk = await asVersion(5, spent('k'));
    const before = disk.files().get(JOURNAL_FILE);
    expect(await openJournal(disk, clock, AUDIENCE)).toEqual({ kind: 'newer', version: 5 });
    expect(disk.files().get(JOURNAL_FILE)).toEqual(before);
  });
});
