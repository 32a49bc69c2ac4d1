/** Mosquitto as docs/home-assistant.md sets it up, word for word: what Home Assistant, two locks and their owner may do there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicsOf } from '../../protocol/index.ts';
import { type Authority, authority, noOpenssl } from '../support/certificates.ts';
import { ENABLED } from '../support/home-assistant.ts';
import { until } from '../wire/until.ts';
import { missingMosquitto, passwordFile, STAYS_ROOT } from './kinds.ts';
import { type Listener, listenOn } from './listener.ts';
import { type LockOn, lockOn } from './lock-on.ts';
import { freePort, program, type Server, temporaryFolder } from './server.ts';

const PASSWORD = 'correct horse';
const USERS = ['front-door', 'back-door', 'home-assistant', 'owner'];
const front = topicsOf('front-door');
const FRONT_CONFIG = 'homeassistant/device/front-door/config';

const page = readFileSync('docs/home-assistant.md', 'utf8');
/** The block behind the line that names a file. */
function fileIn(path: string): string {
  const from = page.indexOf('```\n', page.indexOf(`\`${path}\``)) + 4;
  return page.slice(from, page.indexOf('```', from));
}

async function mosquittoOfThePage(home: Authority): Promise<Server> {
  const folder = temporaryFolder();
  const port = await freePort();
  const broker = home.issue({ name: 'localhost' });
  const acl = join(folder, 'acl');
  writeFileSync(acl, fileIn('/etc/mosquitto/acl'), { mode: 0o600 });
  const here = new Map([
    ['listener', `${port} 127.0.0.1`],
    ['cafile', home.certFile],
    ['certfile', broker.certFile],
    ['keyfile', broker.keyFile],
    [
      'password_file',
      passwordFile(
        folder,
        USERS.map((user) => ({ user, password: PASSWORD })),
      ),
    ],
    ['acl_file', acl],
  ]);
  const given = fileIn('/etc/mosquitto/conf.d/latchstring.conf');
  const conf = given.replace(/^(\w+) +.*$/gm, (line, key: string) =>
    here.has(key) ? `${key} ${here.get(key)}` : line,
  );
  for (const [key, value] of here) expect(conf).toContain(`${key} ${value}\n`);
  const path = join(folder, 'mosquitto.conf');
  writeFileSync(path, [conf, ...STAYS_ROOT, ''].join('\n'));
  return program({ program: 'mosquitto', argv: ['-c', path], port, folder });
}

const missing = missingMosquitto() ?? noOpenssl();

describe.skipIf(missing !== undefined)(
  'Mosquitto as the page about Home Assistant sets it up',
  () => {
    let home: Authority;
    let server: Server;
    let lock: LockOn;
    const ears: Listener[] = [];
    beforeAll(async () => {
      home = authority();
      server = await mosquittoOfThePage(home);
      const url = `mqtts://localhost:${server.port}`;
      lock = await lockOn({
        url,
        id: 'front-door',
        password: PASSWORD,
        tls: { ca: home.cert },
        homeAssistant: ENABLED,
      });
    });
    afterAll(async () => {
      for (const one of ears) await one.close();
      await lock?.stop();
      await server?.close();
      home?.remove();
    });
    async function as(user: string, topics: readonly string[]): Promise<Listener> {
      const clientId = `${user}-${ears.length}`;
      const account = { port: server.port, ca: home.cert, user, password: PASSWORD };
      const made = await listenOn({ ...account, topics, version: 5, clientId });
      ears.push(made);
      return made;
    }
    const asked = (cid: string, more: object = {}): string =>
      JSON.stringify({ cid, exp: Math.floor(Date.now() / 1_000) + 60, ...more });
    const answerTo =
      (cid: string) =>
      ({ topic, payload }: { readonly topic: string; readonly payload: string }): boolean =>
        topic === front.result && payload.includes(`"${cid}"`);

    it('tells Home Assistant of the lock, and lets it lock and ask for a nonce; no more', async () => {
      const ha = await as('home-assistant', ['latchstring/v1/#', 'homeassistant/#']);
      await ha.until('the description', ({ topic }) => topic === FRONT_CONFIG);
      await ha.until('the state', ({ topic }) => topic === front.state);
      await ha.publish(front.cmd.set, asked('set', { action: 'lock' }));
      await ha.until('it is locked', answerTo('set'));
      await ha.publish(front.cmd.nonce, asked('nonce'));
      await ha.until('the nonce', answerTo('nonce'));
      for (const topic of [front.cmd.unlock, front.control, front.state, front.event.lock]) {
        await expect(ha.publish(topic, asked('more'))).rejects.toThrow(/Not authorized/);
      }
    });

    it('lets a lock hear that Home Assistant has come up', async () => {
      const ha = await as('home-assistant', [FRONT_CONFIG]);
      await until('the first description', () => ha.heard.length === 1);
      await ha.publish('homeassistant/status', 'online');
      await until('the second', () => ha.heard.length === 2, 15_000);
    });

    it('lets a lock describe itself, and no other', async () => {
      const back = await as('back-door', ['latchstring/v1/front-door/#', 'homeassistant/#']);
      await back.publish('homeassistant/device/back-door/config', '');
      for (const topic of [FRONT_CONFIG, 'homeassistant/lock/front-door/config', 'homeassistant/status', front.state]) {
        await expect(back.publish(topic, 'forged', { retain: true })).rejects.toThrow(/Not authorized/);
      }
      await lock.ring();
      await until('everything is acknowledged', () => lock.waiting() === 0);
      expect(back.heard.filter(({ topic }) => topic !== 'homeassistant/status')).toEqual([]);
    });

    it('lets the owner ask and say what the verbs at a shell do', async () => {
      const owner = await as('owner', [`latchstring/v1/front-door/#`]);
      for (const verb of ['nonce', 'ping', 'lock'] as const) {
        await owner.publish(front.cmd[verb], asked(`owner-${verb}`));
        await owner.until(verb, answerTo(`owner-${verb}`));
      }
      await owner.publish(front.cmd.unlock, asked('owner-unlock', { presentation: 'LS1:' }));
      await owner.until('unlock', answerTo('owner-unlock'));
      await owner.publish(front.control, '[]');
      await expect(owner.publish(front.state, '{}')).rejects.toThrow(/Not authorized/);
    });
  },
  60_000,
);
