/**
 * `run`: the firmware on a real board, reader and broker, until it is told to stop. It makes nothing
 * that enrolment makes: without an identity it says so and ends.
 */

import { access } from 'node:fs/promises';
import type { StateDocument } from '../../protocol/index.ts';
import { listenedTo, topicsOf } from '../../protocol/index.ts';
import { firmataMechanism } from '../boards/firmata.ts';
import { systemClock } from '../clock/system.ts';
import { machineTimeSource } from '../clock/time-source.ts';
import { type Config, profileOf, readConfig, wiringOf } from '../config.ts';
import { openFolder } from '../disk/node-fs.ts';
import { type Identity, neverEnrolled, readIdentity } from '../identity.ts';
import { eventDocument } from '../journal/chain.ts';
import type { EventRecord } from '../journal/records.ts';
import type { Log } from '../log.ts';
import { type Lock, type LockParts, startLock } from '../main.ts';
import type { Broker, Clock } from '../ports/index.ts';
import { serialReader } from '../readers/serial.ts';
import { describe } from '../report/describe.ts';
import { mqttBroker } from '../report/mqtt.ts';
import { mqttAddressOf } from '../report/mqtt-address.ts';
import { type TlsMaterial, whyUnusable } from '../report/mqtt-tls.ts';
import { serialTransport } from '../serial/port.ts';
import { claimed } from '../tools/claimed.ts';
import { EXIT, failure, isFailure, systemCode, toFailure, usage } from '../tools/failure.ts';
import { CA_BYTES_MAX, CERT_BYTES_MAX, readTextFile } from '../tools/files.ts';
import type { Io } from '../tools/io.ts';

/** Lines for a reader who has stopped wait up to here; those behind it are not printed. */
const UNREAD_BYTES_MAX = 1_048_576;

export interface RunOptions {
  readonly config: string;
  readonly json: boolean;
}

export async function run(options: RunOptions, io: Io): Promise<number> {
  const config = await readConfig(options.config);
  await isEnrolled(config.data);
  const claim = await claimed(config.data, 'end that process first, or give this lock a folder of its own');
  try {
    const disk = await openFolder(config.data).catch((error: unknown) => {
      throw toFailure(error, config.data);
    });
    try {
      const identity = await readIdentity(disk, config.data);
      if (isFailure(identity)) throw identity;
      await portIsThere(config.board.port, 'board');
      if (config.reader !== undefined) await portIsThere(config.reader.port, 'reader');
      const print = printer(options.json, identity.audience, io);
      const lock = await start(config, identity, disk, print, io.random);
      print.log(
        'info',
        'no witness: an older copy of the data folder, put back, cannot be told from the folder itself',
      );
      print.log('info', `waiting for the board on ${config.board.port}`);
      print.info('running', `${identity.audience}; stop it with Ctrl-C`);
      await new Promise<void>((resolve) =>
        io.onInterrupt((interrupt) => {
          // Whoever is inside wants to get out, whether or not somebody keeps a log of it.
          if (interrupt !== 'SIGPIPE') resolve();
        }),
      );
      await lock.stop();
      return EXIT.done;
    } finally {
      await disk.close();
    }
  } finally {
    await claim.release();
  }
}

async function start(
  config: Config,
  identity: Identity,
  disk: Awaited<ReturnType<typeof openFolder>>,
  print: Printer,
  random: Io['random'],
): Promise<Lock> {
  const clock = systemClock();
  const { log } = print;
  const { board, reader } = config;
  const broker = await brokerOf(config, identity, clock);
  const timeSource = await machineTimeSource(clock, config.clock.trust);
  const starting = startLock({
    identity,
    disk,
    clock,
    timeSource,
    mechanism: firmataMechanism({
      clock,
      open: () => serialTransport({ path: board.port, baudRate: board.baud }),
      wiring: wiringOf(config),
      log: (message) => log('info', message),
    }),
    readers:
      reader === undefined
        ? []
        : [
            {
              channel: 'reader',
              reader: serialReader({
                clock,
                open: () => serialTransport({ path: reader.port, baudRate: reader.baud }),
                log: (message) => log('info', message),
              }),
            },
          ],
    ...(broker === undefined ? {} : { broker }),
    ...(config.broker === undefined ? {} : { topicRoot: config.broker.topic_root }),
    ...homeAssistantOf(config),
    profile: profileOf(config),
    retention: { days: config.journal.keep_days, bytes: config.journal.keep_mib * 1024 * 1024 },
    timezone: config.timezone,
    random,
    log,
    onState: print.state,
    onEvent: print.event,
  });
  try {
    return await starting;
  } catch (error) {
    // A lock that does not come to be closes nothing, and a look every minute would keep the process.
    timeSource.close();
    throw error;
  }
}

function homeAssistantOf({ home_assistant: given }: Config): Pick<LockParts, 'homeAssistant'> {
  if (given === undefined) return {};
  const { enabled, discovery_prefix: discoveryPrefix, status_topic: statusTopic } = given;
  return { homeAssistant: { enabled, discoveryPrefix, statusTopic } };
}

async function brokerOf(
  { broker, home_assistant: homeAssistant }: Config,
  identity: Identity,
  clock: Clock,
): Promise<Broker | undefined> {
  if (broker === undefined) return undefined;
  const password = await read(broker.password_file, 'broker.password_file');
  const tls = (): Promise<TlsMaterial> => tlsOf(broker);
  const unusable = whyUnusable(await tls());
  if (unusable !== undefined) throw usage(`broker: ${unusable}`, 'mend that file, or name another');
  const topics = topicsOf(identity.lockId, broker.topic_root);
  return mqttBroker({
    url: broker.url,
    clientId: identity.lockId,
    username: broker.username ?? mqttAddressOf(broker.url).username ?? identity.lockId,
    availabilityTopic: topics.availability,
    subscriptions: listenedTo(topics),
    foreign: homeAssistant?.enabled === true ? [homeAssistant.status_topic] : [],
    clock,
    ...(password === undefined ? {} : { password: password.trimEnd() }),
    ...(broker.url.startsWith('mqtts://') ? { tls } : {}),
  });
}

/** Read at the start, so that a wrong path is told at once, and again for each connection: certificates are renewed. */
async function tlsOf({ ca_file, cert_file, key_file }: NonNullable<Config['broker']>): Promise<TlsMaterial> {
  const ca = await read(ca_file, 'broker.ca_file', CA_BYTES_MAX);
  const cert = await read(cert_file, 'broker.cert_file', CERT_BYTES_MAX);
  const key = await read(key_file, 'broker.key_file', CERT_BYTES_MAX);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A file that a key of the configuration names. */
async function read(path: string | undefined, key: string, bytesMax?: number): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readTextFile(path, bytesMax);
  } catch (error) {
    const { code, message, next } = toFailure(error, path);
    throw failure(code, `${key}: ${message}`, next);
  }
}

/** A folder that is not there is not made either: that, too, is for enrolment. */
async function isEnrolled(data: string): Promise<void> {
  try {
    await access(data);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw neverEnrolled(data);
    throw toFailure(error, data);
  }
}

/** A port that is not there when the lock is started is most often misspelt; one that goes away later comes back. */
async function portIsThere(port: string, what: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await access(port);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') return;
    throw failure(
      'io',
      `there is no serial port ${port} for the ${what}`,
      `plug it in, see what \`ls /dev/serial/by-id\` shows, and put that path into ${what}.port`,
    );
  }
}

interface Printer {
  readonly log: Log;
  info(word: string, detail: string): void;
  state(document: StateDocument): void;
  event(record: EventRecord): void;
}

/** Events and states on stdout, what happens to the parts on stderr. */
function printer(json: boolean, audience: string, io: Io): Printer {
  // Nothing is lost by it: the journal has every event.
  const out = (text: string): void => {
    if (io.unread() <= UNREAD_BYTES_MAX) io.out(text);
  };
  const line = (value: object): void => out(`${JSON.stringify(value)}\n`);
  return {
    log(level, message) {
      io.err(json ? `${JSON.stringify({ level, message })}\n` : `${level === 'info' ? '' : `${level}: `}${message}\n`);
    },
    info: (word, detail) => (json ? line({ [word]: detail }) : out(`${word} ${detail}\n`)),
    state(document) {
      if (json) line({ state: document });
    },
    event(record) {
      if (json) line({ event: { topic: record.topic, ...eventDocument(record, audience) } });
      else out(`${record.ts}  ${describe(record)}\n`);
    },
  };
}
