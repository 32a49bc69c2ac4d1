import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  fromHex,
  kidOf,
  publicKeyOf,
  readDelegation,
  toHex,
  toText,
  wallS,
  writePresentation,
  writeToken,
} from '../../../protocol/index.ts';
import { subscriber } from '../../../sim/broker/subscriber.ts';
import { house, type TestHouse, type TestHouseOptions, type Token } from '../../../sim/index.ts';
import { seeds } from '../../support/people.ts';
import { pause } from '../../wire/until.ts';

const standing: TestHouse[] = [];
afterEach(async () => {
  await Promise.all(standing.splice(0).map((h) => h.stop()));
});

async function built(options?: TestHouseOptions): Promise<TestHouse> {
  const h = await house(options);
  standing.push(h);
  return h;
}

/** A visit from the token to the thrown bolt. */
async function visit(h: TestHouse, token: Token | string): Promise<void> {
  expect(await h.present(token)).toMatchObject({ result: 'granted' });
  expect(await h.push()).toBe(true);
  expect(await h.close()).toBe(true);
  await h.until({ bolt: 'thrown' });
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(5), 'base64url'));

/** What a backend of one's own would write, with the carrier's key of one's own. */
function ownToken(h: TestHouse, seed: Uint8Array): string {
  const nowS = Math.floor(Date.now() / 1000);
  const bytes = writeToken(
    {
      audience: h.audience,
      notBeforeS: wallS(nowS - 60),
      expiresS: wallS(nowS + 600),
      issuedAtS: wallS(nowS),
      id: new Uint8Array(16).fill(7),
      holder: fromHex(h.keys.courier) ?? new Uint8Array(),
      action: 'unlock',
      under: { delegation: bytesOf(h.keys.delegation) },
    },
    seed,
  );
  return `LST1:${Buffer.from(bytes).toString('base64url')}`;
}

describe('a house for tests', () => {
  it('says that a courier is let in when they can come in, at a trunk whose latch nobody sees, too', async () => {
    const h = await built({ profile: 'car-trunk' });
    expect(await h.present(await h.issue())).toMatchObject({ result: 'granted' });
    expect(h.truth()).toMatchObject({ withdrawals: 1, door: 'open' });
    expect(await h.close()).toBe(true);
    await h.until({ bolt: 'thrown', openings: 1 });
  });

  it("plays a key safe's own visit: the key is taken, and given back", async () => {
    const h = await built({ profile: 'key-safe' });
    expect(await h.take()).toBe(false);
    expect(await h.present(await h.issue())).toMatchObject({ result: 'granted' });
    await h.push();
    expect(await h.take()).toBe(true);
    expect(h.truth()).toMatchObject({ item: 'out' });
    expect(await h.put()).toBe(true);
    await h.close();
    await h.until({ bolt: 'thrown', item: 'in' });
  });

  it('says what a product does not have', async () => {
    const trunk = await built({ profile: 'car-trunk' });
    await expect(trunk.ring()).rejects.toThrow('a car-trunk has no bell');
    for (const act of [trunk.take, trunk.put]) await expect(act()).rejects.toThrow('a car-trunk has no item_present');
    await expect(trunk.until({ item: 'out' }, 60_000)).rejects.toThrow('a car-trunk has no item_present');
  });

  it('lets a courier in once, and says each time why not again, though one a minute becomes an event', async () => {
    const h = await built();
    expect(h.truth()).toEqual({
      bolt: 'thrown',
      position: 1000,
      door: 'closed',
      withdrawals: 0,
      openings: 0,
      driven: 'none',
      item: 'in',
      power: 'on',
      serial: 'on',
      broker: 'on',
    });
    const listener = await subscriber({ url: h.brokerUrl, topics: Object.values(h.topics.event) });
    const [token, other] = [h.issue(), h.issue()];
    expect(token.id).not.toBe(other.id);
    await visit(h, token);
    await visit(h, other);
    for (const used of [token, other]) {
      expect(await h.present(used)).toEqual({
        result: 'refused',
        answer: 'denied',
        refusal: 'already_used',
        detail: 'this token has opened, or tried to',
      });
    }
    expect(await h.push()).toBe(false);
    expect(h.truth()).toMatchObject({ withdrawals: 2, openings: 2, bolt: 'thrown', door: 'closed' });
    await listener.until(({ payload }) => payload.includes('already_used'), 5_000);
    expect(listener.messages.filter(({ payload }) => payload.includes('already_used'))).toHaveLength(1);
    await listener.close();
  });

  it('takes tokens of a carrier whose secret key it never sees', async () => {
    const h = await built({ carrier: toHex(publicKeyOf(seeds.carrier)) });
    expect(readDelegation(bytesOf(h.keys.delegation))?.carrier).toEqual(publicKeyOf(seeds.carrier));
    expect(() => h.issue()).toThrow("the house has only your carrier's public key, and cannot sign; let your backend");
    expect(await h.present(ownToken(h, seeds.stranger))).toMatchObject({ refusal: 'bad_signature' });
    await visit(h, ownToken(h, seeds.carrier));
  });

  it('signs with a carrier key that it is given', async () => {
    const h = await built({ carrierKey: seeds.carrier });
    expect(h.keys.carrier).toBe(toHex(publicKeyOf(seeds.carrier)));
    await visit(h, h.issue());
  });

  it('takes a presentation that another phone has made, and refuses a token that only this phone shows', async () => {
    const h = await built();
    const token = h.issue({ for: publicKeyOf(seeds.stranger) });
    expect(await h.present(token)).toMatchObject({ refusal: 'bad_signature' });
    const drawnAtS = wallS(Math.floor(Date.now() / 1000));
    await visit(h, toText(writePresentation(bytesOf(token.text), { drawnAtS }, seeds.stranger)));
  });

  it('grants what it was told to grant', async () => {
    const h = await built({ grant: { uses: 1, window: '30m' } });
    expect(await h.present(h.issue())).toMatchObject({ refusal: 'chain_invalid' });
    await visit(h, h.issue({ until: '+10m' }));
    expect(await h.present(h.issue({ until: '+10m' }))).toMatchObject({ refusal: 'uses_exhausted' });
  });

  it('makes tokens for any time', async () => {
    const h = await built();
    expect(await h.present(h.issue({ until: '-1h' }))).toMatchObject({ refusal: 'expired' });
    expect(await h.present(h.issue({ from: '+1h', until: '+2h' }))).toMatchObject({ refusal: 'not_yet_valid' });
    const from = new Date(Date.now() - 5_000);
    const token = h.issue({ from, until: '2099-01-01T00:00:00Z' });
    expect(token.until).toBe('2099-01-01T00:00:00Z');
    expect(await h.present(token)).toMatchObject({ refusal: 'chain_invalid' });
  });

  it('is a key safe or a trunk, too', async () => {
    const h = await built({ profile: 'key-safe' });
    expect(h.issue().action).toBe('release');
    expect(await h.present(h.issue())).toMatchObject({ result: 'granted' });
    expect(await h.push()).toBe(true);
  });

  it('stands beside others in one process, and none knows the tokens of another', async () => {
    const [first, second, third] = await Promise.all([built(), built(), built()]);
    expect(new Set([first, second, third].map(({ brokerUrl }) => brokerUrl)).size).toBe(3);
    const token = second.issue();
    expect(await first.present(token)).toMatchObject({ refusal: 'wrong_lock' });
    await visit(second, token);
    expect([first, second, third].map((h) => h.truth().openings)).toEqual([0, 1, 0]);
  });

  it('lets people out, holds against a push, and tells of a forced door', async () => {
    const h = await built();
    const listener = await subscriber({ url: h.brokerUrl, topics: [h.topics.event.door] });
    expect(await h.push()).toBe(false);
    await h.inside();
    await h.until({ bolt: 'withdrawn' });
    expect(await h.push()).toBe(true);
    expect(await h.close()).toBe(true);
    await h.until({ bolt: 'thrown' });
    await h.force();
    expect(h.truth().door).toBe('open');
    await listener.until(({ payload }) => payload.includes('forced_open'), 5_000);
    await listener.close();
  });

  it('tells each ring, also when the machine stands still meanwhile', async () => {
    const h = await built({ policy: { repeatMs: 1, doublePressMs: 1 } });
    const listener = await subscriber({ url: h.brokerUrl, topics: [h.topics.event.doorbell] });
    await h.ring();
    const second = h.ring();
    // The machine stands still, for longer than a finger presses.
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
    await second;
    const rings = () => listener.messages.filter(({ payload }) => payload.includes('"ring"')).length;
    await listener.until(() => rings() === 2, 5_000);
    await listener.close();
  });

  it('shows the reader whatever somebody holds up', async () => {
    const h = await built();
    expect(await h.scan('4006381333931')).toMatchObject({ result: 'refused', refusal: 'malformed' });
  });
});

describe('what the owner says', () => {
  it('voids a token, and a phone', async () => {
    const h = await built();
    const [first, second] = [h.issue(), h.issue()];
    expect(await h.control({ op: 'deny-token', token: first })).toBe('applied');
    expect(await h.present(first)).toMatchObject({ refusal: 'revoked' });
    expect(await h.control({ op: 'deny-key', key: h.keys.courier })).toBe('applied');
    expect(await h.present(second)).toMatchObject({ result: 'refused' });
    expect(toHex(kidOf(fromHex(h.keys.courier) ?? new Uint8Array()))).toMatch(/^[0-9a-f]{16}$/);
    expect(h.truth().withdrawals).toBe(0);
  });

  it('goes on behind one that was refused: that one has used no number up', async () => {
    const h = await built();
    expect(await h.control({ op: 'raise-epoch', epoch: 1 })).toBe('not_higher');
    expect(await h.control({ op: 'pause' })).toBe('applied');
  });

  it('answers each statement of the owner with what came of that one, also when he says the same again', async () => {
    const h = await built();
    for (let times = 0; times < 2; times++) {
      expect(await h.control({ op: 'raise-epoch', epoch: 1 })).toBe('not_higher');
    }
    expect(await h.control({ op: 'pause' })).toBe('applied');
  });

  it('waits on the broker for a lock that is away', async () => {
    const h = await built();
    await h.cut({ power: true });
    expect(await h.control({ op: 'pause' })).toBe('waiting');
    expect(await h.control({ op: 'deny-token', token: 'ab'.repeat(16) })).toBe('waiting');
    await h.restore();
    expect(await h.control({ op: 'set-mode', mode: 'privacy' })).toBe('applied');
    expect(await h.present(h.issue())).toMatchObject({ refusal: 'owner_veto' });
  });
});

describe('what is cut', () => {
  it('is the power: nothing moves, the light is dark, and a visit goes on when it is back', async () => {
    const h = await built();
    const token = h.issue();
    await h.present(token);
    await h.push();
    const listener = await subscriber({ url: h.brokerUrl, topics: [h.topics.availability] });
    await h.cut({ power: true });
    await listener.until(({ payload }) => payload === 'offline', 5_000);
    await listener.close();
    expect(h.truth()).toMatchObject({ power: 'cut', door: 'open', bolt: 'withdrawn' });
    expect(await h.present(h.issue())).toEqual({ result: 'dark' });
    await h.restore('power');
    expect(h.truth().power).toBe('on');
    await h.close();
    await h.until({ bolt: 'thrown' });
    expect(await h.present(token)).toMatchObject({ refusal: 'already_used' });
  });

  it('is the power while a token is being used up: it opens once at most, and never by itself afterwards', async () => {
    const h = await built();
    const token = h.issue();
    const shown = h.present(token);
    await h.cut({ power: true });
    expect(await shown).toEqual({ result: 'dark' });
    const { withdrawals } = h.truth();
    await h.restore();
    await expect(h.until({ bolt: 'withdrawn' }, 300)).rejects.toThrow('not within 300 ms');
    await h.present(token);
    expect(h.truth().withdrawals - withdrawals).toBeLessThanOrEqual(1);
  });

  it('is the cable: the lock says that it has no board, and takes the token when it is back', async () => {
    const h = await built();
    const token = h.issue();
    await h.cut({ serial: true });
    await h.until(() => h.truth().serial === 'cut');
    expect(await h.present(token)).toMatchObject({ refusal: 'board_lost', answer: 'try_again' });
    await h.restore('serial');
    await visit(h, token);
  });

  it('is the broker: the lock works on, and tells it all when it is back', async () => {
    const h = await built();
    await h.cut({ broker: true });
    await expect(subscriber({ url: h.brokerUrl, topics: ['#'] })).rejects.toThrow('ECONNREFUSED');
    await visit(h, h.issue());
    const { messages } = await backAgain(h);
    expect(messages.map(({ payload }) => JSON.parse(payload).event_type)).toEqual(['entered', 'ended']);
  });

  async function backAgain(h: TestHouse) {
    // Listening before the lock does: it comes back after a pause, whoever asks for it again at once.
    const back = h.restore('broker');
    const listener = await subscriber({ url: h.brokerUrl, topics: [h.topics.event.visit] });
    await back;
    await listener.until(({ payload }) => payload.includes('ended'), 10_000);
    await listener.close();
    return listener;
  }
});

describe('what several cut and bring back at a time', () => {
  it('is the power of one lock: none of its lives goes on beside another, nor after the end', async () => {
    const h = await house();
    const powers = [{ forMs: 50 }, { forMs: 20 }, true, true] as const;
    await Promise.all(powers.flatMap((power) => [h.cut({ power }), h.restore('power')]));
    await h.restore();
    expect(h.truth().power).toBe('on');
    await visit(h, h.issue());
    await h.stop();
    // A life that was forgotten would look for its broker.
    const callers: unknown[] = [];
    const server = createServer((socket) => callers.push(socket.destroy()));
    await new Promise<void>((resolve) => server.listen(Number(new URL(h.brokerUrl).port), '127.0.0.1', resolve));
    await pause(2_500);
    await new Promise((resolve) => server.close(resolve));
    expect(callers).toHaveLength(0);
  });

  it('is the broker: it is there for who asks, and as the last one wanted it', async () => {
    const h = await built();
    await h.cut({ broker: true });
    await Promise.all([h.restore('broker'), h.restore('broker'), h.restore()]);
    expect(h.truth().broker).toBe('on');
    await Promise.all([h.cut({ broker: true }), h.restore('broker'), h.cut({ broker: true })]);
    expect(h.truth().broker).toBe('cut');
    await expect(subscriber({ url: h.brokerUrl, topics: ['#'] })).rejects.toThrow('ECONNREFUSED');
    await h.restore();
  });

  it('is the broker, whose port somebody has taken meanwhile: the error says so, and it may come back later', async () => {
    const h = await built();
    const port = Number(new URL(h.brokerUrl).port);
    await h.cut({ broker: true });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(h.restore('broker')).rejects.toMatchObject({
      name: 'HouseError',
      code: 'io',
      message: `port ${port} on 127.0.0.1 is taken: another program listens there; end that program, and bring the broker back again`,
    });
    await new Promise((resolve) => server.close(resolve));
    await h.restore('broker');
    expect(h.truth().broker).toBe('on');
  });
});

describe('the end of a house', () => {
  it('frees its port, ends every wait, and may come twice', async () => {
    const h = await house();
    const port = Number(new URL(h.brokerUrl).port);
    const waits = expect(h.until({ openings: 9 })).rejects.toThrow('the house was stopped');
    await h.stop();
    await waits;
    await h.stop();
    await expect(h.ring()).rejects.toThrow('the house was stopped');
    await expect(h.present('LST1:')).rejects.toThrow('the house was stopped');
    const refused = await new Promise((resolve) => connect(port, '127.0.0.1').once('error', resolve));
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    const next = await built({ port });
    expect(next.brokerUrl).toBe(h.brokerUrl);
  });

  it('comes by itself where the language has `await using`', async () => {
    const h = await house();
    await h[Symbol.asyncDispose]();
    await expect(h.ring()).rejects.toThrow('the house was stopped');
  });

  it('comes while the power is cut', async () => {
    const h = await house();
    await h.cut({ power: true });
    await h.stop();
    expect(h.truth().power).toBe('cut');
  });
});

describe('bad input', () => {
  const from = (options: object) => house(options as TestHouseOptions);
  it.each([
    [{ prot: 1 }, 'house knows no "prot"; choose from carrier, carrierKey, grant, profile'],
    [{ port: 70_000 }, 'port 70000 is not possible; give a whole number from 0 to 65535'],
    [{ carrier: 'abc' }, 'carrier is not a public key; give 32 bytes, 64 hexadecimal digits'],
    [{ carrier: '0'.repeat(64) }, 'carrier is no Ed25519 public key: nobody can sign for it'],
    [{ carrier: `latchstring-seed-v1 ${'ab'.repeat(32)}` }, 'carrier is a secret key, which is never handed around'],
    [{ carrierKey: `latchstring-pub-v1 ${'ab'.repeat(32)}` }, 'carrierKey is a public key, and a secret one is needed'],
    [{ carrier: 'ab'.repeat(32), carrierKey: 'ab'.repeat(32) }, 'carrier and carrierKey say the same twice'],
    [{ profile: 'garage' }, 'there is no profile "garage"; choose from door, key-safe, car-trunk'],
    [{ policy: { name: 'x' } }, 'policy knows no "name"'],
    [{ policy: { stayMsMax: 'soon' } }, 'policy stayMsMax: Invalid input'],
    [{ grant: { hours: 'xx' } }, 'hours: "xx" is not days and a span of hours'],
    [{ policy: null }, 'policy takes an object, and not null'],
    [{ grant: { actions: ['open'] } }, 'grant.actions ["open"] are none; give a list of unlock'],
    [{ grant: { actions: 'unlock' } }, 'grant.actions "unlock" are none; give a list of unlock'],
    [{ grant: { window: 'x' } }, 'grant.window "x" is not a length of time'],
    [{ lockId: 'A' }, 'lockId "A" is no lock\'s id'],
    [{ travelMs: 0 }, 'travelMs 0 is not possible'],
  ])('%j is refused in words', async (options, message) => {
    await expect(from(options)).rejects.toMatchObject({ name: 'HouseError', code: 'usage' });
    await expect(from(options)).rejects.toThrow(message);
  });

  it('is a port that is taken', async () => {
    const h = await built();
    const port = Number(new URL(h.brokerUrl).port);
    await expect(house({ port })).rejects.toMatchObject({
      code: 'io',
      message: `port ${port} on 127.0.0.1 is taken: another program listens there; give another port, or leave it out for any that is free`,
    });
  });

  it('at an act says what the act takes', async () => {
    const h = await built();
    const { text } = h.issue();
    await expect(h.present('hello')).rejects.toThrow('"hello" is no token; give what issue() gave');
    await expect(h.present(`${text.slice(0, -9)}`)).rejects.toThrow(/^the token "LST1:.*…" is damaged/);
    await expect(h.present(undefined as never)).rejects.toThrow('undefined is no token');
    await expect(h.cut({})).rejects.toThrow('cut takes one thing at a time');
    await expect(h.cut({ power: { forMs: -1 } })).rejects.toThrow('power.forMs -1 is no time to wait');
    await expect(h.restore('gas' as never)).rejects.toThrow(
      'restore knows no "gas"; choose from power, serial, broker',
    );
    await expect(h.control({ op: 'open' } as never)).rejects.toThrow('control knows no op "open"; choose from pause');
    await expect(h.control({ op: 'pause', epoch: 1 } as never)).rejects.toThrow('pause knows no "epoch"');
    expect(() => h.issue({ until: 'soon' })).toThrow('until "soon" is not a time; give now, +4h');
    expect(() => h.issue({ from: '+2h', until: '+1h' })).toThrow('is not after from');
    expect(() => h.issue({ action: 'open' as never })).toThrow('there is no action "open"');
    expect(() => h.issue({ for: 'me' })).toThrow('for is not a public key');
  });
});

describe('until', () => {
  it('gives the truth when it is so', async () => {
    const h = await built();
    expect(await h.until({ bolt: 'thrown', door: 'closed' })).toEqual(h.truth());
    expect(await h.until(({ position }) => position === 1000)).toEqual(h.truth());
  });

  it('says what was seen last, and at once what can never come', async () => {
    const h = await built();
    await expect(h.until({ bolt: 'withdrawn' }, 50)).rejects.toThrow(
      "bolt withdrawn: not within 50 ms; last seen: bolt thrown, door closed, withdrawals 0, openings 0; the lock's own word: locked, visit idle, no alarm",
    );
    const safe = await built({ profile: 'key-safe' });
    await expect(safe.until({ item: 'out' }, 50)).rejects.toThrow('openings 0; item in; the lock');
    const wait = (wanted: unknown, ms?: unknown) => h.until(wanted as never, ms as never);
    await expect(wait({ bolt: 'banana' })).rejects.toThrow('bolt is never "banana"; it is one of thrown, withdrawn');
    await expect(wait({ botl: 'thrown' })).rejects.toThrow('until knows no "botl"; choose from bolt');
    await expect(wait({ openings: -1 })).rejects.toThrow('openings is never -1; give a whole number');
    await expect(wait({})).rejects.toThrow('until waits for nothing');
    await expect(wait('thrown')).rejects.toThrow('until takes an object, and not "thrown"');
    await expect(wait({ bolt: 'thrown' }, 0)).rejects.toThrow('until 0 is no time to wait; give milliseconds');
    await expect(wait(async () => true)).rejects.toThrow('answers with a promise');
    await h.force();
    await expect(wait({ openings: 0 })).rejects.toThrow('openings 0 cannot come any more; openings is 1 already');
  });

  it('rejects with what the predicate throws', async () => {
    const h = await built();
    const broken = (): boolean => {
      throw new Error('my database is gone');
    };
    await expect(h.until(broken)).rejects.toThrow('my database is gone');
  });
});
