/** What a lock sends, and how it comes to a broker, stays there and comes back. */
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { virtualClock } from '../../../sim/time/clock.ts';
import { AVAILABILITY, DOOR, listener, lock, server, TIMEOUT_MS, tcp, versionIn } from '../../support/mqtt.ts';

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
  const noDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
  onTestFinished(() => void noDelay.mockRestore());
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
