import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Subscriber, subscriber } from '../../../sim/broker/subscriber.ts';
import { type House, startHouse } from '../../../sim/house.ts';
import { followActs, simTopicsOf } from '../../../sim/kit/acts.ts';
import { handsOf } from '../../../sim/kit/hands.ts';

const topics = simTopicsOf('front-door');
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Player {
  readonly house: House;
  readonly line: Subscriber;
  /** Publishes an act, and gives what comes of it. */
  act(act: object): Promise<Record<string, unknown>>;
}

async function player(): Promise<Player> {
  const house = await startHouse({ inMemory: true, travelMs: 100 });
  ends.push(house.stop);
  await house.ready();
  const hands = handsOf(house);
  ends.push(hands.letGo);
  ends.push(await followActs(house, hands));
  const line = await subscriber({ url: house.broker.url, topics: [`${topics.truth}/#`] });
  ends.push(line.close);
  let acts = 0;
  return {
    house,
    line,
    async act(given) {
      acts += 1;
      const cid = `act-${acts}`;
      await line.publish(topics.act, JSON.stringify({ cid, ...given }));
      return resultOf(line, cid);
    },
  };
}

async function resultOf(line: Subscriber, cid: string): Promise<Record<string, unknown>> {
  const { payload, retain } = await line.until(({ topic }) => topic === topics.result(cid), 20_000);
  expect(retain).toBe(false);
  return JSON.parse(payload);
}

describe('acts over MQTT', () => {
  it('play a whole visit, and the truth is retained for whoever comes later', async () => {
    const { house, act } = await player();
    expect(await act({ act: 'keys' })).toMatchObject({ ok: true, audience: house.identity.audience });
    const token = await act({ act: 'issue', until: '+10m' });
    expect(await act({ act: 'ring' })).toEqual({ cid: 'act-3', ok: true });
    expect(await act({ act: 'present', token: token.text })).toMatchObject({ result: 'granted', token: token.id });
    expect(await act({ act: 'push' })).toMatchObject({ ok: true, opened: true });
    expect(await act({ act: 'close' })).toMatchObject({ ok: true, closed: true });
    expect(await act({ act: 'until', wanted: { bolt: 'thrown' }, within_ms: 5000 })).toMatchObject({ openings: 1 });
    expect(await act({ act: 'present', token: token.text })).toMatchObject({ refusal: 'already_used' });
    expect(await act({ act: 'push' })).toMatchObject({ opened: false });
    const late = await subscriber({ url: house.broker.url, topics: [topics.truth] });
    const { payload, retain } = await late.until(() => true, 5_000);
    expect(retain).toBe(true);
    expect(JSON.parse(payload)).toMatchObject({ bolt: 'thrown', door: 'closed', withdrawals: 1, openings: 1 });
    await late.close();
  });

  it('cut, restore, force, scan and speak as the owner', async () => {
    const { act } = await player();
    const token = await act({ act: 'issue' });
    expect(await act({ act: 'control', op: 'deny-token', token: token.id })).toMatchObject({ result: 'applied' });
    expect(await act({ act: 'present', token: token.text })).toMatchObject({ refusal: 'revoked' });
    expect(await act({ act: 'scan', text: 'x' })).toMatchObject({ refusal: 'malformed' });
    await act({ act: 'cut', what: 'power' });
    expect(await act({ act: 'truth' })).toMatchObject({ ok: true, power: 'cut' });
    await act({ act: 'restore' });
    expect(await act({ act: 'inside' })).toMatchObject({ ok: true });
    await act({ act: 'force' });
    expect(await act({ act: 'truth' })).toMatchObject({ power: 'on', door: 'open' });
    for (const name of ['take', 'put'])
      expect(await act({ act: name })).toMatchObject({ ok: false, error: { message: 'a door has no item_present' } });
  });

  it('are done in the order in which they come, each once', async () => {
    const { house, line } = await player();
    await line.publish(topics.act, '{"cid":"a","act":"force"}');
    await line.publish(topics.act, '{"cid":"b","act":"ring"}');
    await line.publish(topics.act, '{"cid":"a","act":"force"}');
    await line.publish(topics.act, '{"cid":"c","act":"truth"}');
    expect(await resultOf(line, 'c')).toMatchObject({ openings: 1, door: 'open' });
    const answered = line.messages.map(({ topic }) => topic).filter((topic) => topic !== topics.truth);
    expect(answered).toEqual(['a', 'b', 'a', 'c'].map(topics.result));
    expect(line.messages.findLast(({ topic }) => topic === topics.result('a'))?.payload).toBe(
      '{"cid":"a","ok":false,"error":{"code":"usage","message":"the cid a was played already","next":"give each act a cid of its own"}}',
    );
    expect(house.plant.truth().doorOpenings).toBe(1);
  });

  it.each([
    ['open', 'none', '"open" is no JSON object of an act; publish {"cid":"1","act":"ring"}'],
    ['{"act":"ring"}', 'none', 'the act has no cid'],
    ['{"cid":"a/b","act":"ring"}', 'none', 'the act has no cid'],
    ['{"cid":"x","act":"open"}', 'x', 'there is no act "open"; choose from keys, truth, issue, present'],
    // No text comes of an object that says so itself.
    ['{"cid":"x","act":{"toString":1}}', 'x', 'there is no act {"toString":1}; choose from keys'],
    ['{"cid":"x","act":["ring"]}', 'x', 'there is no act ["ring"]; choose from keys'],
    ['{"cid":"x","act":"present"}', 'x', 'present: token Invalid input'],
    ['{"cid":"x","act":"present","token":"hello"}', 'x', '"hello" is no token'],
    ['{"cid":"x","act":"push","hard":true}', 'x', 'push: Unrecognized key: "hard"'],
    ['{"cid":"x","act":"until","wanted":{"bolt":"up"}}', 'x', 'bolt is never "up"'],
    ['{"cid":"x","act":"cut","what":"gas"}', 'x', 'cut: what Invalid option'],
    ['{"cid":"x","act":"scan","text":""}', 'x', 'the reader reads nothing in ""; show a text that is not empty'],
    [`{"cid":"x","act":"scan","text":"${'x'.repeat(9000)}"}`, 'none', 'is too long'],
  ])('say in words what is wrong with %.60s', async (payload, cid, words) => {
    const { line, house } = await player();
    const before = house.plant.truth();
    await line.publish(topics.act, payload);
    const { ok, error } = await resultOf(line, cid);
    expect(ok).toBe(false);
    const { message, next } = error as { message: string; next: string };
    expect(message).not.toContain(next);
    expect(`${message}; ${next}`).toContain(words);
    expect(house.plant.truth()).toEqual(before);
  });

  it('are not played from what a broker has kept', async () => {
    const { line, house } = await player();
    await line.publish(topics.act, '{"cid":"r","act":"force"}', { retain: true });
    expect(await resultOf(line, 'r')).toMatchObject({ error: { message: 'an act must not be retained' } });
    expect(house.plant.truth().doorOpen).toBe(false);
  });

  it('wait for those before them, up to a bound that is told', async () => {
    const { line } = await player();
    await line.publish(topics.act, '{"cid":"long","act":"until","wanted":{"openings":1},"within_ms":20000}');
    const cids = Array.from({ length: 40 }, (_, i) => `n-${i}`);
    await Promise.all(cids.map((cid) => line.publish(topics.act, JSON.stringify({ cid, act: 'truth' }))));
    const refused = () => line.messages.filter(({ payload }) => payload.includes('acts wait already')).length;
    await line.until(() => refused() === 9, 10_000);
    expect(line.messages.filter(({ topic }) => topic.startsWith(`${topics.truth}/`))).toHaveLength(9);
    // One that found no room was not done, and may be published again.
    const again = cids.at(-1) ?? '';
    await line.publish(topics.act, '{"cid":"x","act":"nothing"}');
    await line.publish(topics.act, JSON.stringify({ cid: again, act: 'truth' }));
    await line.until(() => refused() === 11, 10_000);
    const answered = line.messages.map(({ topic }) => topic);
    expect(answered.filter((topic) => topic === topics.result(again))).toHaveLength(2);
    expect(answered).toContain(topics.result('x'));
  });

  it('are heard no more when the world is let go', async () => {
    const { line, house } = await player();
    const [end] = ends.splice(2, 1);
    await end?.();
    await line.publish(topics.act, '{"cid":"x","act":"force"}');
    expect(house.plant.truth().doorOpen).toBe(false);
  });

  it('are no business of the firmware: nothing that it publishes is in their tree', async () => {
    const { house, act } = await player();
    const published: string[] = [];
    ends.push(house.broker.onMessage(({ topic }) => published.push(topic)));
    const { text } = await act({ act: 'issue' });
    await act({ act: 'present', token: text });
    await vi.waitFor(() => expect(published).toContain(house.topics.event.access), 10_000);
    expect(published.filter((topic) => topic.startsWith('latchstring/sim/'))).toEqual([topics.act, topics.act]);
  });
});
