import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../firmware/clock/system.ts';
import type { Broker, BrokerEvent } from '../../../firmware/ports/index.ts';
import { type MqttBrokerOptions, mqttBroker } from '../../../firmware/report/mqtt.ts';
import { mqttAddressOf, withoutCredentials } from '../../../firmware/report/mqtt-address.ts';
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../../sim/broker/embedded.ts';
import { subscriber } from '../../../sim/broker/subscriber.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

const AVAILABILITY = 'latchstring/v1/front-door/availability';
const DOOR = 'latchstring/v1/front-door/event/door';
const TIMEOUT_MS = 10_000;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function server(options: EmbeddedBrokerOptions = {}) {
  const broker = await embeddedBroker(options);
  cleanUps.push(() => broker.close());
  return broker;
}

function lock(url: string, options: Partial<MqttBrokerOptions> = {}) {
  const broker: Broker = mqttBroker({
    url,
    clientId: 'front-door',
    availabilityTopic: AVAILABILITY,
    clock: systemClock(),
    reconnect: { firstMs: 20, mostMs: 40 },
    ...options,
  });
  cleanUps.push(() => broker.close());
  const events: BrokerEvent[] = [];
  broker.start((event) => events.push(event));
  const count = (type: BrokerEvent['type']): number => events.filter((event) => event.type === type).length;
  const seen = (type: BrokerEvent['type'], times = 1) =>
    vi.waitFor(() => expect(count(type)).toBeGreaterThanOrEqual(times), { timeout: TIMEOUT_MS, interval: 5 });
  const reasons = (): readonly string[] =>
    events.flatMap((event) => (event.type === 'broker.lost' ? [event.reason] : []));
  return { broker, events, seen, reasons };
}

async function listener(url: string) {
  const heard = await subscriber({ url, topics: ['latchstring/#'] });
  cleanUps.push(() => heard.close());
  return heard;
}

/** A TCP server that counts its connections and does with each what it is told. */
async function tcp(onConnection: (socket: Socket, number: number) => void) {
  const sockets: Socket[] = [];
  const made = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    sockets.push(socket);
    onConnection(socket, sockets.length);
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const bound = made.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => made.close(resolve));
  });
  return { url: `mqtt://127.0.0.1:${bound.port}`, sockets };
}

/** The protocol level stands after the length-prefixed name (MQTT 3.1.1 §3.1.2.2). */
const versionIn = (connect: Buffer): number | undefined => connect[connect.indexOf('MQTT') + 4];

it('leaves nothing at the broker that could come later, on either version: its sessions are clean', async () => {
  const hellos: Buffer[] = [];
  const { url } = await tcp((socket) => {
    socket.once('data', (hello) => {
      hellos.push(hello);
      // CONNACK, reason 0x84: unsupported protocol version (MQTT 5 §3.2.2.2).
      if (versionIn(hello) === 5) socket.end(Buffer.from([0x20, 3, 0, 0x84, 0]));
    });
  });
  lock(url);
  await vi.waitFor(() => expect(hellos.map(versionIn)).toContain(4), { timeout: TIMEOUT_MS });
  expect(versionIn(hellos[0] ?? Buffer.of())).toBe(5);
  // The flags come behind the level (MQTT 3.1.1 §3.1.2.3); the second bit is the clean session, or the clean start.
  for (const hello of hellos) expect((hello[hello.indexOf('MQTT') + 5] ?? 0) & 2).toBe(2);
});

it('falls back to 3.1.1 where version 5 is refused, without that being a loss', async () => {
  const broker = await server();
  const { seen, events } = lock(broker.url);
  await seen('broker.connected');
  expect(events).toEqual([{ type: 'broker.connected' }]);
  expect(broker.clients()).toEqual(['front-door']);
});

it('tries 5, then 3.1.1, and next time begins with the one that worked', async () => {
  const versions: (number | undefined)[] = [];
  const { url } = await tcp((socket) => {
    socket.once('data', (data) => {
      versions.push(versionIn(data));
      if (versions.length === 1) socket.end(Buffer.from([0x20, 2, 0, 1]));
      else if (versions.length === 2) {
        socket.write(Buffer.from([0x20, 2, 0, 0]));
        setImmediate(() => socket.destroy());
      } else socket.write(Buffer.from([0x20, 2, 0, 0]));
    });
  });
  const { seen } = lock(url);
  await seen('broker.connected', 2);
  expect(versions).toEqual([5, 4, 4]);
});

it('tries the other version on a broker that closes without a word, and then waits', async () => {
  const versions: (number | undefined)[] = [];
  const { url } = await tcp((socket) => {
    socket.once('data', (data) => {
      versions.push(versionIn(data));
      socket.destroy();
    });
  });
  const { seen, events } = lock(url);
  await seen('broker.lost');
  await vi.waitFor(() => expect(versions.length).toBeGreaterThanOrEqual(4), { timeout: TIMEOUT_MS });
  expect(versions.slice(0, 4)).toEqual([5, 4, 5, 4]);
  expect(events).toHaveLength(1);
});

it('sets TCP_NODELAY on every connection', async () => {
  const { Socket: RealSocket } = await import('node:net');
  const noDelay = vi.spyOn(RealSocket.prototype, 'setNoDelay');
  cleanUps.push(async () => void noDelay.mockRestore());
  const { url } = await tcp((socket, number) => {
    socket.once('data', () => {
      socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
      if (number === 1) setImmediate(() => socket.destroy());
    });
  });
  const { seen } = lock(url);
  await seen('broker.connected', 2);
  expect(noDelay.mock.calls.filter(([on]) => on === true)).toHaveLength(2);
});

it('leaves a retained will when its connection is killed', async () => {
  const broker = await server();
  const { seen, broker: port } = lock(broker.url);
  await seen('broker.connected');
  await port.publish(AVAILABILITY, 'online', { retain: true });
  const before = await listener(broker.url);
  await before.until(({ payload, retain }) => payload === 'online' && retain, TIMEOUT_MS);
  await before.close();
  await broker.pause();
  await broker.resume();
  const after = await listener(broker.url);
  const will = await after.until(({ topic }) => topic === AVAILABILITY, TIMEOUT_MS);
  expect(will).toEqual({ topic: AVAILABILITY, payload: 'offline', retain: true });
});

it('says offline once when it closes, and the broker does not add the will', async () => {
  const broker = await server();
  const heard = await listener(broker.url);
  const { seen, broker: port } = lock(broker.url);
  await seen('broker.connected');
  await port.close();
  await vi.waitFor(() => expect(broker.clients()).toHaveLength(1), { timeout: TIMEOUT_MS });
  await heard.publish('latchstring/marker', '');
  await heard.until(({ topic }) => topic === 'latchstring/marker', TIMEOUT_MS);
  expect(heard.messages.filter(({ topic }) => topic === AVAILABILITY)).toHaveLength(1);
});

it('neither replays what was cut off nor doubles what comes after, over many losses', async () => {
  const taken: string[] = [];
  let swallow = '';
  const broker = await server({
    onPublish: ({ topic, payload }) => void (topic === DOOR && taken.push(payload)),
    swallows: (topic) => topic === swallow,
  });
  const { seen, broker: port } = lock(broker.url);
  const expected: string[] = [];
  for (let loss = 1; loss <= 5; loss++) {
    await seen('broker.connected', loss);
    await port.publish(DOOR, `acknowledged ${loss}`, { retain: false });
    expected.push(`acknowledged ${loss}`);
    swallow = DOOR;
    const cutOff = port.publish(DOOR, `cut off ${loss}`, { retain: false });
    broker.disconnectAll();
    await expect(cutOff).rejects.toThrow('lost before the acknowledgement');
    await expect(port.publish(DOOR, `away ${loss}`, { retain: false })).rejects.toThrow('nothing is queued');
    swallow = '';
  }
  await seen('broker.connected', 6);
  await port.publish(DOOR, 'last', { retain: false });
  expect(taken).toEqual([...expected, 'last']);
});

it('rejects what a broker denies by a reason code, with the reason', async () => {
  const { url } = await tcp((socket) => {
    socket.on('data', (data) => {
      if (data[0] === 0x10) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
      // PUBACK of the packet identifier, which follows the topic, with 135.
      const topicBytes = data.readUInt16BE(2);
      if ((data[0] ?? 0) >> 4 === 3) {
        socket.write(Buffer.from([0x40, 3, data[4 + topicBytes] ?? 0, data[5 + topicBytes] ?? 0, 135]));
      }
    });
  });
  const { seen, broker: port, events } = lock(url);
  await seen('broker.connected');
  await expect(port.publish(DOOR, 'x', { retain: false })).rejects.toThrow('Not authorized');
  expect(events).toHaveLength(1);
});

it('refuses to have more than a few messages on their way', async () => {
  const broker = await server({ swallows: (topic) => topic === DOOR });
  const { seen, broker: port } = lock(broker.url);
  await seen('broker.connected');
  const results = Promise.allSettled(Array.from({ length: 17 }, () => port.publish(DOOR, 'x', { retain: false })));
  await expect(port.publish(DOOR, 'x', { retain: false })).rejects.toThrow('16 messages are waiting');
  broker.disconnectAll();
  for (const { status } of await results) expect(status).toBe('rejected');
});

/** A broker of version 5 that takes so many messages at once, and acknowledges none by itself. */
async function modestBroker(atOnceMax: number) {
  const taken: { readonly id: number; readonly payload: string }[] = [];
  let answers = 0;
  const { url, sockets } = await tcp((socket) => {
    socket.on('data', (data) => {
      // CONNACK with a receive maximum (0x21).
      if (data[0] === 0x10) socket.write(Buffer.from([0x20, 6, 0, 0, 3, 0x21, 0, atOnceMax]));
      for (let at = 0; at < data.length; at += 2 + (data[at + 1] ?? 0)) {
        if ((data[at] ?? 0) >> 4 === 4) answers += 1;
        if ((data[at] ?? 0) >> 4 !== 3) continue;
        const idAt = at + 4 + data.readUInt16BE(at + 2);
        taken.push({
          id: data.readUInt16BE(idAt),
          payload: data.toString('utf8', idAt + 3, at + 2 + (data[at + 1] ?? 0)),
        });
      }
    });
  });
  return {
    url,
    taken,
    /** Settles when all that was sent so far has come: a PUBACK to a PUBLISH of QoS 1 on the topic x comes behind it. */
    async soFar(): Promise<void> {
      const mark = answers + 1;
      sockets.at(-1)?.write(Buffer.from([0x32, 6, 0, 1, 0x78, 0, mark, 0]));
      await vi.waitFor(() => expect(answers).toBe(mark), { timeout: TIMEOUT_MS });
    },
    acknowledge(id: number): void {
      sockets.at(-1)?.write(Buffer.from([0x40, 2, id >> 8, id & 0xff]));
    },
    hangUp(): void {
      sockets.at(-1)?.destroy();
    },
  };
}

it('sends no more at once than a broker of version 5 says that it takes, and the rest in order behind it', async () => {
  const { url, taken, soFar, acknowledge } = await modestBroker(2);
  const { seen, broker: port } = lock(url);
  await seen('broker.connected');
  const results = Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => port.publish(DOOR, text, { retain: false })));
  for (let acknowledged = 0; acknowledged < 5; acknowledged++) {
    await soFar();
    expect(taken).toHaveLength(Math.min(5, acknowledged + 2));
    acknowledge(taken[acknowledged]?.id ?? 0);
  }
  await results;
  expect(taken.map(({ payload }) => payload)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('takes what it holds back for such a broker for lost with the connection, and holds back as much on the next', async () => {
  const { url, taken, soFar, hangUp } = await modestBroker(1);
  const { seen, broker: port } = lock(url);
  const publish = (...texts: readonly string[]) =>
    Promise.allSettled(texts.map((text) => port.publish(DOOR, text, { retain: false })));
  await seen('broker.connected');
  const results = publish('a', 'b', 'c');
  await soFar();
  hangUp();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await seen('broker.connected', 2);
  void publish('d', 'e');
  await soFar();
  expect(taken.map(({ payload }) => payload)).toEqual(['a', 'd']);
});

it('is refused for a wrong password on one version after the other, tells of it once, and names no secret', async () => {
  const broker = await server({ accounts: new Map([['front-door', 'the right one']]) });
  const url = broker.url.replace('//', '//front-door:hunter-two@');
  const { seen, reasons, events } = lock(url);
  await seen('broker.lost');
  expect(reasons()).toHaveLength(1);
  expect(reasons()[0]).toContain('Not authorized');
  expect(inspect(events, { depth: null })).not.toContain('hunter-two');
});

it('blots out the password where a broker’s answer happens to repeat it', async () => {
  const broker = await server({ accounts: new Map() });
  const { seen, reasons } = lock(broker.url, { username: 'front-door', password: 'authorized' });
  await seen('broker.lost');
  expect(reasons()).toEqual(['Connection refused: Not ***']);
});

it('names what it may not listen to: the rest is heard', async () => {
  const ping = 'latchstring/v1/front-door/cmd/ping';
  const broker = await server({
    access: { mayPublish: () => true, maySubscribe: (_user, filter) => filter !== 'homeassistant/status' },
  });
  const { seen, events } = lock(broker.url, { subscriptions: [ping, 'homeassistant/status'] });
  await seen('broker.deaf');
  expect(events.at(-1)).toMatchObject({ reason: 'not allowed to listen to homeassistant/status' });
  await broker.publish(ping, '{}', { retain: false });
  await seen('broker.message');
});

it('stays at a broker that ends the connection at a topic outside of its tree: it listens there three times, and no more', async () => {
  const asked: string[] = [];
  const { url } = await tcp((socket) => {
    socket.on('data', (data) => {
      if (data[0] === 0x10) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
      if (data[0] !== 0x82) return;
      asked.push(data.includes('homeassistant/status') ? 'foreign' : 'own');
      // SUBACK without properties, granting QoS 1.
      if (asked.at(-1) === 'own') socket.write(Buffer.from([0x90, 4, data[2] ?? 0, data[3] ?? 0, 0, 1]));
      else socket.destroy();
    });
  });
  const { seen, events } = lock(url, {
    subscriptions: ['latchstring/v1/front-door/cmd/ping'],
    foreign: ['homeassistant/status'],
  });
  await seen('broker.deaf');
  expect(asked).toEqual(['own', 'foreign', 'own', 'foreign', 'own', 'foreign', 'own']);
  expect(events.slice(-2)).toEqual([
    { type: 'broker.connected' },
    { type: 'broker.deaf', reason: 'the broker ends the connection at homeassistant/status, which is left out' },
  ]);
});

it('hears a topic outside of its tree where it may', async () => {
  const broker = await server();
  const { seen, events } = lock(broker.url, { foreign: ['homeassistant/status'] });
  const hears = (payload: string) =>
    vi.waitFor(
      async () => {
        await broker.publish('homeassistant/status', payload, { retain: false });
        expect(events.at(-1)).toMatchObject({ topic: 'homeassistant/status', payload });
      },
      { timeout: TIMEOUT_MS },
    );
  for (let loss = 1; loss <= 4; loss++) {
    // One that is lost before the broker has answered for the topic may have been ended because of it.
    await hears(`online ${loss}`);
    broker.disconnectAll();
    await seen('broker.connected', loss + 1);
  }
  await hears('again');
});

it('goes on reporting at a broker that keeps a message for it that is too long to be read, and listens again later', async () => {
  const broker = await server();
  const control = 'latchstring/v1/front-door/control';
  const hostile = await listener(broker.url);
  await hostile.publish(control, 'x'.repeat(1_000_000), { retain: true });
  const clock = virtualClock({ startWallMs: 0 });
  const { seen, events, reasons, broker: port } = lock(broker.url, { clock, subscriptions: [control] });
  await seen('broker.lost');
  expect(reasons()).toEqual(['the broker sends a message without end']);
  clock.advance(40);
  await seen('broker.deaf');
  await port.publish(DOOR, 'told all the same', { retain: false });
  await hostile.publish(control, '', { retain: true });
  clock.advance(600_000);
  // Published until it is heard: nothing says when a subscription has arrived.
  await vi.waitFor(
    async () => {
      await hostile.publish(control, '[]');
      expect(events.at(-1)).toMatchObject({ type: 'broker.message', payload: '[]' });
    },
    { timeout: TIMEOUT_MS },
  );
  expect(reasons()).toHaveLength(1);
});

it('listens again at once after a message that is too long and was not kept: one of them must not deafen a lock', async () => {
  const broker = await server();
  const control = 'latchstring/v1/front-door/control';
  const hostile = await listener(broker.url);
  const clock = virtualClock({ startWallMs: 0 });
  const { seen, events, reasons, broker: port } = lock(broker.url, { clock, subscriptions: [control] });
  const hears = (text: string) =>
    vi.waitFor(
      async () => {
        await hostile.publish(control, text);
        expect(events.at(-1)).toMatchObject({ type: 'broker.message', payload: text });
      },
      { timeout: TIMEOUT_MS },
    );
  await hears('["before"]');
  // The last that comes before it is one acknowledgement, by itself.
  for (let i = 0; i < 3; i++) await port.publish(DOOR, 'told', { retain: false });
  clock.advance(60_000);
  await hostile.publish(control, 'x'.repeat(1_000_000));
  await seen('broker.lost');
  expect(reasons()).toEqual(['the broker sends a message without end']);
  clock.advance(40);
  await seen('broker.connected', 2);
  await hears('["after"]');
  expect(events.filter(({ type }) => type === 'broker.deaf')).toEqual([]);
});

it.each([4, 5])(
  'keeps nothing for a broker that sends by the QoS that it was not asked for, on version %i',
  async (version) => {
    // PUBLISH of QoS 2 on the topic x (MQTT 5 §4.3.3): whoever takes it keeps it until the broker releases it.
    const body = [0, 1, 0x78, 0, 1, ...(version === 5 ? [0] : []), 0x79];
    const { url } = await tcp((socket) => {
      socket.on('data', (data) => {
        if (data[0] !== 0x10) return;
        if (versionIn(data) !== version) return socket.end(Buffer.from([0x20, 2, 0, 1]));
        socket.write(Buffer.from(version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
        socket.write(Buffer.from([0x34, body.length, ...body]));
      });
    });
    const { seen, reasons } = lock(url);
    await seen('broker.lost');
    expect(reasons()[0]).toBe('the broker sends a message of QoS 2, which nobody has asked for');
  },
);

it('speaks 3.1.1, which has no such word, to a broker that says on version 5 that it takes no message at all', async () => {
  const { url } = await tcp((socket) => {
    let version: number | undefined;
    socket.on('data', (data) => {
      if (data[0] === 0x10) version = versionIn(data);
      if (data[0] === 0x10) socket.write(Buffer.from(version === 5 ? [0x20, 6, 0, 0, 3, 0x21, 0, 0] : [0x20, 2, 0, 0]));
      const idAt = 4 + DOOR.length;
      if (data[0] === 0x32) socket.write(Buffer.from([0x40, 2, data[idAt] ?? 0, data[idAt + 1] ?? 0]));
    });
  });
  const { broker: port, seen } = lock(url);
  await seen('broker.connected');
  await port.publish(DOOR, 'x', { retain: false });
});

it('gives up on a broker that takes the connection and never answers, and closes in the middle of the next try', async () => {
  const { url, sockets } = await tcp(() => undefined);
  const clock = virtualClock({ startWallMs: 0 });
  const { broker: port, events, reasons } = lock(url, { clock });
  await vi.waitFor(() => expect(sockets).toHaveLength(1), { timeout: TIMEOUT_MS });
  clock.advance(10_000);
  expect(reasons()).toEqual(['no answer to CONNECT']);
  clock.advance(40);
  await vi.waitFor(() => expect(sockets).toHaveLength(2), { timeout: TIMEOUT_MS });
  await port.close();
  clock.advance(100_000);
  expect(events).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it('takes a connection on which nothing is acknowledged for a lost one', async () => {
  const broker = await server({ swallows: (topic) => topic === DOOR });
  const clock = virtualClock({ startWallMs: 0 });
  const { broker: port, seen, reasons } = lock(broker.url, { clock });
  await seen('broker.connected');
  const cutOff = port.publish(DOOR, 'x', { retain: false });
  clock.advance(20_000);
  await expect(cutOff).rejects.toThrow('no acknowledgement');
  expect(reasons()).toEqual(['no acknowledgement']);
});

it('tries again more and more patiently, up to the bound', async () => {
  const { url, sockets } = await tcp((socket) => socket.destroy());
  const clock = virtualClock({ startWallMs: 0 });
  lock(url, { clock, reconnect: { firstMs: 1000, mostMs: 8000 } });
  for (const [round, fullMs] of [1000, 2000, 4000, 8000, 8000].entries()) {
    // Both versions, then a wait.
    await vi.waitFor(() => expect(clock.nextDueMs()).toBeLessThanOrEqual(clock.monoMs() + 8000), {
      timeout: TIMEOUT_MS,
      interval: 5,
    });
    expect(sockets).toHaveLength(2 * (round + 1));
    const waitMs = (clock.nextDueMs() ?? 0) - clock.monoMs();
    expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
    expect(waitMs).toBeLessThanOrEqual(fullMs);
    clock.advance(waitMs);
  }
});

it('is started once: two connections of one client would end each other for ever', async () => {
  const broker = await server();
  const { seen, broker: port } = lock(broker.url);
  expect(() => port.start(() => undefined)).toThrow('started before');
  await seen('broker.connected');
});

it('takes user and password from the URL or beside it', async () => {
  const broker = await server({ accounts: new Map([['front-door', 'a b']]) });
  const fromUrl = lock(broker.url.replace('//', '//front-door:a%20b@'));
  await fromUrl.seen('broker.connected');
  const beside = lock(broker.url, { clientId: 'other', username: 'front-door', password: 'a b' });
  await beside.seen('broker.connected');
});

it.each([
  'secret',
  'http://me:secret@host',
  'mqtt://me:secret@',
  'mqtt://me:secret@host:99999',
  'mqtt://me:sec%zzret@host',
])('refuses %j as an address without repeating it', (url) => {
  let thrown: unknown;
  try {
    mqttAddressOf(url);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Error);
  expect(inspect(thrown, { depth: null })).not.toMatch(/secret|sec%/);
});

it('knows the ports that go without saying, and addresses in brackets', () => {
  expect(mqttAddressOf('mqtt://home')).toEqual({ protocol: 'mqtt', host: 'home', port: 1883 });
  expect(mqttAddressOf('mqtts://[::1]')).toEqual({ protocol: 'mqtts', host: '::1', port: 8883 });
});

it('strips user and password from whatever an error says', () => {
  expect(withoutCredentials('no route to mqtt://me:word@host, or mqtt://me:word@other')).toBe(
    'no route to mqtt://host, or mqtt://other',
  );
  expect(withoutCredentials('the word is not liked', 'word')).toBe('the *** is not liked');
});

it('strips all of a password with an @ in it, which is whose host comes behind the last', () => {
  const url = 'mqtt://me:p@ssword@host:1883';
  expect(mqttAddressOf(url)).toMatchObject({ username: 'me', password: 'p@ssword', host: 'host' });
  expect(withoutCredentials(`no route to ${url}`)).toBe('no route to mqtt://host:1883');
});

it.each([
  ['a slash', 'mqtt://me:12/secret@host', 'write / as %2F'],
  ['a hash', 'mqtt://me:12#secret@host', '# as %23'],
  ['a question mark', 'mqtt://me:12?secret@host', '? as %3F'],
  ['a % that begins no character', 'mqtt://me:secret%@host', 'write it as %25'],
])('says how to write %s in a password, and nothing of it', (_what, url, words) => {
  const wrong = (): unknown => mqttAddressOf(url);
  expect(wrong).toThrow(words);
  expect(wrong).not.toThrow('secret');
  expect(mqttAddressOf('mqtt://me:%2F%23%25@host/').password).toBe('/#%');
});

it('asks to be told what is retained of a command, and takes the word of others when it is said, retained or not', async () => {
  const asked: Buffer[] = [];
  const { url } = await tcp((socket) => {
    socket.on('data', (packet) => {
      asked.push(packet);
      // CONNACK with reason 0 and no properties (MQTT 5 §3.2); then a SUBACK (§3.9) to each SUBSCRIBE (§3.8), of two topics and of one.
      const [kind = 0, , high = 0, low = 0] = packet;
      const granted = packet.includes('tree/control') ? [1, 1] : [1];
      if (kind === 0x10) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
      if (kind === 0x82) socket.write(Buffer.from([0x90, 3 + granted.length, high, low, 0, ...granted]));
    });
  });
  lock(url, { subscriptions: ['tree/cmd/lock', 'tree/control'], foreign: ['homeassistant/status'] });
  const options = (topic: string): number | undefined => {
    const bytes = asked.find((packet) => packet.includes(topic));
    return bytes?.[bytes.indexOf(topic) + topic.length];
  };
  await vi.waitFor(() => expect(options('homeassistant/status')).toBeDefined(), { timeout: TIMEOUT_MS });
  // QoS 1; "retain as published" is the bit 8 (§3.8.3.1).
  expect(['tree/cmd/lock', 'tree/control', 'homeassistant/status'].map(options)).toEqual([0x09, 0x09, 0x01]);
});
