/** The wire between a lock and a broker, to be pulled out: a TCP proxy on loopback. */
import { connect, createServer, type Socket } from 'node:net';

export interface Cable {
  readonly url: string;
  /** Connections go at once, and none is taken before `plug`. */
  pull(): void;
  plug(): void;
  close(): Promise<void>;
}

/** `speaks` 4: the broker behind it refuses 5, as one does that knows 3.1.1 alone. */
export async function cable(port: number, { speaks = 5 }: { readonly speaks?: 4 | 5 } = {}): Promise<Cable> {
  const sockets = new Set<Socket>();
  let plugged = true;
  const server = createServer({ noDelay: true }, (near) => {
    hold(near);
    if (!plugged) return void near.destroy();
    near.once('data', (first) => {
      // The protocol level stands behind the name (MQTT 3.1.1 §3.1.2.2); 1 refuses it (§3.2.2.3).
      if (speaks === 4 && first[first.indexOf('MQTT') + 4] === 5) return void near.end(Buffer.from([0x20, 2, 0, 1]));
      const far = hold(connect({ port, host: '127.0.0.1', noDelay: true }));
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      far.write(first);
      near.pipe(far).pipe(near);
    });
  });
  function hold(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  }
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    url: `mqtt://127.0.0.1:${bound.port}`,
    pull() {
      plugged = false;
      cut();
    },
    plug() {
      plugged = true;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
