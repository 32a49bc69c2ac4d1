/**
 * What a lock tells, beside mqtt.js with nothing around it on the same broker: one ring, from the bell's settled
 * contact to whoever listens; and an outbox full of events, with the limit of its rate lifted. A lock tells one
 * event after the other, signs each, and waits for its acknowledgement: so none comes before one that the broker has
 * refused, and it is known at which a connection ends. On a broker this near the signature costs about as much
 * as the way there and back, and with many in flight several times as much; on one that is a millisecond away, next to nothing.
 */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OUTBOX_EVENTS_MAX } from '../../firmware/journal/outbox.ts';
import { opensslSigner } from '../../firmware/report/signer.ts';
import { KEY_BYTES } from '../../protocol/index.ts';
import { appendAndSync } from './accept.ts';
import { type Bare, bareClient, besideHouse, type Scene } from './bare.ts';
import { atRest, type Figure, figure, median, quantile } from './figures.ts';
import type { MeasuredHouse } from './house.ts';

const WARM_UPS = 8;
const RINGS = 200;
/** A ring's record in the journal, roughly. */
const RECORD_BYTES = 200;

/** An outbox holds no more; a few are left for what the lock wants to say itself. */
const BACKLOG = OUTBOX_EVENTS_MAX - 16;
/** Together more than ten thousand events. */
const BACKLOGS = 3;
/** A lock never has more messages without acknowledgement on its connection. */
const IN_FLIGHT = 16;
const APPENDED_AT_ONCE = 500;
const AGE_MS = 3_600_000;
const MEBIBYTE = 2 ** 20;

/** The least that it takes to tell of something that must not be lost: how long, from the disk to whoever listens. */
export async function bareTelling({ house, client, ears }: Scene): Promise<(payload: string) => Promise<number>> {
  const topic = 'bench/event';
  const told = await ears.nextOn(topic);
  const record = new Uint8Array(RECORD_BYTES);
  return async (payload) => {
    await atRest();
    const begin = performance.now();
    await appendAndSync(house.disk, record);
    const came = told();
    const published = client.publish(topic, payload);
    const { at } = await came;
    await published;
    return at - begin;
  };
}

export function measureTelling(): Promise<readonly Figure[]> {
  return besideHouse(async (scene) => {
    const { house, ears } = scene;
    const heard = await ears.nextOn(house.topics.event.doorbell);
    const bare = await bareTelling(scene);
    const ring = async (): Promise<{ readonly took: number; readonly payload: string }> => {
      await atRest();
      const came = heard();
      house.ring();
      const { at, payload } = await came;
      const took = at - house.settledAt('bell', true);
      await house.until(
        'the bell is let go',
        () => house.lock.state().bell.row === 'up' && !house.lock.state().bell.chiming,
      );
      await house.told();
      return { took, payload };
    };
    const rings: number[] = [];
    const bares: number[] = [];
    let { payload } = await ring();
    for (let i = -WARM_UPS; i < RINGS; i++) {
      // Each goes first as often as the other.
      const before = i % 2 === 0 ? await bare(payload) : undefined;
      const rung = await ring();
      payload = rung.payload;
      const beside = before ?? (await bare(payload));
      if (i < 0) continue;
      rings.push(rung.took);
      bares.push(beside);
    }
    return ([0.5, 0.99] as const).map((part) =>
      figure({
        name: `a ring, from its settled contact to whoever listens on the broker, p${part * 100} of ${RINGS}`,
        value: quantile(rings, part),
        baseline: quantile(bares, part),
        beside: 'append and fdatasync, then a bare mqtt.js publish, QoS 1, of the same message',
        ratioMax: 2,
      }),
    );
  });
}

export function measureBacklog(): Promise<readonly Figure[]> {
  return besideHouse(async ({ house, ears, url }) => {
    const told = await countOn(ears, house.topics.event.door);
    const bareTopic = `${house.topics.event.door}/bare`;
    const bareTold = await countOn(ears, bareTopic);

    const backlog = async (onEach?: OnEach): Promise<number> => {
      await fillOutbox(house);
      const all = told(BACKLOG, onEach);
      // What is behind it in the journal is durable when the ring is: now the lock tells all of it.
      house.ring();
      const took = await all;
      await house.told();
      return took;
    };
    const bare = async (payloads: readonly string[], inFlight: number, also: OnEach = () => undefined) => {
      const publisher = await bareClient(url);
      const all = bareTold(BACKLOG);
      await publishAll(publisher, bareTopic, payloads, inFlight, also);
      const took = await all;
      await publisher.close();
      return took;
    };

    const payloads: string[] = [];
    await backlog((payload) => payloads.push(payload));
    await bare(payloads, IN_FLIGHT);
    const memory = await memoryThrough(backlog);
    const signer = opensslSigner(randomBytes(KEY_BYTES));
    const sign = (payload: string): unknown => signer.sign(Buffer.from(payload));
    const times = { lock: [] as number[], one: [] as number[], many: [] as number[], signed: [] as number[] };
    for (let i = 0; i < BACKLOGS; i++) {
      times.one.push(await bare(payloads, 1));
      times.lock.push(await backlog());
      times.many.push(await bare(payloads, IN_FLIGHT));
      times.signed.push(await bare(payloads, 1, sign));
    }
    const name = `a backlog of ${BACKLOG} events told, as many as an outbox holds, median of ${BACKLOGS}`;
    const value = median(times.lock);
    const messages = 'bare mqtt.js, QoS 1, of the same messages';
    return [
      figure({
        name,
        value,
        baseline: median(times.many),
        beside: `${messages}, ${IN_FLIGHT} in flight; 1.25 × is 80 % of its throughput`,
        ratioMax: 1.25,
      }),
      figure({ name, value, baseline: median(times.one), beside: `${messages}, one in flight`, ratioMax: 1.25 }),
      figure({
        name,
        value,
        baseline: median(times.signed),
        beside: `${messages}, one in flight, as a lock does it, and each signed by OpenSSL`,
        ratioMax: 1.25,
      }),
      ...memory,
    ];
  });
}

/** What is in use before, when half of a backlog is told, and after it. */
async function memoryThrough(backlog: (onEach: OnEach) => Promise<number>): Promise<readonly Figure[]> {
  const collect = collector();
  const look = (): { readonly heap: number; readonly whole: number } => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    return { heap: heapUsed / MEBIBYTE, whole: rss / MEBIBYTE };
  };
  const before = look();
  let half = before;
  await backlog((_, number) => {
    if (number === BACKLOG / 2) half = look();
  });
  const after = look();
  const name = 'memory through a backlog';
  const unit = 'MiB';
  return [
    figure({
      name: `${name}: heap in use at half of it`,
      unit,
      value: half.heap,
      baseline: before.heap,
      beside: 'before it',
    }),
    figure({
      name: `${name}: heap in use after it`,
      unit,
      value: after.heap,
      baseline: before.heap,
      beside: 'before it',
      ratioMax: 1.1,
    }),
    figure({
      name: `${name}: the whole process at half of it`,
      unit,
      value: half.whole,
      baseline: before.whole,
      beside: 'before it',
    }),
    figure({
      name: `${name}: the whole process after it`,
      unit,
      value: after.whole,
      baseline: before.whole,
      beside: 'before it',
      ratioMax: 1.1,
    }),
  ];
}

/** Frees what nobody uses any more: what is in use then is what is kept. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

/** Events as a lock writes them, of an hour ago, durable, and not told: nobody has told the reporter. */
async function fillOutbox(house: MeasuredHouse): Promise<void> {
  const journal = house.lock.journal();
  const ts = new Date(Date.now() - AGE_MS).toISOString();
  let waiting: Promise<void>[] = [];
  for (let i = 0; i < BACKLOG; i++) {
    const { nextSeq: seq, boot } = journal.memory;
    const body = { event_type: i % 2 === 0 ? 'opened' : 'closed' };
    waiting.push(journal.append({ type: 'event', life: 'mbr2j1k0', seq, boot, ts, topic: 'door', body }));
    if (waiting.length < APPENDED_AT_ONCE && i < BACKLOG - 1) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  if (journal.memory.outbox.length < BACKLOG) throw new Error('the outbox has not waited');
}

type OnEach = (payload: string, number: number) => unknown;

/** Settles when so many messages have come: how long it took from the first of them to the last. */
async function countOn(ears: Bare, topic: string): Promise<(count: number, onEach?: OnEach) => Promise<number>> {
  let take: (payload: string) => void = () => undefined;
  await ears.listen(topic, (payload) => take(payload));
  return (count, onEach) =>
    new Promise((resolve) => {
      let number = 0;
      let first = 0;
      take = (payload) => {
        if (number === 0) first = performance.now();
        number += 1;
        onEach?.(payload, number);
        if (number === count) resolve(performance.now() - first);
      };
    });
}

/** In order, never more of them in flight; `also` is done with each before it. */
async function publishAll(
  publisher: Bare,
  topic: string,
  payloads: readonly string[],
  inFlight: number,
  also: OnEach,
): Promise<void> {
  const left = payloads.entries();
  const publish = async (): Promise<void> => {
    for (const [number, payload] of left) {
      also(payload, number);
      await publisher.publish(topic, payload);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, publish));
}
