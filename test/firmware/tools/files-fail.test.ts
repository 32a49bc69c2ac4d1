/** A folder that cannot keep a new name: whoever is told that a key was written must find it after a power cut. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createFiles } from '../../../firmware/tools/files.ts';

vi.mock('../../../firmware/disk/folder.ts', async (original) => ({
  ...(await original<typeof import('../../../firmware/disk/folder.ts')>()),
  async syncFolder(): Promise<void> {
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
  },
}));

it('a file whose name is not durable was not made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-files-'));
  try {
    const path = join(folder, 'owner');
    const files = [path, `${path}.pub`].map((name) => ({ path: name, text: 'x', mode: 0o600 }));
    await expect(createFiles(files)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('i/o error'),
    });
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
