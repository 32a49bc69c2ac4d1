/** How the reporter goes about a broker that does not take something: not at once again, and without a wait at its end. */
import { expect, it } from 'vitest';
import { emptyMemory } from '../../../firmware/journal/memory.ts';
import { createReporter } from '../../../firmware/report/reporter.ts';
import { INFO, type StateDocument, toHex, topicsOf } from '../../../protocol/index.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { AUDIENCE, keys, seeds } from '../../support/people.ts';

/** At a broker that is there, and does `answer` to all that it is sent. */
function reporter(answer: () => Promise<void> = () => Promise.reject(new Error('quota exceeded'))) {
  const clock = virtualClock({ startWallMs: 0 });
  const tried: string[] = [];
  const made = createReporter({
    broker: {
      start: () => undefined,
      publish(topic) {
        tried.push(topic);
        return answer();
      },
      close: async () => undefined,
    },
    topics: topicsOf('front-door'),
    signer: seeds.owner,
    info: INFO.parse({
      v: 1,
      lock_id: 'front-door',
      audience: AUDIENCE,
      lock_key: toHex(keys.owner),
      profile: 'door',
      firmware: '1',
      boot: 1,
    }),
    journal: { memory: emptyMemory(), appendLazily: () => undefined },
    durableSeq: () => -1,
    onRoom: () => undefined,
    onSetAside: () => undefined,
    nowMs: () => clock.wallMs(),
    clock,
    log: () => undefined,
  });
  made.heard({ type: 'broker.connected' });
  return { clock, tried, made };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('asks a broker that refuses once a second, however much happens meanwhile', async () => {
  const { clock, tried, made } = reporter();
  for (let news = 0; news < 10; news++) {
    await settled();
    made.wake();
    made.state({} as StateDocument);
  }
  expect(tried).toHaveLength(1);
  clock.advance(1_000);
  await settled();
  expect(tried).toHaveLength(2);
});

it('asks at once on a new connection', async () => {
  const { tried, made } = reporter();
  await settled();
  made.heard({ type: 'broker.lost', reason: 'closed' });
  made.heard({ type: 'broker.connected' });
  await settled();
  expect(tried).toHaveLength(2);
});

it.each(['close', 'kill'] as const)('leaves no wait behind at its end: %s', async (end) => {
  const { clock, made } = reporter();
  await settled();
  await made[end]();
  expect(clock.pending).toBe(0);
});

it('asks nothing of a broker that it was told is lost', async () => {
  const { clock, tried, made } = reporter(() => Promise.resolve());
  await settled();
  const before = tried.length;
  expect(before).toBe(2);
  made.heard({ type: 'broker.lost', reason: 'test' });
  made.state({} as StateDocument);
  await clock.advanceAsync(5_000);
  expect(tried).toHaveLength(before);
});
