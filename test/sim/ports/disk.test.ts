import { describe, expect, it } from 'vitest';
import { type DiskOperation, type SimulatedDisk, simulatedDisk } from '../../../sim/ports/disk.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';

const SEEDS = 400;
const SECTOR = 512;

/** Every byte tells where it belongs and is never zero, so that a hole cannot hide. */
const pattern = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => 1 + ((from + i) % 251));
const startsWith = (found: Uint8Array, start: Uint8Array): boolean => start.every((byte, i) => found[i] === byte);

/** One synced write of 700 bytes, then two unsynced ones of 1300 and 900; then the power goes. */
async function cutWithUnsynced(seed: number, options: { reorders?: boolean; syncLies?: boolean } = {}) {
  const disk = simulatedDisk({ prng: prng(seed), ...options });
  await disk.append('journal', pattern(0, 700));
  await disk.sync('journal');
  await disk.append('journal', pattern(700, 1300));
  await disk.append('journal', pattern(2000, 900));
  return (await disk.powerCut().read('journal')) ?? new Uint8Array(0);
}

describe('a power cut', () => {
  it('never takes a byte that was synced, and never makes one up', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const found = await cutWithUnsynced(seed);
      expect(found.length).toBeGreaterThanOrEqual(700);
      expect(found.length).toBeLessThanOrEqual(2900);
      expect(startsWith(found, pattern(0, 700))).toBe(true);
      const written = pattern(0, 2900);
      expect(found.every((byte, i) => byte === 0 || byte === written[i])).toBe(true);
    }
  });

  it('brings about, over the seeds, every fate of what was not synced', async () => {
    const fates = { allLost: 0, allKept: 0, torn: 0, secondWithoutFirst: 0, zerosAtTheEnd: 0, hole: 0, endInSector: 0 };
    for (let seed = 0; seed < SEEDS; seed++) {
      const found = await cutWithUnsynced(seed);
      const sectorAt = (at: number): boolean => found.subarray(at, at + 10).some((byte) => byte !== 0);
      const first = [700, 1024, 1536].map(sectorAt);
      const second = [2048, 2560].map(sectorAt);
      const all = [...first, ...second];
      if (found.length === 700) fates.allLost++;
      if (found.length === 2900 && all.every(Boolean)) fates.allKept++;
      if (first.includes(true) && first.includes(false)) fates.torn++;
      if (!first.includes(true) && second.includes(true)) fates.secondWithoutFirst++;
      if (found.length > 700 && found.at(-1) === 0) fates.zerosAtTheEnd++;
      if (all.lastIndexOf(true) > all.indexOf(false) && all.includes(false)) fates.hole++;
      if (found.length % SECTOR !== 0 && ![700, 2000, 2900].includes(found.length)) fates.endInSector++;
    }
    const { endInSector, ...expected } = fates;
    for (const [fate, times] of Object.entries(expected)) expect(times, fate).toBeGreaterThan(0);
    expect(endInSector).toBe(0);
  });

  it('leaves no hole where sectors reach the platter in order, and still loses, tears and leaves zeros', async () => {
    const seen = { lost: 0, kept: 0, torn: 0, zerosAtTheEnd: 0 };
    for (let seed = 0; seed < SEEDS; seed++) {
      const found = await cutWithUnsynced(seed, { reorders: false });
      const zerosFrom = found.indexOf(0);
      if (zerosFrom >= 0) {
        expect(found.subarray(zerosFrom).every((byte) => byte === 0)).toBe(true);
        seen.zerosAtTheEnd++;
      } else if (found.length === 700) seen.lost++;
      else if (found.length === 2900) seen.kept++;
      else seen.torn++;
    }
    for (const [fate, times] of Object.entries(seen)) expect(times, fate).toBeGreaterThan(0);
  });

  it('comes out the same for the same seed', async () => {
    expect(await cutWithUnsynced(11)).toEqual(await cutWithUnsynced(11));
  });

  it('may take a new file away altogether, but not one that was synced once', async () => {
    let gone = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const disk = simulatedDisk({ prng: prng(seed) });
      await disk.append('synced', pattern(0, 10));
      await disk.sync('synced');
      await disk.append('new', pattern(0, 10));
      const next = disk.powerCut();
      if ((await next.read('new')) === undefined) gone++;
      expect(await next.read('synced')).toEqual(pattern(0, 10));
    }
    expect(gone).toBeGreaterThan(SEEDS / 4);
    expect(gone).toBeLessThan(SEEDS);
  });

  it('ends the promises of the old life, and every call to it', async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    let settled = 0;
    const count = (): void => void settled++;
    disk.append('journal', pattern(0, 10)).then(count, count);
    disk.sync('journal').then(count, count);
    const next = disk.powerCut();
    disk.append('journal', pattern(0, 10)).then(count, count);
    disk.read('journal').then(count, count);
    await virtualClock({ startWallMs: 0 }).settle();
    expect(settled).toBe(0);
    expect(() => disk.powerCut()).toThrow('ended already');
    await next.append('journal', pattern(0, 3));
    expect((await next.read('journal'))?.length).toBe(3);
  });

  it('leaves everything in place when only the process died, and can still lose it later', async () => {
    let shorter = 0;
    for (let seed = 0; seed < 50; seed++) {
      const disk = simulatedDisk({ prng: prng(seed) });
      await disk.append('journal', pattern(0, 2000));
      const next = disk.processDeath();
      expect(await next.read('journal')).toEqual(pattern(0, 2000));
      if (((await next.powerCut().read('journal'))?.length ?? 0) < 2000) shorter++;
    }
    expect(shorter).toBeGreaterThan(0);
  });

  it('goes unnoticed by a sync that lies: data said to be safe is lost', async () => {
    let lost = 0;
    for (let seed = 0; seed < 50; seed++) {
      if (!startsWith(await cutWithUnsynced(seed, { syncLies: true }), pattern(0, 700))) lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });
});

describe('an operation that the power cut falls into', () => {
  type Cut = { readonly kind: DiskOperation['kind']; readonly phase: DiskOperation['phase'] };

  /** Runs until the power goes at that point of the first operation of that kind, and reads what is left. */
  async function cutAt(seed: number, at: Cut, run: (disk: SimulatedDisk) => void): Promise<string | undefined> {
    const disk = simulatedDisk({
      prng: prng(seed),
      files: new Map([['file', new TextEncoder().encode('old content')]]),
    });
    let next: SimulatedDisk | undefined;
    disk.onOperation((operation) => {
      if (next === undefined && operation.kind === at.kind && operation.phase === at.phase) next = disk.powerCut();
    });
    run(disk);
    await virtualClock({ startWallMs: 0 }).settle();
    const left = await next?.read('file');
    return left && new TextDecoder().decode(left);
  }
  async function outcomes(at: Cut, run: (disk: SimulatedDisk) => void): Promise<ReadonlySet<string | undefined>> {
    const found = new Set<string | undefined>();
    for (let seed = 0; seed < 40; seed++) found.add(await cutAt(seed, at, run));
    return found;
  }
  const replace = (disk: SimulatedDisk): void => void disk.replace('file', new TextEncoder().encode('new'));
  const truncate = (disk: SimulatedDisk): void => void disk.truncate('file', 3);
  const append = (disk: SimulatedDisk): void => {
    void disk.append('file', new TextEncoder().encode('!'));
    void disk.sync('file');
  };

  it('finds the old file before a replace, old or new within it, the new one after it', async () => {
    expect(await outcomes({ kind: 'replace', phase: 'before' }, replace)).toEqual(new Set(['old content']));
    expect(await outcomes({ kind: 'replace', phase: 'issued' }, replace)).toEqual(new Set(['old content', 'new']));
    expect(await outcomes({ kind: 'replace', phase: 'done' }, replace)).toEqual(new Set(['new']));
  });

  it('finds the whole file before a cut, whole or cut within it, cut after it', async () => {
    expect(await outcomes({ kind: 'truncate', phase: 'before' }, truncate)).toEqual(new Set(['old content']));
    expect(await outcomes({ kind: 'truncate', phase: 'issued' }, truncate)).toEqual(new Set(['old content', 'old']));
    expect(await outcomes({ kind: 'truncate', phase: 'done' }, truncate)).toEqual(new Set(['old']));
  });

  it('finds nothing of an append before it, anything from then on, all of it once the sync is done', async () => {
    const anything = new Set(['old content', 'old content!', 'old content\0']);
    expect(await outcomes({ kind: 'append', phase: 'before' }, append)).toEqual(new Set(['old content']));
    expect(await outcomes({ kind: 'append', phase: 'issued' }, append)).toEqual(anything);
    expect(await outcomes({ kind: 'sync', phase: 'issued' }, append)).toEqual(anything);
    expect(await outcomes({ kind: 'sync', phase: 'done' }, append)).toEqual(new Set(['old content!']));
  });

  it('tells of each operation at its three points, with its number and its bytes', async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    const told: string[] = [];
    const stop = disk.onOperation(({ index, kind, name, bytes, phase }) =>
      told.push(`${index} ${kind} ${name} ${bytes?.length ?? '-'} ${phase}`),
    );
    await disk.append('a', pattern(0, 5));
    await disk.sync('a');
    stop();
    await disk.read('a');
    expect(told).toEqual([
      '0 append a 5 before',
      '0 append a 5 issued',
      '0 append a 5 done',
      '1 sync a - before',
      '1 sync a - issued',
      '1 sync a - done',
    ]);
    expect(disk.operations).toBe(3);
  });
});

describe('a failing disk', () => {
  it('fails the next operations of a kind with the code asked for, then works again', async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    await disk.append('journal', pattern(0, 10));
    for (const kind of ['read', 'sync', 'append', 'replace', 'truncate'] as const) disk.failNext(kind, 'EIO');
    await expect(disk.read('journal')).rejects.toMatchObject({ code: 'EIO' });
    await expect(disk.sync('journal')).rejects.toMatchObject({ code: 'EIO' });
    await expect(disk.truncate('journal', 1)).rejects.toMatchObject({ code: 'EIO' });
    await expect(disk.replace('journal', pattern(0, 1))).rejects.toMatchObject({ code: 'EIO' });
    expect(await disk.read('journal')).toEqual(pattern(0, 10));
    await expect(disk.append('journal', pattern(10, 10))).rejects.toMatchObject({ code: 'EIO' });
    await disk.sync('journal');
    disk.failNext('append', 'ENOSPC', 2);
    await expect(disk.append('other', pattern(0, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(disk.append('other', pattern(0, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
    await disk.append('other', pattern(0, 1));
  });

  it('may lose what a failed sync covered, though the sync after it said all was well', async () => {
    let lost = 0;
    for (let seed = 0; seed < 50; seed++) {
      const disk = simulatedDisk({ prng: prng(seed) });
      await disk.append('journal', pattern(0, 512));
      disk.failNext('sync', 'EIO');
      await expect(disk.sync('journal')).rejects.toMatchObject({ code: 'EIO' });
      await disk.append('journal', pattern(512, 512));
      await disk.sync('journal');
      const found = (await disk.powerCut().read('journal')) ?? new Uint8Array(0);
      expect(found.subarray(512)).toEqual(pattern(512, 512));
      if (!startsWith(found, pattern(0, 512))) lost++;
    }
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(50);
  });

  it('writes the part that fits when it is full, and says so', async () => {
    const disk = simulatedDisk({ prng: prng(1), capacityBytes: 100 });
    await disk.append('journal', pattern(0, 90));
    await expect(disk.append('journal', pattern(90, 20))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await disk.read('journal'))?.length).toBe(100);
    await expect(disk.replace('journal', pattern(0, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.setCapacity(200);
    await disk.replace('journal', pattern(0, 1));
    expect((await disk.read('journal'))?.length).toBe(1);
  });

  it('keeps whoever waits for a stalled kind waiting, and the operations on that file behind it', async () => {
    const clock = virtualClock({ startWallMs: 0 });
    const disk = simulatedDisk({ prng: prng(1) });
    const settled: string[] = [];
    disk.stall('sync');
    void disk.append('a', pattern(0, 1));
    void disk.sync('a').then(() => settled.push('sync a'));
    void disk.append('a', pattern(1, 1)).then(() => settled.push('append a'));
    void disk.append('b', pattern(0, 1)).then(() => settled.push('append b'));
    await clock.settle();
    expect(settled).toEqual(['append b']);
    disk.unstall('sync');
    await clock.settle();
    expect(settled).toEqual(['append b', 'sync a', 'append a']);
  });

  it('takes its time by the clock it is given', async () => {
    const clock = virtualClock({ startWallMs: 0 });
    const disk = simulatedDisk({ prng: prng(1), clock, syncMs: 40 });
    const settledAtMs: number[] = [];
    void disk.append('journal', pattern(0, 1)).then(() => settledAtMs.push(clock.monoMs()));
    void disk.sync('journal').then(() => settledAtMs.push(clock.monoMs()));
    void disk.sync('journal').then(() => settledAtMs.push(clock.monoMs()));
    await clock.advanceAsync(1000);
    expect(settledAtMs).toEqual([0, 40, 80]);
  });

  it('starts from a backup, which is durable', async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    await disk.append('journal', pattern(0, 600));
    const restored = simulatedDisk({ prng: prng(2), files: disk.files() });
    await disk.append('journal', pattern(600, 600));
    expect(await restored.powerCut().read('journal')).toEqual(pattern(0, 600));
  });
});
