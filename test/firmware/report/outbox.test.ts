/** Every event arrives: without a broker for a week, through a power cut at every step, and which one goes when there is no room. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyMemory, fold, recordsOf } from '../../../firmware/journal/memory.ts';
import { isLogFull, OUTBOX_AUDIT_MAX, OUTBOX_EVENTS_MAX, Outbox } from '../../../firmware/journal/outbox.ts';
import type { EventRecord } from '../../../firmware/journal/records.ts';
import { LATE_MS, toWallS } from '../../../protocol/index.ts';
import type { SimulatedPublish } from '../../../sim/ports/broker.ts';
import type { World } from '../../../sim/world.ts';
import { heard, home, people, token, topics } from '../../support/home.ts';
import { eventsIn, listen, lockListener, verdictsOf } from '../../support/listening.ts';
import { AUDIENCE } from '../../support/people.ts';

const HOUR_MS = 3_600_000;

async function visit(lock: World): Promise<void> {
  lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.close();
  await lock.pass(1_500);
}

describe('a broker that is away for a week', () => {
  it('hears of every ring and of every visit once it is back, each once, in order, none forged, the old ones late', async () => {
    const lock = await home();
    const ears = lockListener(lock);
    const before = listen(ears, lock.broker().published);
    const taken = lock.broker().published.length;
    lock.broker().lose();
    for (let hour = 0; hour < 7 * 24; hour++) {
      lock.plant.press('bell', 200);
      await lock.pass(10_000);
      if (hour % 17 === 3) await visit(lock);
      await lock.pass(HOUR_MS - (lock.clock.monoMs() % HOUR_MS));
    }
    const { seq: lastSeq } = lock.lock().document();
    lock.broker().restore();
    await lock.pass(120_000);
    const after = listen(ears, lock.broker().published.slice(taken));
    const events = eventsIn([...before, ...after]);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq + 1 }, (_, i) => i));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(verdictsOf(after).filter((verdict) => !['ok', 'unsigned'].includes(verdict))).toEqual([]);
    expect(ears.missing()).toEqual([]);
    const kinds = (type: string): number => events.filter(({ event_type }) => event_type === type).length;
    expect([kinds('ring'), kinds('ended'), kinds('events_lost')]).toEqual([7 * 24, 10, 0]);
    const told = events.filter(({ late }) => late === true);
    expect(told.length).toBeGreaterThan(7 * 24);
    // The listener's own clock says the same as the remark.
    const byClock = after.filter(({ lateMs, topic }) => lateMs !== undefined && topic.startsWith('event/'));
    expect(byClock).toHaveLength(told.length);
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
  }, 120_000);

  it('is not flooded: late events go at most a hundred in a second, and a new one behind them in its place', async () => {
    const lock = await home();
    lock.broker().lose();
    for (let i = 0; i < 300; i++) {
      lock.plant.press('bell', 60);
      await lock.pass(5_000);
    }
    const taken = lock.broker().published.length;
    lock.broker().restore();
    await lock.pass(20);
    lock.plant.press('bell', 60);
    await lock.pass(30_000);
    const told = lock
      .broker()
      .published.slice(taken)
      .filter(({ topic }) => topic === topics.event.doorbell);
    const isLate = ({ payload }: SimulatedPublish): boolean => JSON.parse(payload).late === true;
    const late = told.filter(isLate);
    expect(late.length).toBeGreaterThan(280);
    for (const [i, message] of late.entries()) {
      const within = late.slice(i).filter(({ atMs }) => atMs < message.atMs + 1_000).length;
      expect(within).toBeLessThanOrEqual(101);
    }
    const last = told.at(-1);
    expect(last && isLate(last)).toBe(false);
    for (const message of told) {
      const ageMs = message.atMs - (Date.parse(JSON.parse(message.payload).ts) - Date.UTC(2026, 5, 1, 10));
      expect(isLate(message)).toBe(ageMs >= LATE_MS);
    }
  });
});

describe('a power cut between journal and acknowledgement', () => {
  /** From the moment at which an event is handed to the broker: before it is taken, taken, acknowledged, marked. */
  const OFFSETS_MS = [0, 1, 9, 11, 100, 259, 261, 400];
  const ACK_MS = 10;
  /** From the moment at which it was handed to a broker that it does not reach, and whose answer is long in coming. */
  const UNTAKEN_OFFSETS_MS = [0, 100, 300, 550];
  const LONG_ACK_MS = 600;

  /** A visit, cut so long after the nth event was handed to the broker; what the broker then had, and the next life's. */
  async function cutAt(nth: number, offsetMs: number, isTaken = true) {
    const lock = await home();
    lock.broker().setAckMs(ACK_MS);
    let count = 0;
    let cut = false;
    const broker = lock.broker();
    broker.refuse(({ topic }) => {
      if (!topic.includes('/event/')) return undefined;
      count += 1;
      if (count !== nth) return undefined;
      if (!isTaken) lock.broker().setAckMs(LONG_ACK_MS);
      if (offsetMs > 0) {
        lock.clock.after(offsetMs, () => {
          cut = true;
          lock.cutPower();
        });
        return isTaken ? undefined : 'it never came';
      }
      cut = true;
      lock.cutPower();
      return 'the power is off';
    });
    const steps = [
      () => lock.plant.press('bell', 100),
      () => lock.present(token()),
      () => lock.plant.push(),
      () => lock.plant.close(),
    ];
    for (const step of steps) {
      if (cut) break;
      step();
      await lock.pass(1_500);
    }
    if (!cut) return { cut, events: count };
    lock.plant.close();
    await lock.boot();
    await lock.pass(5_000);
    const ears = lockListener(lock);
    const all = listen(ears, [...broker.published, ...lock.broker().published]);
    return { cut, events: count, all, missing: ears.missing(), lastSeq: lock.lock().document().seq };
  }

  it('loses no event and forges none, at every step of a visit', async () => {
    const { events } = await cutAt(Number.POSITIVE_INFINITY, 0);
    expect(events).toBeGreaterThan(8);
    let duplicates = 0;
    let cuts = 0;
    for (let nth = 1; nth <= events; nth++) {
      const steps = [
        ...OFFSETS_MS.map((offsetMs) => [offsetMs, true] as const),
        ...UNTAKEN_OFFSETS_MS.map((offsetMs) => [offsetMs, false] as const),
      ];
      for (const [offsetMs, isTaken] of steps) {
        const { all = [], missing, lastSeq = -1, cut } = await cutAt(nth, offsetMs, isTaken);
        expect(cut).toBe(true);
        cuts += 1;
        const where = `event ${nth}, ${offsetMs} ms${isTaken ? '' : ', not taken'}`;
        expect([where, missing]).toEqual([where, []]);
        expect([where, verdictsOf(all).filter((verdict) => verdict === 'forked' || verdict === 'forged')]).toEqual([
          where,
          [],
        ]);
        const seqs = eventsIn(all).map(({ seq }) => seq);
        expect([where, seqs]).toEqual([where, Array.from({ length: lastSeq + 1 }, (_, i) => i)]);
        duplicates += all.filter(({ verdict }) => verdict === 'duplicate').length;
      }
    }
    expect(cuts).toBe(events * (OFFSETS_MS.length + UNTAKEN_OFFSETS_MS.length));
    // Some were taken, and told again: that is what makes this test one.
    expect(duplicates).toBeGreaterThan(events);
  }, 240_000);
});

describe('a start after a sync that failed', () => {
  it('tells nothing that the kernel may have in its memory only, before the disk has it', async () => {
    const lock = await home();
    // What the broker has acknowledged is on the disk: the ring is what waits for it.
    await lock.pass(1_000);
    lock.network(false);
    lock.disk().stall('sync');
    lock.plant.press('bell', 100);
    await lock.pass(500);
    lock.killProcess();
    lock.network(true);
    lock.disk().stall('replace');
    await lock.boot();
    await lock.pass(1_000);
    expect(heard(lock, 'doorbell')).toEqual([]);
    lock.disk().unstall('replace');
    await lock.pass(1_000);
    expect(heard(lock, 'doorbell')).toMatchObject([{ event_type: 'ring' }]);
  });
});

describe('an outbox that is full', () => {
  const event = (seq: number, topic: EventRecord['topic'], body: Record<string, unknown>): EventRecord => ({
    type: 'event',
    seq,
    boot: 1,
    ts: '2026-06-01T10:00:00.000Z',
    topic,
    body,
    life: 'l1',
  });
  const ring = (seq: number) => event(seq, 'doorbell', { event_type: 'ring' });
  const stranger = (seq: number) => event(seq, 'access', { event_type: 'refused', refusal: 'bad_signature' });
  const used = (seq: number) =>
    event(seq, 'access', { event_type: 'refused', refusal: 'already_used', token_id: 'ab' });
  const ended = (seq: number) => event(seq, 'visit', { event_type: 'ended' });

  function filled(kinds: readonly ((seq: number) => EventRecord)[], count: number) {
    const memory = emptyMemory(AUDIENCE);
    for (let seq = 0; seq < count; seq++) fold(memory, (kinds[seq % kinds.length] as typeof ring)(seq));
    return memory;
  }

  it('gives up the oldest chatter first, and says how many and between which numbers', () => {
    const memory = filled([ended, ring], OUTBOX_EVENTS_MAX + 10);
    expect(memory.outbox).toHaveLength(OUTBOX_EVENTS_MAX);
    expect(memory.lost).toEqual({ count: 10, first: 1, last: 19 });
    expect([...memory.outbox].filter(({ topic }) => topic === 'visit')).toHaveLength(OUTBOX_EVENTS_MAX / 2 + 5);
  });

  it('then what a stranger can write all night, and audit only when there is nothing else', () => {
    const memory = filled([ended, stranger, used], OUTBOX_EVENTS_MAX);
    const strangers = [...memory.outbox].filter(({ body }) => body.refusal === 'bad_signature').length;
    for (let i = 0; i < strangers; i++) fold(memory, ended(OUTBOX_EVENTS_MAX + i));
    expect([...memory.outbox].filter(({ body }) => body.refusal === 'bad_signature')).toEqual([]);
    expect(memory.outbox.first?.seq).toBe(0);
    fold(memory, ended(OUTBOX_EVENTS_MAX + strangers));
    expect(memory.outbox.first?.seq).toBe(2);
    // A ring that finds nothing but audit goes itself.
    fold(memory, ring(OUTBOX_EVENTS_MAX + strangers + 1));
    expect([...memory.outbox].some(({ topic }) => topic === 'doorbell')).toBe(false);
  });

  it.each<[string, EventRecord['topic'], EventRecord['body']]>([
    ['a lockout begins', 'alarm', { event_type: 'raised', alarm: 'WrongCodeEntryLimit' }],
    ['a lockout is over', 'alarm', { event_type: 'cleared', alarm: 'WrongCodeEntryLimit' }],
    ['somebody rings', 'visit', { event_type: 'arrived' }],
    ['somebody leans on the bell', 'system', { event_type: 'fault', fault: 'button_stuck' }],
    ['somebody pulls at the cable of a reader', 'system', { event_type: 'fault', fault: 'reader_lost' }],
  ])('closes the door to couriers for nothing that anybody outside can cause: %s', (_what, topic, body) => {
    const memory = filled([(seq) => event(seq, topic, body)], OUTBOX_EVENTS_MAX);
    expect(isLogFull(memory.outbox, false)).toBe(false);
    for (let i = 0; i < 10; i++) fold(memory, ended(OUTBOX_EVENTS_MAX + i));
    expect([...memory.outbox].filter(({ body }) => body.event_type === 'ended')).toHaveLength(10);
    expect(memory.lost.count).toBe(10);
  });

  it('holds, whatever comes and is acknowledged, what a list would from which the least is searched for each time', () => {
    const kinds = [ended, stranger, ring];
    const step = fc.oneof(
      { weight: 9, arbitrary: fc.record({ kind: fc.constantFrom(...kinds), times: fc.integer({ min: 1, max: 900 }) }) },
      { weight: 1, arbitrary: fc.record({ acknowledged: fc.integer({ min: 1, max: 3_000 }) }) },
    );
    const report = new Uint8Array();
    const inRanks = [
      (event: EventRecord) => event.topic === 'doorbell',
      (event: EventRecord) => event.topic === 'access',
    ];
    const least = (list: readonly EventRecord[]): number =>
      inRanks.map((isOfRank) => list.findIndex(isOfRank)).find((at) => at >= 0) ?? 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 30 }), (steps) => {
        const outbox = new Outbox();
        const list: EventRecord[] = [];
        const gone: (number | undefined)[] = [];
        const given: (number | undefined)[] = [];
        let seq = 0;
        for (const each of steps) {
          if ('acknowledged' in each) {
            const upTo = (list[0]?.seq ?? seq) + each.acknowledged;
            outbox.acknowledge(upTo);
            list.splice(0, list.filter((event) => event.seq <= upTo).length);
            continue;
          }
          for (let i = 0; i < each.times; i++, seq++) {
            const event = each.kind(seq);
            list.push(event);
            gone.push(outbox.push({ ...event, chain: report, report })?.seq);
            given.push(list.length > OUTBOX_EVENTS_MAX ? list.splice(least(list), 1)[0]?.seq : undefined);
          }
          expect([outbox.first?.seq, outbox.length]).toEqual([list[0]?.seq, list.length]);
          expect(outbox.auditLength).toBe(list.filter(({ topic }) => topic === 'visit').length);
        }
        expect(gone).toEqual(given);
        expect(Array.from(outbox, (event) => event.seq)).toEqual(list.map((event) => event.seq));
      }),
      { numRuns: 10 },
    );
  });

  it('keeps its gaps, and every report as it was, when the journal is written anew', () => {
    const memory = filled([ended, ring, stranger], OUTBOX_EVENTS_MAX + 500);
    const again = emptyMemory();
    for (const record of recordsOf(memory, AUDIENCE)) fold(again, record);
    expect([...again.outbox]).toEqual([...memory.outbox]);
    expect(again.chain).toEqual(memory.chain);
    expect(again.lost).toEqual(memory.lost);
  });

  it('does not forget what was lost since it last said so, when the journal is written anew', () => {
    const memory = filled([ended, ring], OUTBOX_EVENTS_MAX + 10);
    fold(memory, event(memory.nextSeq, 'system', { event_type: 'events_lost', ...memory.lost }));
    for (let i = 0; i < 20; i++) fold(memory, ring(memory.nextSeq));
    const again = emptyMemory();
    for (const record of recordsOf(memory, AUDIENCE)) fold(again, record);
    expect(memory.lost.count).toBe(21);
    expect(again.lost).toEqual(memory.lost);
  });

  it('that gives up what told of earlier losses counts those again', () => {
    const memory = filled([ended], OUTBOX_EVENTS_MAX + 10);
    expect(memory.lost).toEqual({ count: 10, first: 0, last: 9 });
    fold(memory, { type: 'published', seq: 99 });
    fold(memory, event(memory.nextSeq, 'system', { event_type: 'events_lost', ...memory.lost }));
    const told = memory.nextSeq - 1;
    while (memory.outbox.first?.seq !== told + 1) fold(memory, ended(memory.nextSeq));
    // Those of before it, the event that told of them, and what has gone with it.
    expect(memory.lost).toEqual({ count: 10 + (told - 100) + 1, first: 0, last: told });
  });

  /** Events as a lock would write them, as many as the disk takes at once. */
  async function fill(lock: World, count: number): Promise<void> {
    const journal = lock.lock().journal();
    for (let i = 0; i < count; i++) {
      void journal.append({ ...ended(journal.memory.nextSeq), body: { event_type: 'item_taken' } });
      if (i % 500 === 499) await lock.pass(2_000);
    }
    await lock.pass(2_000);
  }

  it('of audit alone grants no token: log_full; the lock still locks, and lets people out', async () => {
    const lock = await home();
    lock.broker().lose();
    await fill(lock, OUTBOX_AUDIT_MAX);
    lock.plant.press('bell', 100);
    await lock.pass(1_000);
    expect(lock.lock().document().alarms).toContain('LogBroken');
    await visit(lock);
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 0, doorOpenings: 0 });
    lock.plant.press('inside_button', 200);
    await lock.pass(1_500);
    lock.plant.push();
    await lock.pass(500);
    expect(lock.plant.truth().doorOpenings).toBe(1);
    lock.plant.close();
    await lock.pass(30_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
    lock.broker().restore();
    await lock.pass(120_000);
    expect(heard(lock, 'access').flatMap((told) => ('refusal' in told ? [told.refusal] : []))).toEqual(['log_full']);
    expect(lock.lock().document().alarms).toEqual([]);
    // Nothing of it was lost: the chatter had room.
    expect(lock.lock().journal().memory.lost.count).toBe(0);
    await visit(lock);
    expect(lock.plant.truth().doorOpenings).toBe(2);
  }, 60_000);

  it('says what it could not keep once there is room, and a listener looks for it no more', async () => {
    const lock = await home();
    const ears = lockListener(lock);
    listen(ears, lock.broker().published);
    const taken = lock.broker().published.length;
    lock.broker().lose();
    const journal = lock.lock().journal();
    for (let i = 0; i < OUTBOX_EVENTS_MAX + 40; i++) {
      void journal.append(ring(journal.memory.nextSeq));
      if (i % 500 === 499) await lock.pass(2_000);
    }
    lock.plant.press('bell', 100);
    await lock.pass(2_000);
    const { lost: gone } = journal.memory;
    expect(gone.count).toBeGreaterThan(40);
    lock.broker().restore();
    await lock.pass(120_000);
    const after = listen(ears, lock.broker().published.slice(taken));
    const lost = eventsIn(after).flatMap((told) => ('count' in told ? [told] : []));
    expect(lost).toMatchObject([gone]);
    expect(after.filter(({ missing }) => missing !== undefined)).toHaveLength(1);
    expect(ears.missing()).toEqual([]);
  }, 60_000);
});

describe('a message at which the connection ends', () => {
  /** The broker ends the connection at whatever the predicate takes, and is back at once. */
  function kills(lock: World, takes: (payload: string) => boolean): () => number {
    let count = 0;
    lock.broker().refuse(({ topic, payload }) => {
      if (!topic.includes('/event/') || !takes(payload)) return undefined;
      count += 1;
      lock.broker().lose('closed by the broker');
      lock.clock.after(2_000, () => lock.broker().restore());
      return 'closed';
    });
    return () => count;
  }

  it('is set aside after five connections, told as a fault, and what comes behind it goes on', async () => {
    const lock = await home();
    const count = kills(lock, (payload) => payload.includes('"ring"'));
    lock.plant.press('bell', 100);
    await lock.pass(100);
    await visit(lock);
    await lock.pass(60_000);
    expect(count()).toBe(5);
    expect(heard(lock, 'visit').map(({ event_type }) => event_type)).toContain('ended');
    const faults = heard(lock, 'system').flatMap((told) => ('fault' in told ? [`${told.fault}: ${told.detail}`] : []));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(
      /^message_set_aside: event \d+ on doorbell: the broker refused it, or ended the connection at it, 5 times$/,
    );
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
  });

  it('is the broker, when it is every message: then only one is set aside, and the others wait', async () => {
    const lock = await home();
    kills(lock, () => true);
    await visit(lock);
    await lock.pass(300_000);
    const waiting = lock.lock().journal().memory.outbox.length;
    expect(waiting).toBeGreaterThan(5);
    lock.broker().refuse(() => undefined);
    await lock.pass(60_000);
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
    expect(heard(lock, 'system').filter((told) => 'fault' in told)).toHaveLength(1);
  });
});

describe('a broker that does not take what is retained', () => {
  const silenced = (lock: World) =>
    heard(lock, 'system').flatMap((told) => ('fault' in told ? [`${told.fault}: ${told.detail}`] : []));

  it.each(['info', 'state', 'availability'] as const)('hears every event all the same: %s', async (name) => {
    const lock = await home();
    const of = () => lock.broker().published.filter(({ topic }) => topic === topics[name]).length;
    lock.broker().lose();
    let tries = 0;
    lock.broker().refuse(({ topic }) => {
      if (topic !== topics[name]) return undefined;
      tries += 1;
      // Some end the connection at it.
      if (tries % 2 === 0) {
        lock.broker().lose('closed by the broker');
        lock.clock.after(2_000, () => lock.broker().restore());
      }
      return 'not allowed';
    });
    lock.broker().restore();
    await visit(lock);
    await lock.pass(60_000);
    // Five times, and once more when the broker had taken something else.
    expect(tries).toBe(6);
    expect(heard(lock, 'visit').map(({ event_type }) => event_type)).toContain('ended');
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
    expect(silenced(lock)).toEqual([
      `message_set_aside: ${topics[name]}: the broker refused it, or ended the connection at it, and takes what is on others`,
    ]);
    // Tried again after a while; and told when it is allowed.
    await lock.pass(10 * 60_000);
    expect(tries).toBe(7);
    const before = of();
    lock.broker().refuse(() => undefined);
    await lock.pass(10 * 60_000);
    expect(of()).toBe(before + 1);
    expect(silenced(lock)).toHaveLength(1);
  });

  it('nor anything else has nothing set aside, and hears all of it when it is better, soon', async () => {
    const lock = await home();
    lock.broker().lose();
    lock.broker().refuse(() => 'not allowed');
    lock.broker().restore();
    await visit(lock);
    await lock.pass(120_000);
    const { outbox } = lock.lock().journal().memory;
    expect([...outbox].map(({ topic, body }) => `${topic} ${body.event_type}`)).toContain('visit ended');
    const before = lock.broker().published.length;
    lock.broker().refuse(() => undefined);
    await lock.pass(5_000);
    const after = lock.broker().published.slice(before);
    expect(new Set(after.map(({ topic }) => topic))).toContain(topics.availability);
    expect(after.findLast(({ topic }) => topic === topics.state)?.payload).toContain('"lock":"locked"');
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
    expect(silenced(lock)).toEqual([]);
  });
});
