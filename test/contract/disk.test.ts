import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { simulatedDisk } from '../../sim/ports/disk.ts';
import { prng } from '../../sim/time/prng.ts';
import { diskContract } from './disk.ts';

describe('a folder of the real file system', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  diskContract(async () => {
    const path = await mkdtemp(join(tmpdir(), 'latchstring-disk-'));
    cleanUps.push(() => rm(path, { recursive: true }));
    let folder = await openFolder(path);
    cleanUps.push(() => folder.close());
    return {
      disk: folder,
      async again() {
        await folder.close();
        folder = await openFolder(path);
        return folder;
      },
    };
  });
});

describe('the simulated disk, process after process', () => {
  diskContract(async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    return { disk, again: async () => disk.processDeath() };
  });
});

describe('the simulated disk, its power cut in between', () => {
  diskContract(async () => {
    const disk = simulatedDisk({ prng: prng(2) });
    return { disk, again: async () => disk.powerCut() };
  });
});
