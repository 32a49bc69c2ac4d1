import { describe, expect, it } from 'vitest';
import type { World } from '../../sim/world.ts';
import { home, NOW_S, people, topics } from '../support/home.ts';

describe('the firmware', () => {
  const said = (lock: World, topic: string): readonly string[] =>
    lock
      .broker()
      .published.filter((message) => message.topic === topic)
      .map(({ payload }) => payload);

  it('denies at once when the disk fails, without waiting for its time to be over', async () => {
    const lock = await home();
    lock.disk().failNext('append', 'EIO');
    lock.present(people.people.issue({ nowS: NOW_S }));
    await lock.pass(50);
    expect(lock.lock().state().visit.row).toBe('idle');
  });
  it('does not count one refused code that is held up against the channel', async () => {
    const lock = await home();
    const text = people.people.show(people.people.issue({ nowS: NOW_S, forged: true }), NOW_S);
    for (let i = 0; i < 20; i++) {
      lock.lock().present(text, 'reader');
      await lock.pass(100);
    }
    for (let i = 0; i < 4; i++) lock.lock().present(`parcel ${i}`, 'reader');
    await lock.pass(500);
    expect(lock.broker().published.some(({ payload }) => payload.includes('throttled'))).toBe(false);
    expect(lock.lock().journal().memory.wrongCodes.get('reader')).toBe(1);
  });
  it('does nothing any more once it was killed', async () => {
    const lock = await home();
    await lock.pass(1_000);
    lock.lock().kill();
    const before = lock.disk().operations;
    lock.present(people.people.issue({ nowS: NOW_S }));
    lock.lock().present('parcel', 'reader');
    lock.plant.press('inside_button', 100);
    await lock.pass(2_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(lock.disk().operations).toBe(before);
  });
  it('tells its state when it has changed, and not otherwise', async () => {
    const lock = await home();
    const before = said(lock, topics.state).length;
    lock.lock().present('parcel', 'reader');
    await lock.pass(5_000);
    expect(said(lock, topics.state)).toHaveLength(before);
  });
  it('bounds what a stranger puts into an event, and goes on', async () => {
    const lock = await home();
    lock.lock().present(`LS${'1'.repeat(1_000)}:`, 'reader');
    await lock.pass(500);
    const [refused] = said(lock, topics.event.access).map((payload) => JSON.parse(payload));
    expect(refused.detail.length).toBeLessThanOrEqual(100);
    lock.present(people.people.issue({ nowS: NOW_S }));
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
  it('publishes an event when it is durable, and not before', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.plant.press('bell', 100);
    await lock.pass(2_000);
    expect(said(lock, topics.event.doorbell)).toEqual([]);
    lock.disk().unstall('sync');
    await lock.pass(500);
    expect(said(lock, topics.event.doorbell)).toHaveLength(1);
  });
  it('retains three documents, and no event', async () => {
    const lock = await home();
    lock.plant.press('bell', 100);
    await lock.pass(1_000);
    expect([...lock.broker().retained.keys()].sort()).toEqual([topics.availability, topics.info, topics.state].sort());
  });
  it('tries again by itself what the broker did not acknowledge', async () => {
    const lock = await home();
    lock.broker().refuse(({ topic }) => (topic === topics.event.doorbell ? 'not now' : undefined));
    lock.plant.press('bell', 100);
    await lock.pass(500);
    lock.broker().refuse(() => undefined);
    await lock.pass(3_000);
    expect(said(lock, topics.event.doorbell)).toHaveLength(1);
  });
  it('gives no id twice, though the disk kept nothing of the first', async () => {
    const lock = await home();
    await lock.pass(1_000);
    lock.disk().failNext('append', 'EIO');
    lock.plant.press('bell', 100);
    await lock.pass(1_000);
    const idsOf = (): readonly string[] =>
      lock
        .broker()
        .published.filter(({ topic }) => topic.includes('/event/'))
        .map(({ payload }) => JSON.parse(payload).id);
    const before = idsOf();
    lock.cutPower();
    await lock.boot();
    await lock.pass(1_000);
    expect(idsOf().filter((id) => before.includes(id))).toEqual([]);
  });
  it('shows whoever was refused that he was', async () => {
    const lock = await home();
    lock.lock().present('parcel', 'reader');
    expect(lock.lock().state().indication).toBe('refused');
  });
});
