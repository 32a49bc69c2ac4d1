/** Answers that are asked for faster than the broker takes them. */
import { expect, it } from 'vitest';
import type { Broker } from '../../../firmware/ports/index.ts';
import { ANSWERS_WAITING_MAX, createAnswers } from '../../../firmware/report/answers.ts';

/** A broker that acknowledges when it is told to. */
function slowBroker() {
  const taken: string[] = [];
  const settle: { readonly resolve: () => void; readonly reject: (why: Error) => void }[] = [];
  const broker: Pick<Broker, 'publish'> = {
    publish(_topic, payload) {
      taken.push(JSON.parse(payload).cid);
      return new Promise((resolve, reject) => settle.push({ resolve, reject }));
    },
  };
  return { broker: broker as Broker, taken, settle };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

const cids = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `c${i}`);

it('wait for it, a few on their way at once, and come in order; beyond the bound there is none, and the log says so', async () => {
  const { broker, taken, settle } = slowBroker();
  const logged: string[] = [];
  const answer = createAnswers({ broker, log: (_level, text) => void logged.push(text) });
  const asked = cids(8 + ANSWERS_WAITING_MAX + 5);
  for (const cid of asked) answer({ cid, ok: true }, { topic: 'result' });
  expect(taken).toEqual(cids(8));
  expect(logged).toHaveLength(5);
  while (settle.length > 0) {
    settle.shift()?.resolve();
    await turns();
  }
  expect(taken).toEqual(cids(8 + ANSWERS_WAITING_MAX));
});

it('that the broker refuses hold up none behind them', async () => {
  const { broker, taken, settle } = slowBroker();
  const logged: string[] = [];
  const answer = createAnswers({ broker, log: (_level, text) => void logged.push(text) });
  for (const cid of cids(20)) answer({ cid, ok: true }, { topic: 'result' });
  while (settle.length > 0) {
    settle.shift()?.reject(new Error('refused'));
    await turns();
  }
  expect(taken).toEqual(cids(20));
  expect(logged).toHaveLength(20);
});
