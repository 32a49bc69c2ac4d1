import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPublicKey, readSeed } from '../../../firmware/tools/key-file.ts';
import { fromHex, kidOf, publicKeyOf, toHex } from '../../../protocol/index.ts';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.clear());

const seedIn = async (path: string): Promise<string> => (await readFile(path, 'utf8')).split(' ')[1]?.trim() ?? '';
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('key new', () => {
  it('writes a secret that only its owner can read, and a public half for everybody', async () => {
    const told = await desk.json(['key', 'new', '--out', desk.path('k')]);
    expect(await readFile(desk.path('k'), 'utf8')).toMatch(/^latchstring-seed-v1 [0-9a-f]{64}\n$/);
    expect(await readFile(desk.path('k.pub'), 'utf8')).toBe(`latchstring-pub-v1 ${told.public_key}\n`);
    expect(await modeOf(desk.path('k'))).toBe(0o600);
    expect((await modeOf(desk.path('k.pub'))) & 0o133).toBe(0);
    const publicKey = publicKeyOf(await readSeed(desk.path('k')));
    expect(told).toMatchObject({ public_key: toHex(publicKey), kid: toHex(kidOf(publicKey)) });
  });

  it('makes another key each time', async () => {
    const first = await desk.json(['key', 'new', '--out', desk.path('a')]);
    const second = await desk.json(['key', 'new', '--out', desk.path('b')]);
    expect(first.public_key).not.toBe(second.public_key);
  });

  it('names the secret when both files are there', async () => {
    for (const name of ['k', 'k.pub']) await writeFile(desk.path(name), 'mine');
    const { err } = await desk.run(['key', 'new', '--out', desk.path('k')]);
    expect(err).toContain(`${desk.path('k')} exists already`);
  });

  it.each(['k', 'k.pub'])('never overwrites %s, and then writes nothing at all', async (taken) => {
    await writeFile(desk.path(taken), 'mine');
    const { code, err } = await desk.run(['key', 'new', '--out', desk.path('k')]);
    expect(code).toBe(2);
    expect(err).toContain(`${desk.path(taken)} exists already, and is never overwritten`);
    expect(await readdir(desk.folder)).toEqual([taken]);
    expect(await readFile(desk.path(taken), 'utf8')).toBe('mine');
  });

  it('says that the folder is missing', async () => {
    const { code, err } = await desk.run(['key', 'new', '--out', desk.path('nowhere/k')]);
    expect(code).toBe(2);
    expect(err).toMatch(/the folder of .* does not exist\n {2}make the folder first/);
  });

  it('prints no seed, unless it is asked for paper', async () => {
    const words = await desk.run(['key', 'new', '--out', desk.path('a')]);
    const json = await desk.run(['key', 'new', '--out', desk.path('b'), '--json']);
    expect(words.out + words.err).not.toContain(await seedIn(desk.path('a')));
    expect(json.out + json.err).not.toContain(await seedIn(desk.path('b')));
    expect(words.out + json.out).not.toContain('lskey1');
  });
});

describe('key pub', () => {
  it('prints the public half alone, ready for --to', async () => {
    const { public_key } = await desk.json(['key', 'new', '--out', desk.path('k')]);
    expect(await desk.run(['key', 'pub', desk.path('k')])).toEqual({ code: 0, out: `${public_key}\n`, err: '' });
  });
});

describe('key restore', () => {
  it('brings back the key that went to paper', async () => {
    const fresh = await desk.json(['key', 'new', '--out', desk.path('k'), '--paper']);
    const restored = await desk.json(['key', 'restore', '--out', desk.path('r')], { stdin: `${fresh.paper}\n` });
    expect(restored).toEqual({ out: desk.path('r'), public_key: fresh.public_key, kid: fresh.kid });
    expect(await readFile(desk.path('r'), 'utf8')).toBe(await readFile(desk.path('k'), 'utf8'));
    expect(await modeOf(desk.path('r'))).toBe(0o600);
  });

  it('prints no seed and no paper key', async () => {
    const fresh = await desk.json(['key', 'new', '--out', desk.path('k'), '--paper']);
    const { out, err } = await desk.run(['key', 'restore', '--out', desk.path('r')], { stdin: `${fresh.paper}` });
    expect(out + err).not.toContain(await seedIn(desk.path('k')));
    expect(out + err).not.toContain('lskey1');
  });

  it('refuses a mistyped one, and writes nothing', async () => {
    const fresh = await desk.json(['key', 'new', '--out', desk.path('k'), '--paper']);
    const wrong = `${fresh.paper}`.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    const { code, err } = await desk.run(['key', 'restore', '--out', desk.path('r')], { stdin: wrong });
    expect(code).toBe(2);
    expect(err).toMatch(/checksum does not match\n {2}compare each group/);
    expect((await readdir(desk.folder)).sort()).toEqual(['k', 'k.pub']);
  });

  it('stops reading an endless input', async () => {
    const { code, err } = await desk.run(['key', 'restore', '--out', desk.path('r')], { stdin: endless() });
    expect(code).toBe(2);
    expect(err).toContain('too long for a paper key');
  });
});

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(1024).fill(0x20);
}

describe('a key file', () => {
  it.each(['640', '604', '644', '666'])('is refused when others may read it (mode %s)', async (octal) => {
    const mode = Number.parseInt(octal, 8);
    await desk.json(['key', 'new', '--out', desk.path('k')]);
    await chmod(desk.path('k'), mode);
    const { code, err } = await desk.run(['key', 'pub', desk.path('k')]);
    expect(code).toBe(2);
    expect(err).toContain(`(mode 0${octal})`);
    expect(err).toContain(`chmod 600 ${desk.path('k')}`);
    expect(err).not.toContain(await seedIn(desk.path('k')));
  });

  it('may be read-only', async () => {
    await desk.json(['key', 'new', '--out', desk.path('k')]);
    await chmod(desk.path('k'), 0o400);
    expect((await desk.run(['key', 'pub', desk.path('k')])).code).toBe(0);
  });

  it.each([
    ['', 'is not a key file'],
    ['latchstring-seed-v1 ', 'is not a key file'],
    [`latchstring-seed-v1 ${'0'.repeat(63)}\n`, 'is not a key file'],
    [`latchstring-seed-v1 ${'0'.repeat(66)}\n`, 'is not a key file'],
    [`latchstring-seed-v2 ${'0'.repeat(64)}\n`, 'is not a key file'],
    [`latchstring-seed-v1 ${'0'.repeat(64)}\n\n`, 'is not a key file'],
    [`latchstring-pub-v1 ${'0'.repeat(64)}\n`, 'is a public key, and a secret one is needed'],
  ])('is refused when it holds something else: %j', async (text, reason) => {
    await writeFile(desk.path('k'), text, { mode: 0o600 });
    const { code, err } = await desk.run(['key', 'pub', desk.path('k')]);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });

  it('is refused when it is larger than any of ours, without being read to its end', async () => {
    await writeFile(desk.path('k'), 'x'.repeat(5000), { mode: 0o600 });
    const { code, err } = await desk.run(['key', 'pub', desk.path('k')]);
    expect(code).toBe(2);
    expect(err).toContain('is longer than 4096 bytes');
  });

  it.each([
    ['gone', /gone: no such file or folder/],
    ['.', /it is a folder, not a file/],
  ])('is refused when it is not there: %s', async (name, reason) => {
    const { code, err } = await desk.run(['key', 'pub', desk.path(name)]);
    expect(code).toBe(2);
    expect(err).toMatch(reason);
  });
});

describe('a public key', () => {
  it('is 64 hexadecimal digits, or the file that key new wrote', async () => {
    const { public_key } = await desk.json(['key', 'new', '--out', desk.path('k')]);
    const expected = fromHex(`${public_key}`);
    expect(await readPublicKey(`${public_key}`)).toEqual(expected);
    expect(await readPublicKey(desk.path('k.pub'))).toEqual(expected);
  });

  it.each(['0'.repeat(64), `01${'0'.repeat(62)}`, 'f'.repeat(64)])(
    'is one that somebody can sign for, typed or in a file: %s is refused',
    async (digits) => {
      await writeFile(desk.path('k.pub'), `latchstring-pub-v1 ${digits}\n`);
      for (const given of [digits, desk.path('k.pub')])
        await expect(readPublicKey(given)).rejects.toThrow(`${given} is no Ed25519 public key: nobody can sign for it`);
    },
  );

  it('is never taken from a secret key, which nobody should have at hand for others', async () => {
    await desk.json(['key', 'new', '--out', desk.path('k')]);
    await expect(readPublicKey(desk.path('k'))).rejects.toMatchObject({
      message: `${desk.path('k')} is a secret key, which is never handed around`,
      next: `name its public half: ${desk.path('k')}.pub`,
    });
  });
});
