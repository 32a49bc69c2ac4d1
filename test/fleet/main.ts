/**
 * `npm run fleet-check`: 200 whole locks report to a cluster of three NATS servers, one of which is killed in the middle
 * of it. Prints figures as one line of JSON; the exit code is 1 when anything was lost or came out of order.
 *
 *     200 locks ──▶ balancer ──▶ node 1 ┐
 *     (this process)        ├──▶ node 2 ├ every message on all three ──▶ balancer ──▶ one listener
 *                           └──▶ node 3 ┘ ◀── kill -9                                  (a session that is kept)
 */
import { topicsOf } from '../../protocol/index.ts';
import { listenOn } from '../brokers/listener.ts';
import { type LockOn, lockOn } from '../brokers/lock-on.ts';
import { type Account, without } from '../brokers/server.ts';
import { pause, until } from '../wire/until.ts';
import { balancer, natsCluster } from './cluster.ts';

const LOCKS = 200;
const RINGS = 20;
const RING_EVERY_MS = 500;
/** At a time: each brings six subscriptions, which the cluster agrees on one by one. */
const CONNECTING_MAX = 10;
const PATIENCE_MS = 180_000;
const PASSWORD = 'correct horse';

const idOf = (index: number): string => `lock-${index}`;

async function main(): Promise<boolean> {
  const missing = without('nats-server');
  if (missing !== undefined) throw new Error(missing);
  const undo: (() => Promise<unknown>)[] = [];
  const sinceMs = performance.now();
  const elapsedMs = (fromMs = sinceMs): number => Math.round(performance.now() - fromMs);
  try {
    const locks: Account[] = Array.from({ length: LOCKS }, (_, index) => {
      const tree = [`latchstring/v1/${idOf(index)}/#`];
      return { user: idOf(index), password: PASSWORD, write: tree, read: tree };
    });
    const everything = ['latchstring/v1/#'];
    const cluster = await natsCluster([
      ...locks,
      { user: 'listener', password: PASSWORD, write: [], read: everything },
    ]);
    undo.push(() => cluster.close());
    const front = await balancer(cluster.nodes.map(({ port }) => port));
    undo.push(() => front.close());
    const { port } = front;
    const listener = await listenOn({ port, user: 'listener', password: PASSWORD, topics: everything });
    undo.push(() => listener.close());
    const clusterMs = elapsedMs();

    const doors: LockOn[] = [];
    const startMs = performance.now();
    for (let first = 0; first < LOCKS; first += CONNECTING_MAX) {
      const some = Array.from({ length: Math.min(CONNECTING_MAX, LOCKS - first) }, (_, i) => idOf(first + i));
      const started = some.map((id) => lockOn({ url: `mqtt://127.0.0.1:${port}`, id, password: PASSWORD }));
      doors.push(...(await Promise.all(started)));
    }
    undo.push(() => Promise.all(doors.map((door) => door.stop())));
    const allTold = (): boolean => doors.every((door) => door.waiting() === 0);
    await until('every lock has told of its boot', allTold, PATIENCE_MS);
    const connectedMs = elapsedMs(startMs);

    const ringMs = performance.now();
    const ringing = Promise.all(
      doors.map(async (door, index) => {
        await pause((index * RING_EVERY_MS) / LOCKS);
        for (let ring = 0; ring < RINGS; ring++) {
          door.plant.press('bell', 100);
          await pause(RING_EVERY_MS);
        }
      }),
    );
    await pause((RINGS * RING_EVERY_MS) / 2);
    const heardBefore = listener.heard.length;
    const killMs = performance.now();
    await cluster.nodes[1]?.kill();
    // A node that is dead publishes no wills: who was on it is seen by its greeting elsewhere.
    let looked = heardBefore;
    const back = new Set<string>();
    let backMs = 0;
    let isRinging = true;
    void ringing.then(() => {
      isRinging = false;
    });
    while (isRinging || !allTold()) {
      if (elapsedMs(killMs) > PATIENCE_MS) throw new Error('the fleet does not come to rest');
      for (; looked < listener.heard.length; looked++) {
        const { topic, payload } = listener.heard[looked] ?? { topic: '', payload: '' };
        if (payload !== 'online' || back.has(topic)) continue;
        back.add(topic);
        backMs = elapsedMs(killMs);
      }
      await pause(20);
    }
    const acknowledgedMs = elapsedMs(ringMs);

    const figures = await tally(doors, () => listener.heard);
    const isWhole = figures.lost === 0 && figures.outOfOrder === 0;
    process.stdout.write(
      `${JSON.stringify({
        locks: LOCKS,
        nodes: cluster.nodes.length,
        killed: 1,
        ...figures,
        clusterMs,
        connectedMs,
        movedLocks: back.size,
        movedMs: backMs,
        acknowledgedMs,
        rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
      })}\n`,
    );
    return isWhole;
  } finally {
    for (const end of undo.reverse()) await end();
  }
}

/** What the locks have written into their journals, against what the listener has heard. */
async function tally(doors: readonly LockOn[], heard: () => readonly { topic: string; payload: string }[]) {
  const expected = doors.map((door) => door.lock.journal().memory.nextSeq);
  const total = expected.reduce((sum, one) => sum + one, 0);
  const perLock = new Map<string, number[]>();
  let seen = 0;
  const ids = new Set<string>();
  let doubled = 0;
  function heardAll(): boolean {
    const messages = heard();
    for (; seen < messages.length; seen++) {
      const { topic, payload } = messages[seen] ?? { topic: '', payload: '' };
      const [, , lock = '', kind] = topic.split('/');
      if (kind !== 'event') continue;
      const { id, seq } = JSON.parse(payload) as { readonly id: string; readonly seq: number };
      if (ids.has(id)) doubled++;
      else perLock.set(lock, [...(perLock.get(lock) ?? []), seq]);
      ids.add(id);
    }
    return ids.size >= total;
  }
  // What is missing at the end of this time is lost.
  await until('everything is heard', heardAll, 30_000).catch(() => undefined);
  let outOfOrder = 0;
  for (const [index, count] of expected.entries()) {
    const topics = topicsOf(idOf(index));
    const seqs = perLock.get(topics.state.split('/')[2] ?? '') ?? [];
    if (seqs.some((seq, i) => i > 0 && seq < (seqs[i - 1] ?? 0)) || seqs.length > count) outOfOrder++;
  }
  return { events: total, heard: ids.size, lost: total - ids.size, doubled, outOfOrder };
}

process.exitCode = (await main()) ? 0 : 1;
