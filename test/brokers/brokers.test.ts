/**
 * One lock, and every broker that a user may have: the same promises on each. What is known of the ways in which they
 * differ stands in firmware/DESIGN.md, and the tests of denials say it again.
 */
import { connect } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { topicsOf } from '../../protocol/index.ts';
import { until } from '../wire/until.ts';
import { type Cable, cable } from './cable.ts';
import { KINDS } from './kinds.ts';
import { eventsIn, type Heard, type Listener, type ListenerOptions, listenOn } from './listener.ts';
import { type LockOn, type LockOnOptions, lockOn } from './lock-on.ts';
import type { Account, Server } from './server.ts';

const PASSWORD = 'correct horse';
/** How long a broker that was killed may take until it is itself again. */
const RECOVERY_MS_MAX = 45_000;
/** One for each test: what is retained for one must not be heard by the next. */
const LOCKS = ['visit', 'will', 'kill', 'retained', 'reply'].map((word) => `lock-${word}`);
/** A lock that may not tell of its doorbell, as after a slip in somebody's access list. */
const GAGGED = 'lock-gagged';

const ownTree = (id: string): Account => {
  const tree = [`latchstring/v1/${id}/#`];
  return { user: id, password: PASSWORD, write: tree, read: tree };
};
const gagged = topicsOf(GAGGED);
const ACCOUNTS: readonly Account[] = [
  ...LOCKS.map(ownTree),
  {
    ...ownTree(GAGGED),
    write: [
      ...[gagged.availability, gagged.info, gagged.state, gagged.result],
      ...Object.values(gagged.event).filter((topic) => topic !== gagged.event.doorbell),
    ],
  },
  {
    user: 'owner',
    password: PASSWORD,
    read: ['latchstring/v1/#'],
    write: ['latchstring/v1/+/cmd/#', 'latchstring/v1/+/control'],
  },
];

describe.each(KINDS)('$name', (kind) => {
  const missing = kind.missing();
  describe.skipIf(missing !== undefined)('carries a lock', () => {
    let server: Server;
    beforeAll(async () => {
      server = await kind.make(ACCOUNTS);
    });
    afterAll(() => server?.close());

    const undo: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const end of undo.splice(0).reverse()) await end();
    });

    async function listen(topics: readonly string[], more: Partial<ListenerOptions> = {}): Promise<Listener> {
      const { port } = server;
      const clientId = `owner-${Math.random().toString(36).slice(2)}`;
      const made = await listenOn({ port, user: 'owner', password: PASSWORD, topics, clientId, ...more });
      undo.push(() => made.close());
      return made;
    }

    async function lock(id: string, more: Partial<LockOnOptions> = {}): Promise<LockOn & { readonly wire: Cable }> {
      const wire = await cable(server.port, { speaks: kind.version });
      undo.push(() => wire.close());
      const made = await lockOn({ url: wire.url, id, password: PASSWORD, ...more });
      undo.push(() => made.stop());
      return { ...made, wire };
    }

    it('all events of a whole visit arrive once, in order', async () => {
      const topics = topicsOf('lock-visit');
      const owner = await listen([`latchstring/v1/lock-visit/event/#`]);
      const door = await lock('lock-visit');
      await door.ring();
      await door.visit();
      await until('everything is acknowledged', () => door.waiting() === 0);
      const last = door.lock.journal().memory.nextSeq - 1;
      await until('the last event is heard', () => eventsIn(owner.heard, topics).at(-1)?.seq === last);
      const events = eventsIn(owner.heard, topics);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: last + 1 }, (_, seq) => seq));
      expect(owner.heard).toHaveLength(events.length);
      const told = events.map(({ topic, type }) => `${topic} ${type}`);
      const story = ['system boot', 'doorbell ring', 'lock unlocked', 'access granted', 'door opened', 'door closed'];
      expect(told.filter((word) => story.includes(word))).toEqual(story);
      expect(told.slice(-2)).toEqual(expect.arrayContaining(['visit ended']));
    });

    it('what is so is retained for whoever comes later, and the will says offline when the wire is pulled out', async () => {
      const topics = topicsOf('lock-will');
      const { wire, lock: firmware } = await lock('lock-will');
      const document = () => firmware.document();
      // At boot the lock is unknown until it is observed; what is told first may be that.
      const isLocked = ({ topic, payload }: Heard): boolean =>
        topic === topics.state && JSON.parse(payload).lock === 'locked';
      const early = await listen([topics.availability, topics.state]);
      await early.until('the lock is online', ({ payload }) => payload === 'online');
      await early.until('the lock is locked', isLocked);
      const late = await listen([topics.availability, topics.info, topics.state]);
      expect(await late.until('availability', ({ topic }) => topic === topics.availability)).toMatchObject({
        payload: 'online',
        retain: true,
      });
      const state = await late.until('state', isLocked);
      expect(state.retain).toBe(true);
      expect(JSON.parse(state.payload)).toMatchObject({ boot: document().boot });
      const info = await late.until('info', ({ topic }) => topic === topics.info);
      expect(JSON.parse(info.payload)).toMatchObject({ lock_id: 'lock-will' });
      wire.pull();
      await late.until('the will', ({ topic, payload }) => topic === topics.availability && payload === 'offline');
      const later = await listen([topics.availability]);
      expect(await later.until('the will, kept', () => true)).toMatchObject({ payload: 'offline', retain: true });
      wire.plug();
      await later.until('the lock is back', ({ payload }) => payload === 'online');
    });

    it('killed in the middle of it and brought back, it has lost nothing', async () => {
      const topics = topicsOf('lock-kill');
      const owner = await listen([`latchstring/v1/lock-kill/event/#`]);
      const door = await lock('lock-kill');
      let rung = 0;
      const ring = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++) {
          await door.ring();
          rung++;
        }
      };
      await ring(5);
      const ringing = ring(10);
      await until('the middle of it', () => rung === 8);
      await server.kill();
      await ringing;
      await until('events wait for the broker', () => door.waiting() > 0);
      const before = eventsIn(owner.heard, topics).length;
      await server.start();
      await ring(3);
      // RabbitMQ takes connections some seconds before it takes messages.
      await until('everything is acknowledged', () => door.waiting() === 0, RECOVERY_MS_MAX);
      const last = door.lock.journal().memory.nextSeq - 1;
      await until('everything is heard', () => eventsIn(owner.heard, topics).length === last + 1, RECOVERY_MS_MAX);
      const events = eventsIn(owner.heard, topics);
      // The lock tells them in order; a broker may hand over what it kept for a listener beside what comes just then.
      const seqs = events.map(({ seq }) => seq).toSorted((a, b) => a - b);
      expect(seqs).toEqual(Array.from({ length: last + 1 }, (_, seq) => seq));
      expect(events.filter(({ type }) => type === 'ring')).toHaveLength(18);
      expect(before).toBeLessThan(events.length);
    });

    it('a retained command is not obeyed when the lock comes, nor when it comes back', async () => {
      const topics = topicsOf('lock-retained');
      const owner = await listen([topics.result, topics.availability]);
      const asked = (cid: string) => JSON.stringify({ cid, exp: Math.floor(Date.now() / 1_000) + 60 });
      await owner.publish(topics.cmd.ping, asked('retained'), { retain: true });
      await owner.publish(topics.cmd.lock, asked('retained-too'), { retain: true });
      const { wire } = await lock('lock-retained');
      const online = (): number => owner.heard.filter(({ payload }) => payload === 'online').length;
      await until('the lock is online', () => online() >= 1);
      wire.pull();
      await owner.until('the lock is gone', ({ payload }) => payload === 'offline');
      wire.plug();
      await until('the lock is back', () => online() >= 2);
      // A subscription may be later than the greeting: asked until it is there, and then what is retained was there before.
      let asks = 0;
      const answered = () => owner.heard.filter(({ topic }) => topic === topics.result);
      while (answered().length === 0) {
        if (asks++ > 50) throw new Error('the lock does not answer');
        await owner.publish(topics.cmd.ping, asked(`fresh-${asks}`));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const cids = () => answered().map(({ payload }): string => JSON.parse(payload).cid);
      for (const cid of cids()) expect(cid).toMatch(/^fresh-/);
      // Nor while it listens, where the broker says so of what comes just then: MQTT 5 does.
      await owner.publish(topics.cmd.ping, asked('live'), { retain: true });
      await owner.publish(topics.cmd.ping, asked('last'));
      await until('the last is answered', () => cids().includes('last'));
      expect(cids().includes('live')).toBe(kind.version !== 5);
    });

    it('a command is answered with its cid, and by MQTT 5 where its asker wants it, in the lock’s tree only', async () => {
      const topics = topicsOf('lock-reply');
      const { version } = kind;
      const own = `${topics.reply}owner-1`;
      const foreign = 'latchstring/v1/lock-will/reply/owner';
      const owner = await listen([topics.result, own, foreign, topics.availability], { version });
      await lock('lock-reply');
      await owner.until('the lock is online', ({ payload }) => payload === 'online');
      const correlationData = Buffer.from([0, 1, 0xff]);
      const ask = async (cid: string, responseTopic: string): Promise<string> => {
        const body = JSON.stringify({ cid, exp: Math.floor(Date.now() / 1_000) + 60 });
        for (let asks = 0; asks < 50; asks++) {
          await owner.publish(topics.cmd.ping, body, { responseTopic, correlationData });
          const answer = owner.heard.find(({ payload }) => payload.includes(`"${cid}"`));
          if (answer !== undefined) {
            expect(JSON.parse(answer.payload)).toEqual({ cid, ok: true });
            if (answer.topic === own) expect(answer.correlationData).toEqual(correlationData);
            return answer.topic;
          }
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error('the lock does not answer');
      };
      expect(await ask('wants-it-there', own)).toBe(version === 5 ? own : topics.result);
      expect(await ask('wants-it-elsewhere', foreign)).toBe(topics.result);
      expect(owner.heard.filter(({ topic }) => topic === foreign)).toEqual([]);
    });

    it('a lock that may neither tell Home Assistant nor hear of it stays, and is asked what it always is', async () => {
      const owner = await listen([gagged.availability, gagged.result]);
      await lock(GAGGED, {
        homeAssistant: { enabled: true, discoveryPrefix: 'homeassistant', statusTopic: 'homeassistant/status' },
      });
      let heard = 0;
      let sinceMs = 0;
      await until('it comes, and stays', () => {
        if (owner.heard.length !== heard) sinceMs = performance.now();
        heard = owner.heard.length;
        return owner.heard.at(-1)?.payload === 'online' && performance.now() - sinceMs > 1_500;
      });
      await owner.publish(
        gagged.cmd.ping,
        JSON.stringify({ cid: 'still-there', exp: Math.floor(Date.now() / 1_000) + 60 }),
      );
      await until('the answer', () => owner.heard.some(({ payload }) => payload.includes('still-there')));
    });

    it('a denied publish harms nothing at the door, and where it is denied without a word the rest is told', async () => {
      const owner = await listen([`latchstring/v1/${GAGGED}/#`]);
      const door = await lock(GAGGED);
      await door.ring();
      await door.visit();
      expect(door.lock.document()).toMatchObject({ lock: 'locked', visit: 'idle' });
      expect(door.plant.truth().withdrawals).toBe(1);
      const told = () => eventsIn(owner.heard, gagged).map(({ topic, type }) => `${topic} ${type}`);
      await until('the visit is told', () => told().includes('visit ended'));
      expect(told()).not.toContain('doorbell ring');
    });

    it('says no to a publish in the way that we know of it', async () => {
      const client = connect(`mqtt://127.0.0.1:${server.port}`, {
        username: GAGGED,
        password: PASSWORD,
        protocolVersion: kind.version,
        reconnectPeriod: 0,
      });
      undo.push(() => client.endAsync(true));
      await new Promise<void>((resolve) => client.once('connect', () => resolve()));
      const answer = await new Promise<string>((resolve) => {
        client.once('close', () => resolve('closes'));
        client.publish(gagged.event.doorbell, '{}', { qos: 1 }, (error) => {
          if (error === null || error === undefined) resolve('silent');
          else if ('code' in error && error.code === 135) resolve('reason');
        });
      });
      expect(answer).toBe(kind.denial);
    });
  });
});
