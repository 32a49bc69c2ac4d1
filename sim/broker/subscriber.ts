/**
 * Somebody who listens on a broker, as Home Assistant or a backend would. Messages are collected in the order in
 * which they come. A retained message is marked `retain` only when it was there before the subscription;
 * what is published later comes without the mark, retained or not.
 */
import { connectAsync } from 'mqtt';
import { systemClock } from '../../firmware/clock/system.ts';
import type { Clock } from '../../firmware/ports/index.ts';

export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export interface Subscriber {
  readonly messages: readonly Message[];
  /** The first message, past ones included, that the predicate takes. Rejects after the time, saying what there was. */
  until(predicate: (message: Message) => boolean, timeoutMs: number): Promise<Message>;
  publish(topic: string, payload: string, options?: { readonly retain?: boolean }): Promise<void>;
  /** Whoever still waits is rejected. */
  close(): Promise<void>;
}

export interface SubscriberOptions {
  readonly url: string;
  readonly topics: readonly string[];
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  readonly clock?: Clock;
}

/** Settles when the broker has confirmed the subscriptions. Rejects when it is not there; does not connect again. */
export async function subscriber(options: SubscriberOptions): Promise<Subscriber> {
  const { url, topics, clientId, username, password, clock = systemClock() } = options;
  const client = await connectAsync(url, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    ...(clientId === undefined ? {} : { clientId }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
  const messages: Message[] = [];
  const watchers = new Map<(message: Message) => void, () => void>();
  let lostBecause: string | undefined;
  client.on('error', (error) => {
    lostBecause = error.message;
  });
  client.on('message', (topic, payload, { retain }) => {
    const message = { topic, payload: payload.toString(), retain };
    messages.push(message);
    for (const watcher of [...watchers.keys()]) watcher(message);
  });
  await client.subscribeAsync([...topics], { qos: 1 });

  return {
    messages,
    until(predicate, timeoutMs) {
      const past = messages.find(predicate);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const cancel = clock.after(timeoutMs, () => {
          watchers.delete(watcher);
          reject(new Error(`no such message within ${timeoutMs} ms. ${heard(messages, lostBecause)}`));
        });
        const watcher = (message: Message): void => {
          if (!predicate(message)) return;
          watchers.delete(watcher);
          cancel();
          resolve(message);
        };
        watchers.set(watcher, () => {
          cancel();
          reject(new Error('the subscriber was closed'));
        });
      });
    },
    async publish(topic, payload, { retain = false } = {}) {
      await client.publishAsync(topic, payload, { qos: 1, retain });
    },
    close() {
      for (const giveUp of watchers.values()) giveUp();
      watchers.clear();
      return client.endAsync(true);
    },
  };
}

const HEARD_MAX = 10;

function heard(messages: readonly Message[], lostBecause: string | undefined): string {
  const last = messages.slice(-HEARD_MAX).map(({ topic, payload }) => `${topic} ${payload.slice(0, 100)}`);
  const lost = lostBecause === undefined ? '' : ` The connection was lost: ${lostBecause}.`;
  return `Heard ${messages.length}, the last: ${last.join('; ') || 'nothing'}.${lost}`;
}
