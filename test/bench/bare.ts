/**
 * mqtt.js with nothing around it: what a lock's reports and answers stand beside, and who listens to them. As
 * quick as it can be had: QoS 1, no delay at its socket. The broker has a thread for itself; whoever listens is in the
 * lock's own, and what that costs is in both of what is compared.
 */
import { Socket } from 'node:net';
import { connectAsync } from 'mqtt';
import { type MeasuredHouse, startMeasuredHouse } from './house.ts';

export interface Bare {
  /** Settles with the broker's acknowledgement. */
  publish(topic: string, payload: string): Promise<void>;
  /** Tells what comes in on a topic. Settles when the broker has taken the subscription. */
  listen(topic: string, listener: (payload: string) => void): Promise<void>;
  /** The next message on a topic that is listened to by nothing else; ask before it can come. */
  nextOn(topic: string): Promise<() => Promise<Came>>;
  close(): Promise<void>;
}

/** A message, and when it came, from `performance.now`. */
export interface Came {
  readonly payload: string;
  readonly at: number;
}

const CONNECT_MS_MAX = 10_000;
const WAIT_MS_MAX = 10_000;

export async function bareClient(url: string): Promise<Bare> {
  const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: CONNECT_MS_MAX });
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  // Whoever waits for a message then waits in vain, and says for which.
  client.on('error', (error) => process.stderr.write(`a connection was lost: ${error.message}\n`));

  async function listen(topic: string, listener: (payload: string) => void): Promise<void> {
    client.on('message', (on, payload) => {
      if (on === topic) listener(payload.toString());
    });
    await client.subscribeAsync(topic, { qos: 1 });
  }

  return {
    async publish(topic, payload) {
      await client.publishAsync(topic, payload, { qos: 1 });
    },
    listen,
    async nextOn(topic) {
      let take: (came: Came) => void = () => undefined;
      await listen(topic, (payload) => take({ payload, at: performance.now() }));
      return () =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(reject, WAIT_MS_MAX, new Error(`nothing on ${topic} within ${WAIT_MS_MAX} ms`));
          take = (came) => {
            clearTimeout(timer);
            resolve(came);
          };
        });
    },
    close: () => client.endAsync(true),
  };
}

export interface Scene {
  readonly house: MeasuredHouse;
  readonly url: string;
  /** Somebody who publishes, and somebody who listens. */
  readonly client: Bare;
  readonly ears: Bare;
}

/** A house with somebody beside it on its broker; all of it ends with the measuring. */
export async function besideHouse<T>(measure: (scene: Scene) => Promise<T>): Promise<T> {
  const house = await startMeasuredHouse({ broker: 'in a thread' });
  const { brokerUrl: url } = house;
  if (url === undefined) throw new Error('a house without a broker');
  const client = await bareClient(url);
  const ears = await bareClient(url);
  const result = await measure({ house, url, client, ears });
  await client.close();
  await ears.close();
  await house.stop();
  return result;
}
