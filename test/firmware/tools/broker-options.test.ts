/** How to reach a broker, from the command line: files that people name, as editors and accidents make them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentialsOf } from '../../../firmware/tools/broker-options.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchstring-options-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function withPassword(bytes: string | Uint8Array, broker = 'mqtt://home') {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, bytes);
  return credentialsOf({ broker, passwordFile });
}

it.each([
  ['a line end', 'correct horse\n'],
  ['a line end of Windows', 'correct horse\r\n'],
  ['the mark that some editors write first', '\ufeffcorrect horse\n'],
])('a password is what was typed, without %s', async (_what, text) => {
  expect((await withPassword(text)).password).toBe('correct horse');
});

it('a password has an end: a file that has none is not read into the memory', async () => {
  await expect(withPassword(new Uint8Array(5_000).fill(0x41))).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('is longer than 4096 bytes'),
  });
  await expect(credentialsOf({ broker: 'mqtts://home', caFile: '/dev/zero' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('/dev/zero is longer than'),
  });
});

it('a user may stand in the address; one beside it goes before', async () => {
  const { username } = await credentialsOf({ broker: 'mqtt://household@home' });
  expect(username).toBe('household');
  const named = await credentialsOf({ broker: 'mqtt://household@home', username: 'front-door' });
  expect(named.username).toBe('front-door');
});
