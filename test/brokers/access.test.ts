/** Each lock has its own tree and nothing else: two locks, a household, and somebody who listens on everything. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsMaterial } from '../../firmware/report/mqtt-tls.ts';
import { topicsOf } from '../../protocol/index.ts';
import { accessBy, ownTrees } from '../../sim/broker/access.ts';
import { embeddedBroker } from '../../sim/broker/embedded.ts';
import { type Authority, authority, noOpenssl } from '../support/certificates.ts';
import { until } from '../wire/until.ts';
import { missingMosquitto, passwordFile, STAYS_ROOT } from './kinds.ts';
import { type Listener, listenOn } from './listener.ts';
import { type LockOn, lockOn } from './lock-on.ts';
import { freePort, program, type Server, temporaryFolder } from './server.ts';

const PASSWORD = 'correct horse';
const USERS = ['front-door', 'back-door', 'owner', 'hallway', 'eavesdropper'];
const ACCOUNTS = USERS.map((user) => ({ user, password: PASSWORD }));
const front = topicsOf('front-door');
const back = topicsOf('back-door');
/** What it hears of its own by a filter that is wider than it may be is no secret to it. */
const OWN_OF_BACK = 'latchstring/v1/back-door/';

interface Guarded extends Pick<Server, 'port' | 'close'> {
  readonly ca?: string;
  readonly versions: readonly (4 | 5)[];
  /** How a lock shows who it is. */
  readonly credentials: (id: string) => { readonly password?: string; readonly tls?: TlsMaterial };
}

/** The example, on a free port and in a folder of its own, and not a line of it changed besides. */
async function exampleMosquitto(home: Authority, byCertificate: boolean): Promise<Guarded> {
  const folder = temporaryFolder();
  const port = await freePort();
  const broker = home.issue({ name: 'localhost' });
  const files = new Map([
    ['cafile', home.certFile],
    ['certfile', broker.certFile],
    ['keyfile', broker.keyFile],
    ['password_file', passwordFile(folder, ACCOUNTS)],
    ['acl_file', join(folder, 'acl')],
    ['persistence_location', `${folder}/`],
    ['listener', `${port} 127.0.0.1`],
  ]);
  copyFileSync('examples/mosquitto/latchstring.acl', join(folder, 'acl'));
  const given = readFileSync('examples/mosquitto/mosquitto.conf', 'utf8');
  let conf = given.replace(/^(\w+) .*$/gm, (line, key: string) => (files.has(key) ? `${key} ${files.get(key)}` : line));
  if (byCertificate) conf = conf.replace(/^#(require_certificate|use_identity_as_username)/gm, '$1');
  for (const [key, value] of files) expect(conf).toContain(`${key} ${value}\n`);
  const path = join(folder, 'mosquitto.conf');
  writeFileSync(path, [conf, ...STAYS_ROOT, ''].join('\n'));
  const server = await program({ program: 'mosquitto', argv: ['-c', path], port, folder });
  const tls = { ca: home.cert };
  return {
    ...server,
    ca: home.cert,
    versions: [5, 4],
    credentials: (id) => {
      if (!byCertificate) return { password: PASSWORD, tls };
      const { cert, key } = home.issue({ name: id });
      return { tls: { ...tls, cert, key } };
    },
  };
}

async function guardedAedes(): Promise<Guarded> {
  const locks = ownTrees();
  const household = accessBy(
    (user) =>
      ({
        owner: { read: ['latchstring/v1/front-door/#'], write: ['latchstring/v1/front-door/cmd/#', front.control] },
        hallway: { read: [front.event.doorbell], write: [] },
      })[user],
  );
  const broker = await embeddedBroker({
    accounts: new Map(ACCOUNTS.map(({ user, password }) => [user, password])),
    access: {
      mayPublish: (user, topic) => locks.mayPublish(user, topic) || household.mayPublish(user, topic),
      maySubscribe: (user, filter) => locks.maySubscribe(user, filter) || household.maySubscribe(user, filter),
    },
  });
  return {
    port: broker.port,
    close: () => broker.close(),
    versions: [4],
    credentials: () => ({ password: PASSWORD }),
  };
}

const noMosquitto = missingMosquitto() ?? noOpenssl();

describe.each([
  { name: 'aedes with its hooks', missing: undefined, make: (_home: Authority) => guardedAedes() },
  {
    name: 'Mosquitto as in the example',
    missing: noMosquitto,
    make: (home: Authority) => exampleMosquitto(home, false),
  },
])('$name', ({ missing, make }) => {
  describe.skipIf(missing !== undefined)('gives each lock its own tree', () => {
    let home: Authority;
    let server: Guarded;
    let locks: readonly LockOn[];
    const undo: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      home = authority();
      server = await make(home);
      const url = `${server.ca === undefined ? 'mqtt' : 'mqtts'}://localhost:${server.port}`;
      locks = [];
      for (const id of ['front-door', 'back-door']) {
        locks = [...locks, await lockOn({ url, id, ...server.credentials(id) })];
      }
    });
    afterAll(async () => {
      for (const door of locks ?? []) await door.stop();
      await server?.close();
      home?.remove();
    });
    afterEach(async () => {
      for (const end of undo.splice(0).reverse()) await end();
    });

    async function as(user: string, topics: readonly string[], version: 4 | 5 = 4): Promise<Listener> {
      const { port, ca } = server;
      const clientId = `${user}-${Math.random().toString(36).slice(2)}`;
      const made = await listenOn({ port, user, password: PASSWORD, topics, version, clientId, ...(ca && { ca }) });
      undo.push(() => made.close());
      return made;
    }
    const doorOf = (index: number): LockOn => {
      const door = locks[index];
      if (door === undefined) throw new Error('no such door');
      return door;
    };

    it('an eavesdropper on everything hears nothing, nor does one lock of the other, nor the household of another door', async () => {
      const everything = ['#', '+/#', 'latchstring/#', '+/+/+/+', front.state, '$share/g/#', `$share/g/${front.state}`];
      const ears: Listener[] = [];
      for (const version of server.versions) {
        for (const topic of everything) ears.push(await as('eavesdropper', [topic], version));
        ears.push(
          await as('back-door', ['latchstring/v1/front-door/#', 'latchstring/v1/+/state', front.result], version),
        );
      }
      const owner = await as('owner', ['latchstring/v1/front-door/#', 'latchstring/v1/back-door/#']);
      const hallway = await as('hallway', [front.event.doorbell, front.event.access, front.state]);
      await doorOf(0).ring();
      await doorOf(0).visit();
      await doorOf(1).ring();
      await owner.until(
        'the visit is told',
        ({ topic, payload }) => topic === front.event.visit && payload.includes('sealed'),
      );
      await hallway.until('the ring', () => true);
      await until('both doors have told everything', () => locks.every((door) => door.waiting() === 0));
      const foreign = ears.flatMap(({ heard }) => heard).filter(({ topic }) => !topic.startsWith(OWN_OF_BACK));
      expect(foreign).toEqual([]);
      expect(ears.filter(({ user }) => user === 'eavesdropper').flatMap(({ heard }) => heard)).toEqual([]);
      expect([...new Set(owner.heard.map(({ topic }) => topic.split('/')[2]))]).toEqual(['front-door']);
      expect([...new Set(hallway.heard.map(({ topic }) => topic))]).toEqual([front.event.doorbell]);
    });

    it('nobody but the household can ask a lock, or say anything in its name; a will cannot either', async () => {
      const exp = Math.floor(Date.now() / 1_000) + 60;
      const owner = await as('owner', ['latchstring/v1/front-door/#']);
      const before = await owner.until('availability', ({ topic }) => topic === front.availability);
      expect(before.payload).toBe('online');
      for (const user of ['eavesdropper', 'hallway', 'back-door']) {
        for (const topic of [front.cmd.ping, front.control, front.state, front.availability, front.result]) {
          const stranger = await as(user, []);
          const body = JSON.stringify({ cid: `from-${user}`, exp });
          // Denied without a word, by a reason code, or by the end of the connection.
          await Promise.race([
            stranger.publish(topic, body, { retain: true }).catch(() => undefined),
            until('the connection goes', () => !stranger.connected()),
          ]);
          await stranger.close();
        }
        await dieWithWill(user);
      }
      await owner.publish(front.cmd.ping, JSON.stringify({ cid: 'from-owner', exp }));
      await owner.until('the answer', ({ topic }) => topic === front.result);
      const said = owner.heard.map(({ payload }) => payload).filter((payload) => payload !== 'online');
      expect(said.filter((payload) => /from-(?!owner)|^forged$/.test(payload))).toEqual([]);
    });

    /** Connects with a will in the name of a lock, and goes without a goodbye. */
    async function dieWithWill(user: string): Promise<void> {
      const client = connect(`${server.ca === undefined ? 'mqtt' : 'mqtts'}://localhost:${server.port}`, {
        ...(server.ca === undefined ? {} : { ca: server.ca }),
        username: user,
        password: PASSWORD,
        protocolVersion: 4,
        reconnectPeriod: 0,
        will: { topic: front.availability, payload: Buffer.from('forged'), qos: 1, retain: true },
      });
      client.on('error', () => undefined);
      const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
      client.once('connect', () => client.stream.destroy());
      await gone;
    }

    it('a wrong password is nobody, whoever’s name it is beside', async () => {
      const client = connect(`${server.ca === undefined ? 'mqtt' : 'mqtts'}://localhost:${server.port}`, {
        ...(server.ca === undefined ? {} : { ca: server.ca }),
        username: 'front-door',
        password: 'wrong',
        protocolVersion: 4,
        reconnectPeriod: 0,
      });
      undo.push(() => client.endAsync(true));
      const refused = await new Promise<Error>((resolve) => client.once('error', resolve));
      expect(refused.message).toMatch(/Not authorized/);
    });

    it('the other lock still works through all of it', async () => {
      const watch = await as('back-door', [back.event.doorbell, back.availability]);
      await doorOf(1).ring();
      await watch.until('the ring', ({ topic }) => topic === back.event.doorbell);
    });
  });
});

describe.skipIf(noMosquitto !== undefined)('Mosquitto as in the example, with certificates', () => {
  it('takes a lock by the common name of its certificate, and gives it the same tree', async () => {
    const home = authority();
    const server = await exampleMosquitto(home, true);
    const url = `mqtts://localhost:${server.port}`;
    const door = await lockOn({ url, id: 'front-door', ...server.credentials('front-door') });
    // The same certificate under another lock's name: what counts is whom it was made for.
    const impostor = await lockOn({ url, id: 'back-door', ...server.credentials('side-door') });
    try {
      await door.ring();
      await until('everything is acknowledged', () => door.waiting() === 0);
      expect(impostor.waiting()).toBeGreaterThan(0);
    } finally {
      await impostor.stop();
      await door.stop();
      await server.close();
      home.remove();
    }
  });
});
