/** A lock's connection to a broker, or to whatever answers in its place, on loopback. Everything is closed behind each test. */
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, vi } from 'vitest';
import { systemClock } from '../../firmware/clock/system.ts';
import type { Broker, BrokerEvent } from '../../firmware/ports/index.ts';
import { type MqttBrokerOptions, mqttBroker } from '../../firmware/report/mqtt.ts';
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../sim/broker/embedded.ts';
import { subscriber } from '../../sim/broker/subscriber.ts';

export const AVAILABILITY = 'latchstring/v1/front-door/availability';
export const DOOR = 'latchstring/v1/front-door/event/door';
export const TIMEOUT_MS = 10_000;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export async function server(options: EmbeddedBrokerOptions = {}) {
  const broker = await embeddedBroker(options);
  cleanUps.push(() => broker.close());
  return broker;
}

export function lock(url: string, options: Partial<MqttBrokerOptions> = {}) {
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

export async function listener(url: string) {
  const heard = await subscriber({ url, topics: ['latchstring/#'] });
  cleanUps.push(() => heard.close());
  return heard;
}

/** A TCP server that counts its connections and does with each what it is told. */
export async function tcp(onConnection: (socket: Socket, number: number) => void) {
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
export const versionIn = (connect: Buffer): number | undefined => connect[connect.indexOf('MQTT') + 4];
