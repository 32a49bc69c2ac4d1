/**
 * A broker that means harm, byte by byte: a whole lock behind it never moves, never dies, and comes back each time. What
 * it does with what is well-formed and forged stands in test/firmware/commands.test.ts.
 */
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { topicsOf, toWallS, wallMs } from '../../protocol/index.ts';
import { prng } from '../../sim/time/prng.ts';
import { until } from '../wire/until.ts';
import { type LockOn, lockOn } from './lock-on.ts';

const topics = topicsOf('front-door');
const MIB = 1024 * 1024;

/** What the broker does with the lock that has just subscribed; and with each packet of the lock, instead of answering it. */
interface Attack {
  readonly name: string;
  /** The lock ends the connection over it, and does not listen on the next one. */
  readonly deafens?: boolean;
  onSubscribed?(send: (bytes: Buffer) => void, socket: Socket, captured: readonly Buffer[]): void;
  /** True when it has dealt with the packet. */
  onPacket?(type: number, packet: Buffer, socket: Socket): boolean;
}

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;

/** Remaining length (MQTT 5 §1.5.5). */
function varint(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 0x80);
    if (rest < 128) return Buffer.from(bytes);
  }
}

const packet = (first: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first]), varint(body.length), body]);

/** A PUBLISH to the lock at QoS 0, without properties. */
function publish(topic: string | Buffer, payload: string | Buffer, flags = 0, properties = Buffer.from([0])): Buffer {
  const name = Buffer.from(topic);
  const length = Buffer.from([name.length >> 8, name.length & 0xff]);
  return packet(0x30 | flags, Buffer.concat([length, name, properties, Buffer.from(payload)]));
}

const inAMinute = (): number => Math.floor(Date.now() / 1_000) + 60;
const command = (more: object): string => JSON.stringify({ cid: 'hostile', exp: inAMinute(), ...more });
const RETAINED = 1;

const ATTACKS: readonly Attack[] = [
  {
    name: 'a retained unlock',
    onSubscribed: (send) => send(publish(topics.cmd.unlock, command({ presentation: 'LS1:' }), RETAINED)),
  },
  {
    name: 'an unlock of 1 MiB',
    deafens: true,
    onSubscribed: (send) => send(publish(topics.cmd.unlock, command({ presentation: 'L'.repeat(MIB) }))),
  },
  {
    name: '1 MiB in one packet that never ends',
    deafens: true,
    onSubscribed: (send) => send(Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(MIB)])),
  },
  {
    name: 'a topic that is not UTF-8',
    onSubscribed: (send) => send(publish(Buffer.from([0xc3, 0x28, 0xff, 0x00]), command({}))),
  },
  {
    name: 'a payload that is not UTF-8',
    onSubscribed: (send) => send(publish(topics.cmd.lock, Buffer.from([0xff, 0xfe, 0x00, 0x80]))),
  },
  {
    name: 'wildcards, shared subscriptions and $SYS as topics',
    onSubscribed(send) {
      for (const topic of ['#', '+', `$share/g/${topics.cmd.unlock}`, '$SYS/broker', 'latchstring/v1/+/cmd/unlock', ''])
        send(publish(topic, command({ presentation: 'x' })));
    },
  },
  {
    name: 'everything captured, again',
    onSubscribed(send, _socket, captured) {
      for (const bytes of captured) send(bytes);
    },
  },
  {
    name: 'everything captured, in reverse, each twice, and once more retained',
    onSubscribed(send, _socket, captured) {
      for (const bytes of captured.toReversed()) {
        send(bytes);
        send(bytes);
        // The flags stand in the low bits of the first byte.
        send(Buffer.concat([Buffer.from([0x31]), bytes.subarray(1)]));
      }
    },
  },
  {
    name: 'acknowledging each publish twice, and late',
    onPacket(type, bytes, socket) {
      const id = type === PUBLISH ? idIn(bytes) : undefined;
      if (id === undefined) return false;
      const acknowledge = (): void => {
        if (socket.writable) socket.write(Buffer.concat([Buffer.from([0x40, 2]), id, Buffer.from([0x40, 2]), id]));
      };
      setTimeout(acknowledge, 300);
      return true;
    },
  },
  {
    name: 'a topic alias that was never given',
    onSubscribed: (send) => send(publish('', command({}), 0, Buffer.from([3, 0x23, 0, 9]))),
  },
  {
    name: 'a response topic in the cmd tree of the lock itself',
    onSubscribed(send) {
      const to = Buffer.from(topics.cmd.unlock);
      send(
        publish(
          topics.cmd.ping,
          command({}),
          0,
          Buffer.concat([varint(to.length + 3), Buffer.from([0x08, 0, to.length]), to]),
        ),
      );
    },
  },
  {
    name: 'a response topic with a wildcard',
    onSubscribed(send) {
      const to = Buffer.from(`${topics.reply}#`);
      send(
        publish(
          topics.cmd.ping,
          command({ cid: 'wild' }),
          0,
          Buffer.concat([varint(to.length + 3), Buffer.from([0x08, 0, to.length]), to]),
        ),
      );
    },
  },
  {
    name: 'acknowledgements of what was never sent',
    onSubscribed(send) {
      for (let id = 0; id < 100; id++) send(Buffer.from([0x40, 2, id, id]));
    },
  },
  {
    name: 'a second CONNACK, and packets that only a client sends',
    onSubscribed(send) {
      for (const first of [0x20, 0x10, 0x82, 0xa2, 0xc0, 0x00, 0xf0]) send(packet(first, Buffer.from([0, 0, 0])));
    },
  },
  { name: 'a DISCONNECT', onSubscribed: (send) => send(Buffer.from([0xe0, 2, 0x8e, 0])) },
  {
    name: 'chance',
    onSubscribed(send) {
      const dice = prng(7, 'hostile');
      send(Buffer.from(Array.from({ length: 4_000 }, () => dice.below(256))));
    },
  },
  {
    name: 'ten thousand commands at once',
    onSubscribed(send) {
      send(
        Buffer.concat(Array.from({ length: 10_000 }, (_, i) => publish(topics.cmd.lock, command({ cid: `c${i}` })))),
      );
    },
  },
  {
    name: 'closing on each publish',
    onPacket: (type, _packet, socket) => type === PUBLISH && socket.destroy() !== undefined,
  },
  {
    name: 'denying each publish',
    onPacket(type, bytes, socket) {
      if (type !== PUBLISH) return false;
      const id = idIn(bytes);
      return id !== undefined && socket.write(Buffer.concat([Buffer.from([0x40, 3]), id, Buffer.from([0x87])]));
    },
  },
  {
    name: 'denying each subscription',
    onPacket: (type, bytes, socket) =>
      type === SUBSCRIBE &&
      socket.write(packet(0x90, Buffer.concat([bodyOf(bytes).subarray(0, 2), granted(bytes, 0x87)]))),
  },
];

/** Packet identifier of a PUBLISH at QoS 1: behind the topic. */
function idIn(bytes: Buffer): Buffer | undefined {
  const body = bodyOf(bytes);
  const at = 2 + body.readUInt16BE(0);
  return ((bytes[0] ?? 0) & 0x06) === 0 ? undefined : body.subarray(at, at + 2);
}

const bodyOf = (bytes: Buffer): Buffer => {
  let at = 1;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++;
  return bytes.subarray(at + 1);
};

/** The end of a SUBACK: no properties, and one reason code for each topic that was asked for (MQTT 5 §3.9.3). */
function granted(subscribe: Buffer, reason: number): Buffer {
  const topicsIn = bodyOf(subscribe).subarray(3);
  const codes: number[] = [];
  for (let at = 0; at < topicsIn.length; at += 3 + topicsIn.readUInt16BE(at)) codes.push(reason);
  return Buffer.from([0, ...codes]);
}

/** Whole packets off the front of what has come. */
function* packetsIn(pending: Buffer): Generator<Buffer, Buffer> {
  let rest = pending;
  for (;;) {
    let length = 0;
    let at = 1;
    for (let shift = 0; ; shift += 7, at++) {
      const byte = rest[at];
      if (byte === undefined) return rest;
      length += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) break;
    }
    const end = at + 1 + length;
    if (rest.length < end) return rest;
    yield rest.subarray(0, end);
    rest = rest.subarray(end);
  }
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of undo.splice(0).reverse()) await end();
});

async function hostileBroker() {
  let attack: Attack = { name: 'none' };
  /** Everything that the lock ever published, as the broker would send it back. */
  const captured: Buffer[] = [];
  const counts = { connected: 0, subscribed: 0, attacked: 0 };
  /** The same, and how much was captured, when the latest attack on a subscription came about. */
  let atAttack = { ...counts, captured: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    const send = (bytes: Buffer): void => {
      if (socket.writable) socket.write(bytes);
    };
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      const packets = packetsIn(Buffer.concat([pending, bytes]));
      for (let next = packets.next(); ; next = packets.next()) {
        if (next.done === true) {
          pending = Buffer.from(next.value);
          return;
        }
        answer(next.value);
      }
    });
    function answer(bytes: Buffer): void {
      const type = (bytes[0] ?? 0) >> 4;
      if (type === PUBLISH) {
        const body = bodyOf(bytes);
        const at = 2 + body.readUInt16BE(0);
        captured.push(packet(0x30, Buffer.concat([body.subarray(0, at), body.subarray(at + 2)])));
      }
      if (attack.onPacket?.(type, bytes, socket) === true) {
        counts.attacked++;
        return;
      }
      if (type === CONNECT) {
        counts.connected++;
        send(Buffer.from([0x20, 3, 0, 0, 0]));
      } else if (type === PUBLISH) {
        const id = idIn(bytes);
        if (id !== undefined) send(Buffer.concat([Buffer.from([0x40, 2]), id]));
      } else if (type === SUBSCRIBE) {
        send(packet(0x90, Buffer.concat([bodyOf(bytes).subarray(0, 2), granted(bytes, 1)])));
        counts.subscribed++;
        if (attack.onSubscribed === undefined) return;
        attack.onSubscribed(send, socket, captured);
        counts.attacked++;
        atAttack = { ...counts, captured: captured.length };
      } else if (type === 12) send(Buffer.from([0xd0, 0]));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  undo.push(async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `mqtt://127.0.0.1:${bound.port}`,
    counts,
    captured,
    atAttack: () => atAttack,
    /** As somebody of the household would, through this broker, which keeps it. */
    command(topic: string, body: object): void {
      const bytes = publish(topic, command(body));
      captured.push(bytes);
      for (const socket of sockets) socket.write(bytes);
    },
    /** From the next connection on. */
    become(next: Attack): void {
      attack = next;
      cut();
    },
  };
}

it('a broker that means harm moves nothing, and the lock outlives it', async () => {
  const broker = await hostileBroker();
  const door: LockOn = await lockOn({ url: broker.url, id: 'front-door', password: 'any' });
  undo.push(() => door.stop());
  await until('the lock has subscribed', () => broker.counts.subscribed > 0);
  await door.ring();
  // One visit by way of this broker: it has a nonce, a real presentation and their answers to say again.
  broker.command(topics.cmd.nonce, { cid: 'household-1' });
  const answer = () => broker.captured.map(String).find((text) => text.includes('"nonce"'));
  await until('the nonce', () => answer() !== undefined);
  const nonce = Buffer.from(/"nonce":"([0-9a-f]+)"/.exec(answer() ?? '')?.[1] ?? '', 'hex');
  const guest = door.people.invite(toWallS(wallMs(Date.now())), 1);
  broker.command(topics.cmd.unlock, { cid: 'household-2', presentation: door.people.answer(guest, nonce) });
  await until('the bolt is withdrawn', () => door.plant.truth().withdrawals === 1);
  broker.command(topics.cmd.lock, { cid: 'household-3' });
  await until('the bolt is thrown', () => door.lock.document().lock === 'locked', 60_000);
  for (const attack of ATTACKS) {
    const before = { ...broker.counts };
    broker.become(attack);
    await until(`${attack.name} has come about`, () => broker.counts.attacked > before.attacked);
    if (attack.deafens === true) {
      // What choked it may be retained and would choke it again: the lock comes back by itself to tell, not to listen.
      const then = broker.atAttack();
      await until(`the lock has broken off ${attack.name}`, () => broker.counts.connected > then.connected);
      await until(`the lock reports after ${attack.name}`, () => broker.captured.length > then.captured);
      expect(broker.counts.subscribed, attack.name).toBe(then.subscribed);
    }
    // A broker in good order behind it: the lock comes back to it, and is a lock.
    const { subscribed } = broker.counts;
    const told = broker.captured.length;
    broker.become({ name: 'none' });
    await until(`the lock is back after ${attack.name}`, () => broker.counts.subscribed > subscribed);
    await until(`the lock reports after ${attack.name}`, () => broker.captured.length > told);
    expect(door.plant.truth().withdrawals, attack.name).toBe(1);
    expect(door.lock.document().lock, attack.name).toBe('locked');
  }
  await door.ring();
  await until('everything is told in the end', () => door.waiting() === 0);
  // It was alive all the time: whoever is inside gets out.
  door.plant.press('inside_button', 200);
  await until('the button inside withdraws the bolt', () => door.plant.truth().withdrawals === 2);
});
