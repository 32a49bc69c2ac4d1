/** `watch` and the receipt, over a real broker, of a real visit, with somebody on the same broker who forges. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../cli.ts';
import type { Interrupt } from '../../firmware/tools/io.ts';
import { publicKeyOf, toHex } from '../../protocol/index.ts';
import { subscriber } from '../../sim/broker/subscriber.ts';
import { type House, startHouse } from '../../sim/house.ts';
import { fakeIo } from '../support/fake-io.ts';
import { until } from './until.ts';

let house: House;
beforeEach(async () => {
  house = await startHouse();
  await house.ready();
});
afterEach(() => house.stop());

type Line = Record<string, unknown>;

function watching(...words: readonly string[]) {
  let interrupt: (why: Interrupt) => void = () => undefined;
  const io = {
    ...fakeIo(),
    onInterrupt(callback: (why: Interrupt) => void) {
      interrupt = callback;
      return () => undefined;
    },
  };
  const code = main(['watch', '--broker', house.broker.url, ...words], io);
  const lines = (): readonly Line[] => io.lines() as readonly Line[];
  return {
    io,
    lines,
    has: (verdict: string, takes: (line: Line) => boolean = () => true) =>
      lines().some((line) => line.verdict === verdict && takes(line)),
    async end(): Promise<number> {
      interrupt('SIGINT');
      return code;
    },
  };
}

const key = (): string => toHex(publicKeyOf(house.identity.lockSeed));
const saying = (type: string) => (line: Line) => (line.said as Line | undefined)?.event_type === type;

async function visit(): Promise<void> {
  house.scan(house.people.show(house.people.issue({ nowS: house.nowS() }), house.nowS()));
  await house.until('it is unlocked', () => house.lock.state().bolt.row === 'unlocked');
  house.plant.push();
  await house.until('it is open', () => house.lock.state().door === 'open');
  house.plant.close();
  await house.until(
    'it is locked',
    () => house.lock.state().bolt.row === 'locked' && house.lock.state().visit.row === 'idle',
  );
}

describe('latchstring watch', () => {
  it('follows a visit, marks what somebody else publishes in the name of the lock, and exits 1 for it', async () => {
    const heard = watching('--lock', key(), '--json');
    await until('the state', () => heard.has('ok', ({ topic }) => topic === 'state'));
    await visit();
    await until('the end', () => heard.has('ok', saying('ended')));
    const end = heard.lines().find(saying('ended'));
    const eve = await subscriber({ url: house.broker.url, topics: ['nobody/says/this'] });
    const { topics } = house;
    await eve.publish(
      topics.event.alarm,
      JSON.stringify({ id: 'x', seq: 99, boot: 1, ts: '2026-06-01T10:00:00.000Z', event_type: 'raised' }),
    );
    await eve.publish(topics.state, JSON.stringify({ lock: 'unlocked' }), { retain: true });
    await eve.publish(topics.availability, 'offline', { retain: true });
    await eve.publish(topics.event.visit, '\u001b[2Jnothing');
    await eve.publish('latchstring/v1/No Lock/state', '{}');
    await until('the forgeries', () => heard.lines().filter(({ verdict }) => verdict === 'forged').length === 3);
    await until('the stranger', () => heard.has('unknown') && heard.has('unsigned', ({ text }) => text === 'offline'));
    await eve.close();
    expect(await heard.end()).toBe(1);
    const summary = heard.lines().at(-1) as { heard: Record<string, number>; missing: number };
    expect(summary).toMatchObject({ missing: 0, heard: { forged: 3, unknown: 1 } });
    expect(end?.said).toMatchObject({ outcome: 'sealed' });
    expect(house.plant.truth().withdrawals).toBe(1);
  });

  it('survives a broker that goes and comes back, and hears what it missed, each once, late or not', async () => {
    const heard = watching('--lock', key(), '--id', 'front-door', '--json');
    await until('the state', () => heard.has('ok', ({ topic }) => topic === 'state'));
    house.ring();
    await until('a ring', () => heard.has('ok', saying('ring')));
    await house.broker.pause();
    await until('the loss', () => heard.lines().some(({ broker }) => broker === 'lost'));
    await visit();
    await house.broker.resume();
    // Whoever comes back second misses what came in between: it is told as missing, or has been heard.
    await until('what comes after', () => {
      house.ring();
      return heard.has('ok', ({ said }) => Number((said as Line | undefined)?.seq) > 12 && true);
    });
    const code = await heard.end();
    const { missing, heard: counts } = heard.lines().at(-1) as { missing: number; heard: Record<string, number> };
    expect(code).toBe(missing === 0 ? 0 : 1);
    expect(counts.forged).toBeUndefined();
    const told = heard
      .lines()
      .flatMap(({ verdict, said, topic }) => (verdict === 'ok' && topic !== 'state' ? [(said as Line).seq] : []));
    expect(told).toEqual([...new Set(told)]);
  }, 40_000);

  it('says in words what happens, and repeats nothing to a terminal that could write on it', async () => {
    const heard = watching('--lock', key());
    await until('the state', () => heard.io.printed.out.includes('state locked'));
    const eve = await subscriber({ url: house.broker.url, topics: ['nobody/says/this'] });
    await eve.publish(house.topics.availability, 'on\u001b[2Jline');
    await until('it', () => heard.io.printed.out.includes('on?[2Jline'));
    await eve.publish(house.topics.event.lock, '{"event_type":"locked"}');
    await until('the forgery', () =>
      /front-door {2}FORGED {4}event\/lock: it carries no report/.test(heard.io.printed.out),
    );
    await eve.close();
    expect(await heard.end()).toBe(1);
    expect(heard.io.printed.err).toMatch(/1 forged.*nothing is missing/);
  });

  it('that could not listen does not say that nothing is missing', async () => {
    const heard = watching('--lock', key());
    await until('the state', () => heard.io.printed.out.includes('state locked'));
    const eve = await subscriber({ url: house.broker.url, topics: ['nobody/says/this'] });
    await eve.publish(house.topics.event.lock, 'x'.repeat(200_000), { retain: true });
    await until('its silence', () => heard.io.printed.err.includes('deaf'));
    await eve.close();
    expect(await heard.end()).toBe(1);
    expect(heard.io.printed.err).toMatch(/nothing is known to be missing, and not all was heard/);
  }, 40_000);

  it('that never reached a broker does not say so either', async () => {
    await house.broker.pause();
    const heard = watching('--lock', key(), '--json');
    await until('its complaint', () => heard.lines().some(({ broker }) => broker === 'lost'));
    expect(await heard.end()).toBe(3);
    expect(JSON.parse(heard.io.printed.err).error.message).toMatch(/no broker at mqtt:/);
    expect(heard.io.printed.out).not.toMatch(/missing/);
    await house.broker.resume();
  });

  it('counts what it cannot show to a reader who has stopped, says so when he reads again, and exits 1', async () => {
    const heard = watching('--lock', key(), '--json');
    await until('the state', () => heard.has('ok', ({ topic }) => topic === 'state'));
    let unshownLines = 0;
    heard.io.unread = () => {
      unshownLines += 1;
      return 10_000_000;
    };
    const shown = heard.lines().length;
    await visit();
    await until('what a visit says', () => unshownLines >= 5);
    expect(heard.lines()).toHaveLength(shown);
    heard.io.unread = () => 0;
    house.ring();
    await until('a ring', () => heard.has('ok', saying('ring')));
    expect(await heard.end()).toBe(1);
    const unshown = heard.lines().slice(shown);
    const { heard: counts, ...end } = heard.lines().at(-1) as { heard: Record<string, number>; unshown: number };
    expect(end).toEqual({ missing: 0, unshown: unshownLines, deaf: null });
    expect(unshown[0]).toEqual({ unshown: unshownLines });
    const said = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(said).toBe(heard.lines().filter(({ verdict }) => verdict !== undefined).length + unshownLines);
  });

  it('without a key takes the one that the lock names, and says what that is worth', async () => {
    const heard = watching();
    await until('the state', () => / {2}ok +state locked/.test(heard.io.printed.out));
    expect(await heard.end()).toBe(0);
    expect(heard.io.printed.err).toContain('no --lock was given');
  });

  it('refuses an id, and a topic root, with a wildcard in it', async () => {
    for (const words of [
      ['--id', '+'],
      ['--topic-root', 'a/+'],
    ]) {
      const io = fakeIo();
      expect(await main(['watch', '--broker', house.broker.url, ...words], io)).toBe(2);
    }
  });
});

describe('the receipt of a sealed visit', () => {
  it('is what the lock published, and is verified offline with its public key alone', async () => {
    const ears = await subscriber({ url: house.broker.url, topics: [house.topics.event.visit] });
    await visit();
    const { payload } = await ears.until((message) => message.payload.includes('"ended"'), 10_000);
    await ears.close();
    await house.broker.pause();
    const inspected = async (text: string, ...more: readonly string[]) => {
      const io = fakeIo();
      const code = await main(['inspect', text, '--lock-key', key(), ...more], io);
      return { code, out: io.printed.out };
    };
    const { att } = JSON.parse(payload);
    const whole = await inspected(att, '--json');
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.out)).toMatchObject({
      kind: 'receipt',
      verdict: 'accept',
      receipt: { audience: house.identity.audience, outcome: 'sealed', assumed: false },
    });
    expect((await inspected(payload)).out).toMatch(
      /RECEIPT: the visit was sealed\n.*\n.*door first seen open at 20.*\n {2}observed:/,
    );
    const changed = await inspected(payload.replace('"sealed"', '"left_open"'), '--json');
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.out)).toMatchObject({ refusal: 'altered', receipt: null });
    expect((await inspected(att, '--lock', 'front-door/aaaaaaaa')).out).toContain('REFUSE: wrong_lock');
    expect((await inspected(`${att.slice(0, -10)}AAAAAAAAAA`)).code).toBe(1);
    const io = fakeIo();
    expect(await main(['inspect', att, '--lock-key', toHex(house.identity.root)], io)).toBe(1);
    expect(io.printed.out).toContain('REFUSE: unknown_issuer');
  });

  it('is asked for with one key: of the owner for what a lock is shown, of the lock for what it has said', async () => {
    for (const words of [[], ['--owner', key(), '--lock-key', key()]]) {
      const io = fakeIo();
      expect(await main(['inspect', 'LS1:', ...words], io)).toBe(2);
      expect(io.printed.err).toContain('--lock-key for what a lock has said');
    }
  });
});
