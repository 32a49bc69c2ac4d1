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
  // A password with a / in it ends where the host should, and what is left of it would be printed with the host.
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error(
      "the broker's address goes on behind its port: in a user or password, write / as %2F, ? as %3F, # as %23",
    );
  }
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORTS[protocol] : Number(url.port),
    ...(url.username === '' ? {} : { username: decoded(url.username) }),
    ...(url.password === '' ? {} : { password: decoded(url.password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Its own words name no place, and the text is a secret.
    throw new Error("user or password in the broker's address has a % that begins no character: write it as %25");
  }
}

/** User and password of a URL: up to the last @, as whoever connects reads it; a password may have one, too. */
const CREDENTIALS = /\/\/[^/\s]*@/g;

/** An address, or a text with some in it, as it may be printed. */
export const withoutUser = (text: string): string => text.replace(CREDENTIALS, '//');

/** An error's text for a log, without user and password of any URL in it, and without this password. */
export function withoutCredentials(text: string, password?: string): string {
  const stripped = withoutUser(text);
  return password === undefined || password === '' ? stripped : stripped.replaceAll(password, '***');
}
