import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../firmware/disk/node-fs.ts';
import { establish, mintIdentity } from '../../../firmware/tools/enrol.ts';
import { writeKeyFiles } from '../../../firmware/tools/key-file.ts';
import { subscriber } from '../../../sim/broker/subscriber.ts';
import { demo } from '../../../sim/cli/demo.ts';
import { sim } from '../../../sim/cli/sim.ts';
import { visitor } from '../../../sim/console/words.ts';
import { startHouse } from '../../../sim/house.ts';
import { truthOf } from '../../../sim/kit/truth.ts';
import { type FakeIo, fakeIo } from '../../support/fake-io.ts';
import { keys, seeds } from '../../support/people.ts';
import { until } from '../../wire/until.ts';

async function* typed(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function play(words: string, json = true, code = 0): Promise<FakeIo> {
  const io = fakeIo(typed(words));
  expect(await sim({ json }, io)).toBe(code);
  return io;
}

const changes = (io: FakeIo, change: string): readonly Record<string, unknown>[] =>
  io.lines().filter((line) => line.change === change);
const typeOf = ({ event }: Record<string, unknown>): unknown =>
  typeof event === 'object' && event !== null && 'event_type' in event ? event.event_type : undefined;
const eventTypes = (io: FakeIo): readonly unknown[] => changes(io, 'event').map(typeOf);

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

  it('plays a safe and a trunk, and says what they have not', async () => {
    const safe = fakeIo(typed('present\npush\ntake\ntake\nclose\npush\nput\nclose\ninside\nquit\n'));
    expect(await sim({ json: true, profile: 'key-safe' }, safe)).toBe(0);
    const said = changes(safe, 'done').map(({ said }) => said);
    expect(said.slice(2, 4)).toEqual(['the key is taken', 'the key is out already']);
    expect(said.slice(6, 9)).toEqual(['the key is put back', 'the door is shut', 'a key-safe has no inside_button']);
    expect(eventTypes(safe)).toEqual(expect.arrayContaining(['item_taken', 'item_returned', 'ended']));
    const trunk = fakeIo(typed('ring\npresent\ntake\nclose\nquit\n'));
    expect(await sim({ json: true, profile: 'car-trunk' }, trunk)).toBe(0);
    expect(changes(trunk, 'done').map(({ said }) => said)).toEqual([
      'a car-trunk has no bell',
      "a courier's token is held before the reader",
      'a car-trunk has no item_present',
      'the door is shut',
      'good night',
    ]);
  });

  it('cuts the broker off, and brings it back, also where a test over the broker has cut it', async () => {
    const house = await startHouse({ inMemory: true });
    try {
      const someone = visitor(house, false);
      await house.network.cut();
      expect((await someone.do('broker')).said).toMatch(/^the broker is back/);
      expect(house.network.isOn).toBe(true);
      expect((await someone.do('broker')).said).toMatch(/^the broker is gone/);
      expect(truthOf(house).broker).toBe('cut');
    } finally {
      await house.stop();
    }
  });

  it('says where a test in any language plays its world, and keeps nothing there when it is told not to', async () => {
    const [topics] = changes(await play('quit\n'), 'ready');
    expect(topics).toMatchObject({ act: 'latchstring/sim/front-door/act', truth: 'latchstring/sim/front-door/truth' });
    for (const acts of [true, false]) {
      const io: FakeIo = fakeIo(playedOverMqtt(() => String(changes(io, 'ready')[0]?.broker), acts));
      expect(await sim({ json: true, acts }, io)).toBe(0);
      expect('act' in (changes(io, 'ready')[0] ?? {})).toBe(acts);
    }
  });

  async function* playedOverMqtt(brokerUrl: () => string, acts: boolean): AsyncIterable<Uint8Array> {
    await until('the house is up', () => brokerUrl().startsWith('mqtt:'));
    const line = await subscriber({ url: brokerUrl(), topics: ['latchstring/#'] });
    await line.publish('latchstring/sim/front-door/act', '{"cid":"1","act":"truth"}');
    const waits = ['', '/1'].map((end) =>
      line.until(({ topic }) => topic === `latchstring/sim/front-door/truth${end}`, acts ? 10_000 : 500),
    );
    if (acts) for (const { payload } of await Promise.all(waits)) expect(JSON.parse(payload).bolt).toBe('thrown');
    else for (const wait of await Promise.allSettled(waits)) expect(wait.status).toBe('rejected');
    await until('the lock says that it is there', () =>
      line.messages.some(({ topic }) => topic === 'latchstring/v1/front-door/availability'),
    );
    await line.close();
    yield new TextEncoder().encode('quit\n');
  }

  it('tells what came of a word before it takes the next one', async () => {
    const io = await play('present\npush\nclose\nagain\nquit\n');
    const told = io.lines().map((line) => String(line.change === 'done' ? line.done : typeOf(line)));
    for (const [event, next] of [
      ['granted', 'push'],
      ['unlocked', 'push'],
      ['entered', 'close'],
      ['ended', 'again'],
      ['refused', 'quit'],
    ] as const) {
      expect(told).toContain(event);
      expect(told.indexOf(event), `${event} before ${next}`).toBeLessThan(told.indexOf(next));
    }
  });

  it('says at each showing what the light says, also when no event says it again', async () => {
    const io = await play('present\nagain\npush\nclose\nagain\nagain\nagain\nquit\n');
    const shown = changes(io, 'done').filter(({ done }) => done === 'present' || done === 'again');
    expect(shown.map(({ answer }) => answer)).toEqual(['admitted', 'heard', 'refused', 'refused', 'refused']);
    for (const { said } of shown.slice(2)) expect(said).toContain('the light says refused');
    expect(eventTypes(io).filter((type) => type === 'refused')).toHaveLength(1);
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

  it('says which words it knows, and goes on; in the end it was not what somebody meant', async () => {
    const io = await play('rign\nring\nquit\n', true, 2);
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

describe('latchstring sim on a terminal', () => {
  it('takes keys, and of one that is none it says how to list those that there are', async () => {
    const io = { ...fakeIo(typed('x\x1b[A r?q')), stdinIsTerminal: true, terminal: () => ({ columns: 120, rows: 60 }) };
    expect(await sim({ json: false }, io)).toBe(0);
    expect(io.printed.out.match(/there is no key .*/g)).toEqual([
      'there is no key "x"; [?] lists those that there are',
      'there is no key "\\u001b[A"; [?] lists those that there are',
    ]);
    expect(io.printed.out).toContain('the bell is pressed');
    expect(io.printed.out).toContain('r  ring     ring the bell');
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

  it('stays a house that couriers are let into when the owner has begun another epoch in it', async () => {
    const first = await startHouse({ data: folder });
    await first.ready();
    first.lock.present(first.people.order(1, { op: 'raise-epoch', epoch: 2 }), 'reader');
    await first.until('the epoch is another', () => first.lock.document().epoch === 2);
    await first.stop();
    const io = fakeIo(typed('present\nquit\n'));
    expect(await sim({ data: folder, json: true }, io)).toBe(0);
    expect(changes(io, 'done')[0]).toMatchObject({ done: 'present', answer: 'admitted' });
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
