import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from '../../../firmware/disk/claim.ts';
import { openFolder } from '../../../firmware/disk/node-fs.ts';
import { readIdentity } from '../../../firmware/identity.ts';
import { openJournal } from '../../../firmware/journal/open.ts';
import { AUDIENCE, publicKeyOf, toHex } from '../../../protocol/index.ts';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
let data: string;
beforeEach(async () => {
  desk = await openDesk();
  data = desk.path('lock');
  for (const name of ['owner', 'recovery']) await desk.json(['key', 'new', '--out', desk.path(name)]);
});
afterEach(() => desk.clear());

const enrol = (...more: string[]): string[] => [
  ...['enrol', '--id', 'front-door', '--owner', desk.path('owner.pub'), '--recovery', desk.path('recovery.pub')],
  ...['--data', data, ...more],
];

/** What the firmware finds in the folder. */
async function found() {
  const disk = await openFolder(data);
  const identity = await readIdentity(disk, data);
  const journal =
    'audience' in identity ? (await openJournal(disk, desk.clock, identity.audience)).kind : ('unread' as const);
  await disk.close();
  return { identity, journal };
}

describe('enrol', () => {
  it('makes a folder that a lock can start in, trusting this owner', async () => {
    const told = await desk.json(enrol());
    const { identity, journal } = await found();
    expect(journal).toBe('sound');
    if (!('audience' in identity)) throw new Error(identity.message);
    expect(told).toMatchObject({ lock_id: 'front-door', audience: identity.audience, old_journal: null });
    expect(told.lock_key).toBe(toHex(publicKeyOf(identity.lockSeed)));
    expect(identity.audience).toMatch(AUDIENCE);
    const publicIn = async (name: string): Promise<string | undefined> =>
      (await readFile(desk.path(name), 'utf8')).trim().split(' ')[1];
    expect(toHex(identity.root)).toBe(await publicIn('owner.pub'));
    expect(toHex(identity.recovery)).toBe(await publicIn('recovery.pub'));
  });

  it('keeps the identity secret: mode 0600, and the seed on no screen', async () => {
    const { code, out, err } = await desk.run(enrol());
    expect(code).toBe(0);
    expect((await stat(join(data, 'identity'))).mode & 0o777).toBe(0o600);
    const { lock_seed } = JSON.parse(await readFile(join(data, 'identity'), 'utf8')) as { lock_seed: string };
    expect(lock_seed).toMatch(/^[0-9a-f]{64}$/);
    expect(out + err).not.toContain(lock_seed);
  });

  it('refuses a folder that is enrolled, says what it would cost, and changes nothing', async () => {
    const first = await desk.json(enrol());
    const { code, err } = await desk.run(enrol());
    expect(code).toBe(2);
    expect(err).toMatch(/already, as front-door\/[a-z2-7]{8}: enrolling again voids every delegation and token/);
    expect(err).toContain('give --again');
    expect((await found()).identity).toMatchObject({ audience: first.audience });
  });

  it('again mints another audience and begins another journal, keeping the old one aside', async () => {
    const first = await desk.json(enrol());
    const oldJournal = await readFile(join(data, 'journal'));
    const second = await desk.json(enrol('--again'));
    expect(second.audience).not.toBe(first.audience);
    expect(second.lock_key).not.toBe(first.lock_key);
    expect(await readFile(join(data, `${second.old_journal}`))).toEqual(oldJournal);
    expect(await found()).toMatchObject({ identity: { audience: second.audience }, journal: 'sound' });
  });

  it('needs --again too where the identity is damaged', async () => {
    await desk.json(enrol());
    await writeFile(join(data, 'identity'), 'rust');
    const { code, err } = await desk.run(enrol());
    expect(code).toBe(2);
    expect(err).toContain('though its identity cannot be read');
    await desk.json(enrol('--again'));
    expect((await found()).journal).toBe('sound');
  });

  it('refuses while a lock runs there, and changes nothing', async () => {
    const claim = await claimFolder(data);
    const { code, err } = await desk.run(enrol());
    await claim.release();
    expect(code).toBe(3);
    expect(err).toMatch(/is in use by process [0-9]+.*\n {2}stop the lock, enrol, and start it again/);
    expect(await readdir(data)).toEqual([]);
  });

  it('lets go of the folder afterwards, whether it enrolled or not', async () => {
    await desk.json(enrol());
    await desk.run(enrol());
    await (await claimFolder(data)).release();
  });

  it.each([
    [['--id', 'Front Door'], /is not a lock's id\n {2}use 3 to 36 of a-z/],
    [['--id', 'ab'], /is not a lock's id/],
    [['--recovery', 'owner.pub'], /the same key: losing one would lose both/],
    [['--owner', 'owner'], /is a secret key, which is never handed around/],
  ])('refuses %j', async (more, reason) => {
    const given = more.map((value) => (value.startsWith('owner') ? desk.path(value) : value));
    const { code, out, err } = await desk.run(enrol(...given));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(reason);
  });

  it('says that the place is no folder', async () => {
    await writeFile(data, '');
    const { code, err } = await desk.run(enrol());
    expect(code).toBe(2);
    expect(err).toContain(data);
    expect(err).not.toMatch(/at .*\.ts:/);
  });
});

describe('an identity', () => {
  it('that was never made is answered with the command that makes it', async () => {
    expect((await found()).identity).toMatchObject({
      code: 'usage',
      next: `run: latchstring enrol --id front-door --owner owner.pub --recovery recovery.pub --data ${data}`,
    });
  });

  it.each<[string, (file: Record<string, unknown>) => unknown]>([
    ['another kind of file', () => ({})],
    ['a seed that is too short', (file) => ({ ...file, lock_seed: 'ab' })],
    ['an audience of another lock', (file) => ({ ...file, audience: 'back-door/abcd2345' })],
    ['a field that nobody knows', (file) => ({ ...file, root2: file.root })],
    ['a field too few', (file) => ({ ...file, recovery: undefined })],
    ['a list', () => []],
  ])('is refused with %s, and nothing of it is repeated', async (_, change) => {
    await desk.json(enrol());
    const path = join(data, 'identity');
    const file = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify(change(file)));
    const { identity } = await found();
    expect(identity).toMatchObject({ code: 'io', message: expect.stringContaining('is damaged') });
    expect(JSON.stringify(identity)).not.toContain(`${file.lock_seed}`);
  });

  it('of a later version asks for an update instead of guessing', async () => {
    await desk.json(enrol());
    const path = join(data, 'identity');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"version": 1', '"version": 2'));
    expect((await found()).identity).toMatchObject({ message: expect.stringContaining('newer latchstring') });
  });
});
