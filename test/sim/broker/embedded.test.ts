import { afterEach, expect, it, vi } from 'vitest';
import { embeddedBroker } from '../../../sim/broker/embedded.ts';
import { subscriber } from '../../../sim/broker/subscriber.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function broker(port = 0) {
  const made = await embeddedBroker({ port });
  cleanUps.push(() => made.close());
  return made;
}

it('says in words which port is taken, and what to do', async () => {
  const { port } = await broker();
  await expect(embeddedBroker({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
});

it('hands on what is published, in order, and keeps what is retained for who comes later', async () => {
  const { url } = await broker();
  const early = await subscriber({ url, topics: ['a/#'] });
  cleanUps.push(() => early.close());
  await early.publish('a/1', 'one');
  await early.publish('a/2', 'two', { retain: true });
  await early.until(({ payload }) => payload === 'two', 5000);
  const late = await subscriber({ url, topics: ['a/#'] });
  cleanUps.push(() => late.close());
  expect(await late.until(({ topic }) => topic === 'a/2', 5000)).toEqual({
    topic: 'a/2',
    payload: 'two',
    retain: true,
  });
  expect(early.messages).toEqual([
    { topic: 'a/1', payload: 'one', retain: false },
    { topic: 'a/2', payload: 'two', retain: false },
  ]);
});

it('counts who is there and what was published', async () => {
  const made = await broker();
  const heard = await subscriber({ url: made.url, topics: ['a'], clientId: 'listener' });
  expect(made.clients()).toEqual(['listener']);
  await heard.publish('a', 'one');
  // aedes acknowledges before it tells of the message.
  await vi.waitFor(() => expect(made.publishedCount).toBe(1));
  await heard.close();
});

it('is not to be reached while it pauses, and has the same port and memory afterwards', async () => {
  const made = await broker();
  const before = await subscriber({ url: made.url, topics: ['a'] });
  await before.publish('a', 'kept', { retain: true });
  await made.pause();
  await expect(subscriber({ url: made.url, topics: ['a'] })).rejects.toThrow('ECONNREFUSED');
  await before.close();
  await made.resume();
  const after = await subscriber({ url: made.url, topics: ['a'] });
  expect((await after.until(() => true, 5000)).payload).toBe('kept');
  await after.close();
});

it('publishes as itself, tells only what clients publish, and cuts one of them off', async () => {
  const made = await broker();
  const told: string[] = [];
  const forget = made.onMessage(({ topic, payload, retain }) => told.push(`${topic} ${payload} ${retain}`));
  const [first, second] = await Promise.all(
    ['first', 'second'].map((clientId) => subscriber({ url: made.url, topics: ['a'], clientId })),
  );
  cleanUps.push(async () => void (await Promise.all([first?.close(), second?.close()])));
  await made.publish('a', 'from the broker', { retain: true });
  await first?.until(({ payload }) => payload === 'from the broker', 5000);
  await first?.publish('b', 'from a client');
  await vi.waitFor(() => expect(told).toEqual(['b from a client false']));
  forget();
  await first?.publish('b', 'unheard');
  made.disconnect('first');
  await vi.waitFor(() => expect(made.clients()).toEqual(['second']));
  expect(told).toHaveLength(1);
  const late = await subscriber({ url: made.url, topics: ['a'] });
  expect((await late.until(() => true, 5000)).payload).toBe('from the broker');
  await late.close();
});

it('says what was heard when the awaited message does not come', async () => {
  const { url } = await broker();
  const heard = await subscriber({ url, topics: ['a'] });
  cleanUps.push(() => heard.close());
  await heard.publish('a', 'something else');
  await heard.until(() => true, 5000);
  await expect(heard.until(({ payload }) => payload === 'this', 10)).rejects.toThrow(
    'no such message within 10 ms. Heard 1, the last: a something else.',
  );
});

it.each([
  ['nobody', {}],
  ['a stranger without a password', { username: 'stranger' }],
  ['somebody without his password', { username: 'front-door' }],
])('lets in whoever has an account: not %s', async (_who, as) => {
  const broker = await embeddedBroker({ accounts: new Map([['front-door', 'a password']]) });
  try {
    await expect(subscriber({ url: broker.url, topics: ['a'], ...as })).rejects.toThrow(
      /Not authorized|Connection refused/,
    );
  } finally {
    await broker.close();
  }
});
