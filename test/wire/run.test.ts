/**
 * `latchstring run` as on a real door: serial ports, a reader, a broker, a disk. Only what hangs on
 * the far ends of the wires is simulated.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FIRMATA_BAUD, unoServoDoor } from '../../firmware/boards/pins.ts';
import { run } from '../../firmware/cli/run.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { serialTransport, type Transport } from '../../firmware/serial/port.ts';
import { establish, mintIdentity } from '../../firmware/tools/enrol.ts';
import { topicsOf, toWallS } from '../../protocol/index.ts';
import { attachStream } from '../../sim/board/transport.ts';
import { virtualUno } from '../../sim/board/uno.ts';
import type { VirtualFirmata } from '../../sim/board/virtual-firmata.ts';
import { type EmbeddedBroker, embeddedBroker } from '../../sim/broker/embedded.ts';
import { type Subscriber, subscriber } from '../../sim/broker/subscriber.ts';
import { type People, people } from '../../sim/people.ts';
import { BOLT_THROWN, type Plant, plant } from '../../sim/plant/plant.ts';
import { prng } from '../../sim/time/prng.ts';
import { type FakeIo, fakeIo } from '../support/fake-io.ts';
import { complaints } from '../support/home-assistant-schema.ts';
import { keys, seeds } from '../support/people.ts';
import { noPty, type PtyPair, ptyPair } from './pty.ts';
import { until } from './until.ts';

const SERVO = { withdrawnDegrees: 10, thrownDegrees: 100 };
const READER_BAUD = 9_600;

describe.skipIf(noPty())('latchstring run', () => {
  const clock = systemClock();
  const undo: (() => Promise<unknown>)[] = [];
  let folder: string;
  let data: string;
  let config: string;
  let boardWire: PtyPair;
  let readerWire: PtyPair;
  let board: VirtualFirmata;
  let door: Plant;
  let courier: People;
  let audience: string;
  let reader: Transport;
  let broker: EmbeddedBroker;
  let listener: Subscriber;
  let io: FakeIo;
  let running: Promise<number> | undefined;

  async function farEnd(path: string, baudRate: number): Promise<Transport> {
    const port = serialTransport({ path, baudRate });
    let open = false;
    port.on('open', () => {
      open = true;
    });
    port.on('error', () => undefined);
    await until(`the far end ${path} is open`, () => open);
    undo.push(() => port.close());
    return port;
  }

  async function powerBoard(): Promise<void> {
    attachStream(board, await farEnd(boardWire.device, FIRMATA_BAUD), () => undefined);
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchstring-run-'));
    undo.push(() => rm(folder, { recursive: true }));
    data = join(folder, 'lock');
    boardWire = await ptyPair();
    undo.push(() => boardWire.dispose());
    readerWire = await ptyPair();
    undo.push(() => readerWire.dispose());
    door = plant({ clock, prng: prng(3), travelMs: 200, bounceMsMax: 5, bolt: BOLT_THROWN });
    undo.push(async () => door.stop());
    board = virtualUno({ clock, plant: door, wiring: unoServoDoor(SERVO) });
    undo.push(async () => board.unplug());
    reader = await farEnd(readerWire.device, READER_BAUD);
    broker = await embeddedBroker();
    undo.push(() => broker.close());
    listener = await subscriber({ url: broker.url, topics: ['latchstring/#'] });
    undo.push(() => listener.close());
    const disk = await openFolder(data);
    const identity = mintIdentity({ lockId: 'front-door', root: keys.owner, recovery: keys.stranger }, (length) =>
      new Uint8Array(length).fill(9),
    );
    await establish(disk, identity);
    await disk.close();
    audience = identity.audience;
    courier = people(seeds, audience, toWallS(clock.wallMs()), (length) => new Uint8Array(length).fill(5));
    config = join(folder, 'lock.yaml');
    await writeConfig();
    io = fakeIo();
  });

  afterEach(async () => {
    io.interrupt();
    await running;
    running = undefined;
    for (const end of undo.splice(0).reverse()) await end();
  });

  async function writeConfig(change: Record<string, unknown> = {}): Promise<void> {
    const yaml = {
      data: './lock',
      timezone: 'Europe/Berlin',
      clock: { trust: ['unverified'] },
      board: {
        port: boardWire.host,
        servo: { withdrawn_degrees: SERVO.withdrawnDegrees, thrown_degrees: SERVO.thrownDegrees },
      },
      reader: { port: readerWire.host, baud: READER_BAUD },
      broker: { url: broker.url },
      ...change,
    };
    await writeFile(config, JSON.stringify(yaml));
  }

  const states = (): readonly unknown[] => io.lines().flatMap((line) => ('state' in line ? [line.state] : []));
  const lockIs = (word: string) => (): boolean => {
    const last = states().at(-1);
    return typeof last === 'object' && last !== null && 'lock' in last && last.lock === word;
  };
  const events = (topic: string): readonly Record<string, unknown>[] =>
    listener.messages
      .filter((message) => message.topic === topicsOf('front-door').event[topic as 'door'])
      .map((message) => JSON.parse(message.payload));

  async function start(): Promise<void> {
    running = run({ config, json: true }, io);
    await Promise.race([until('the lock is locked', lockIs('locked')), running]);
  }

  function scan(text: string, tail = '\r\n'): Promise<void> {
    return new Promise((resolve, reject) => {
      reader.write(Buffer.from(text + tail, 'latin1'), (error) => (error ? reject(error) : resolve()));
    });
  }

  const show = (token: Uint8Array): string => courier.show(token, toWallS(clock.wallMs()));

  test('lets a courier in once: token on the reader wire, servo on the board wire, events on the broker', async () => {
    await powerBoard();
    await start();
    const token = courier.issue({ nowS: toWallS(clock.wallMs()) });
    const text = show(token);
    await scan(text.slice(0, 100), '');
    await scan(text.slice(100), '\r');
    await until('the bolt is withdrawn', lockIs('unlocked'));
    expect(door.push()).toBe(true);
    await until('the visit is entered', () => events('visit').some((event) => event.event_type === 'entered'));
    expect(door.close()).toBe(true);
    await until('the visit is sealed', () => events('visit').some((event) => event.outcome === 'sealed'));
    await scan(`noise${show(token)}`, '\n');
    await until('the second try is refused', () => events('access').some((event) => event.refusal === 'already_used'));
    expect(door.truth()).toMatchObject({ bolt: BOLT_THROWN, doorOpenings: 1, withdrawals: 1 });
    io.interrupt();
    expect(await running).toBe(0);
    await until('the lock says goodbye', () => listener.messages.at(-1)?.payload === 'offline');
  });

  test('goes on when nothing takes its output any more: a reader that has gone, a log on a full disk', async () => {
    await powerBoard();
    await start();
    io.interrupt('SIGPIPE');
    await scan(show(courier.issue({ nowS: toWallS(clock.wallMs()) })));
    await until('the bolt is withdrawn', lockIs('unlocked'));
    io.interrupt('SIGTERM');
    expect(await running).toBe(0);
  });

  test('comes to its broker as whoever stands in the address', async () => {
    await powerBoard();
    const strict = await embeddedBroker({ accounts: new Map([['household', 'a secret']]) });
    undo.push(() => strict.close());
    await writeConfig({ broker: { url: strict.url.replace('//', '//household:a%20secret@') } });
    await start();
    await until('it is let in', () => strict.clients().includes('front-door'));
  });

  test('works without a broker, and tells it everything when it comes', async () => {
    await powerBoard();
    await broker.pause();
    await start();
    await scan(show(courier.issue({ nowS: toWallS(clock.wallMs()) })));
    await until('the bolt is withdrawn', lockIs('unlocked'));
    await broker.resume();
    const late = await subscriber({ url: broker.url, topics: ['latchstring/#'] });
    undo.push(() => late.close());
    await late.until((message) => message.payload.includes('"event_type":"granted"'), 15_000);
  });

  test('tells Home Assistant of the lock, and again when Home Assistant has come up', async () => {
    await powerBoard();
    await writeConfig({ home_assistant: { discovery_prefix: 'ha' } });
    const homeAssistant = await subscriber({ url: broker.url, topics: ['ha/#'] });
    undo.push(() => homeAssistant.close());
    await start();
    const { topic, payload } = await homeAssistant.until(({ retain }) => !retain, 10_000);
    expect(topic).toBe('ha/device/front-door/config');
    expect(complaints(JSON.parse(payload))).toEqual([]);
    await homeAssistant.publish('homeassistant/status', 'online');
    await until('it is told again', () => homeAssistant.messages.length === 2);
    expect(homeAssistant.messages[1]?.payload).toBe(payload);
  });

  test('reports a board that is pulled out, and is a lock again when it is back', async () => {
    await powerBoard();
    await start();
    await boardWire.unplug();
    board.unplug();
    await until('the board is lost', () => events('alarm').some((event) => event.alarm === 'BoardLost'));
    expect(lockIs('unknown')()).toBe(true);
    await boardWire.plug();
    await powerBoard();
    await until('the lock is locked again', lockIs('locked'));
    expect(door.truth().withdrawals).toBe(0);
  });

  test('does not start without its board, its identity or a key that it knows, and says what to do', async () => {
    await writeConfig({ board: { port: '/dev/ttyNOWHERE', servo: { withdrawn_degrees: 10, thrown_degrees: 100 } } });
    await expect(run({ config, json: true }, io)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('/dev/ttyNOWHERE'),
    });
    await writeConfig({ data: './elsewhere' });
    await expect(run({ config, json: true }, io)).rejects.toMatchObject({
      code: 'usage',
      next: expect.stringContaining('latchstring enrol'),
    });
    const tls = { url: broker.url.replace('mqtt:', 'mqtts:') };
    for (const [key, more] of [
      ['password_file', {}],
      ['ca_file', tls],
      ['cert_file', { ...tls, key_file: './nothing' }],
    ] as const) {
      await writeConfig({ broker: { url: broker.url, ...more, [key]: './nowhere' } });
      await expect(run({ config, json: true }, io)).rejects.toMatchObject({
        code: 'usage',
        message: `broker.${key}: ${join(folder, 'nowhere')}: no such file or folder`,
      });
    }
    await writeConfig({ broker: { ...tls, ca_file: './lock.yaml' } });
    await expect(run({ config, json: true }, io)).rejects.toMatchObject({
      code: 'usage',
      message: 'broker: ca_file holds no certificate in PEM',
    });
    await writeConfig({ raeder: { port: 'x' } });
    await expect(run({ config, json: true }, io)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('raeder'),
      next: expect.stringContaining('did you mean reader?'),
    });
  });

  test('does not start beside another one on the same folder', async () => {
    await powerBoard();
    await start();
    await expect(run({ config, json: true }, fakeIo())).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(String(process.pid)),
    });
  });

  test('survives whatever a board may say', async () => {
    await powerBoard();
    await start();
    const before = door.truth();
    board.say(new Uint8Array(100_000).fill(0x41));
    board.say(Uint8Array.from([0xf0, 0x6c, 1, 2, 3, 0xf0, 0x79, 0xf7, 0xf7, 0xff, 0x00]));
    board.say(Uint8Array.from([0xf0, ...new Uint8Array(100_000).fill(0x11)]));
    // A press that arrives in one piece with its end, behind all that noise, is a bounce: somebody rings again.
    await until('the bell is heard all the same', () => {
      if (!door.contact('bell')) door.press('bell', 150);
      return events('doorbell').length > 0;
    });
    expect(door.truth()).toMatchObject({ bolt: before.bolt, withdrawals: 0 });
  });

  test('keeps no token and no key in its journal', async () => {
    await powerBoard();
    await start();
    const text = show(courier.issue({ nowS: toWallS(clock.wallMs()) }));
    await scan(text);
    await until('the bolt is withdrawn', lockIs('unlocked'));
    const journal = await readFile(join(data, 'journal'), 'latin1');
    expect(journal).toContain('"type":"spent"');
    expect(journal).not.toContain(text.slice(4, 40));
    for (const seed of Object.values(seeds)) expect(journal).not.toContain(Buffer.from(seed).toString('hex'));
  });
});
