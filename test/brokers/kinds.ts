/** The brokers that the suite runs on, each as its Debian package brings it. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessBy } from '../../sim/broker/access.ts';
import { embeddedBroker } from '../../sim/broker/embedded.ts';
import { type Account, freePort, type Kind, program, type Server, temporaryFolder, without } from './server.ts';

/** In this process. It keeps its memory while it is paused, as the others keep their files. */
const aedes: Kind = {
  name: 'aedes, embedded',
  missing: () => undefined,
  version: 4,
  denial: 'closes',
  async make(accounts) {
    const broker = await embeddedBroker({
      accounts: new Map(accounts.map(({ user, password }) => [user, password])),
      access: accessBy((name) => accounts.find(({ user }) => user === name)),
    });
    return { port: broker.port, kill: () => broker.pause(), start: () => broker.resume(), close: () => broker.close() };
  },
};

/** A file as Mosquitto wants it, hashed by its own program. */
export function passwordFile(folder: string, accounts: readonly Pick<Account, 'user' | 'password'>[]): string {
  const path = join(folder, 'passwords');
  writeFileSync(path, accounts.map(({ user, password }) => `${user}:${password}\n`).join(''), { mode: 0o600 });
  const { status, stderr } = spawnSync('mosquitto_passwd', ['-U', path]);
  if (status !== 0) throw new Error(`mosquitto_passwd: ${stderr.toString()}`);
  return path;
}

/** It gives up being root, and then may not read the folder of whoever runs the tests. */
export const STAYS_ROOT: readonly string[] = process.getuid?.() === 0 ? ['user root'] : [];

/** Writes down all that it keeps at each change, as far as it can be told to; a kill would take the rest. */
async function mosquitto(accounts: readonly Account[]): Promise<Server> {
  const folder = temporaryFolder();
  const port = await freePort();
  const passwords = passwordFile(folder, accounts);
  const rights = ({ user, write, read }: Account): string =>
    [`user ${user}`, ...write.map((t) => `topic write ${t}`), ...read.map((t) => `topic read ${t}`)].join('\n');
  writeFileSync(join(folder, 'acl'), `${accounts.map(rights).join('\n\n')}\n`, { mode: 0o600 });
  const conf = join(folder, 'mosquitto.conf');
  writeFileSync(
    conf,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${passwords}`,
      `acl_file ${join(folder, 'acl')}`,
      'persistence true',
      `persistence_location ${folder}/`,
      'autosave_on_changes true',
      'autosave_interval 1',
      'set_tcp_nodelay true',
      ...STAYS_ROOT,
      '',
    ].join('\n'),
  );
  return program({ program: 'mosquitto', argv: ['-c', conf], port, folder });
}

export const missingMosquitto = (): string | undefined => without('mosquitto') ?? without('mosquitto_passwd');

const mosquitto5: Kind = {
  name: 'Mosquitto, MQTT 5',
  missing: missingMosquitto,
  version: 5,
  denial: 'reason',
  make: mosquitto,
};

const mosquitto311: Kind = { ...mosquitto5, name: 'Mosquitto, MQTT 3.1.1', version: 4, denial: 'silent' };

/** As a value of its configuration, which takes JSON. */
export function natsUsers(accounts: readonly Account[]): string {
  // A level is a token, `#` is `>`, `+` is `*`, and `a/#` is `a` too, which `a.>` is not.
  const subjects = (filters: readonly string[]): string[] =>
    filters
      .flatMap((filter) => (filter.endsWith('/#') ? [filter, filter.slice(0, -2)] : [filter]))
      .map((filter) => filter.replaceAll('/', '.').replaceAll('+', '*').replaceAll('#', '>'));
  const users = accounts.map(({ user, password, write, read }) => ({
    user,
    password,
    // Subjects of its own, for what MQTT keeps.
    permissions: { publish: [...subjects(write), '$MQTT.>'], subscribe: [...subjects(read), '$MQTT.>'] },
  }));
  return JSON.stringify(users);
}

const nats: Kind = {
  name: 'NATS with JetStream',
  missing: () => without('nats-server'),
  version: 4,
  denial: 'silent',
  async make(accounts) {
    const folder = temporaryFolder();
    const port = await freePort();
    const conf = join(folder, 'nats.conf');
    writeFileSync(
      conf,
      [
        `listen: 127.0.0.1:${await freePort()}`,
        'server_name: one',
        `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))} }`,
        `mqtt { listen: 127.0.0.1:${port} }`,
        `authorization { users: ${natsUsers(accounts)} }`,
        '',
      ].join('\n'),
    );
    return program({ program: 'nats-server', argv: ['-c', conf], port, folder });
  },
};

const rabbitmq: Kind = {
  name: 'RabbitMQ',
  missing: () => without('rabbitmq-server') ?? without('epmd'),
  version: 4,
  denial: 'closes',
  async make(accounts) {
    const folder = temporaryFolder();
    const [port, namesPort, nodePort] = [await freePort(), await freePort(), await freePort()];
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    // A topic is a routing key, with dots between the levels.
    const pattern = (filters: readonly string[]): string =>
      `^(${filters.map((f) => f.replaceAll('/', '\\.').replaceAll('+', '[^.]+').replaceAll('#', '.*')).join('|')})$`;
    const definitions = file(
      'definitions.json',
      JSON.stringify({
        vhosts: [{ name: '/' }],
        users: accounts.map(({ user, password }) => ({ name: user, tags: [], ...hashed(password) })),
        permissions: accounts.map(({ user }) => ({ user, vhost: '/', configure: '.*', write: '.*', read: '.*' })),
        topic_permissions: accounts.map(({ user, write, read }) => ({
          ...{ user, vhost: '/', exchange: 'amq.topic' },
          ...{ write: pattern(write), read: pattern(read) },
        })),
      }),
    );
    const conf = file(
      'rabbitmq.conf',
      [
        'listeners.tcp = none',
        `mqtt.listeners.tcp.1 = 127.0.0.1:${port}`,
        'mqtt.allow_anonymous = false',
        'mqtt.tcp_listen_options.nodelay = true',
        'mqtt.retained_message_store = rabbit_mqtt_retained_msg_store_dets',
        `load_definitions = ${definitions}`,
        'log.file = false',
        'log.console = true',
        'log.console.level = warning',
        '',
      ].join('\n'),
    );
    mkdirSync(join(folder, 'home'));
    const env = {
      HOME: join(folder, 'home'),
      ERL_EPMD_PORT: String(namesPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `latchstring-${port}@localhost`,
      RABBITMQ_DIST_PORT: String(nodePort),
      RABBITMQ_CONFIG_FILE: conf,
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins', '[rabbitmq_mqtt].\n'),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      // It would listen on every address, for other machines of a cluster.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    };
    // Erlang's name server: left to itself it would go on for ever.
    const names = await program({
      program: 'epmd',
      argv: ['-port', String(namesPort), '-address', '127.0.0.1'],
      port: namesPort,
      folder: temporaryFolder(),
    });
    try {
      const server = await program({ program: '/usr/lib/rabbitmq/bin/rabbitmq-server', argv: [], env, port, folder });
      return {
        ...server,
        async close() {
          await server.close();
          await names.close();
        },
      };
    } catch (error) {
      await names.close();
      throw error;
    }
  },
};

/** As RabbitMQ wants it: four bytes of salt, and SHA-256 of salt and password. */
function hashed(password: string): { readonly password_hash: string; readonly hashing_algorithm: string } {
  const salt = Buffer.from('salt');
  const hash = createHash('sha256').update(salt).update(password).digest();
  return {
    password_hash: Buffer.concat([salt, hash]).toString('base64'),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
  };
}

export const KINDS: readonly Kind[] = [aedes, mosquitto5, mosquitto311, nats, rabbitmq];
