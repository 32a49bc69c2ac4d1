/** What a lock listens to, and what it does about what it did not ask for. */
import { expect, it, vi } from 'vitest';
import { virtualClock } from '../../../sim/time/clock.ts';
import { DOOR, listener, lock, server, TIMEOUT_MS, tcp, versionIn } from '../../support/mqtt.ts';

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
