/**
 * The firmware itself under a story: its disk and its clock are simulated, its board is whoever tells the story. What it
 * says is read where others read it: from what it publishes, and from what it asks of the board.
 */
import { dialIn } from '../../../firmware/access/dial.ts';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { type Identity, readIdentity, writeIdentity } from '../../../firmware/identity.ts';
import { encodeFile } from '../../../firmware/journal/frame.ts';
import { createJournal, JOURNAL_FILE } from '../../../firmware/journal/journal.ts';
import { emptyMemory, fold, recordsOf, toBase64url } from '../../../firmware/journal/memory.ts';
import { OUTBOX_AUDIT_MAX } from '../../../firmware/journal/outbox.ts';
import { encodeRecord } from '../../../firmware/journal/records.ts';
import { DOOR, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { silent } from '../../../firmware/log.ts';
import { type Lock, startLock } from '../../../firmware/main.ts';
import type { Voucher } from '../../../firmware/ports/index.ts';
import { isFailure } from '../../../firmware/tools/failure.ts';
import {
  fromHex,
  monoMs,
  parseEvent,
  REFUSALS,
  RESULT,
  type Refusal,
  strictVerifier,
  topicsOf,
  wallS,
} from '../../../protocol/index.ts';
import { type SimulatedDisk, simulatedDisk } from '../../../sim/ports/disk.ts';
import { type VirtualClock, virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';
import { seeds } from '../../support/people.ts';
import type { Comes, ControlAnswer, Reply, Step, Story } from './story.ts';
import { AT_REST, BATTERY, boardOf, brokerOf, type Levels, type Move, type Published } from './story-ports.ts';

// Both remember the keys that they have looked at, as a lock's do.
const firstLook = opensslVerify();
const verify = strictVerifier();

export interface Played {
  /** What came of each step. */
  readonly comes: readonly Comes[];
  readonly published: readonly Published[];
}

/** Time in which a lock whose power has come sees its door. */
const UP_MS = 200;

/** How long after the last thing that happens the lock is listened to. */
const LAST_MS = 1_000;

/** Plays a story, and says what came of each step. */
export async function play(story: Story): Promise<Played> {
  const lock = await storyLock(story);
  const comes: Comes[] = [];
  for (const [i, step] of story.steps.entries()) {
    await lock.passUntil(millis(step.at));
    const answer = await lock.happen(step);
    const next = story.steps[i + 1];
    // What falls due at the very moment of the next step comes of that one.
    await lock.passUntil(next === undefined ? millis(step.at) + LAST_MS : millis(next.at) - 1);
    comes.push({ ...answer, ...lock.take() });
  }
  return { comes, published: lock.published };
}

const millis = (seconds: number): number => Math.round(seconds * 1000);

const profileOf = ({ asks }: Story): Profile => ({
  ...DOOR,
  // Nobody waits to hear whether it was a double press.
  doublePressMs: 1,
  ringFirst: asks.includes('ring'),
  contacts: [
    ...DOOR.contacts,
    ...(asks.includes('mount') ? (['mounted'] as const) : []),
    ...(asks.includes('ignition') ? (['ignition_off'] as const) : []),
  ],
  ...(asks.includes('battery') ? { battery: BATTERY } : {}),
});

async function storyLock(story: Story) {
  const time = virtualClock({ startWallMs: story.now * 1000 - UP_MS });
  const identity = identityOf(story);
  const topics = topicsOf(identity.lockId);
  const base = topics.info.slice(0, -'info'.length);
  const profile = profileOf(story);
  const nonces = [...story.nonces];
  const published: Published[] = [];
  let read = 0;
  let voucher: Voucher = 'rtc';
  /** What the story's own steps have come to, beside what is published. */
  const refusals: Refusal[] = [];
  const moves: Move[] = [];
  let disk = await diskOf(story, identity, time);
  let life = await begin(AT_REST);
  await time.advanceAsync(UP_MS);

  async function begin(levels: Levels) {
    const poweredAtMs = time.monoMs();
    const board = boardOf(profile, time, levels, (direction) => moves.push(direction));
    const broker = brokerOf(time, story.log === 'room', published);
    const starting = startLock({
      identity: await identityOn(disk),
      disk,
      clock: { ...time, monoMs: () => monoMs(time.monoMs() - poweredAtMs) },
      timeSource: {
        voucher: () => voucher,
        uptime: () => ({ bootId: `boot at ${poweredAtMs}`, ms: time.monoMs() - poweredAtMs }),
        close: () => undefined,
      },
      random: () => {
        const nonce = fromHex(nonces.shift() ?? '');
        if (nonce === undefined || nonce.length === 0) throw new Error('the story has no nonce for it');
        return nonce;
      },
      mechanism: board,
      ...(story.reports ? { broker } : {}),
      readers: [],
      profile,
      timezone: story.timezone,
      dial: dialIn(story.timezone),
      firstLook,
      verify,
      log: silent,
      onFault: (detail) => {
        throw new Error(`impossible: ${detail}`);
      },
      onRefused: ({ refusal }) => refusals.push(refusal),
    });
    const lock = await settled(time, starting);
    // A contact counts when it has held still.
    await time.advanceAsync(0);
    return { lock, board, broker };
  }

  async function happen(step: Step): Promise<Comes> {
    switch (step.does) {
      case 'show': {
        const answer = life.lock.present(step.text, step.channel);
        return { answer: answer.kind === 'admitted' ? 'accepted' : answer.kind === 'heard' ? 'heard' : answer.answer };
      }
      case 'publish': {
        const padded = step.payload.padEnd(step.bytes ?? 0);
        for (let i = 0; i < (step.times ?? 1); i++) {
          const payload = step.times === undefined ? padded : padded.replaceAll('#', String(i));
          const { topic, retained } = step;
          life.broker.tell({ type: 'broker.message', topic: base + topic, payload, retained });
        }
        return {};
      }
      case 'see':
        life.board.see(step.sight);
        return {};
      case 'clock':
        voucher = step.clock === 'trusted' ? 'rtc' : 'none';
        return {};
      case 'disk':
        for (const kind of ['sync', 'replace'] as const) {
          if (step.disk === 'waits') disk.stall(kind);
          if (step.disk === 'ok') disk.unstall(kind);
          if (step.disk === 'fails') disk.failNext(kind, 'EIO', 1_000);
        }
        return {};
      case 'power': {
        life.lock.kill();
        const levels = life.board.levels();
        disk = disk.powerCut();
        if (step.journal === 'gone') {
          const files = new Map(disk.files());
          files.delete(JOURNAL_FILE);
          disk = simulatedDisk({ prng: prng(1), clock: time, files });
        }
        life = await begin(levels);
        return {};
      }
    }
  }

  /** What it has said and done since it was asked last. */
  function take(): Comes {
    const news = published.slice(read);
    read = published.length;
    const events = (topic: 'access' | 'visit' | 'system') =>
      news.filter((message) => message.topic === topics.event[topic]).map(({ payload }) => JSON.parse(payload));
    const controls = events('system')
      .filter(({ event_type }) => event_type === 'control')
      .map(({ op, result, counter, expected }): ControlAnswer => [op, result, counter, expected]);
    const outcomes = events('visit').flatMap(({ event_type, outcome }) => (event_type === 'ended' ? [outcome] : []));
    const replies = news
      .filter(({ topic }) => topic === topics.result)
      .map(({ payload }): Reply => RESULT.parse(JSON.parse(payload)) as Reply);
    const told = published
      .filter(({ topic }) => topic === topics.event.access)
      .map(({ payload }) => parseEvent('access', JSON.parse(payload)));
    const refused = refusals.splice(0).map((refusal) => {
      const event = told.find((one) => 'refusal' in one && one.refusal === refusal);
      // Of many like it one is told; one may wait for the disk, or for a broker that is away.
      const matter =
        event !== undefined && 'operation_error' in event ? event.operation_error : REFUSALS[refusal].error;
      return [refusal, matter] as const;
    });
    const names = events('access').flatMap(({ event_type, token_id = null }) =>
      event_type === 'refused' ? [token_id] : [],
    );
    return { refused, names, controls, outcomes, replies, moves: moves.splice(0) } as Comes;
  }

  return {
    published,
    happen,
    take,
    passUntil: (ms: number) => time.advanceAsync(Math.max(0, UP_MS + ms - time.monoMs())),
  };
}

function identityOf(story: Story): Identity {
  const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
  const { audience } = story;
  const lockId = audience.slice(0, audience.indexOf('/'));
  const [root, recovery] = [bytes(story.root), bytes(story.recovery)];
  return { version: 1, lockId, audience, lockSeed: seeds.lock, root, recovery };
}

async function identityOn(disk: SimulatedDisk): Promise<Identity> {
  const identity = await readIdentity({ read: async (name) => disk.files().get(name) });
  if (isFailure(identity)) throw new Error(identity.message);
  return identity;
}

/** A disk on which the lock's life so far stands. */
async function diskOf(story: Story, identity: Identity, clock: VirtualClock): Promise<SimulatedDisk> {
  const disk = simulatedDisk({ prng: prng(1), clock });
  await createJournal(disk, story.audience);
  await writeIdentity(disk, identity);
  const bodies = recordsOf(memoryOf(story), story.audience).map(encodeRecord);
  const file = encodeFile(bodies);
  // A frame in the middle that nobody can read, with sound ones behind it, is damage, and no write that was cut off.
  if (story.disk === 'lockdown') {
    const sound = encodeFile(bodies.slice(0, -1)).length;
    const more = encodeFile([...bodies, ...Array.from({ length: 8 }, () => bodies.at(-1) ?? new Uint8Array())]);
    more.set([more[sound + 20] === 0 ? 1 : 0], sound + 20);
    await disk.replace(JOURNAL_FILE, more);
  } else await disk.replace(JOURNAL_FILE, file);
  return disk;
}

function memoryOf(story: Story) {
  const memory = emptyMemory(story.audience);
  memory.boot = 1;
  // Its power has come a moment before the story begins.
  memory.floorS = wallS(story.now - 1);
  Object.assign(memory.owner, { number: story.counter, epoch: story.epoch });
  for (const hex of story.remembered) fold(memory, { type: 'delegation', bytes: toBase64url(Buffer.from(hex, 'hex')) });
  const { count, expires, day } = story.used;
  for (let i = 0; i < count; i++) {
    const token_id = i.toString(16).padStart(32, '0');
    const key = `${'0'.repeat(16)}:${token_id}`;
    const outcome = 'sealed';
    fold(memory, { type: 'spent', key, token_id, channel: 'reader', at_s: 0, expires_s: expires, day, outcome });
  }
  for (let i = 0; story.log === 'full' && i < OUTBOX_AUDIT_MAX; i++) {
    const body = { event_type: 'raised', alarm: 'DoorAjar' };
    fold(memory, { type: 'event', life: 'a', seq: i, boot: 1, ts: '2026-06-01T09:00:00.000Z', topic: 'alarm', body });
  }
  return memory;
}

/** Lets time pass until the lock is up. */
async function settled(clock: VirtualClock, starting: Promise<Lock>): Promise<Lock> {
  let lock: Lock | undefined;
  let error: unknown;
  starting.then(
    (value) => {
      lock = value;
    },
    (reason: unknown) => {
      error = reason;
    },
  );
  for (let i = 0; i < 100 && lock === undefined && error === undefined; i++) await clock.settle();
  if (lock === undefined) throw error ?? new Error('the lock does not come up');
  return lock;
}
