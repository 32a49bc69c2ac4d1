/**
 * An MQTT broker inside this process, so that a demo or a test needs nothing else on the machine.
 *
 * aedes 1.2 speaks 3.1.1 only, and refuses 5 with return code 1. It answers what it denies by closing the
 * socket. A client whose socket goes without DISCONNECT has its will published. Sessions and retained messages
 * are in memory and end with the process; they outlast `pause`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import type { Cancel } from '../../firmware/ports/index.ts';
import type { BrokerAccess } from './access.ts';

export interface EmbeddedPublish {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export interface EmbeddedBroker {
  /** `mqtt://host:port`, of the port that was really taken. */
  readonly url: string;
  readonly port: number;
  /** Identifiers of the clients that are connected now. */
  clients(): readonly string[];
  /** Messages that clients have published, wills included. */
  readonly publishedCount: number;
  /** Cuts every connection, as a network does: no goodbye. */
  disconnectAll(): void;
  /** Cuts one client's connection, as that machine's loss of power does: its will is published. */
  disconnect(clientId: string): void;
  /** Publishes as the broker itself, also while nobody can connect; a retained message is there afterwards. */
  publish(topic: string, payload: string, options: { readonly retain: boolean }): Promise<void>;
  /** Tells every message that a client has published, until cancelled. */
  onMessage(listener: (message: EmbeddedPublish) => void): Cancel;
  /** Stops listening and cuts every connection. */
  pause(): Promise<void>;
  /** Listens again, on the same port. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddedBrokerOptions {
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port?: number;
  readonly onPublish?: (message: EmbeddedPublish) => void;
  /** Who may connect; everybody when it is not given. */
  readonly accounts?: ReadonlyMap<string, string>;
  /** What those who connect may write and read; everything when it is not given. Wills are written, too. */
  readonly access?: BrokerAccess;
  /** Topics that are taken and never acknowledged: a broker that hangs. */
  readonly swallows?: (topic: string) => boolean;
}

export async function embeddedBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  const { host = '127.0.0.1', onPublish, accounts, access, swallows } = options;
  const users = new WeakMap<Client, string>();
  const userOf = (client: Client | null): string => (client && users.get(client)) ?? '';
  const aedes = await Aedes.createBroker({
    authenticate(client, username, password, done) {
      const user = username ?? '';
      users.set(client, user);
      // Without an account there is no password that could be the right one, none included.
      const expected = accounts?.get(user);
      done(null, accounts === undefined || (expected !== undefined && password?.toString() === expected));
    },
    ...(access === undefined
      ? {}
      : {
          authorizePublish: (client, { topic }, done) =>
            done(access.mayPublish(userOf(client), topic) ? null : new Error(`not allowed to write ${topic}`)),
          // Without a subscription it answers 128, and goes on.
          authorizeSubscribe: (client, subscription, done) =>
            done(null, access.maySubscribe(userOf(client), subscription.topic) ? subscription : null),
        }),
  });
  const sockets = new Set<Socket>();
  const listeners = new Set<(message: EmbeddedPublish) => void>();
  let publishedCount = 0;
  if (swallows !== undefined) {
    const { authorizePublish } = aedes;
    aedes.authorizePublish = (client, packet, done) => {
      if (!swallows(packet.topic)) authorizePublish(client, packet, done);
    };
  }
  aedes.on('publish', ({ topic, payload, retain }, client) => {
    if (topic.startsWith('$SYS/')) return;
    publishedCount++;
    onPublish?.({ topic, payload: payload.toString(), retain });
    if (client !== null)
      for (const listener of [...listeners]) listener({ topic, payload: payload.toString(), retain });
  });

  let server = await listening(options.port ?? 0).catch(async (error: unknown) => {
    // A broker that nobody can reach has timers all the same, which would keep the process.
    await new Promise<void>((resolve) => aedes.close(resolve));
    throw error;
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server without a port');
  const { port } = bound;

  function listening(wanted: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const made = createServer({ noDelay: true }, (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        aedes.handle(socket);
      });
      made.once('error', (error) => reject(cannotListen(error, host, wanted)));
      made.listen(wanted, host, () => resolve(made));
    });
  }
  function disconnectAll(): void {
    for (const socket of sockets) socket.destroy();
  }
  function stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    disconnectAll();
    return closed;
  }

  return {
    url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    clients: () => clientIds(aedes),
    get publishedCount() {
      return publishedCount;
    },
    disconnectAll,
    disconnect: (clientId) => connectionOf(aedes, clientId)?.destroy(),
    publish: (topic, payload, { retain }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain, dup: false } as const;
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
      }),
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    pause: stop,
    async resume() {
      if (!server.listening) server = await listening(port);
    },
    async close() {
      await stop();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

/** aedes keeps them by identifier, in a field that its types leave out. */
function clientsOf(aedes: Aedes): Readonly<Record<string, Client>> {
  if (!('clients' in aedes) || typeof aedes.clients !== 'object' || aedes.clients === null) return {};
  return aedes.clients as Readonly<Record<string, Client>>;
}

const clientIds = (aedes: Aedes): readonly string[] => Object.keys(clientsOf(aedes));
const connectionOf = (aedes: Aedes, clientId: string) => clientsOf(aedes)[clientId]?.conn;

function cannotListen(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE') return error;
  return Object.assign(new Error(`port ${port} on ${host} is taken: another program listens there`), { code });
}
