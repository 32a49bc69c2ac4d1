/**
 * A house for measuring: the lock on a real disk, behind real Firmata bytes and a real broker, as
 * `npm start` has it, with a bolt that takes milliseconds instead of its time, so that a hundred
 * couriers fit into a run. What lies between a token's last byte and the servo's first is untouched.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firmataMechanism } from '../../firmware/boards/firmata.ts';
import { unoServoDoor } from '../../firmware/boards/pins.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { DOOR } from '../../firmware/lock/profiles/door.ts';
import { silent } from '../../firmware/log.ts';
import { type Lock, startLock } from '../../firmware/main.ts';
import type { Contact, Disk } from '../../firmware/ports/index.ts';
import { mqttBroker } from '../../firmware/report/mqtt.ts';
import { establish, mintIdentity } from '../../firmware/tools/enrol.ts';
import {
  type Channel,
  listenedTo,
  type Pins,
  publicKeyOf,
  type Topics,
  topicsOf,
  toWallS,
  type Verify,
  type WallS,
} from '../../protocol/index.ts';
import { usbCable } from '../../sim/board/transport.ts';
import { virtualUno } from '../../sim/board/uno.ts';
import { embeddedBroker } from '../../sim/broker/embedded.ts';
import { type People, people } from '../../sim/people.ts';
import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { simReader } from '../../sim/ports/reader.ts';
import { prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';
import { type BrokerThread, brokerThread } from './broker-thread.ts';
import { processorMsSince } from './figures.ts';
import { type Seen, type Visit, watchedContacts, watchedDisk } from './watching.ts';

export interface MeasuredHouse {
  readonly lock: Lock;
  readonly pins: Pins;
  readonly people: People;
  /** The lock's own folder, for baselines on the same disk. */
  readonly disk: Disk;
  readonly topics: Topics;
  /** Where it reports; only a house that was made without one has none. */
  readonly brokerUrl: string | undefined;
  nowS(): WallS;
  /** The text of a new token of the courier's. */
  newText(): string;
  /** Somebody holds a text before the reader of a channel. */
  scan(text: string, channel: Channel): void;
  /** A courier shows a text, is let in, and leaves; settles when the next one can come. */
  visit(text: string, channel: Channel): Promise<Visit>;
  /** The same, for whoever asks in another way. */
  visitBy(ask: () => void): Promise<Visit>;
  /** Somebody presses the bell, and lets go of it. */
  ring(): void;
  /** When a contact had settled last, closed or open, from `performance.now`. */
  settledAt(contact: Contact, closed: boolean): number;
  /** Waits, some seconds at most. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** Waits until the broker has acknowledged every event. */
  told(): Promise<void>;
  stop(): Promise<void>;
}

export interface MeasuredHouseOptions {
  /** The verifier that decides; the lock's own when it is not given. */
  readonly verify?: Verify;
  /** Writes a journal before the lock starts. */
  readonly prepare?: (disk: Disk, audience: string) => Promise<void>;
  /** In this process, unless said otherwise. Without one, events wait in the journal. */
  readonly broker?: 'in a thread' | false;
}

const TRAVEL_MS = 4;
/** Contacts that do not bounce need no time to settle. Every ring is told, however soon it comes after another. */
const PROFILE = { ...DOOR, settleMs: 0, repeatMs: 1, doublePressMs: 1 };
/** Long enough for a busy machine to see both of its edges. */
const PRESS_MS = 40;
const WIRING = unoServoDoor({ withdrawnDegrees: 10, thrownDegrees: 100 });

/** Half of what a lock keeps by itself: a journal that is due is then made in half the time. */
export const RETENTION = { days: 90, bytes: 4 * 1024 * 1024 };
const UNSEEN = 'the bolt moved, and nobody saw why';
const WAIT_MS_MAX = 10_000;
/** A door that is opened more often within a minute is taken for one that rattles (firmware/lock/restless.ts). */
const VISITS_MAX = 28;

/**
 * SERVO_CONFIG (Firmata protocol 2.3): the first word of every drive, since the servo is attached for it; perhaps behind
 * another in what is written at once. Data have seven bits, so that nothing else looks like it.
 */
const holdsServoCommand = (bytes: Uint8Array): boolean =>
  bytes.some((byte, at) => byte === 0xf0 && bytes[at + 1] === 0x70);

export async function startMeasuredHouse(options: MeasuredHouseOptions = {}): Promise<MeasuredHouse> {
  const clock = systemClock();
  const nowS = (): WallS => toWallS(clock.wallMs());
  const random = randomSeeded(prng(1, 'bench'));
  const seeds = { owner: random(32), recovery: random(32), carrier: random(32), courier: random(32) };
  const identity = mintIdentity(
    { lockId: 'front-door', root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) },
    random,
  );
  const who = people(seeds, identity.audience, nowS(), random);
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-bench-'));
  const disk = await openFolder(folder);
  await establish(disk, identity);
  await options.prepare?.(disk, identity.audience);
  const broker = await brokerOf(options);

  let seen: Seen = {};
  let processor = process.cpuUsage();
  const door = plant({ clock, prng: prng(1, 'house'), travelMs: TRAVEL_MS, bounceMsMax: 0, bolt: BOLT_THROWN });
  const board = virtualUno({
    clock,
    plant: door,
    wiring: WIRING,
    onReceived(bytes) {
      if (!holdsServoCommand(bytes) || seen.driven !== undefined) return;
      seen.driven = performance.now();
      seen.processorMs = processorMsSince(processor);
    },
  });
  const cable = usbCable(board);
  const topics = topicsOf(identity.lockId);
  const settling = watchedContacts(
    clock,
    firmataMechanism({ clock, open: () => cable.open(), wiring: WIRING }),
    PROFILE.settleMs,
  );
  const readers = (['reader', 'mqtt'] as const).map((channel) => ({ channel, reader: simReader({ clock }) }));
  const lock = await startLock({
    identity,
    disk: watchedDisk(disk, () => seen),
    clock: settling.clock,
    timeSource: { voucher: () => 'rtc', uptime: () => ({ bootId: 'bench', ms: 0 }), close: () => undefined },
    mechanism: settling.mechanism,
    readers,
    profile: PROFILE,
    retention: RETENTION,
    random,
    timezone: 'Europe/Berlin',
    log: silent,
    // What waited for the broker goes as fast as the broker takes it.
    backlogPerS: Number.POSITIVE_INFINITY,
    ...(options.verify === undefined ? {} : { verify: options.verify }),
    ...(broker === undefined
      ? {}
      : {
          broker: mqttBroker({
            url: broker.url,
            clientId: identity.lockId,
            availabilityTopic: topics.availability,
            subscriptions: listenedTo(topics),
            clock,
            reconnect: { firstMs: 250, mostMs: 2_000 },
          }),
        }),
  });

  function scan(text: string, channel: Channel): void {
    readers.find((reader) => reader.channel === channel)?.reader.scan(text);
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MS_MAX;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`${what}: not within ${WAIT_MS_MAX} ms`);
      await new Promise<void>((resolve) => clock.after(1, resolve));
    }
  }

  const isReady = (): boolean => lock.state().bolt.row === 'locked' && lock.state().visit.row === 'idle';

  async function told(): Promise<void> {
    if (broker !== undefined) await until('all is told', () => lock.journal().memory.outbox.length === 0);
  }

  let visits = 0;
  async function visitBy(ask: () => void): Promise<Visit> {
    if (++visits > VISITS_MAX) throw new Error(`${VISITS_MAX} visits are all that a house takes: start another`);
    seen = { compactions: 0 };
    processor = process.cpuUsage();
    const shown = performance.now();
    ask();
    await until('the bolt is withdrawn', () => lock.state().bolt.row === 'unlocked');
    const { handed, durable, driven, processorMs, spend, compactions = 0 } = seen;
    const withdrawn = settling.settledAt('bolt_withdrawn', true);
    await told();
    door.push();
    await until('the door is open', () => lock.state().visit.row === 'door_open');
    const opened = settling.settledAt('door_closed', false);
    door.close();
    await until('the door is locked', isReady);
    // A courier comes to a door at rest: all is told, and nothing waits for the disk.
    await told();
    await lock.journal().flush();
    if (handed === undefined || durable === undefined || driven === undefined) throw new Error(UNSEEN);
    if (processorMs === undefined || spend === undefined) throw new Error(UNSEEN);
    return { shown, handed, durable, driven, processorMs, spend, compactions, withdrawn, opened };
  }

  await until('a locked door', isReady);
  return {
    lock,
    pins: { audience: identity.audience, root: identity.root },
    people: who,
    disk,
    nowS,
    newText: () => who.show(who.issue({ nowS: nowS() }), nowS()),
    topics,
    brokerUrl: broker?.url,
    scan,
    visit: (text, channel) => visitBy(() => scan(text, channel)),
    visitBy,
    ring: () => door.press('bell', PRESS_MS),
    settledAt: settling.settledAt,
    until,
    told,
    async stop() {
      await lock.stop();
      cable.unplug();
      door.stop();
      await broker?.close();
      await disk.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function brokerOf({ broker }: MeasuredHouseOptions): Promise<BrokerThread | undefined> {
  if (broker === false) return undefined;
  return broker === 'in a thread' ? brokerThread() : embeddedBroker();
}
