import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from '../../../firmware/disk/claim.ts';
import { openFolder } from '../../../firmware/disk/node-fs.ts';
import { openJournal } from '../../../firmware/journal/open.ts';
import type { JournalRecord } from '../../../firmware/journal/records.ts';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
let audience: string;
beforeEach(async () => {
  desk = await openDesk();
  for (const name of ['owner', 'recovery', 'stranger']) await desk.run(['key', 'new', '--out', desk.path(name)]);
  const { audience: given } = await desk.json([
    ...['enrol', '--id', 'front-door', '--owner', desk.path('owner.pub')],
    ...['--recovery', desk.path('recovery.pub'), '--data', desk.path('lock')],
  ]);
  audience = String(given);
});
afterEach(() => desk.clear());

const journal = (verb: string, ...words: readonly string[]) =>
  desk.run(['journal', verb, '--data', desk.path('lock'), '--json', ...words]);
const errorOf = (err: string): { message: string; next: string } => JSON.parse(err).error;

async function write(...records: readonly JournalRecord[]): Promise<void> {
  const folder = await openFolder(desk.path('lock'));
  const opened = await openJournal(folder, desk.clock, audience);
  if (opened.kind !== 'sound') throw new Error(opened.kind);
  for (const record of records) await opened.journal.append(record);
  await folder.close();
}

async function damage(): Promise<void> {
  const path = desk.path('lock/journal');
  const bytes = await readFile(path);
  bytes.writeUInt8((bytes[bytes.length - 5] ?? 0) ^ 1, bytes.length - 5);
  await writeFile(path, bytes);
}

const RING: JournalRecord = {
  type: 'event',
  seq: 0,
  boot: 1,
  ts: '2026-11-01T10:00:00.000Z',
  topic: 'doorbell',
  body: { event_type: 'ring' },
  life: 'l',
};
const PAUSE: JournalRecord = { type: 'control', number: 4, statement: { op: 'pause' } };
const EPOCH: JournalRecord = { type: 'control', number: 5, statement: { op: 'raise-epoch', epoch: 3 } };

describe('journal re-seal', () => {
  it('with the owner’s key at hand begins a new journal in a higher epoch, and keeps the old one', async () => {
    await write(PAUSE, EPOCH, RING);
    await damage();
    const sealed = await journal('re-seal', '--key', desk.path('owner'), '--epoch', '4');
    expect(sealed.code).toBe(0);
    const { epoch, control_counter } = JSON.parse(sealed.out);
    expect(epoch).toBe(4);
    // Above whatever was lost: what the owner has said before cannot be said again.
    expect(control_counter).toBeGreaterThan(1_700_000_000);
    expect((await journal('verify')).code).toBe(0);
    expect(await readdir(desk.path('lock'))).toContain(`journal-until-reseal-${control_counter}`);
  });

  it('says from which epoch on, when none is given, and prints the one that is', async () => {
    await write(EPOCH);
    await damage();
    const { code, err } = await journal('re-seal', '--key', desk.path('owner'));
    expect(code).toBe(2);
    expect(errorOf(err).next).toMatch(/give --epoch, above all before it: at least [12]$/);
    expect((await journal('re-seal', '--epoch', '7')).err).toMatch(/control re-seal 7 --key owner/);
  });

  it.each([['re-seal'], ['erase', '--before', 'now']])(
    'makes no folder of a name that is misspelt: %s',
    async (...words) => {
      const [verb = '', ...more] = words;
      const { code, err } = await desk.run(['journal', verb, '--data', desk.path('lokc'), '--json', ...more]);
      expect(code).toBe(2);
      expect(errorOf(err).message).toMatch(/never enrolled/);
      expect(await readdir(desk.folder)).not.toContain('lokc');
    },
  );

  it('takes the text that the owner signed elsewhere, in answer to the nonce that it prints', async () => {
    await damage();
    // What the person would type is known only when the nonce has been printed.
    let asked = '';
    const typed = async function* (): AsyncIterable<Uint8Array> {
      const [, command = ''] = /(latchstring control re-seal .*)\n/.exec(asked) ?? [];
      const words = command
        .replace('EPOCH', '2')
        .replace('--key owner', `--key ${desk.path('owner')}`)
        .split(' ')
        .slice(1);
      const { out } = await desk.run(words);
      yield Buffer.from(out);
    };
    const ran = await desk.run(['journal', 're-seal', '--data', desk.path('lock')], {
      stdin: typed(),
      onErr: (text) => {
        asked += text;
      },
    });
    expect(ran.err).toMatch(/Paste what it prints/);
    expect(ran.code).toBe(0);
    expect((await journal('verify')).code).toBe(0);
  });

  it.each([
    ['another key', ['--epoch', '9', '--key', 'stranger'], /not the key of this lock's owner/],
    ['an epoch that is not higher than what is known', ['--epoch', '3', '--key', 'owner'], /not sealed: not_higher/],
  ])('is refused with %s', async (_what, words, message) => {
    await write(EPOCH, RING);
    await damage();
    const ran = await journal('re-seal', ...words.map((word) => (/^[a-z]/.test(word) ? desk.path(word) : word)));
    expect(ran.code).toBe(1);
    expect(errorOf(ran.err).message).toMatch(message);
    expect((await journal('verify')).code).toBe(1);
  });

  it('of a sound journal is not needed, and of a running lock not possible', async () => {
    const sound = await journal('re-seal', '--key', desk.path('owner'), '--epoch', '2');
    expect(sound.code).toBe(2);
    expect(errorOf(sound.err).message).toMatch(/is sound/);
    const claim = await claimFolder(desk.path('lock'));
    const running = await journal('re-seal', '--key', desk.path('owner'), '--epoch', '2');
    await claim.release();
    expect(running.code).toBe(3);
    expect(errorOf(running.err).next).toMatch(/stop the lock/);
  });
});

describe('journal erase', () => {
  const SPENT: JournalRecord = {
    type: 'spent',
    key: 'k',
    token_id: 't',
    channel: 'reader',
    at_s: 1,
    expires_s: 2,
    day: '2026-11-01',
  };

  it('forgets the past before a moment, and no used token', async () => {
    const later = { ...RING, seq: 1, ts: '2026-11-20T10:00:00.000Z' };
    const boot = { type: 'boot', boot: 1, at_s: 1, boot_id: 'an earlier kernel' } as const;
    await write(boot, RING, later, SPENT, { type: 'published', seq: 1 });
    const ran = await journal('erase', '--before', '2026-11-10T00:00:00Z');
    expect(ran.code).toBe(0);
    const text = await readFile(desk.path('lock/journal'), 'latin1');
    // Nor which kernel it was: this one may have the new file in its memory only, and the next start asks that.
    expect(text).not.toContain('an earlier kernel');
    expect(text).not.toContain('2026-11-01T10');
    expect(text).toContain('2026-11-20T10');
    expect(text).toContain('"key":"k"');
  });

  it('keeps what no broker has acknowledged, and says so', async () => {
    await write(RING);
    const ran = await journal('erase', '--before', 'now');
    expect(JSON.parse(ran.out)).toMatchObject({ untold: 1 });
    expect(await readFile(desk.path('lock/journal'), 'latin1')).toContain('2026-11-01T10');
  });

  it('of a damaged journal says what to do first', async () => {
    await damage();
    const ran = await journal('erase', '--before', 'now');
    expect(ran.code).toBe(1);
    expect(errorOf(ran.err).next).toMatch(/journal re-seal/);
  });
});
