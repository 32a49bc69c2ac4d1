/** What every Disk promises while the power stays on; what survives its loss is test/sim/ports/disk.test.ts. */
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../firmware/ports/index.ts';

export interface DiskUnderTest {
  readonly disk: Disk;
  /** Ends this process's use of the folder and begins the next one's. */
  again(): Promise<Disk>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined): string | undefined =>
  found === undefined ? undefined : new TextDecoder().decode(found);

export function diskContract(make: () => Promise<DiskUnderTest>): void {
  describe('reading and appending', () => {
    it('reads a file that is not there as undefined, and an empty one as empty', async () => {
      const { disk } = await make();
      expect(await disk.read('journal')).toBeUndefined();
      await disk.append('journal', bytes(''));
      expect(text(await disk.read('journal'))).toBe('');
    });

    it('shows what was appended before any sync', async () => {
      const { disk } = await make();
      await disk.append('journal', bytes('one'));
      await disk.append('journal', bytes('two'));
      expect(text(await disk.read('journal'))).toBe('onetwo');
    });

    it('keeps to the order of the calls when nobody waits in between', async () => {
      const { disk } = await make();
      const calls: Promise<unknown>[] = [];
      let expected = '';
      for (let i = 0; i < 60; i++) {
        const line = `${i}${'.'.repeat(i * 37)}\n`;
        expected += line;
        calls.push(disk.append('journal', bytes(line)));
        if (i % 7 === 0) calls.push(disk.sync('journal'));
      }
      const read = disk.read('journal');
      await Promise.all(calls);
      expect(text(await read)).toBe(expected);
    });

    it('takes the bytes as they were at the call, and gives out bytes that are the caller’s own', async () => {
      const { disk } = await make();
      const given = bytes('abc');
      const append = disk.append('journal', given);
      const replace = disk.replace('profile', given);
      given.fill(0);
      await append;
      await replace;
      (await disk.read('journal'))?.fill(0);
      expect(text(await disk.read('journal'))).toBe('abc');
      expect(text(await disk.read('profile'))).toBe('abc');
    });

    it('keeps files apart', async () => {
      const { disk } = await make();
      await disk.append('a', bytes('1'));
      await disk.append('b', bytes('2'));
      expect(text(await disk.read('a'))).toBe('1');
      expect(text(await disk.read('b'))).toBe('2');
    });

    it('never settles inside the call', async () => {
      const { disk } = await make();
      let settled = 0;
      const operations = [
        disk.append('journal', bytes('x')),
        disk.sync('journal'),
        disk.read('journal'),
        disk.truncate('journal', 0),
        disk.replace('journal', bytes('y')),
      ].map((operation) => operation.then(() => settled++));
      expect(settled).toBe(0);
      await Promise.all(operations);
      expect(settled).toBe(5);
    });
  });

  describe('syncing', () => {
    it('keeps for the next process what was synced, and goes on at its end', async () => {
      const { disk, again } = await make();
      await disk.append('journal', bytes('one'));
      await disk.sync('journal');
      const next = await again();
      expect(text(await next.read('journal'))).toBe('one');
      await next.append('journal', bytes('two'));
      await next.sync('journal');
      expect(text(await next.read('journal'))).toBe('onetwo');
    });

    it('refuses to sync or to cut a file that is not there, and does not make one by trying', async () => {
      const { disk } = await make();
      await expect(disk.sync('journal')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.truncate('journal', 0)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await disk.read('journal')).toBeUndefined();
    });

    it('works on after an operation that failed', async () => {
      const { disk } = await make();
      const failing = disk.sync('journal');
      const following = disk.append('journal', bytes('one'));
      await expect(failing).rejects.toMatchObject({ code: 'ENOENT' });
      await following;
      expect(text(await disk.read('journal'))).toBe('one');
    });
  });

  describe('cutting and replacing', () => {
    it('cuts a file, and appends at the new end', async () => {
      const { disk, again } = await make();
      await disk.append('journal', bytes('one two'));
      await disk.truncate('journal', 3);
      await disk.append('journal', bytes('!'));
      await disk.sync('journal');
      expect(text(await (await again()).read('journal'))).toBe('one!');
    });

    it.each([8, -1, 0.5])('refuses to cut seven bytes to %d, and leaves them', async (length) => {
      const { disk } = await make();
      await disk.append('journal', bytes('one two'));
      await expect(disk.truncate('journal', length)).rejects.toThrow('cannot cut journal of 7 bytes');
      expect(text(await disk.read('journal'))).toBe('one two');
    });

    it('puts a new file in the place of one that is being appended to, or of none', async () => {
      const { disk, again } = await make();
      await disk.append('journal', bytes('old'));
      await disk.replace('journal', bytes('new'));
      await disk.append('journal', bytes('er'));
      await disk.sync('journal');
      await disk.replace('profile', bytes('first'));
      const next = await again();
      expect(text(await next.read('journal'))).toBe('newer');
      expect(text(await next.read('profile'))).toBe('first');
    });
  });

  it.each(['', '.', '..', '.hidden', 'a/b', '../journal', '/etc/passwd', 'a\0b'])(
    'refuses %j as a name',
    async (name) => {
      const { disk } = await make();
      await expect(disk.read(name)).rejects.toThrow('not a plain file name');
      await expect(disk.append(name, bytes('x'))).rejects.toThrow('not a plain file name');
      await expect(disk.replace(name, bytes('x'))).rejects.toThrow('not a plain file name');
    },
  );
}
