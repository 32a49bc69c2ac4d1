import { appendFile, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from '../../../firmware/disk/claim.ts';
import { openFolder } from '../../../firmware/disk/node-fs.ts';
import { encodeFile } from '../../../firmware/journal/frame.ts';
import { openJournal } from '../../../firmware/journal/open.ts';
import { encodeRecord, type JournalRecord } from '../../../firmware/journal/records.ts';
import { type Desk, openDesk } from './desk.ts';

const AUDIENCE = 'front-door/abcd2345';
const AT_S = Date.parse('2026-11-23T12:00:00Z') / 1000;

const RECORDS: readonly JournalRecord[] = [
  { type: 'format', version: 1, audience: AUDIENCE },
  { type: 'boot', boot: 1, at_s: AT_S },
  {
    type: 'spent',
    key: '0011:2233',
    token_id: '2233',
    channel: 'reader',
    at_s: AT_S + 60,
    expires_s: AT_S + 3600,
    day: '2026-11-23',
  },
  {
    type: 'event',
    seq: 0,
    boot: 1,
    ts: '2026-11-23T12:01:01.000Z',
    topic: 'access',
    body: { event_type: 'granted', channel: 'reader', token_id: '2233' },
    life: 'l',
  },
  { type: 'lockout', channel: 'reader' },
];

let desk: Desk;
let data: string;
let file: string;
beforeEach(async () => {
  desk = await openDesk();
  data = desk.path('lock');
  file = join(data, 'journal');
  for (const name of ['owner', 'recovery']) await desk.json(['key', 'new', '--out', desk.path(name)]);
  await desk.json([
    ...['enrol', '--id', 'front-door', '--owner', desk.path('owner.pub'), '--recovery', desk.path('recovery.pub')],
    ...['--data', data],
  ]);
  await put(RECORDS);
});
afterEach(() => desk.clear());

const put = (records: readonly JournalRecord[]): Promise<void> =>
  writeFile(file, encodeFile(records.map(encodeRecord)));

/** Turns one bit of the file. */
async function damage(at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

const journal = (verb: string, ...more: string[]) => desk.run(['journal', verb, '--data', data, ...more]);
const linesOf = (text: string): readonly Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));

describe('journal verify', () => {
  it('says that a journal is sound, whose it is, and how much there is', async () => {
    const { size } = await stat(file);
    const { code, out } = await journal('verify');
    expect(code).toBe(0);
    expect(out).toContain(`sound: ${file}, 5 records in ${size} bytes, of ${AUDIENCE}\nno append was interrupted\n`);
    expect(JSON.parse((await journal('verify', '--json')).out)).toEqual({
      verdict: 'sound',
      journal: file,
      audience: AUDIENCE,
      records: 5,
      bytes: size,
      interrupted_bytes: 0,
    });
  });

  it('tells what an interrupted append left from damage', async () => {
    await appendFile(file, new Uint8Array([0, 0, 0, 5, 0]));
    const { code, out } = await journal('verify');
    expect(code).toBe(0);
    expect(out).toContain('5 bytes of an append that was interrupted, or is going on: no damage');
  });

  it('says at which byte a journal is damaged, and why, and exits 1', async () => {
    const firstFrames = encodeFile(RECORDS.slice(0, 2).map(encodeRecord)).length;
    await damage(firstFrames + 40);
    const { code, out, err } = await journal('verify');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain(`at byte ${firstFrames} of`);
    expect(out).toContain('a frame does not check');
    const json = await journal('verify', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ verdict: 'damaged', at: firstFrames, why: 'a frame does not check' });
  });

  it.each<[string, readonly JournalRecord[], number, string]>([
    ['nothing in it', [], 0, 'it does not say whose journal it is'],
    ['no beginning', RECORDS.slice(1), 12, 'record 0 is out of place'],
  ])('calls damaged what no lock would start from: %s', async (_, records, at, why) => {
    await put(records);
    const { code, out } = await journal('verify', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'damaged', at, why });
  });

  it('judges every turned bit as the lock itself does when it starts', async () => {
    const sound = await readFile(file);
    for (let at = 0; at < sound.length; at += 3) {
      await writeFile(file, sound);
      await damage(at);
      const { code } = await journal('verify');
      const disk = await openFolder(data);
      const { kind } = await openJournal(disk, desk.clock, AUDIENCE);
      await disk.close();
      expect({ at, code }).toEqual({ at, code: kind === 'sound' ? 0 : 1 });
    }
  });

  it('works while the lock runs, and neither claims nor writes anything', async () => {
    const claim = await claimFolder(data);
    await appendFile(file, new Uint8Array([0, 0, 0, 5, 0]));
    const before = { names: await readdir(data), bytes: await readFile(file), at: (await stat(file)).mtimeMs };
    for (const verb of ['verify', 'list']) expect((await journal(verb)).code).toBe(0);
    const after = { names: await readdir(data), bytes: await readFile(file), at: (await stat(file)).mtimeMs };
    expect(after).toEqual(before);
    expect((await journal('verify')).out).toContain(
      'nothing was written and nothing claimed: the lock may be running\n',
    );
    await claim.release();
  });
});

describe('journal list', () => {
  it('writes one line for each record: when, what kind, and what, the newest last', async () => {
    const { code, out } = await journal('list');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toEqual([
      `-                         format        version=1  audience=${AUDIENCE}`,
      '2026-11-23T12:00:00Z      boot          boot=1',
      '2026-11-23T12:01:00Z      spent         key=0011:2233  token_id=2233  channel=reader  expires=2026-11-23T13:00:00Z  day=2026-11-23',
      '2026-11-23T12:01:01.000Z  event         access granted  channel=reader  token_id=2233',
      '-                         lockout       channel=reader',
    ]);
  });

  it('gives the last N, with their place in the journal as JSON', async () => {
    const { out } = await journal('list', '--last', '2', '--json');
    expect(linesOf(out)).toMatchObject([
      { index: 3, type: 'event', topic: 'access' },
      { index: 4, type: 'lockout' },
    ]);
    expect(linesOf((await journal('list', '--last', '500', '--json')).out)).toHaveLength(5);
  });

  it('gives fifty when nothing is said', async () => {
    const boots = Array.from({ length: 80 }, (_, i): JournalRecord => ({ type: 'boot', boot: i + 1, at_s: AT_S }));
    await put([...RECORDS.slice(0, 1), ...boots]);
    const lines = (await journal('list')).out.trimEnd().split('\n');
    expect(lines).toHaveLength(50);
    expect(lines.at(-1)).toContain('boot=80');
  });

  it('shows what stands before a damage, and then says that there is one', async () => {
    await damage(encodeFile(RECORDS.slice(0, 2).map(encodeRecord)).length + 40);
    const { code, out, err } = await journal('list');
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(err).toMatch(/^latchstring: .* is damaged at byte \d+: a frame does not check\n {2}.+\n$/);
  });

  it.each(['0', '-1', '1.5', 'all', ''])('refuses %j as a number of records', async (last) => {
    const { code, err } = await journal('list', `--last=${last}`);
    expect(code).toBe(2);
    expect(err).toContain('give a whole number from 1, like 50');
  });
});

describe('journal export', () => {
  it('writes every record into a new file that only its owner can read', async () => {
    const out = desk.path('journal.jsonl');
    const told = await desk.json(['journal', 'export', '--data', data, '--out', out]);
    expect(told).toEqual({ out, records: 5, audience: AUDIENCE });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(linesOf(await readFile(out, 'utf8'))).toEqual(RECORDS.map((record, index) => ({ index, ...record })));
  });

  it('never overwrites a file', async () => {
    const out = desk.path('journal.jsonl');
    await writeFile(out, 'precious');
    const { code, err } = await journal('export', '--out', out);
    expect(code).toBe(2);
    expect(err).toContain('exists already, and is never overwritten');
    expect(await readFile(out, 'utf8')).toBe('precious');
  });

  it('makes no file of a damaged journal: half of one would be taken for the whole', async () => {
    await damage(20);
    const out = desk.path('journal.jsonl');
    const { code, err } = await journal('export', '--out', out);
    expect(code).toBe(1);
    expect(err).toContain('damaged at byte 0');
    expect(await readdir(desk.folder)).not.toContain('journal.jsonl');
  });
});

it.each(['list', 'verify', 'export'])(
  'journal %s says what to do about a folder that is no lock’s, and makes nothing',
  async (verb) => {
    const none = desk.path('none');
    const more = verb === 'export' ? ['--out', desk.path('out')] : [];
    const { code, out, err } = await desk.run(['journal', verb, '--data', none, ...more]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`there is no journal in ${none}`);
    expect(err).toContain('give --data the folder that enrol was given');
    expect(await readdir(desk.folder)).not.toContain('none');
  },
);

it.each(['list', 'verify'])(
  'journal %s reads no device and no pipe that lies where the journal should',
  async (verb) => {
    await rm(file);
    await symlink('/dev/zero', file);
    const { code, err } = await desk.run(['journal', verb, '--data', data]);
    expect({ code, err }).toEqual({
      code: 2,
      err: `latchstring: ${file} is no file\n  check --data: the lock's own folder\n`,
    });
  },
);
