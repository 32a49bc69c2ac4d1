/** `latchstring mqtt check`: what is wrong with a broker is found by what comes out of it, on brokers that are set up wrongly. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../../cli.ts';
import { topicsOf } from '../../protocol/index.ts';
import { ownTrees } from '../../sim/broker/access.ts';
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../sim/broker/embedded.ts';
import { fakeIo } from '../support/fake-io.ts';
import { until } from '../wire/until.ts';
import { cable } from './cable.ts';
import { KINDS } from './kinds.ts';
import { listenOn } from './listener.ts';
import { lockOn } from './lock-on.ts';
import type { Account } from './server.ts';

const PASSWORD = 'correct horse';
const TREE = ['latchstring/v1/front-door/#'];
const topics = topicsOf('front-door');
const LOCK: Account = { user: 'front-door', password: PASSWORD, write: TREE, read: TREE };
const OTHER = 'latchstring/v1/back-door/state';
const NEIGHBOUR: Account = { user: 'neighbour', password: PASSWORD, write: [OTHER], read: [OTHER] };

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of undo.splice(0).reverse()) await end();
});

interface Report {
  readonly code: number;
  readonly verdicts: Readonly<Record<string, string>>;
  readonly details: string;
  readonly err: string;
}

async function check(url: string, ...more: readonly string[]): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-check-'));
  const io = fakeIo();
  try {
    writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
    const words = ['mqtt', 'check', '--broker', url, '--id', 'front-door', '--json'];
    const code = await main([...words, '--password-file', join(folder, 'password'), ...more], io);
    const found = (io.lines()[0]?.findings ?? []) as readonly { check: string; verdict: string; detail: string }[];
    return {
      code,
      verdicts: Object.fromEntries(found.map((finding) => [finding.check, finding.verdict])),
      details: found.map(({ detail }) => detail).join('\n'),
      err: io.printed.err,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FINE = {
  own_tree: 'ok',
  retained: 'ok',
  will: 'ok',
  commands: 'ok',
  lock: 'unsure',
  other_trees: 'ok',
  other_locks: 'ok',
  no_account: 'ok',
};

describe.each(KINDS)('mqtt check on $name', (kind) => {
  const missing = kind.missing();
  const start = async (accounts: readonly Account[]) => {
    const server = await kind.make(accounts);
    undo.push(() => server.close());
    // It may take connections before it knows its accounts, and the check tries once.
    for (const { user, password } of accounts.slice(0, 1)) {
      const first = await listenOn({ port: server.port, user, password, topics: [], version: kind.version });
      await first.close();
    }
    const wire = await cable(server.port, { speaks: kind.version });
    undo.push(() => wire.close());
    return { url: wire.url, port: server.port };
  };

  it.skipIf(missing !== undefined)(
    'finds nothing wrong where nothing is, leaves nothing behind, and disturbs no lock',
    async () => {
      const { url, port } = await start([LOCK, NEIGHBOUR]);
      expect(await check(url)).toMatchObject({ code: 0, verdicts: FINE });
      const after = await listenOn({ port, user: 'front-door', password: PASSWORD, topics: TREE });
      undo.push(() => after.close());
      const door = await lockOn({ url, id: 'front-door', password: PASSWORD });
      undo.push(() => door.stop());
      await until('the lock is online', () => after.heard.some(({ payload }) => payload === 'online'));
      expect(after.heard.filter(({ retain, payload }) => retain && payload !== '')).toEqual([]);
      expect(await check(url)).toMatchObject({ code: 0, verdicts: { ...FINE, lock: 'ok' } });
      expect(after.heard.filter(({ topic }) => topic === topics.availability).map(({ payload }) => payload)).toEqual([
        'online',
      ]);
      expect(door.plant.truth().withdrawals).toBe(0);
    },
  );

  it.skipIf(missing !== undefined)('finds an access list that denies the tree, whatever the broker says', async () => {
    const { url } = await start([{ ...LOCK, write: [topics.state] }]);
    const { code, verdicts } = await check(url);
    expect(code).toBe(1);
    expect(verdicts).toEqual({ own_tree: 'wrong' });
  });

  it.skipIf(missing !== undefined)('finds an account that hears and may do more than its own', async () => {
    const { url, port } = await start([
      { ...LOCK, write: ['latchstring/v1/#'], read: ['latchstring/v1/#'] },
      NEIGHBOUR,
    ]);
    const other = await listenOn({ port, user: 'neighbour', password: PASSWORD, topics: [] });
    undo.push(() => other.close());
    await other.publish(OTHER, '{}', { retain: true });
    const { code, verdicts } = await check(url);
    expect(code).toBe(1);
    // RabbitMQ keeps what is retained from whoever asks with a wildcard: what the neighbour said before is not heard there.
    const heard = kind.name === 'RabbitMQ' ? 'ok' : 'wrong';
    expect(verdicts).toEqual({ ...FINE, other_trees: 'wrong', other_locks: heard });
  });
});

describe('mqtt check', () => {
  async function embedded(options: EmbeddedBrokerOptions) {
    const broker = await embeddedBroker(options);
    undo.push(() => broker.close());
    return broker;
  }
  const accounts = new Map([['front-door', PASSWORD]]);
  const own = ownTrees();

  it('finds a broker that lets anybody in', async () => {
    const { code, verdicts, details } = await check((await embedded({})).url);
    expect(code).toBe(1);
    expect(verdicts).toEqual({ ...FINE, other_trees: 'wrong', no_account: 'wrong' });
    expect(details).toMatch(/anybody, without an account, may hear all that the lock says, and speak in its name/);
  });

  it('tries the account that stands in the address, where no other is named', async () => {
    const { url } = await embedded({ accounts: new Map([['household', PASSWORD]]) });
    expect(await check(url.replace('//', '//household@'))).toMatchObject({ verdicts: { own_tree: 'ok' } });
  });

  it('finds a will that is denied', async () => {
    const access = {
      ...own,
      mayPublish: (user: string, topic: string) => own.mayPublish(user, topic) && !topic.endsWith('/will'),
    };
    expect(await check((await embedded({ accounts, access })).url)).toMatchObject({
      code: 1,
      verdicts: { own_tree: 'ok', will: 'wrong' },
    });
  });

  it('finds commands that are not heard, and a lock that says online and is not there', async () => {
    const access = {
      ...own,
      maySubscribe: (user: string, filter: string) => own.maySubscribe(user, filter) && !filter.includes('/cmd/'),
    };
    const broker = await embedded({ accounts, access });
    const forger = await listenOn({ port: broker.port, user: 'front-door', password: PASSWORD, topics: [] });
    await forger.publish(topics.availability, 'online', { retain: true });
    await forger.close();
    const { code, verdicts, details } = await check(broker.url);
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({ commands: 'wrong', lock: 'wrong' });
    expect(details).toMatch(/availability says online, and it does not answer/);
  });

  it('finds a lock that answers, and is said to be offline', async () => {
    const broker = await embedded({ accounts });
    const door = await lockOn({ url: broker.url, id: 'front-door', password: PASSWORD });
    undo.push(() => door.stop());
    const forger = await listenOn({
      port: broker.port,
      user: 'front-door',
      password: PASSWORD,
      topics: [topics.availability],
    });
    undo.push(() => forger.close());
    await forger.until('online', ({ payload }) => payload === 'online');
    await forger.publish(topics.availability, 'offline', { retain: true });
    const { verdicts, details } = await check(broker.url);
    expect(verdicts).toMatchObject({ lock: 'wrong' });
    expect(details).toMatch(/it answers, and its availability says offline/);
  });

  it('says in words what it finds, and what to do', async () => {
    const io = fakeIo();
    const broker = await embedded({});
    // Whoever may publish there writes on nobody's terminal, and fills none.
    await broker.publish(topics.availability, `on\x1b[2Jline${'x'.repeat(10_000)}`, { retain: true });
    expect(await main(['mqtt', 'check', '--broker', broker.url, '--id', 'front-door'], io)).toBe(1);
    expect(io.printed.out).toMatch(/^ok {7}own tree: /);
    expect(io.printed.out).toMatch(/WRONG {4}no account: anybody.*\n {9}forbid anonymous connections/);
    expect(io.printed.out).toMatch(/unsure {3}lock: it is not here now \(on\?\[2Jlinex{0,100}\)/);
    expect(io.printed.out).toMatch(/2 of 8 are not as they should be\n$/);
  });

  it.each([
    [
      'a broker that is not there',
      ['--broker', 'mqtt://127.0.0.1:1', '--id', 'front-door'],
      3,
      /no broker at mqtt:\/\/127\.0\.0\.1:1/,
    ],
    ['an id that is none', ['--broker', 'mqtt://127.0.0.1:1', '--id', 'Front Door'], 2, /--id "Front Door" is no lock/],
    [
      'a root with a wildcard',
      ['--broker', 'mqtt://127.0.0.1:1', '--id', 'front-door', '--topic-root', 'a/+'],
      2,
      /--topic-root "a\/\+"/,
    ],
    ['an address that is none', ['--broker', 'localhost', '--id', 'front-door'], 2, /address/],
    [
      'a file for TLS without TLS',
      ['--broker', 'mqtt://x', '--id', 'front-door', '--ca-file', 'package.json'],
      2,
      /--ca-file is for mqtts/,
    ],
    [
      'a file that is no certificate',
      ['--broker', 'mqtts://x', '--id', 'front-door', '--ca-file', 'package.json'],
      2,
      /--ca-file holds no certificate/,
    ],
    [
      'a key without a certificate',
      ['--broker', 'mqtts://x', '--id', 'front-door', '--key-file', 'package.json'],
      2,
      /belong together[\s\S]*name both/,
    ],
  ])('refuses %s in words', async (_what, words, code, message) => {
    const io = fakeIo();
    expect(await main(['mqtt', 'check', ...words], io)).toBe(code);
    expect(io.printed.err).toMatch(message);
    expect(io.printed.err).not.toMatch(/bug/);
  });
});
