/** What comes in over MQTT: that none of it opens a door by having come. */
import { describe, expect, it } from 'vitest';
import { COMMAND_BYTES_MAX, COMMAND_S_MAX, RESULT, type Statement, toHex, toWallS } from '../../protocol/index.ts';
import type { World } from '../../sim/world.ts';
import { answers, ask, nonceOf } from '../support/asker.ts';
import { heard, home, NOW_S, people, token, topics } from '../support/home.ts';

const refusals = (lock: World) => heard(lock, 'access').flatMap((event) => ('refusal' in event ? [event.refusal] : []));
const presentation = (bytes: Uint8Array, nonce: Uint8Array) => ({ presentation: people.people.answer(bytes, nonce) });
const unlocked = (lock: World): boolean => lock.plant.truth().withdrawals > 0;

async function unlockedByHand(lock: World): Promise<void> {
  lock.plant.press('inside_button', 100);
  await lock.pass(1_000);
  expect(lock.lock().document().lock).toBe('unlocked');
}

/** Until a bolt is thrown behind whoever pressed the button inside. */
const LEAVING_MS = 6_000;

describe('a command', () => {
  it('is answered with its own cid', async () => {
    const lock = await home();
    lock.broker().send(topics.cmd.ping, JSON.stringify({ cid: 'are-you-there', exp: NOW_S + 60 }));
    await lock.pass(10);
    expect(answers(lock)).toEqual([{ cid: 'are-you-there', ok: true }]);
  });

  const at = (exp: number, cid = 'c') => JSON.stringify({ cid, exp });

  it('that is retained, a repetition, too long, or has no cid is ignored', async () => {
    const lock = await home();
    lock.broker().lose();
    lock.broker().send(topics.cmd.nonce, at(NOW_S + 60, 'retained'), true);
    lock.broker().restore();
    await lock.pass(1_000);
    const long = 'c'.repeat(37);
    const odd = ['', '{', 'null', '{}', '[]', '"c"', '{"cid":1,"exp":1}', '{"exp":9}', at(NOW_S, ''), at(NOW_S, long)];
    for (const payload of [...odd, at(NOW_S + 60, 'a b'), '[['.repeat(9_000), '\u0000', '\ufffd{"cid":"c"}']) {
      lock.broker().send(topics.cmd.nonce, payload);
    }
    lock.broker().send(topics.cmd.nonce, `{"cid":"long","exp":${NOW_S + 60}}`.padEnd(COMMAND_BYTES_MAX + 1));
    await lock.pass(10);
    expect(answers(lock)).toEqual([]);
    lock.broker().send(topics.cmd.nonce, at(NOW_S + 60, 'again'));
    lock.broker().send(topics.cmd.nonce, at(NOW_S + 60, 'again'));
    await lock.pass(10);
    expect(answers(lock)).toHaveLength(1);
  });

  it('is not done after its exp, nor when that is further away than a command may be good for, and is told so', async () => {
    const lock = await home();
    await unlockedByHand(lock);
    const in2099 = Date.UTC(2099, 0, 1) / 1000;
    const nowS = toWallS(lock.clock.wallMs());
    for (const exp of [0, nowS - 1, nowS, nowS + COMMAND_S_MAX + 1, in2099, Number.MAX_SAFE_INTEGER]) {
      lock.broker().send(topics.cmd.lock, at(exp, `at-${exp}`));
      await lock.pass(10);
      expect(answers(lock).at(-1)).toEqual({ cid: `at-${exp}`, ok: false, answer: 'try_again' });
    }
    expect(lock.lock().document().lock).toBe('unlocked');
    lock.broker().send(topics.cmd.lock, at(nowS + COMMAND_S_MAX, 'the last moment'.replaceAll(' ', '-')));
    await lock.pass(LEAVING_MS);
    expect(answers(lock).at(-1)).toMatchObject({ ok: true });
    expect(lock.lock().document().lock).toBe('locked');
  });

  it('that lacks a field is answered denied, once, and fields that nobody knows are ignored', async () => {
    const lock = await home();
    const bad = [{ exp: `${NOW_S}` }, { exp: 1.5 }, {}, { exp: NOW_S + 60, presentation: 7 }, { exp: NOW_S + 60 }];
    for (const [i, body] of bad.entries()) {
      lock.broker().send(topics.cmd.unlock, JSON.stringify({ cid: `bad-${i}`, ...body }));
    }
    lock.broker().send(topics.cmd.unlock, JSON.stringify({ cid: 'bad-0', exp: NOW_S + 60, presentation: 'x' }));
    lock.broker().send(topics.cmd.ping, JSON.stringify({ cid: 'more', exp: NOW_S + 60, open: true, __proto__: [] }));
    await lock.pass(10);
    expect(answers(lock)).toEqual([
      ...bad.map((_, i) => ({ cid: `bad-${i}`, ok: false, answer: 'denied' })),
      { cid: 'more', ok: true },
    ]);
    expect(unlocked(lock)).toBe(false);
  });

  describe('with a response topic (MQTT 5)', () => {
    const correlationData = new Uint8Array([1, 2, 0xff]);
    const asked = async (topic: string, data: Uint8Array | undefined = correlationData) => {
      const lock = await home();
      const reply = { topic, ...(data === undefined ? {} : { correlationData: data }) };
      lock.broker().send(topics.cmd.ping, at(NOW_S + 60), false, reply);
      await lock.pass(10);
      const results = lock.broker().published.filter(({ payload }) => payload.includes('"cid"'));
      return results.map(({ topic: on, payload, correlationData: back }) => {
        expect(RESULT.parse(JSON.parse(payload))).toEqual({ cid: 'c', ok: true });
        return { on, back };
      });
    };

    it('below its own reply tree is answered there, with the correlation data as they came, and nowhere else', async () => {
      expect(await asked(`${topics.reply}app-7`)).toEqual([{ on: `${topics.reply}app-7`, back: correlationData }]);
      expect(await asked(`${topics.reply}a/b_c/D`)).toMatchObject([{ on: `${topics.reply}a/b_c/D` }]);
    });

    it.each([
      topics.reply,
      `${topics.reply}a/+`,
      `${topics.reply}#`,
      `${topics.reply}../cmd/unlock`,
      `${topics.reply}a//b`,
      `${topics.reply}$share/x`,
      `${topics.reply}${'x'.repeat(200)}`,
      `${topics.reply}\ufffd`,
      topics.cmd.lock,
      topics.control,
      topics.availability,
      topics.event.access,
      'latchstring/v1/another-door/reply/a',
      'homeassistant/status',
      '$SYS/broker',
      '+',
      '',
    ])('of %s is answered on result, without correlation data', async (topic) => {
      expect(await asked(topic)).toEqual([{ on: topics.result, back: undefined }]);
    });

    it('and correlation data without end is answered on result', async () => {
      expect(await asked(`${topics.reply}a`, new Uint8Array(65))).toMatchObject([{ on: topics.result }]);
      expect(await asked(`${topics.reply}a`, new Uint8Array(64))).toMatchObject([{ on: `${topics.reply}a` }]);
    });

    it('is answered there too when the answer comes later, by the bolt', async () => {
      const lock = await home();
      const body = presentation(token(), await nonceOf(lock));
      const reply = { topic: `${topics.reply}app`, correlationData };
      lock.broker().send(topics.cmd.unlock, JSON.stringify({ cid: 'later', exp: NOW_S + 60, ...body }), false, reply);
      await lock.pass(1_000);
      const there = lock.broker().published.filter(({ topic }) => topic === reply.topic);
      expect(there).toMatchObject([{ payload: '{"cid":"later","ok":true}', correlationData }]);
    });
  });

  it('is as long as its bytes are, not as its letters: half as many of two bytes each are too many', async () => {
    const lock = await home();
    const pause = people.people.order(1, { op: 'pause' });
    const document = JSON.stringify([pause, ...Array<string>(15).fill('é'.repeat(1_500))]);
    expect(document.length).toBeLessThan(COMMAND_BYTES_MAX);
    lock.broker().send(topics.control, document, true);
    await lock.pass(100);
    expect(lock.lock().document().paused).toBe(false);
    expect(heard(lock, 'access')).toEqual([]);
  });

  it('is answered without a trusted clock, since a nonce is what mends it', async () => {
    const lock = await home();
    lock.vouch('none');
    lock.present(token());
    await lock.pass(100);
    expect(lock.lock().state().clockUntrusted).toBe(true);
    lock.broker().send(topics.cmd.nonce, JSON.stringify({ cid: 'n', exp: 1 }));
    await lock.pass(10);
    expect(answers(lock)).toHaveLength(1);
  });

  it('comes in bulk, and the answers are bounded', async () => {
    const lock = await home();
    lock.broker().holdAcks(true);
    for (let i = 0; i < 1_000; i++)
      lock.broker().send(topics.cmd.ping, JSON.stringify({ cid: `p${i}`, exp: NOW_S + 60 }));
    await lock.pass(10);
    expect(answers(lock)).toHaveLength(8);
  });
});

describe('lock', () => {
  it('throws the bolt of a closed door, and of no other', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(100);
    ask(lock, 'lock');
    await lock.pass(2_000);
    expect(lock.lock().state().bolt.row).toBe('unlocked');
    lock.plant.close();
    await lock.pass(100);
    ask(lock, 'lock');
    await lock.pass(600);
    expect(lock.lock().state().bolt.row).toBe('locked');
    expect(lock.lock().document().changed_by).toBe('remote');
  });
});

describe('unlock', () => {
  it('opens for a presentation that answers the nonce, once, and says so when the bolt is withdrawn', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    const bytes = people.people.invite(NOW_S, 1);
    ask(lock, 'unlock', presentation(bytes, nonce));
    await lock.pass(10);
    expect(answers(lock)).toHaveLength(1);
    await lock.pass(1_000);
    expect(answers(lock).at(-1)).toEqual({ cid: 'c1', ok: true });
    expect(unlocked(lock)).toBe(true);
    await lock.pass(60_000);
    ask(lock, 'unlock', presentation(bytes, await nonceOf(lock)));
    await lock.pass(10);
    expect(answers(lock).at(-1)).toMatchObject({ ok: false, answer: 'denied' });
    expect(refusals(lock)).toEqual(['already_used']);
  });

  it('opens for a courier’s phone that answers it too: a token is a token', async () => {
    const lock = await home();
    ask(lock, 'unlock', presentation(token(), await nonceOf(lock)));
    await lock.pass(1_000);
    expect(unlocked(lock)).toBe(true);
  });

  it('does not open for a code that was drawn for a reader, and leaves it to be shown there', async () => {
    const lock = await home();
    await nonceOf(lock);
    const bytes = token();
    const drawn = people.people.show(bytes, toWallS(lock.clock.wallMs()));
    ask(lock, 'unlock', { presentation: drawn });
    ask(lock, 'set', { cid: 'set', action: 'unlock', presentation: drawn });
    await lock.pass(1_000);
    expect(answers(lock).slice(1)).toMatchObject([
      { ok: false, answer: 'try_again' },
      { cid: 'set', ok: false, answer: 'try_again' },
    ]);
    expect([unlocked(lock), refusals(lock)]).toEqual([false, ['holder_proof_failed']]);
    lock.present(bytes);
    await lock.pass(1_000);
    expect(unlocked(lock)).toBe(true);
  });

  it('does not open for a nonce of the minute before last, nor for one of nobody’s', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    await lock.pass(60_000);
    ask(lock, 'unlock', presentation(token(), nonce));
    await lock.pass(5_000);
    ask(lock, 'unlock', presentation(token(), new Uint8Array(16)));
    await lock.pass(1_000);
    expect(unlocked(lock)).toBe(false);
    expect(refusals(lock)).toEqual(['holder_proof_failed']);
    expect(answers(lock).slice(1)).toMatchObject([{ answer: 'try_again' }, { answer: 'try_again' }]);
  });

  it('is answered denied when the owner’s veto comes first, whatever the disk says later', async () => {
    const lock = await home({ disk: { syncMs: 500 } });
    const nonce = await nonceOf(lock);
    ask(lock, 'unlock', presentation(token(), nonce));
    await lock.pass(100);
    const pause: Statement = { op: 'pause' };
    lock.broker().send(topics.control, JSON.stringify([people.people.order(1, pause)]));
    await lock.pass(5_000);
    expect(unlocked(lock)).toBe(false);
    expect(answers(lock).at(-1)).toMatchObject({ ok: false, answer: 'denied' });
  });

  it('is answered denied when the disk is overdue, though the disk never answers, and is not done when it does', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    lock.disk().stall('sync');
    ask(lock, 'unlock', presentation(token(), nonce));
    await lock.pass(4_900);
    expect(answers(lock)).toHaveLength(1);
    await lock.pass(200);
    expect(answers(lock).at(-1)).toEqual({ cid: 'c1', ok: false, answer: 'denied' });
    lock.disk().unstall('sync');
    await lock.pass(60_000);
    expect([answers(lock).length, unlocked(lock)]).toEqual([2, false]);
  });

  it('with a text that is none is refused like any code', async () => {
    const lock = await home();
    ask(lock, 'unlock', { presentation: 'open sesame' });
    await lock.pass(100);
    expect(answers(lock)).toMatchObject([{ ok: false, answer: 'denied' }]);
    expect(refusals(lock)).toEqual(['malformed']);
  });

  it('that a broker keeps and sends again tomorrow opens nothing', async () => {
    const lock = await home();
    const showing = people.people.answer(people.people.invite(NOW_S, 1), await nonceOf(lock));
    await lock.pass(86_400_000);
    // Nobody signs `cid` and `exp`: whoever keeps the rest can write new ones.
    const kept = JSON.stringify({ cid: 'mine', exp: toWallS(lock.clock.wallMs()) + 60, presentation: showing });
    lock.broker().send(topics.cmd.unlock, kept);
    lock.broker().send(topics.cmd.unlock, kept, true);
    lock.broker().lose();
    lock.broker().restore();
    await lock.pass(1_000);
    expect(refusals(lock)).toHaveLength(1);
    expect(unlocked(lock)).toBe(false);
  });
});

describe('set', () => {
  it('does what it names: it locks, or it opens for a presentation that answers the nonce', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    ask(lock, 'set', { action: 'unlock', ...presentation(people.people.invite(NOW_S, 1), nonce) });
    await lock.pass(1_000);
    expect(unlocked(lock)).toBe(true);
    expect(answers(lock).at(-1)).toEqual({ cid: 'c1', ok: true });
    ask(lock, 'set', { action: 'lock' });
    await lock.pass(1_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it.each([
    ['no action', {}],
    ['an action that it does not have', { action: 'toggle' }],
    ['unlock without a presentation', { action: 'unlock' }],
  ])('does nothing for %s, and says so', async (_name, more) => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    const before = lock.lock().state().bolt.row;
    ask(lock, 'set', more);
    await lock.pass(1_000);
    expect(answers(lock)).toEqual([{ cid: 'c0', ok: false, answer: 'denied' }]);
    expect(lock.lock().state().bolt.row).toBe(before);
    expect(before).toBe('unlocked');
  });

  it('locks, and no more, when a presentation stands beside lock', async () => {
    const lock = await home();
    await unlockedByHand(lock);
    ask(lock, 'set', { action: 'lock', presentation: 'LS1:X' });
    await lock.pass(LEAVING_MS);
    expect(lock.lock().document().lock).toBe('locked');
    expect(refusals(lock)).toEqual([]);
  });
});

describe('a token that names its delegation', () => {
  const named = (lock: World) => people.people.issue({ nowS: toWallS(lock.clock.wallMs()), named: true });

  async function deliver(lock: World, bytes: Uint8Array): Promise<void> {
    await lock.pass(5_000);
    lock.present(bytes);
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(100);
    lock.plant.close();
    await lock.pass(2_000);
  }

  it('opens when a token under it has opened before, also after a boot and compaction', async () => {
    const lock = await home();
    await deliver(lock, named(lock));
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    await deliver(lock, token());
    await deliver(lock, named(lock));
    expect(lock.plant.truth().withdrawals).toBe(2);
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    await deliver(lock, named(lock));
    expect(lock.plant.truth().withdrawals).toBe(3);
  });

  it('is the same token as the one that carries it: once, and counted for its day', async () => {
    const lock = await home();
    await deliver(lock, token());
    const bytes = named(lock);
    await deliver(lock, bytes);
    await deliver(lock, bytes);
    expect(refusals(lock)).toEqual(['already_used']);
    const uses = [...lock.lock().journal().memory.usesPerDay.values()];
    expect(uses).toEqual([2]);
  });

  it('is refused when the carrier’s key has been denied since', async () => {
    const lock = await home();
    await deliver(lock, token());
    const [spent] = lock.lock().journal().memory.spent.values();
    const kid = Buffer.from(spent?.key.split(':')[0] ?? '', 'hex');
    lock.lock().present(people.people.order(1, { op: 'deny-key', kid: new Uint8Array(kid) }), 'reader');
    await deliver(lock, named(lock));
    expect(refusals(lock)).toEqual(['issuer_revoked']);
    expect(toHex(new Uint8Array(kid))).toHaveLength(16);
  });

  it('fits into a QR code that is a third smaller', async () => {
    const lock = await home();
    const short = people.people.show(named(lock), NOW_S).length;
    expect(short).toBeLessThan(people.people.show(token(), NOW_S).length * 0.65);
  });
});
