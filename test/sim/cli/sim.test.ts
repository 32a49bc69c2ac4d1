import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../firmware/disk/node-fs.ts';
import { establish, mintIdentity } from '../../../firmware/tools/enrol.ts';
import { writeKeyFiles } from '../../../firmware/tools/key-file.ts';
import { demo } from '../../../sim/cli/demo.ts';
import { sim } from '../../../sim/cli/sim.ts';
import { type FakeIo, fakeIo } from '../../support/fake-io.ts';
import { keys, seeds } from '../../support/people.ts';
import { until } from '../../wire/until.ts';

async function* typed(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function play(words: string, json = true): Promise<FakeIo> {
  const io = fakeIo(typed(words));
  expect(await sim({ json }, io)).toBe(0);
  return io;
}

const changes = (io: FakeIo, change: string): readonly Record<string, unknown>[] =>
  io.lines().filter((line) => line.change === change);
const eventTypes = (io: FakeIo): readonly unknown[] =>
  changes(io, 'event').map(({ event }) =>
    typeof event === 'object' && event !== null && 'event_type' in event ? event.event_type : undefined,
  );

describe('latchstring sim without a terminal', () => {
  it('plays a visit from words on lines, one object for each change', async () => {
    const io = await play('ring\npresent\npush\nclose\nagain\nquit\n');
    expect(changes(io, 'ready')[0]).toMatchObject({
      broker: expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/),
      watch: expect.stringContaining('npx mqtt subscribe'),
    });
    expect(changes(io, 'done').map(({ done }) => done)).toEqual(['ring', 'present', 'push', 'close', 'again', 'quit']);
    expect(changes(io, 'door').map(({ door }) => door)).toEqual(['open', 'shut']);
    expect(eventTypes(io)).toEqual(
      expect.arrayContaining(['ring', 'granted', 'opened', 'entered', 'closed', 'ended', 'refused']),
    );
    expect(io.printed.err).toBe('');
  });

  it('holds a locked door against a push, and reports a forced one', async () => {
    const io = await play('push\nforce\nquit\n');
    expect(changes(io, 'done')[0]).toMatchObject({ said: expect.stringContaining('does not give') });
    expect(eventTypes(io)).toContain('forced_open');
  });

  it('keeps events while the broker is cut off, and lets people out', async () => {
    const io = await play('broker\ninside\npush\nbroker\nclose\nquit\n');
    expect(changes(io, 'door').map(({ door }) => door)).toEqual(['open', 'shut']);
  });

  it('says which words it knows, and goes on', async () => {
    const io = await play('rign\nring\nquit\n');
    expect(JSON.parse(io.printed.err)).toMatchObject({ error: { code: 'usage', message: 'there is no word "rign"' } });
    expect(changes(io, 'done')).toHaveLength(2);
  });

  it('ends when its input ends, and prints sentences for people', async () => {
    const io = await play('ring\n', false);
    expect(io.printed.out).toContain('A house is up');
    expect(io.printed.out).toContain('doorbell ring');
  });

  it('without any input goes on until it is told to stop', async () => {
    const io = fakeIo();
    const running = sim({ json: true }, io);
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    await until('the house is up', () => changes(io, 'ready').length > 0);
    expect(ended).toBe(false);
    io.interrupt();
    expect(await running).toBe(0);
  });
});

describe('its folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchstring-sim-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stays when it was named: keys that the other verbs take, and the same lock the next time', async () => {
    const audiences: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const io = fakeIo(typed('quit\n'));
      expect(await sim({ data: folder, json: true }, io)).toBe(0);
      audiences.push(changes(io, 'ready')[0]?.audience);
    }
    expect(audiences[0]).toBe(audiences[1]);
    expect(await readdir(join(folder, 'keys'))).toEqual(
      expect.arrayContaining(['owner', 'owner.pub', 'carrier', 'courier']),
    );
  });

  it('is refused when a real lock is in it, and nothing in it is touched', async () => {
    const identity = mintIdentity({ lockId: 'front-door', root: keys.owner, recovery: keys.stranger }, (length) =>
      new Uint8Array(length).fill(9),
    );
    const disk = await openFolder(join(folder, 'lock'));
    await establish(disk, identity);
    await disk.close();
    const before = await readdir(folder, { recursive: true });
    const refused = { code: 'usage', message: expect.stringContaining('is a real lock') };
    await expect(sim({ data: folder, json: true }, fakeIo(typed('quit\n')))).rejects.toMatchObject(refused);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    await mkdir(join(folder, 'keys'));
    await writeKeyFiles(join(folder, 'keys', 'owner'), seeds.stranger);
    await expect(sim({ data: folder, json: true }, fakeIo(typed('quit\n')))).rejects.toMatchObject(refused);
  });

  it('is for one house at a time, and the second is told which process has it', async () => {
    const io = fakeIo();
    const running = sim({ data: folder, json: true }, io);
    await until('the house is up', () => changes(io, 'ready').length > 0);
    await expect(sim({ data: folder, json: true }, fakeIo(typed('quit\n')))).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(`in use by process ${process.pid}`),
      next: expect.stringContaining('--data'),
    });
    io.interrupt();
    expect(await running).toBe(0);
  });

  it('goes with the house when it was not', async () => {
    const io = await play('quit\n');
    const data = String(changes(io, 'ready')[0]?.data);
    await expect(readdir(data)).rejects.toThrow('ENOENT');
  });
});

describe('latchstring demo', () => {
  it.each([
    ['door', 17],
    ['key-safe', 19],
    ['car-trunk', 15],
  ] as const)('opens a %s once, relocks, and refuses four tokens, each for its reason', async (profile, events) => {
    const io = fakeIo();
    expect(await demo({ json: true, profile }, io)).toBe(0);
    expect(io.printed.err).toBe('');
    expect(io.lines()).toEqual([
      {
        opened: 1,
        relocked: true,
        refused: { already_used: 1, expired: 1, wrong_lock: 1, bad_signature: 1 },
        events,
        acceptToDriveMs: expect.any(Number),
      },
    ]);
  });
});
