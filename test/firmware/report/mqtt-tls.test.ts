/** TLS to a broker: whom the lock believes, how it says whom it does not, and what a certificate that ends does. */
import { connect } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../firmware/clock/system.ts';
import type { BrokerEvent, Clock } from '../../../firmware/ports/index.ts';
import { mqttBroker } from '../../../firmware/report/mqtt.ts';
import { type TlsMaterial, tlsReasonOf, whyUnusable } from '../../../firmware/report/mqtt-tls.ts';
import { embeddedBroker } from '../../../sim/broker/embedded.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { type Authority, authority, type Certificate, noOpenssl } from '../../support/certificates.ts';

const TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;

describe.skipIf(noOpenssl())('TLS to a broker', () => {
  let home: Authority;
  let stranger: Authority;
  let genuine: Certificate;
  beforeAll(() => {
    home = authority();
    stranger = authority('somebody else');
    genuine = home.issue({ name: 'localhost' });
  });
  afterAll(() => {
    home.remove();
    stranger.remove();
  });

  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  /** A broker behind TLS with this certificate. */
  async function server(certificate: Certificate, options: TlsOptions = {}): Promise<{ url: string; tls: Server }> {
    const broker = await embeddedBroker();
    const tls = createServer({ cert: certificate.cert, key: certificate.key, ...options }, (outer) => {
      const inner = connect(broker.port, '127.0.0.1');
      outer.on('error', () => inner.destroy());
      inner.on('error', () => outer.destroy());
      outer.pipe(inner).pipe(outer);
    });
    tls.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const bound = tls.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    cleanUps.push(async () => {
      await broker.close();
      await new Promise((resolve) => tls.close(resolve));
    });
    return { url: `mqtts://localhost:${bound.port}`, tls };
  }

  function lock(url: string, tls: TlsMaterial | (() => Promise<TlsMaterial>), clock: Clock = systemClock()) {
    const broker = mqttBroker({
      url,
      clientId: 'front-door',
      availabilityTopic: 'latchstring/v1/front-door/availability',
      clock,
      reconnect: { firstMs: 20, mostMs: 40 },
      tls: typeof tls === 'function' ? tls : async () => tls,
    });
    cleanUps.push(() => broker.close());
    const events: BrokerEvent[] = [];
    broker.start((event) => events.push(event));
    const seen = (type: BrokerEvent['type'], times = 1) =>
      vi.waitFor(() => expect(events.filter((event) => event.type === type)).toHaveLength(times), {
        timeout: TIMEOUT_MS,
        interval: 5,
      });
    const reasons = () => events.flatMap((event) => (event.type === 'broker.lost' ? [event.reason] : []));
    /** Refused, and never connected: neither at once nor by the tries behind it. */
    async function refused(words: RegExp): Promise<void> {
      await seen('broker.lost');
      expect(reasons()[0]).toMatch(words);
      expect(events).toHaveLength(1);
    }
    return { broker, events, seen, reasons, refused };
  }

  it('connects to a broker whose certificate the authority in ca_file has signed', async () => {
    const { url } = await server(genuine);
    const { seen, broker } = lock(url, { ca: home.cert });
    await seen('broker.connected');
    await broker.publish('latchstring/v1/front-door/state', '{}', { retain: true });
  });

  it('refuses one that only a stranger has signed, and one of home that the public authorities know nothing of', async () => {
    await lock((await server(stranger.issue({ name: 'localhost' }))).url, { ca: home.cert }).refused(
      /not to be believed: .*authority that ca_file does not name/,
    );
    await lock((await server(genuine)).url, {}).refused(/not to be believed: /);
  });

  it('refuses a self-signed certificate, unless it is the very one in ca_file', async () => {
    const alone = home.selfSigned({ name: 'localhost' });
    const { url } = await server(alone);
    await lock(url, { ca: home.cert }).refused(/self-signed, and is not the one in ca_file/);
    await lock(url, { ca: alone.cert }).seen('broker.connected');
  });

  it('refuses a certificate for another host', async () => {
    const { url } = await server(home.issue({ name: 'elsewhere', names: 'DNS:elsewhere.example' }));
    await lock(url, { ca: home.cert }).refused(/another host than the one in url/);
  });

  it('refuses a certificate that is over, and one that has not begun, and asks about the clock', async () => {
    const over = await server(home.issue({ name: 'localhost', fromDays: -10, toDays: -1 }));
    await lock(over.url, { ca: home.cert }).refused(/has expired; is the clock of this machine right\?/);
    const early = await server(home.issue({ name: 'localhost', fromDays: 1 }));
    await lock(early.url, { ca: home.cert }).refused(/not valid yet/);
  });

  it('says so where there is no TLS at all', async () => {
    const broker = await embeddedBroker();
    cleanUps.push(() => broker.close());
    await lock(`mqtts://localhost:${broker.port}`, { ca: home.cert }).refused(
      /closes without an answer: is this its port for mqtts/,
    );
  });

  describe('at a broker that asks for a certificate', () => {
    // By TLS 1.3 the lock is through before the broker has looked; and an alert may be lost in the reset behind it.
    const MUTE = /closes without an answer: .*does it ask for a certificate \(cert_file\), or for another one/;
    it.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'shows its own, and is told when it has none or a bad one, by %s',
      async (version) => {
        const { url } = await server(genuine, {
          ca: home.cert,
          requestCert: true,
          rejectUnauthorized: true,
          minVersion: version,
          maxVersion: version,
        });
        const refused = (own: Partial<Certificate>, words: RegExp) =>
          lock(url, { ca: home.cert, ...own }).refused(new RegExp(`${words.source}|${MUTE.source}`));
        const pair = ({ cert, key }: Certificate) => ({ cert, key });
        await lock(url, { ca: home.cert, ...pair(home.issue({ name: 'front-door' })) }).seen('broker.connected');
        await refused({}, /takes no connection: it asks for a certificate/);
        await refused(pair(stranger.issue({ name: 'front-door' })), /does not take the certificate in cert_file/);
        const over = home.issue({ name: 'front-door', fromDays: -10, toDays: -1 });
        await refused(pair(over), /cert_file has expired/);
      },
    );
  });

  it('ends a connection when the broker’s certificate ends, and stays when it comes back with a better one', async () => {
    const { url, tls } = await server(home.issue({ name: 'localhost', toDays: 1 }));
    const clock = virtualClock({ startWallMs: Date.now() });
    const { seen, reasons, events } = lock(url, { ca: home.cert }, clock);
    await seen('broker.connected');
    clock.advance(DAY_MS - 3_600_000);
    expect(events).toHaveLength(1);
    const better = home.issue({ name: 'localhost', toDays: 365 });
    tls.setSecureContext({ cert: better.cert, key: better.key });
    clock.advance(3_600_000);
    expect(reasons()).toEqual(["the broker's certificate has expired while we were connected"]);
    clock.advance(1_000);
    await seen('broker.connected', 2);
    clock.advance(30 * DAY_MS);
    expect(reasons()).toHaveLength(1);
  });

  it('notices the end within a minute when the clock is set', async () => {
    const { url } = await server(home.issue({ name: 'localhost', toDays: 1 }));
    const clock = virtualClock({ startWallMs: Date.now() });
    const { seen, reasons } = lock(url, { ca: home.cert }, clock);
    await seen('broker.connected');
    clock.setWall(Date.now() + 2 * DAY_MS);
    clock.advance(60_000);
    expect(reasons()).toHaveLength(1);
  });

  it('reads its files again for each round, tells of one that is gone, and goes on trying', async () => {
    const { url } = await server(genuine, { ca: home.cert, requestCert: true, rejectUnauthorized: true });
    const { cert, key } = home.issue({ name: 'front-door' });
    let asked = 0;
    const { seen, reasons } = lock(url, async () => {
      asked += 1;
      if (asked === 1) throw new Error('broker.cert_file: no such file');
      return asked === 2 ? { ca: home.cert } : { ca: home.cert, cert, key };
    });
    await seen('broker.connected');
    expect(asked).toBe(3);
    expect(reasons()).toEqual(['broker.cert_file: no such file']);
  });

  it('outlives files that are being renewed just then: a certificate without its key is told, and tried again', async () => {
    const { url } = await server(genuine, { ca: home.cert, requestCert: true, rejectUnauthorized: true });
    const { cert, key } = home.issue({ name: 'front-door' });
    const renewed = home.issue({ name: 'front-door' });
    const found: readonly TlsMaterial[] = [
      { ca: home.cert, cert: renewed.cert, key },
      { ca: home.cert, cert: cert.slice(0, cert.length / 2), key },
    ];
    let asked = 0;
    const { seen, reasons } = lock(url, async () => found[asked++] ?? { ca: home.cert, cert, key });
    await seen('broker.connected');
    expect(asked).toBe(3);
    expect(reasons()).toEqual(['broker: key_file is not the key of cert_file']);
  });

  it('closes while its files are still being read', async () => {
    let give: (material: TlsMaterial) => void = () => undefined;
    const material = new Promise<TlsMaterial>((resolve) => {
      give = resolve;
    });
    const { url, tls } = await server(genuine);
    let connections = 0;
    tls.on('connection', () => {
      connections += 1;
    });
    const { broker, events } = lock(url, () => material);
    await broker.close();
    give({ ca: home.cert });
    await material;
    expect(events).toEqual([]);
    expect(connections).toBe(0);
  });

  it('knows which file cannot be used, before anything is tried, and repeats nothing of a key', () => {
    const { cert, key } = home.issue({ name: 'front-door' });
    expect(whyUnusable({ ca: home.cert, cert, key })).toBeUndefined();
    expect(whyUnusable({})).toBeUndefined();
    expect(whyUnusable({ ca: 'no certificate' })).toMatch(/^ca_file holds no certificate/);
    expect(whyUnusable({ cert })).toMatch(/one is missing/);
    expect(whyUnusable({ cert: key, key })).toMatch(/^cert_file holds no certificate/);
    expect(whyUnusable({ cert, key: cert })).toMatch(/^key_file holds no private key/);
    expect(whyUnusable({ cert, key: home.key })).toBe('key_file is not the key of cert_file');
    expect(whyUnusable({ cert, key: key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE') })).toMatch(/passphrase/);
  });
});

it.each([
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '', /asks for a certificate/],
  [
    'EPROTO',
    'write EPROTO 80:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure',
    /asks for a cert/,
  ],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', '', /cert_file has expired/],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '', /does not take the certificate in cert_file/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', '', /no TLS at this port/],
])('says what %s of a broker means', (code, message, words) => {
  expect(tlsReasonOf(code, message)).toMatch(words);
});

it('leaves an error of TLS that it does not know to OpenSSL’s own words', () => {
  expect(tlsReasonOf('ECONNREFUSED', 'sslv3 alert unknown ca')).toBeUndefined();
  expect(tlsReasonOf('ERR_SSL_SOMETHING_NEW', 'something new')).toBeUndefined();
});
