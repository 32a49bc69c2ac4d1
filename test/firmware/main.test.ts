/** The whole firmware in virtual time: what it does when a part of its world fails. */
import { describe, expect, it } from 'vitest';
import { JOURNAL_BYTES_MAX } from '../../firmware/journal/journal.ts';
import { OUTBOX_EVENTS_MAX } from '../../firmware/journal/outbox.ts';
import { type EventTopic, toWallS } from '../../protocol/index.ts';
import { BEGINNING_MS } from '../../sim/world.ts';
import { deliver, EVERY_RING, heard, home, NOW_S, people, refusals, token, topics } from '../support/home.ts';

describe('the firmware', () => {
  it('lets a courier in once, and says so', async () => {
    const lock = await home();
    const bytes = token();
    await deliver(lock, bytes);
    await deliver(lock, bytes);
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 1, doorOpenings: 1, doorOpen: false, bolt: 1000 });
    expect(heard(lock, 'visit').map((event) => event.event_type)).toEqual(['entered', 'ended']);
    expect(refusals(lock)).toEqual(['already_used']);
  });

  it('leaves nothing behind to wait for when it stops: its process ends with it', async () => {
    const lock = await home({ witness: true });
    await deliver(lock, token());
    const stopped = lock.lock().stop();
    await lock.pass(100);
    await stopped;
    lock.plant.stop();
    expect(lock.clock.pending).toBe(0);
  });

  it('denies what its two verifiers disagree about, opens nothing, and tells the owner that they do', async () => {
    const lock = await home({ verify: () => false });
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(heard(lock, 'access').at(-1)).toMatchObject({ event_type: 'refused', refusal: 'bad_signature' });
    expect(heard(lock, 'system')).toContainEqual(
      expect.objectContaining({ event_type: 'fault', fault: 'verifiers_disagree' }),
    );
    expect(lock.lock().journal().memory.spent.size).toBe(0);
  });

  it('numbers its events without a gap, and goes on counting after a boot', async () => {
    const lock = await home();
    await deliver(lock, token());
    const first = lock.broker().published.length;
    expect(first).toBeGreaterThan(5);
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    const events = (Object.keys(topics.event) as EventTopic[]).flatMap((topic) => heard(lock, topic));
    expect(new Set(events.map((event) => event.boot))).toEqual(new Set([2]));
    expect(Math.min(...events.map((event) => event.seq))).toBeGreaterThan(5);
  });

  it('retains availability, info and state, and states nothing that it has not observed', async () => {
    const lock = await home();
    const { retained } = lock.broker();
    expect(retained.get(topics.availability)).toBe('online');
    expect(JSON.parse(retained.get(topics.info) ?? '{}')).toMatchObject({
      lock_id: 'front-door',
      audience: people.identity.audience,
    });
    expect(JSON.parse(retained.get(topics.state) ?? '{}')).toMatchObject({
      lock: 'locked',
      door: 'closed',
      bolt: 'thrown',
      problem: false,
    });
  });

  it('says nothing of tokens, keys and names in a whole visit', async () => {
    const lock = await home();
    const bytes = token();
    await deliver(lock, bytes);
    const everything = lock
      .broker()
      .published.map((message) => message.payload)
      .join('\n');
    expect(everything).not.toMatch(/LS1:|seed|carrier|courier/);
    const seed = Buffer.from(people.identity.lockSeed).toString('hex');
    expect(everything).not.toContain(seed);
  });
});

describe('without a broker', () => {
  it('the door works, and the events wait and come in order', async () => {
    const lock = await home();
    lock.broker().lose();
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
    expect(heard(lock, 'visit')).toEqual([]);
    lock.broker().restore();
    await lock.pass(40_000);
    expect(heard(lock, 'visit').map((event) => event.event_type)).toEqual(['entered', 'ended']);
    const seqs = (Object.keys(topics.event) as EventTopic[]).flatMap((topic) =>
      heard(lock, topic).map((event) => event.seq),
    );
    expect([...seqs].sort((a, b) => a - b)).toEqual(Array.from({ length: seqs.length }, (_, i) => i));
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
  });

  it('events that nobody heard are told after a boot', async () => {
    const lock = await home();
    lock.broker().lose();
    lock.plant.press('bell', 100);
    await lock.pass(500);
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    expect(heard(lock, 'doorbell')).toHaveLength(1);
  });

  it('keeps the newest events, and tells how many it could not keep', async () => {
    const lock = await home({ profile: EVERY_RING });
    lock.broker().lose();
    const rings = OUTBOX_EVENTS_MAX + 50;
    for (let i = 0; i < rings; i++) {
      lock.plant.press('bell', 60);
      await lock.pass(200);
    }
    expect(lock.lock().journal().memory.outbox).toHaveLength(OUTBOX_EVENTS_MAX);
    lock.broker().restore();
    await lock.pass(60_000);
    const lost = heard(lock, 'system').flatMap((event) => ('count' in event ? [event.count] : []));
    expect(lost).toHaveLength(1);
    expect(heard(lock, 'doorbell').length + (lost[0] ?? 0)).toBeGreaterThanOrEqual(rings);
  });
});

describe('a reader', () => {
  it('that sees one refused code many times a second tells of it once', async () => {
    const lock = await home();
    const text = people.people.show(people.people.issue({ nowS: NOW_S, forged: true }), NOW_S);
    for (let i = 0; i < 50; i++) {
      lock.lock().present(text, 'reader');
      await lock.pass(100);
    }
    expect(refusals(lock)).toEqual(['bad_signature']);
  });

  it('that is flooded with different codes is listened to less and less, and tells of each reason once a minute', async () => {
    const lock = await home();
    for (let i = 0; i < 600; i++) {
      lock.lock().present(`parcel ${i}`, 'reader');
      await lock.pass(100);
    }
    await lock.pass(61_000);
    lock.lock().present('parcel 600', 'reader');
    await lock.pass(100);
    expect(heard(lock, 'access')).toMatchObject([
      { refusal: 'malformed', repeats: 0 },
      { refusal: 'throttled', repeats: 0 },
      { refusal: 'malformed', repeats: 4 },
    ]);
  });

  it('that was flooded is listened to again after a pause', async () => {
    const lock = await home();
    for (let i = 0; i < 100; i++) lock.lock().present(`parcel ${i}`, 'reader');
    await lock.pass(31_000);
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it('that is flooded does not keep a good token from being heard on another channel', async () => {
    const lock = await home();
    for (let i = 0; i < 100; i++) lock.lock().present(`parcel ${i}`, 'mqtt');
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it('that goes on showing the code of the visit in progress is no second attempt', async () => {
    const lock = await home();
    const bytes = token();
    for (let i = 0; i < 10; i++) {
      lock.present(bytes);
      await lock.pass(200);
    }
    expect(refusals(lock)).toEqual([]);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});

describe('a clock', () => {
  it('that goes back lets nobody in by token, and says so until it is right again', async () => {
    const lock = await home();
    lock.clock.setWall(0);
    lock.lock().present(people.people.show(token(), NOW_S), 'reader');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['clock_untrusted']);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(lock.lock().state().alarms).toEqual(['ClockUntrusted']);
    lock.clock.setWall(BEGINNING_MS + lock.clock.monoMs());
    await lock.pass(61_000);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('for which nobody vouches lets nobody in by token, and people out', async () => {
    const lock = await home();
    lock.vouch('none');
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['clock_untrusted']);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('that is turned back over a power cut is known by the floor', async () => {
    const lock = await home();
    await lock.pass(2 * 3_600_000);
    lock.cutPower();
    lock.clock.setWall(BEGINNING_MS);
    await lock.boot();
    await lock.pass(200);
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['clock_untrusted']);
  });
});

describe('a month', () => {
  it('of deliveries fits into the ledger and into the journal: what is over is forgotten', async () => {
    const lock = await home();
    const days = 30;
    let sizeMax = 0;
    for (let day = 0; day < days; day++) {
      for (let visit = 0; visit < 3; visit++) {
        const nowS = toWallS(lock.clock.wallMs());
        await deliver(lock, people.people.issue({ nowS }));
        await lock.pass(3_600_000);
      }
      await lock.pass(86_400_000 - 3 * 3_604_000);
      sizeMax = Math.max(sizeMax, lock.lock().journal().size);
    }
    expect(lock.plant.truth().doorOpenings).toBe(3 * days);
    expect(lock.lock().journal().memory.spent.size).toBeLessThanOrEqual(6);
    expect(sizeMax).toBeLessThan(JOURNAL_BYTES_MAX / 4);
  });
});
