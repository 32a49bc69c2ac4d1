/** A hostile broker around a whole lock in virtual time: nothing moves, nothing falls over, and every forgery is marked. */
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { opensslSigner } from '../../../firmware/report/signer.ts';
import { createWatcher, type WatchVerdict } from '../../../firmware/tools/watcher.ts';
import {
  CHAIN_BEGINS,
  COMMANDS,
  EVENT_TOPICS,
  publicKeyOf,
  reportPayload,
  sha256,
  TOPIC_ROOT,
  toWallS,
  writeReport,
} from '../../../protocol/index.ts';
import type { SimulatedPublish } from '../../../sim/ports/broker.ts';
import { prng } from '../../../sim/time/prng.ts';
import { home, NOW_S, people, token, topics } from '../../support/home.ts';

const key = publicKeyOf(people.identity.lockSeed);
const thief = sha256(new TextEncoder().encode('thief'));
const watcher = (keys: readonly Uint8Array[] = [key], id?: string) =>
  createWatcher({ topicRoot: TOPIC_ROOT, keys, verify: opensslVerify(), ...(id === undefined ? {} : { id }) });
const NOW_MS = NOW_S * 1000;

/** A whole visit, commands and a control: all that a broker sees of it, in both directions. */
async function captured() {
  const lock = await home();
  const sent: { readonly topic: string; readonly payload: string }[] = [];
  const send = (topic: string, payload: string): void => {
    sent.push({ topic, payload });
    lock.broker().send(topic, payload);
  };
  const exp = NOW_S + 60;
  send(topics.cmd.nonce, JSON.stringify({ cid: 'n1', exp }));
  await lock.pass(100);
  const answer = lock.broker().published.findLast(({ topic }) => topic === topics.result);
  const nonce = Buffer.from(JSON.parse(answer?.payload ?? '{}').nonce, 'hex');
  const presentation = people.people.answer(token(), new Uint8Array(nonce));
  send(topics.cmd.unlock, JSON.stringify({ cid: 'u1', exp, presentation }));
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.close();
  await lock.pass(5_000);
  send(topics.control, JSON.stringify([people.people.order(1, { op: 'pause' })]));
  await lock.pass(500);
  send(topics.control, JSON.stringify([people.people.order(2, { op: 'resume' })]));
  await lock.pass(10_000);
  expect(lock.plant.truth().withdrawals).toBe(1);
  return { lock, sent };
}

describe('a hostile broker', () => {
  it('moves nothing and breaks nothing with all that it has ever seen, and more', async () => {
    const { lock, sent } = await captured();
    const dice = prng(7, 'broker');
    const seen = [...sent, ...lock.broker().published];
    const anywhere = [
      ...Object.values(topics.cmd),
      topics.control,
      topics.state,
      topics.result,
      ...Object.values(topics.event),
    ];
    const noise = [
      'x'.repeat(1 << 20),
      '['.repeat(1 << 16),
      '\ufffd\u0000\u001b[2J',
      '',
      'null',
      '{"cid":"a","exp":1e999}',
      JSON.stringify({ cid: 'lock-1', exp: NOW_S - 10 }),
      JSON.stringify({ cid: 'lock-2', exp: 4_070_908_800, presentation: 'LS1:' }),
    ];
    const odd = [
      '$share/x/latchstring/v1/front-door/cmd/unlock',
      'latchstring/v1/front-door/cmd/\ufffd',
      '$SYS',
      '',
      '+/#',
    ];
    for (let i = 0; i < 3_000; i++) {
      const what = seen[dice.below(seen.length)] as { readonly topic: string; readonly payload: string };
      const retain = dice.below(3) === 0;
      const choice = dice.below(5);
      if (choice === 0) lock.broker().send(anywhere[dice.below(anywhere.length)] as string, what.payload, retain);
      else if (choice === 1)
        lock
          .broker()
          .send(anywhere[dice.below(anywhere.length)] as string, noise[dice.below(noise.length)] as string, retain);
      else if (choice === 2) lock.broker().send(odd[dice.below(odd.length)] as string, what.payload, retain);
      else lock.broker().send(what.topic, what.payload, retain);
      if (dice.below(200) === 0) {
        lock.broker().lose('hostile');
        lock.broker().restore();
      }
      if (dice.below(10) === 0) await lock.pass(dice.below(3_000));
    }
    await lock.pass(60_000);
    const truth = lock.plant.truth();
    expect({ withdrawals: truth.withdrawals, openings: truth.doorOpenings }).toEqual({ withdrawals: 1, openings: 1 });
    expect(lock.lock().state().ledgerFault).toBe(false);
    // It still works for who may come in.
    lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(2);
  }, 120_000);

  it('has every forgery marked, every repetition, and every event that it hides', async () => {
    const { lock } = await captured();
    const told = lock.broker().published;
    const dice = prng(3, 'forger');
    const ears = watcher([key], 'front-door');
    const heard = (topic: string, payload: string) => ears.hear({ topic, payload, receivedMs: NOW_MS });
    const isSigned = ({ topic }: SimulatedPublish): boolean => topic === topics.state || topic.includes('/event/');
    const hidden = new Set<number>();
    const verdicts = new Map<string, Set<WatchVerdict>>();
    const note = (deed: string, verdict: WatchVerdict): void => {
      verdicts.set(deed, (verdicts.get(deed) ?? new Set()).add(verdict));
    };
    const before: SimulatedPublish[] = [];
    for (const message of told) {
      const { topic, payload } = message;
      const isEvent = topic.includes('/event/');
      const { seq } = isSigned(message) ? JSON.parse(payload) : { seq: -1 };
      if (isEvent && seq > 2 && dice.below(5) === 0) {
        hidden.add(seq);
        continue;
      }
      for (const { verdict } of heard(topic, payload)) {
        if (verdict !== 'missing') note(isSigned(message) ? 'passed on' : 'unsigned', verdict);
      }
      if (!isSigned(message)) continue;
      for (const forged of forgeries(topic, payload)) {
        for (const { verdict } of heard(forged.topic, forged.payload)) note(forged.deed, verdict);
      }
      const old = before[dice.below(before.length + 1)];
      if (old !== undefined && old.topic !== topics.state)
        for (const { verdict } of heard(old.topic, old.payload)) note('repeated', verdict);
      before.push(message);
    }
    const found = Object.fromEntries([...verdicts].map(([deed, all]) => [deed, [...all].sort()]));
    expect(found).toEqual({
      'passed on': ['ok'],
      unsigned: ['unsigned'],
      repeated: ['duplicate'],
      'another word': ['forged'],
      'another topic': ['forged'],
      'no signature': ['forged'],
      'of another key': ['forged'],
      'of another lock': ['forged'],
      'one bit': ['forged'],
      huge: ['forged'],
    });
    expect(hidden.size).toBeGreaterThan(1);
    const last = Math.max(
      ...told.filter(({ topic }) => topic.includes('/event/')).map(({ payload }) => JSON.parse(payload).seq),
    );
    // What is hidden behind the last that came shows by the state, which speaks of it.
    const late = ears.overdue(NOW_MS + 600_000).length > 0;
    expect(ears.missingCount()).toBe(hidden.size - (late || !hidden.has(last) ? 0 : 1));
  });
});

/** What somebody who holds the broker, and no key of the lock's, can make of a message. */
function forgeries(topic: string, payload: string) {
  const said: Record<string, unknown> = JSON.parse(payload);
  const { att, ...document } = said;
  const signer = opensslSigner(thief);
  const reported = (audience: string): string =>
    writeReport(
      reportPayload({
        audience,
        topic:
          topic === topics.state
            ? 'state'
            : `event/${EVENT_TOPICS.find((name) => topics.event[name] === topic) ?? 'door'}`,
        document,
        chain: CHAIN_BEGINS,
      }),
      signer,
    );
  const flipped = Buffer.from(String(att), 'base64url');
  flipped[flipped.length - 10] = (flipped[flipped.length - 10] ?? 0) ^ 1;
  const other = topic === topics.event.door ? topics.event.alarm : topics.event.door;
  return [
    { deed: 'another word', topic, payload: JSON.stringify({ ...said, seq: Number(said.seq) + 1 }) },
    { deed: 'another topic', topic: other, payload },
    { deed: 'no signature', topic, payload: JSON.stringify(document) },
    {
      deed: 'of another key',
      topic,
      payload: JSON.stringify({ ...document, att: reported(people.identity.audience) }),
    },
    { deed: 'of another lock', topic, payload: JSON.stringify({ ...document, att: reported('back-door/abcdefgh') }) },
    { deed: 'one bit', topic, payload: JSON.stringify({ ...document, att: flipped.toString('base64url') }) },
    { deed: 'huge', topic, payload: JSON.stringify({ ...said, more: 'x'.repeat(1 << 20) }) },
  ];
}

describe('a watcher', () => {
  it('learns which id a key belongs to from what the key has signed, and believes nobody else about it', async () => {
    const { lock } = await captured();
    const [info, state] = [topics.info, topics.state].map((wanted) => ({
      topic: wanted,
      payload: lock.broker().retained.get(wanted) ?? '',
      receivedMs: NOW_MS,
    }));
    if (info === undefined || state === undefined) throw new Error('nothing is retained');
    const ears = watcher();
    const verdict = (message: typeof info): readonly WatchVerdict[] => ears.hear(message).map((line) => line.verdict);
    // Whatever the broker says the key of this id is.
    expect(ears.hear(info)).toMatchObject([
      { verdict: 'unknown', why: 'nothing that a lock given by --lock has signed has come from it yet' },
    ]);
    expect(ears.hear({ ...state, payload: '{}' })).toMatchObject([
      { verdict: 'unknown', why: 'not signed by a lock given by --lock' },
    ]);
    expect(verdict({ ...state, payload: state.payload.replace('"locked"', '"unlocked"') })).toEqual(['unknown']);
    expect(verdict(state)).toEqual(['ok']);
    expect(verdict(info)).toEqual(['unsigned']);
    expect(verdict({ ...state, payload: '{}' })).toEqual(['forged']);
    // The same words below another id are not of a lock there.
    expect(verdict({ ...state, topic: state.topic.replace('front-door', 'back-door') })).toEqual(['unknown']);
  });

  it('told the id, marks what came before anything that was signed', () => {
    const ears = watcher([key], 'front-door');
    expect(ears.hear({ topic: topics.event.alarm, payload: '{}', receivedMs: 0 })).toMatchObject([
      { verdict: 'forged' },
    ]);
  });

  it('without a key takes the first that a lock names for itself, and no second one', async () => {
    const { lock } = await captured();
    const ears = watcher([]);
    const info = lock.broker().retained.get(topics.info) ?? '';
    const state = lock.broker().retained.get(topics.state) ?? '';
    const verdict = (topic: string, payload: string) => ears.hear({ topic, payload, receivedMs: NOW_MS })[0]?.verdict;
    expect(verdict(topics.state, state)).toBe('unknown');
    expect(verdict(topics.info, info)).toBe('unsigned');
    expect(verdict(topics.state, state)).toBe('ok');
    const { lock_key: _mine, ...rest } = JSON.parse(info);
    expect(verdict(topics.info, JSON.stringify({ ...rest, lock_key: 'ab'.repeat(32) }))).toBe('unsigned');
    expect(verdict(topics.state, state)).toBe('duplicate');
  });

  it('follows no more locks than it has room for, and says so', () => {
    const ears = watcher([]);
    const info = (id: string) => ({
      topic: `${TOPIC_ROOT}/${id}/info`,
      payload: JSON.stringify({
        v: 1,
        lock_id: id,
        audience: `${id}/abcdefgh`,
        lock_key: 'ab'.repeat(32),
        profile: 'door',
        firmware: '0',
        boot: 1,
      }),
      receivedMs: 0,
    });
    for (let i = 0; i < 256; i++) expect(ears.hear(info(`lock-${i}`))[0]?.verdict).toBe('unsigned');
    expect(ears.hear(info('one-more'))).toMatchObject([{ verdict: 'unknown', why: 'more than 256 locks' }]);
  });

  it('takes a topic that is none of a lock’s for what it is', () => {
    for (const topic of [
      '',
      '$SYS',
      `${TOPIC_ROOT}/A B/state`,
      `${TOPIC_ROOT}/front-door`,
      'other/v1/front-door/state',
      `${TOPIC_ROOT}/\ufffd/state`,
    ]) {
      expect(watcher().hear({ topic, payload: '{}', receivedMs: 0 })).toMatchObject([
        { lock: null, verdict: 'unknown' },
      ]);
    }
  });

  it('says of a command that nobody has signed it', () => {
    const ears = watcher([key], 'front-door');
    for (const command of COMMANDS) {
      expect(ears.hear({ topic: topics.cmd[command], payload: '{}', receivedMs: 0 })[0]?.verdict).toBe('unsigned');
    }
  });
});
