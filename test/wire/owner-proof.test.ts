/** The owner's verbs over a broker on which somebody answers in the lock's stead; and what the key of the lock is good for. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../cli.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { fromText, publicKeyOf, readPresentation, toHex, wallMs } from '../../protocol/index.ts';
import { type House, startHouse } from '../../sim/house.ts';
import { fakeIo } from '../support/fake-io.ts';

let house: House;
beforeEach(async () => {
  house = await startHouse();
  await house.ready();
});
afterEach(() => house.stop());

const run = (words: readonly string[], ...more: readonly string[]) => runAfter(0, words, ...more);

/** By the clock of a machine on which it is later by so much. */
async function runAfter(laterMs: number, words: readonly string[], ...more: readonly string[]) {
  const clock = systemClock();
  const io = { ...fakeIo(), clock: async () => ({ ...clock, wallMs: () => wallMs(clock.wallMs() + laterMs) }) };
  const line = ['--lock', house.identity.audience, '--broker', house.broker.url];
  const code = await main([...words, ...line, ...more], io);
  return { code, ...io.printed };
}
const key = (name: string) => ['--key', join(house.folder, 'keys', name)];
const lockKey = () => ['--lock-key', toHex(publicKeyOf(house.identity.lockSeed))];

async function comeAndGo() {
  house.plant.push();
  await house.until('it is open', () => house.lock.state().door === 'open');
  house.plant.close();
  await house.until('it is locked', () => house.lock.state().bolt.row === 'locked');
}

/** As everybody can read it who hears the command. */
function tokenIdOf(text: string): string {
  const read = fromText(text);
  const presentation = read.ok ? readPresentation(read.value) : undefined;
  if (presentation === undefined) throw new Error('no presentation');
  return toHex(presentation.token.id);
}

describe('latchstring unlock', () => {
  it('with the key of the lock says what that has signed, and without it that nobody vouches for the answer', async () => {
    const proven = await run(['unlock', ...key('owner')], ...lockKey());
    expect(proven).toMatchObject({ code: 0, out: 'unlocked: the bolt is withdrawn\n', err: '' });
    await comeAndGo();
    const believed = await run(['unlock', ...key('owner')]);
    expect(believed).toMatchObject({ code: 0, out: proven.out });
    expect(believed.err).toMatch(/^nobody vouches for this answer: .*--lock-key/);
  });

  it('takes the answer of somebody else for the lock’s, and with its key does not', async () => {
    house.broker.onMessage(({ topic, payload }) => {
      if (topic !== house.topics.cmd.unlock) return;
      const { cid, presentation } = JSON.parse(payload);
      const granted = { event_type: 'granted', channel: 'mqtt', token_id: tokenIdOf(presentation) };
      void house.broker.publish(house.topics.event.access, JSON.stringify(granted), { retain: false });
      void house.broker.publish(house.topics.result, JSON.stringify({ cid, ok: true }), { retain: false });
    });
    const taken = await run(['unlock', ...key('courier')], '--json');
    expect({ code: taken.code, ...JSON.parse(taken.out) }).toMatchObject({ code: 0, unlocked: true, proven: false });
    const seen = await run(['unlock', ...key('courier')], ...lockKey());
    expect(seen).toMatchObject({ code: 1, out: '' });
    expect(seen.err).toContain('the lock has signed nothing of it');
    expect(house.plant.truth().withdrawals).toBe(0);
  }, 60_000);

  it('says of no refusal that names no token that it is proven: it may be of what somebody else has shown', async () => {
    house.broker.onMessage(({ topic, payload }) => {
      if (topic !== house.topics.cmd.unlock || payload.includes('LS1:nonsense')) return;
      const { cid, exp } = JSON.parse(payload);
      const nonsense = JSON.stringify({ cid: 'other', exp, presentation: 'LS1:nonsense' });
      void house.broker.publish(house.topics.result, JSON.stringify({ cid, ok: false, answer: 'denied' }), {
        retain: false,
      });
      void house.broker.publish(topic, nonsense, { retain: false });
    });
    const told = await run(['unlock', ...key('owner')], '--json', ...lockKey());
    expect(JSON.parse(told.out)).toMatchObject({ unlocked: false, refusal: 'malformed', proven: false });
    await house.until('it is open all the same', () => house.plant.truth().withdrawals === 1);
    await comeAndGo();
    const { err } = await run(['unlock', ...key('owner')], ...lockKey());
    expect(err).toContain('the lock has signed no refusal of this token');
  }, 60_000);

  it('with the key of another lock believes not even the state', async () => {
    const { code, err } = await run(['unlock', ...key('owner')], '--lock-key', toHex(house.identity.root));
    expect(code).toBe(1);
    expect(err).toContain('is not signed with --lock-key');
    expect(house.plant.truth().withdrawals).toBe(0);
  });
});

describe('latchstring control', () => {
  it('takes the word of somebody else for the lock’s, and with its key does not', async () => {
    house.broker.onMessage(({ topic, payload }) => {
      if (topic !== house.topics.control || payload === '') return;
      const forged = { event_type: 'control', op: 'pause', counter: 1, result: 'applied' };
      void house.broker.publish(house.topics.event.system, JSON.stringify(forged), { retain: false });
    });
    const stranger = await run(['control', 'pause', ...key('courier')], ...lockKey());
    expect(stranger.code).toBe(1);
    expect(stranger.err).toContain('unknown_issuer');
    const taken = await run(['control', 'pause', ...key('courier')], '--json');
    expect({ code: taken.code, ...JSON.parse(taken.out) }).toMatchObject({ result: 'applied', proven: false });
    expect(house.lock.document().paused).toBe(false);
    const owner = await run(['control', 'pause', ...key('owner')], '--json', ...lockKey());
    expect({ code: owner.code, ...JSON.parse(owner.out) }).toEqual({
      code: 0,
      op: 'pause',
      counter: 1,
      result: 'applied',
      proven: true,
    });
    expect(house.lock.document().paused).toBe(true);
  }, 60_000);

  it('is not answered by what the lock has signed long ago', async () => {
    const kept: { readonly topic: string; readonly payload: string }[] = [];
    const { state, control, event } = house.topics;
    const forget = house.broker.onMessage((message) => kept.push(message));
    for (const op of ['resume', 'pause', 'resume']) await run(['control', op, ...key('owner')], ...lockKey());
    forget();
    const [before, applied] = [
      kept.find(({ topic, payload }) => topic === state && JSON.parse(payload).control_counter === 1),
      kept.find(({ topic, payload }) => topic === event.system && JSON.parse(payload).counter === 2),
    ].map((message) => message?.payload ?? '');
    // The broker has kept the lock's word, and tells it again when the owner says the same again.
    await house.broker.publish(state, before ?? '', { retain: true });
    house.broker.onMessage(({ topic, payload }) => {
      if (topic === control && payload !== '')
        void house.broker.publish(event.system, applied ?? '', { retain: false });
    });
    const later = await runAfter(10 * 60_000, ['control', 'pause', ...key('owner')], ...lockKey());
    expect(house.lock.document().paused).toBe(false);
    expect(later).toMatchObject({ code: 3, out: '' });
    expect(later.err).toContain('says nothing to number 2 that it has signed within two minutes of now');
  }, 60_000);
});
