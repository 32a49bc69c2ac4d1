/** When Home Assistant is told of a lock, and that nothing which the lock has to report waits for it. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import { silent } from '../../../firmware/log.ts';
import { createReporter } from '../../../firmware/report/reporter.ts';
import { opensslSigner } from '../../../firmware/report/signer.ts';
import { INFO } from '../../../protocol/index.ts';
import { simulatedBroker } from '../../../sim/ports/broker.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import type { World } from '../../../sim/world.ts';
import { heard, home, topics } from '../../support/home.ts';
import { ANNOUNCED_ON, component, deviceOf, ENABLED } from '../../support/home-assistant.ts';

const announcements = (lock: World) => lock.broker().published.filter(({ topic }) => topic === ANNOUNCED_ON);
const birth = (lock: World, payload = 'online'): void => lock.broker().send(ENABLED.statusTopic, payload);

describe('Home Assistant', () => {
  it('is told nothing where nobody asked for it', async () => {
    const lock = await home();
    birth(lock);
    await lock.pass(60_000);
    const elsewhere = lock.broker().published.filter(({ topic }) => !topic.startsWith('latchstring/v1/front-door/'));
    expect(elsewhere).toEqual([]);
  });

  it('is told once what is retained is there: a lock without a state would be shown as unlocked', async () => {
    const lock = await home({ homeAssistant: ENABLED });
    const order = lock.broker().published.map(({ topic }) => topic);
    expect(announcements(lock)).toMatchObject([{ retain: true }]);
    for (const before of [topics.info, topics.state, topics.availability]) {
      expect(order.indexOf(before)).toBeGreaterThanOrEqual(0);
      expect(order.indexOf(before)).toBeLessThan(order.indexOf(ANNOUNCED_ON));
    }
  });

  it('is told nothing by a lock that does not know yet how it stands', async () => {
    const clock = virtualClock({ startWallMs: 0 });
    const broker = simulatedBroker({ clock, availabilityTopic: topics.availability });
    const told = (): readonly string[] => broker.published.map(({ topic }) => topic);
    const lock = await home();
    const reporter = createReporter({
      broker,
      topics,
      info: INFO.parse(JSON.parse(lock.broker().retained.get(topics.info) ?? '')),
      journal: { memory: lock.lock().journal().memory, appendLazily: () => undefined },
      durableSeq: () => -1,
      signer: opensslSigner(new Uint8Array(32)),
      onRoom: () => undefined,
      onSetAside: () => undefined,
      nowMs: () => clock.wallMs(),
      announcer: {
        connected: () => undefined,
        next: () =>
          told().includes(ANNOUNCED_ON) ? undefined : () => broker.publish(ANNOUNCED_ON, '{}', { retain: true }),
      },
      clock,
      log: silent,
    });
    broker.start((event) => reporter.heard(event));
    await clock.advanceAsync(100);
    expect(told()).toEqual([topics.info, topics.availability]);
    reporter.state(lock.lock().document());
    await clock.advanceAsync(100);
    expect(told().slice(2)).toEqual([topics.state, ANNOUNCED_ON]);
  });

  it('is told again at every connection', async () => {
    const lock = await home({ homeAssistant: ENABLED });
    lock.broker().lose();
    lock.broker().restore();
    await lock.pass(100);
    expect(announcements(lock)).toHaveLength(2);
  });

  it('is told again when it has come up, after one to ten seconds, once for however many such words', async () => {
    const delays = new Set<number>();
    for (let seed = 1; seed <= 8; seed++) {
      const lock = await home({ homeAssistant: ENABLED, seed });
      const atMs = lock.clock.monoMs();
      for (let i = 0; i < 1_000; i++) birth(lock);
      await lock.pass(60_000);
      expect(announcements(lock)).toHaveLength(2);
      delays.add((announcements(lock)[1]?.atMs ?? 0) - atMs);
    }
    for (const delay of delays) {
      expect(delay).toBeGreaterThanOrEqual(1_000);
      expect(delay).toBeLessThanOrEqual(10_000);
    }
    expect(delays.size).toBeGreaterThan(4);
  });

  it('is not told for any other word, or for one that the broker has kept', async () => {
    const lock = await home({ homeAssistant: ENABLED });
    for (const payload of ['offline', '', 'ONLINE', '{}']) birth(lock, payload);
    await lock.pass(60_000);
    expect(announcements(lock)).toHaveLength(1);
    lock.broker().send(ENABLED.statusTopic, 'online', true);
    await lock.pass(60_000);
    lock.broker().lose();
    lock.broker().restore();
    await lock.pass(60_000);
    // One for the word while it was said, one for the connection; none for the word that came with it.
    expect(announcements(lock)).toHaveLength(3);
  });

  it('is told what is gone when the lock has become another product', async () => {
    const safe = await home({ homeAssistant: ENABLED, profile: KEY_SAFE });
    const before = Object.keys(deviceOf(safe).components);
    expect(component(safe, 'item')).toMatchObject({ platform: 'sensor', name: 'Item' });
    const trunk = await home({ homeAssistant: ENABLED, profile: CAR_TRUNK });
    expect(component(trunk, 'item')).toEqual({ platform: 'sensor' });
    expect(Object.keys(deviceOf(trunk).components)).toEqual(before);
  });

  it('forgets the lock when it is switched off: the retained document is taken away', async () => {
    const lock = await home({ homeAssistant: { ...ENABLED, enabled: false } });
    expect(announcements(lock)).toMatchObject([{ payload: '', retain: true }]);
    expect(lock.broker().retained.has(ANNOUNCED_ON)).toBe(false);
  });

  it('is looked for where the configuration says', async () => {
    const lock = await home({ homeAssistant: { ...ENABLED, discoveryPrefix: 'ha/here', statusTopic: 'ha/up' } });
    expect(lock.broker().retained.has('ha/here/device/front-door/config')).toBe(true);
    lock.broker().send('ha/up', 'online');
    await lock.pass(60_000);
    expect(lock.broker().published.filter(({ topic }) => topic.startsWith('ha/here'))).toHaveLength(2);
  });
});

describe('a broker that does not let the lock tell Home Assistant', () => {
  it('by a word is tried three times, and hears every event all the same', async () => {
    const lock = await home({ homeAssistant: ENABLED });
    let tried = 0;
    lock.broker().refuse(({ topic }) => {
      if (topic !== ANNOUNCED_ON) return undefined;
      tried += 1;
      return 'not authorized';
    });
    lock.broker().lose();
    lock.broker().restore();
    lock.plant.press('bell', 200);
    await lock.pass(60_000);
    expect(tried).toBe(3);
    expect(heard(lock, 'doorbell').map(({ event_type: type }) => type)).toEqual(['ring']);
  });

  it('by ending the connection ends it three times, and no more until Home Assistant comes up', async () => {
    const lock = await home({ homeAssistant: ENABLED });
    let ended = 0;
    lock.broker().refuse(({ topic }) => {
      if (topic !== ANNOUNCED_ON) return undefined;
      ended += 1;
      lock.clock.after(0, () => {
        lock.broker().lose();
        lock.broker().restore();
      });
      return 'not authorized';
    });
    lock.broker().setAckMs(5);
    lock.broker().lose();
    lock.broker().restore();
    lock.plant.press('bell', 200);
    await lock.pass(60_000);
    expect(ended).toBe(3);
    expect(heard(lock, 'doorbell').map(({ event_type: type }) => type)).toEqual(['ring']);
    birth(lock);
    await lock.pass(60_000);
    expect(ended).toBe(6);
  });
});
