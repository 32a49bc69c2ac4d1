/** Three NATS servers with JetStream on this machine, and what stands before them: a balancer that knows who is there. */
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { natsUsers } from '../brokers/kinds.ts';
import { type Account, freePort, program, type Server, temporaryFolder } from '../brokers/server.ts';

export interface Cluster {
  readonly nodes: readonly Server[];
  close(): Promise<void>;
}

const NODES = 3;

/** Everything that MQTT keeps is on all of them: messages, sessions, what is retained. */
export async function natsCluster(accounts: readonly Account[]): Promise<Cluster> {
  const ports = await Promise.all(
    Array.from({ length: NODES }, async () => ({
      mqtt: await freePort(),
      nats: await freePort(),
      route: await freePort(),
    })),
  );
  const routes = ports.map(({ route }) => `nats://127.0.0.1:${route}`);
  const started = await Promise.allSettled(
    ports.map(({ mqtt, nats, route }, index) => {
      const folder = temporaryFolder();
      const conf = join(folder, 'nats.conf');
      writeFileSync(
        conf,
        [
          `listen: 127.0.0.1:${nats}`,
          `server_name: node-${index + 1}`,
          `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))} }`,
          `cluster { name: fleet, listen: "127.0.0.1:${route}", routes: ${JSON.stringify(routes)} }`,
          `mqtt { listen: "127.0.0.1:${mqtt}", stream_replicas: ${NODES} }`,
          `authorization { users: ${natsUsers(accounts)} }`,
          '',
        ].join('\n'),
      );
      return program({ program: 'nats-server', argv: ['-c', conf], port: mqtt, folder });
    }),
  );
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    for (const node of nodes) await node.close();
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return { nodes, close };
  await close();
  throw failed.reason;
}

export interface Balancer {
  readonly port: number;
  close(): Promise<void>;
}

/** Connections by turns, each to the next node that takes it. A node that dies takes its connections with it. */
export async function balancer(ports: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const hold = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  function handOn(near: Socket, triesLeft: number): void {
    const port = ports[turn++ % ports.length];
    if (port === undefined || triesLeft === 0) return void near.destroy();
    const far = hold(connect({ port, host: '127.0.0.1', noDelay: true }));
    const refused = (): void => handOn(near, triesLeft - 1);
    far.once('error', refused);
    far.once('connect', () => {
      far.off('error', refused);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      near.pipe(far).pipe(near);
    });
  }
  const server = createServer({ noDelay: true }, (near) => handOn(hold(near), ports.length));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    port: bound.port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
