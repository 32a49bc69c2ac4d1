import { mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFolder } from '../../../firmware/disk/node-fs.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'latchstring-folder-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('makes a folder that only its owner can enter, and files that only their owner can read', async () => {
  const path = join(parent, 'data', 'lock');
  const disk = await openFolder(path);
  await disk.append('journal', bytes('x'));
  await disk.replace('profile', bytes('y'));
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(path, 'journal'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, 'profile'))).mode & 0o777).toBe(0o600);
  await disk.close();
});

it('leaves no temporary file behind, neither after a replace nor after one that failed', async () => {
  const disk = await openFolder(parent);
  await disk.replace('profile', bytes('y'));
  await disk.append('profile', bytes('z'));
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(parent, 'folder'));
  await expect(disk.replace('folder', bytes('y'))).rejects.toMatchObject({ code: 'EISDIR' });
  expect((await readdir(parent)).sort()).toEqual(['folder', 'profile']);
  await disk.close();
});

it('begins a replacement anew where the last one was cut off', async () => {
  await writeFile(join(parent, '.profile.new'), 'half of a much longer file');
  const disk = await openFolder(parent);
  await disk.replace('profile', bytes('whole'));
  expect(await readFile(join(parent, 'profile'), 'utf8')).toBe('whole');
  await disk.close();
});

it('passes on the errors of the system with their code', async () => {
  await writeFile(join(parent, 'file'), '');
  await expect(openFolder(join(parent, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(openFolder(join(parent, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  const disk = await openFolder(parent);
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(parent, 'folder'));
  await expect(disk.append('folder', bytes('x'))).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(disk.read('folder')).rejects.toMatchObject({ code: 'EISDIR' });
  await disk.close();
});

it('says at once that there can be no folder where the system takes none', async () => {
  for (const path of ['/proc/latchstring', '/proc/latchstring/data/lock']) {
    await expect(openFolder(path)).rejects.toMatchObject({ code: expect.stringMatching(/^E[A-Z]+$/) });
  }
});

it('finishes what was asked before it closes, and refuses what is asked after', async () => {
  const disk = await openFolder(parent);
  const append = disk.append('journal', bytes('x'));
  await disk.close();
  await append;
  expect(await readFile(join(parent, 'journal'), 'utf8')).toBe('x');
  await expect(disk.append('journal', bytes('y'))).rejects.toThrow('folder is closed');
  await disk.close();
});

it('reads nothing that has no end, and nothing larger than a lock writes', async () => {
  const disk = await openFolder(parent);
  await symlink('/dev/zero', join(parent, 'journal'));
  await expect(disk.read('journal')).rejects.toThrow('journal is no file');
  const sparse = await open(join(parent, 'identity'), 'w');
  await sparse.truncate(64 * 1024 * 1024 + 1);
  await sparse.close();
  await expect(disk.read('identity')).rejects.toThrow('more than any file of a lock');
  await disk.close();
});
