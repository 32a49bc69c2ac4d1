import { expect, it } from 'vitest';
import { simulatedBroker } from '../../../sim/ports/broker.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

async function started(ackMs = 30) {
  const clock = virtualClock({ startWallMs: 0 });
  const broker = simulatedBroker({ clock, availabilityTopic: 'a/availability', ackMs });
  broker.start(() => undefined);
  await clock.advanceAsync(0);
  return { clock, broker };
}

it('acknowledges after as long as it was told, by the clock', async () => {
  const { clock, broker } = await started();
  const settledAtMs: number[] = [];
  void broker.publish('a/b', 'one', { retain: false }).then(() => settledAtMs.push(clock.monoMs()));
  broker.setAckMs(5);
  void broker.publish('a/b', 'two', { retain: false }).then(() => settledAtMs.push(clock.monoMs()));
  await clock.advanceAsync(100);
  expect(settledAtMs).toEqual([5, 30]);
});

it('has what it took, although the publisher hears that the connection was lost', async () => {
  const { clock, broker } = await started();
  const outcome = Promise.allSettled([broker.publish('a/b', 'one', { retain: false })]);
  broker.lose('cable pulled');
  await clock.advanceAsync(100);
  expect((await outcome)[0]).toMatchObject({ status: 'rejected' });
  expect(broker.published.map(({ payload }) => payload)).toEqual(['one', 'offline']);
  expect(broker.retained.get('a/availability')).toBe('offline');
  expect(broker.connected).toBe(false);
});

it('acknowledges what was held back once it is told to', async () => {
  const { clock, broker } = await started();
  let acknowledged = false;
  broker.holdAcks(true);
  void broker.publish('a/b', 'one', { retain: false }).then(() => {
    acknowledged = true;
  });
  await clock.advanceAsync(1000);
  expect(acknowledged).toBe(false);
  broker.holdAcks(false);
  await clock.settle();
  expect(acknowledged).toBe(true);
});

it('refuses what it is told to, with the reason, and does not have it', async () => {
  const { clock, broker } = await started();
  broker.refuse(({ topic }) => (topic === 'a/denied' ? 'not allowed' : undefined));
  const outcomes = Promise.allSettled([
    broker.publish('a/denied', 'one', { retain: false }),
    broker.publish('a/allowed', 'two', { retain: false }),
  ]);
  await clock.advanceAsync(100);
  const [denied, allowed] = await outcomes;
  expect(denied).toMatchObject({ status: 'rejected', reason: { message: 'not published: not allowed' } });
  expect(allowed.status).toBe('fulfilled');
  expect(broker.published.map(({ payload }) => payload)).toEqual(['two']);
});
