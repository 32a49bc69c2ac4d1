import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { opensslSigner } from '../../firmware/report/signer.ts';
import {
  CHAIN_BEGINS,
  chainAfter,
  createListener,
  type Finding,
  LATE_MS,
  OVERDUE_MS,
  type ReportTopic,
  reportPayload,
  writeReport,
} from '../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../support/people.ts';

const NOON_MS = NOON_S * 1000;
const verify = opensslVerify();

interface Told {
  readonly topic: string;
  readonly payload: string;
  readonly receivedMs: number;
}

/** A lock that says one thing after the other; `seed` is its own unless somebody plays it. */
function speaker(seed: Uint8Array = seeds.lock) {
  const signer = opensslSigner(seed);
  let [seq, chain, atMs] = [0, CHAIN_BEGINS, NOON_MS];
  const said = (topic: ReportTopic, body: object): Told => {
    const payload = reportPayload({ audience: AUDIENCE, topic, document: body, chain });
    if (topic !== 'state') chain = chainAfter(payload);
    return { topic, payload: JSON.stringify({ ...body, att: writeReport(payload, signer) }), receivedMs: atMs };
  };
  const stamp = (number: number) => ({ seq: number, boot: 1, ts: new Date(atMs).toISOString() });
  return {
    event(body: object = { event_type: 'ring' }): Told {
      atMs += 1_000;
      const told = said('event/doorbell', { id: `l-${seq}`, ...stamp(seq), ...body });
      seq += 1;
      return told;
    },
    state: (): Told => said('state', { v: 1, ...stamp(seq - 1), lock: 'locked' }),
    /** The disk is an older copy of itself. */
    snapshot: () => ({ seq, chain }),
    restore(to: { seq: number; chain: Uint8Array }) {
      [seq, chain] = [to.seq, to.chain];
    },
    waits(ms: number) {
      atMs += ms;
    },
  };
}

const listening = () => createListener({ lockKey: keys.lock }, verify);
const short = ({ report, ...finding }: Finding) => ({ ...finding, ...(report ? { seq: report.seq } : {}) });

describe('a listener', () => {
  it('takes what the lock says in order, and a repetition for what it is', () => {
    const [lock, ears] = [speaker(), listening()];
    const [first, second] = [lock.event(), lock.event()];
    expect(short(ears.hear(first))).toEqual({ verdict: 'ok', began: true, seq: 0 });
    expect(short(ears.hear(second))).toEqual({ verdict: 'ok', seq: 1 });
    expect(short(ears.hear(first))).toEqual({ verdict: 'duplicate', seq: 0 });
    const state = lock.state();
    expect(short(ears.hear(state))).toEqual({ verdict: 'ok', seq: 1 });
    expect(short(ears.hear(state))).toEqual({ verdict: 'duplicate', seq: 1 });
  });

  it('says what is missing at the next event, and when it comes after all', () => {
    const [lock, ears] = [speaker(), listening()];
    const told = Array.from({ length: 6 }, () => lock.event());
    ears.hear(told[0] as Told);
    expect(short(ears.hear(told[4] as Told))).toEqual({ verdict: 'ok', missing: { first: 1, last: 3 }, seq: 4 });
    expect(ears.missing()).toEqual([{ first: 1, last: 3 }]);
    expect(short(ears.hear(told[2] as Told))).toEqual({ verdict: 'ok', filled: true, seq: 2 });
    expect(ears.missing()).toEqual([
      { first: 1, last: 1 },
      { first: 3, last: 3 },
    ]);
    for (const again of [1, 3]) ears.hear(told[again] as Told);
    expect(ears.missing()).toEqual([]);
    expect(short(ears.hear(told[5] as Told))).toEqual({ verdict: 'ok', seq: 5 });
  });

  it('hears from a state that the last events are kept from it, once they are overdue', () => {
    const [lock, ears] = [speaker(), listening()];
    ears.hear(lock.event());
    const [hidden, hiddenToo] = [lock.event(), lock.event()];
    const state = lock.state();
    ears.hear(state);
    expect(ears.overdue(state.receivedMs + OVERDUE_MS - 1)).toBeUndefined();
    expect(ears.overdue(state.receivedMs + OVERDUE_MS)).toEqual({ first: 1, last: 2 });
    expect(ears.overdue(state.receivedMs + 2 * OVERDUE_MS)).toBeUndefined();
    expect(short(ears.hear(hidden))).toEqual({ verdict: 'ok', filled: true, seq: 1 });
    expect(short(ears.hear(hiddenToo))).toEqual({ verdict: 'ok', filled: true, seq: 2 });
    expect(ears.missing()).toEqual([]);
  });

  it('is not put off by states that go on speaking of what does not come', () => {
    const [lock, ears] = [speaker(), listening()];
    ears.hear(lock.event());
    const found: unknown[] = [];
    for (let minute = 0; minute < 6; minute++) {
      lock.event();
      const state = lock.state();
      ears.hear(state);
      found.push(ears.overdue(state.receivedMs));
      lock.waits(OVERDUE_MS / 2);
    }
    expect(found).toEqual([undefined, undefined, { first: 1, last: 1 }, undefined, { first: 2, last: 3 }, undefined]);
  });

  it('knows from the state that was there before it what the first event should have been', () => {
    const [lock, ears] = [speaker(), listening()];
    lock.event();
    ears.hear(lock.state());
    lock.event();
    expect(short(ears.hear(lock.event()))).toEqual({
      verdict: 'ok',
      began: true,
      missing: { first: 1, last: 1 },
      seq: 2,
    });
  });

  it('misses all that is hidden from the beginning, when later states speak of it', () => {
    const [lock, ears] = [speaker(), listening()];
    lock.event();
    ears.hear(lock.state());
    const [hidden, hiddenToo] = [lock.event(), lock.event()];
    const state = lock.state();
    ears.hear(state);
    expect(ears.overdue(state.receivedMs + OVERDUE_MS)).toEqual({ first: 1, last: 2 });
    expect(ears.missing()).toEqual([{ first: 1, last: 2 }]);
    // The first that comes may be one of them.
    expect(short(ears.hear(hiddenToo))).toEqual({ verdict: 'ok', began: true, filled: true, seq: 2 });
    expect(short(ears.hear(hidden))).toEqual({ verdict: 'ok', filled: true, seq: 1 });
    expect(ears.missing()).toEqual([]);
  });

  it('counts what is hidden from the first state that was there, not from the latest', () => {
    const [lock, ears] = [speaker(), listening()];
    lock.event();
    ears.hear(lock.state());
    lock.event();
    lock.event();
    ears.hear(lock.state());
    expect(short(ears.hear(lock.event())).missing).toEqual({ first: 1, last: 2 });
  });

  it('misses nothing in a backlog that comes behind a state', () => {
    const [lock, ears] = [speaker(), listening()];
    const told = Array.from({ length: 3 }, () => lock.event());
    const state = lock.state();
    ears.hear(state);
    for (const event of told) ears.hear(event);
    expect(ears.overdue(state.receivedMs + OVERDUE_MS)).toBeUndefined();
    expect(ears.missing()).toEqual([]);
  });

  it('does not look for what the lock itself says it could not keep', () => {
    const [lock, ears] = [speaker(), listening()];
    ears.hear(lock.event());
    lock.event();
    lock.event();
    const lost = lock.event({ event_type: 'events_lost', count: 2, first: 1, last: 2 });
    expect(short(ears.hear(lost)).missing).toEqual({ first: 1, last: 2 });
    expect(ears.missing()).toEqual([]);
  });

  it('goes on looking for what a broker has hidden among those that the lock could not keep', () => {
    // The lock could not keep 1 and 3. Of 2, which it has told, only the broker knows.
    const [lock, ears] = [speaker(), listening()];
    const told = Array.from({ length: 5 }, () => lock.event());
    ears.hear(told[0] as Told);
    ears.hear(told[4] as Told);
    ears.hear(lock.event({ event_type: 'events_lost', count: 2, first: 1, last: 3 }));
    expect(ears.missing()).toEqual([{ first: 1, last: 3 }]);
  });

  it('tells what a broker has hidden beside them from them', () => {
    const [lock, ears] = [speaker(), listening()];
    const told = Array.from({ length: 5 }, () => lock.event());
    ears.hear(told[0] as Told);
    ears.hear(told[4] as Told);
    ears.hear(lock.event({ event_type: 'events_lost', count: 2, first: 1, last: 2 }));
    expect(ears.missing()).toEqual([{ first: 3, last: 3 }]);
  });

  it('says how late an event is', () => {
    const [lock, ears] = [speaker(), listening()];
    const { receivedMs, ...told } = lock.event();
    expect(ears.hear({ ...told, receivedMs: receivedMs + LATE_MS }).lateMs).toBe(LATE_MS);
    expect(ears.hear(lock.event()).lateMs).toBeUndefined();
  });

  it('marks every forgery, and takes none of it into account', () => {
    const [lock, ears] = [speaker(), listening()];
    const [first, other] = [lock.event(), speaker(seeds.stranger)];
    ears.hear(first);
    const genuine: Record<string, unknown> = JSON.parse(first.payload);
    const forged = (payload: unknown, topic = first.topic): Finding =>
      ears.hear({
        topic,
        payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
        receivedMs: NOON_MS,
      });
    expect(short(ears.hear(other.event()))).toEqual({ verdict: 'forged', why: 'unknown_issuer' });
    expect(forged({ ...genuine, event_type: 'forced_open' }).why).toBe('altered');
    expect(forged(genuine, 'event/alarm').why).toBe('altered');
    expect(forged({ ...genuine, att: undefined }).why).toBe('malformed');
    expect(forged({ ...genuine, att: `${String(genuine.att).slice(0, -8)}AAAAAAAA` }).verdict).toBe('forged');
    for (const noise of ['', '{', 'null', '[]', '"x"', '{"att":1}', 'x'.repeat(1 << 20)]) {
      expect(forged(noise)).toEqual({ verdict: 'forged', why: 'malformed' });
      expect(forged(noise, 'state').verdict).toBe('forged');
    }
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'ok', seq: 1 });
  });

  it('says of what carries no signature that it carries none', () => {
    for (const topic of ['availability', 'info', 'result', 'cmd/lock']) {
      expect(listening().hear({ topic, payload: 'online', receivedMs: 0 })).toEqual({ verdict: 'unsigned' });
    }
  });

  it('notices a lock whose disk was set back: it has signed another history', () => {
    const [lock, ears] = [speaker(), listening()];
    ears.hear(lock.event());
    const copy = lock.snapshot();
    const [second, third] = [lock.event(), lock.event()];
    ears.hear(second);
    ears.hear(third);
    lock.restore(copy);
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'forked', seq: 1 });
    // From here on that is its history, and what was of the other one is none of it.
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'ok', seq: 2 });
    expect(ears.hear(third).verdict).toBe('forked');
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'ok', seq: 3 });
  });

  it('takes a lock that lost its journal for one that begins anew, and no replay of its beginning', () => {
    const [lock, ears] = [speaker(), listening()];
    const first = lock.event();
    for (const told of [first, lock.event(), lock.event()]) ears.hear(told);
    lock.restore({ seq: 0, chain: CHAIN_BEGINS });
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'ok', began: true, seq: 0 });
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'ok', seq: 1 });
    expect(ears.hear(first).verdict).toBe('forked');
    expect(short(ears.hear(lock.event()))).toEqual({ verdict: 'ok', seq: 2 });
  });

  it('marks an event of long ago, and a state of long ago, as told again', () => {
    const [lock, ears] = [speaker(), listening()];
    const [old, oldState] = [lock.event(), lock.state()];
    ears.hear(lock.event());
    ears.hear(lock.state());
    expect(short(ears.hear(old))).toEqual({ verdict: 'replayed', seq: 0 });
    expect(short(ears.hear(oldState))).toEqual({ verdict: 'replayed', seq: 0 });
  });

  it('agrees with what a broker has really done, whatever it drops, repeats, delays and invents', () => {
    const deed = fc.constantFrom('pass', 'drop', 'repeat', 'forge', 'swap');
    fc.assert(
      fc.property(fc.array(deed, { minLength: 1, maxLength: 40 }), (deeds) => {
        const [lock, ears] = [speaker(), listening()];
        const told = deeds.map(() => lock.event());
        const passed = new Set<number>();
        const order = told.map((_, i) => i);
        for (const [i, what] of deeds.entries()) {
          if (what === 'swap' && i + 1 < order.length)
            [order[i], order[i + 1]] = [order[i + 1] as number, order[i] as number];
        }
        for (const i of order) {
          const message = told[i] as Told;
          if (deeds[i] === 'drop') continue;
          if (deeds[i] === 'forge') {
            const payload = message.payload.replace('"ring"', '"rang"');
            expect(ears.hear({ ...message, payload }).verdict).toBe('forged');
            continue;
          }
          const { verdict } = ears.hear(message);
          // What comes before anything was heard, and then behind it, cannot be told from a repetition.
          expect(verdict).toBe(passed.size > 0 && i < Math.min(...passed) ? 'replayed' : 'ok');
          passed.add(i);
          if (deeds[i] === 'repeat' && verdict === 'ok') expect(ears.hear(message).verdict).toBe('duplicate');
        }
        const heard = [...passed].filter((i) => i >= ([...passed][0] ?? 0));
        const missing = order
          .filter((i) => i > Math.min(...heard) && i < Math.max(...heard) && !passed.has(i))
          .sort((a, b) => a - b);
        const found = ears
          .missing()
          .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
        expect(found).toEqual(missing);
      }),
      { numRuns: 60 },
    );
  });
});
