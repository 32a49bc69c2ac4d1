/** How to reach a broker, as the command line says it: read once for every verb that does. */
import { TOPIC_ROOT, TOPIC_ROOT_SHAPE } from '../../protocol/index.ts';
import type { MqttBrokerOptions } from '../report/mqtt.ts';
import { type MqttAddress, mqttAddressOf } from '../report/mqtt-address.ts';
import { type TlsMaterial, whyUnusable } from '../report/mqtt-tls.ts';
import { usage } from './failure.ts';
import { CA_BYTES_MAX, CERT_BYTES_MAX, readTextFile } from './files.ts';

export interface BrokerOptions {
  readonly broker: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly topicRoot?: string;
}

/** Reads the files that are named. Throws a failure that names the option which is wrong. */
export async function credentialsOf(
  options: BrokerOptions,
): Promise<Pick<MqttBrokerOptions, 'url' | 'username' | 'password' | 'tls'>> {
  const { broker: url } = options;
  const address = addressOf(url);
  const username = options.username ?? address.username;
  const isSecure = address.protocol === 'mqtts';
  const password = await read(options.passwordFile);
  const ca = await read(options.caFile, CA_BYTES_MAX);
  const cert = await read(options.certFile, CERT_BYTES_MAX);
  const key = await read(options.keyFile, CERT_BYTES_MAX);
  const tls: TlsMaterial = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  const given = Object.keys(tls)[0];
  if (given !== undefined && !isSecure) {
    throw usage(`--${given}-file is for mqtts://, and --broker begins mqtt://`, 'write mqtts:// and its port');
  }
  const unusable = whyUnusable(tls);
  if (unusable !== undefined) {
    const next = unusable.endsWith('one is missing') ? 'name both' : 'name another file';
    throw usage(unusable.replace(/([a-z]+)_file/g, '--$1-file'), next);
  }
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.trimEnd() }),
    ...(isSecure ? { tls: async () => tls } : {}),
  };
}

/** Throws a usage failure on a root with a wildcard, and on whatever else is none. */
export function parseTopicRoot(text: string = TOPIC_ROOT): string {
  if (TOPIC_ROOT_SHAPE.test(text)) return text;
  throw usage(
    `--topic-root ${JSON.stringify(text)} is not levels of letters, digits, _ and -`,
    `give what topic_root is in the lock's configuration; without it, it is ${TOPIC_ROOT}`,
  );
}

function addressOf(url: string): MqttAddress {
  try {
    return mqttAddressOf(url);
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error), 'give --broker mqtt://host:1883');
  }
}

const read = async (path: string | undefined, bytesMax?: number): Promise<string | undefined> =>
  path === undefined ? undefined : readTextFile(path, bytesMax);
