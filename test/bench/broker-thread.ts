/**
 * The simulator's broker in a thread of its own: as with one on another machine, its work is not the lock's. The
 * same file is the thread, and whoever starts it.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { embeddedBroker } from '../../sim/broker/embedded.ts';

export interface BrokerThread {
  readonly url: string;
  close(): Promise<void>;
}

export async function brokerThread(): Promise<BrokerThread> {
  const thread = new Worker(new URL(import.meta.url));
  // An error of the thread's rejects here, or ends the run.
  const [url] = await once(thread, 'message');
  return {
    url: String(url),
    async close() {
      await thread.terminate();
    },
  };
}

if (!isMainThread && parentPort !== null) parentPort.postMessage((await embeddedBroker()).url);
