/**
 * Where the broker is, taken apart once, so that no URL with a password in it is handed on. Node's own
 * `new URL` keeps what it could not parse in the error that it throws, and logs print such errors whole.
 */
export interface MqttAddress {
  readonly protocol: 'mqtt' | 'mqtts';
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

const PORTS = { mqtt: 1883, mqtts: 8883 } as const;

/** Throws on what is no mqtt:// or mqtts:// URL; the message repeats nothing of it but the scheme. */
export function mqttAddressOf(text: string): MqttAddress {
  if (!URL.canParse(text)) throw new Error("the broker's address is not a URL such as mqtt://host:1883");
  const url = new URL(text);
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'mqtt' && protocol !== 'mqtts') {
    throw new Error(`the broker's address begins with ${url.protocol}//, and mqtt:// or mqtts:// is expected`);
  }
  if (url.hostname === '') throw new Error(`the broker's address has no host after ${protocol}://`);
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORTS[protocol] : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
}

/** An error's text for a log, without user and password of any URL in it, and without this password. */
export function withoutCredentials(text: string, password?: string): string {
  const stripped = text.replace(/\/\/[^/\s@]*@/g, '//');
  return password === undefined || password === '' ? stripped : stripped.replaceAll(password, '***');
}
