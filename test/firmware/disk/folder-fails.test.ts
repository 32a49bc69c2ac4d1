/** A folder that fails when a new file has its name already: nobody may take that for a disk too full to begin. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openFolder } from '../../../firmware/disk/node-fs.ts';

const folder = vi.hoisted(() => ({ fails: false }));

vi.mock('../../../firmware/disk/folder.ts', async (original) => {
  const real = await original<typeof import('../../../firmware/disk/folder.ts')>();
  return {
    ...real,
    async syncFolder(path: string): Promise<void> {
      if (folder.fails) throw Object.assign(new Error('ENOSPC: no space left on device, fsync'), { code: 'ENOSPC' });
      await real.syncFolder(path);
    },
  };
});

it('a replacement of which only the name is not durable is no disk without room', async () => {
  const path = await mkdtemp(join(tmpdir(), 'latchstring-folder-'));
  const disk = await openFolder(path);
  try {
    await disk.replace('journal', new Uint8Array([1]));
    folder.fails = true;
    const error: unknown = await disk.replace('journal', new Uint8Array([2])).catch((failed: unknown) => failed);
    expect([...(await readFile(join(path, 'journal')))]).toEqual([2]);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('code', 'ENOSPC');
    expect(String(error)).toContain('no space left on device');
  } finally {
    await disk.close();
    await rm(path, { recursive: true });
  }
});
