/**
 * Tier B: a whole house in one process, in real time. The firmware drives real johnny-five over real
 * Firmata bytes to a virtual board; reports over real MQTT to an embedded broker on loopback; and
 * keeps its journal on a real disk.
 *
 *     reader ─▶ firmware ─▶ johnny-five ═ bytes ═ virtual board ─▶ plant (bolt, door, contacts)
 *                  │  └─▶ journal                                    ▲
 *                  └─▶ MQTT ─▶ embedded broker ─▶ whoever listens    you push, ring, force
 */
import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firmataMechanism } from '../firmware/boards/firmata.ts';
import { systemClock } from '../firmware/clock/system.ts';
import { kernelUptime } from '../firmware/clock/time-source.ts';
import { isFolder, makeFolder, removeEmpty } from '../firmware/disk/folder.ts';
import { openFolder } from '../firmware/disk/node-fs.ts';
import type { Answer } from '../firmware/doorman.ts';
import { IDENTITY_FILE, type Identity, readIdentity } from '../firmware/identity.ts';
import type { EventRecord } from '../firmware/journal/records.ts';
import { DOOR, type Profile } from '../firmware/lock/profiles/index.ts';
import { type Log, silent } from '../firmware/log.ts';
import { type Lock, startLock } from '../firmware/main.ts';
import type { Clock, Disk } from '../firmware/ports/index.ts';
import { mqttBroker } from '../firmware/report/mqtt.ts';
import { claimed } from '../firmware/tools/claimed.ts';
import { establish, mintIdentity } from '../firmware/tools/enrol.ts';
import { failure, isFailure, systemCode, toFailure, usage } from '../firmware/tools/failure.ts';
import { readSeed, writeKeyFiles } from '../firmware/tools/key-file.ts';
import {
  equal,
  listenedTo,
  publicKeyOf,
  type StateDocument,
  type Topics,
  topicsOf,
  toWallS,
  type WallS,
} from '../protocol/index.ts';
import { usbCable } from './board/transport.ts';
import { virtualUno } from './board/uno.ts';
import { type EmbeddedBroker, embeddedBroker } from './broker/embedded.ts';
import { type People, people, SEED_NAMES, type Seeds } from './people.ts';
import { BOLT_THROWN, type Plant, plant } from './plant/plant.ts';
import { simReader } from './ports/reader.ts';
import { productOf } from './product.ts';
import { prng } from './time/prng.ts';

export interface HouseOptions {
  /** Keeps keys and journal here. Absent: a temporary folder that goes with the house. */
  readonly data?: string;
  /** Port of the broker on loopback; 0 or absent for any that is free. */
  readonly port?: number;
  readonly profile?: Profile;
  readonly log?: Log;
  /** The broker is up and the lock not yet: time to subscribe for whoever wants to hear everything. */
  readonly beforeLock?: (broker: EmbeddedBroker, topics: Topics) => Promise<void>;
  /** The bytes of each read of the board, as they come off the wire. */
  readonly onBoardReceived?: (bytes: Uint8Array) => void;
  readonly onState?: (document: StateDocument) => void;
  readonly onEvent?: (record: EventRecord) => void;
}

export interface House {
  readonly folder: string;
  /** Whether the folder stays when the house is gone. */
  readonly keeps: boolean;
  readonly profile: Profile;
  readonly broker: EmbeddedBroker;
  readonly topics: Topics;
  readonly identity: Identity;
  readonly people: People;
  readonly plant: Plant;
  readonly lock: Lock;
  readonly clock: Clock;
  nowS(): WallS;
  /** Somebody holds a text before the code reader. What the lock makes of it; undefined when the reader is not there. */
  scan(text: string): Answer | undefined;
  ring(): void;
  /** Settles when the lock is locked and has seen every contact: what happens at the door from now on is news to it. */
  ready(): Promise<void>;
  /** Settles when a condition holds; rejects when it does not within the time. */
  until(what: string, holds: () => boolean, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

/** A drive that takes its time, and contacts of ordinary quality. */
const TRAVEL_MS = 300;
const BOUNCE_MS_MAX = 5;
/** Long enough for a finger to be felt on a machine that is busy with other things, and no long press. */
const RING_MS = 400;
const LOOK_MS = 5;
const UNTIL_MS_MAX = 10_000;
const LOCK_ID = 'front-door';

export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const { log = silent, profile = DOOR } = options;
  const clock = systemClock();
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  /** What is to be undone when the house is stopped, or could not be started: last first. */
  const undo: (() => Promise<unknown>)[] = [];
  /** Folders that were not there before. */
  const made: string[] = [];
  const stop = async (): Promise<void> => {
    for (const end of undo.splice(0).reverse()) await end();
  };
  try {
    const folder = options.data ?? (await mkdtemp(join(tmpdir(), 'latchstring-')));
    if (options.data === undefined) undo.push(() => rm(folder, { recursive: true, force: true }));
    const lockFolder = join(folder, 'lock');
    await notALock(folder);
    await noLockOfOthers(folder, lockFolder);
    for (const path of [join(folder, 'keys'), lockFolder, folder]) if (!(await isFolder(path))) made.push(path);
    await makeFolder(lockFolder).catch((error: unknown) => {
      throw toFailure(error, lockFolder);
    });
    const claim = await claimed(lockFolder, 'end that house first, or give this one another --data');
    undo.push(() => claim.release());
    const disk = await openFolder(lockFolder);
    undo.push(() => disk.close());
    const seeds = await seedsIn(join(folder, 'keys'), random);
    const identity = await enrolled(disk, lockFolder, seeds, random);

    const broker = await embeddedBroker({ port: options.port ?? 0 }).catch((error: unknown) => {
      if (systemCode(error) !== 'EADDRINUSE' || !(error instanceof Error)) throw error;
      throw failure('io', error.message, 'give another --port, or leave it out for any that is free');
    });
    undo.push(() => broker.close());
    const { kind, wiring, restMillivolts } = productOf(profile);
    const door = plant({
      clock,
      kind,
      restMillivolts,
      prng: prng(1, 'house'),
      travelMs: TRAVEL_MS,
      bounceMsMax: BOUNCE_MS_MAX,
      bolt: BOLT_THROWN,
    });
    undo.push(async () => door.stop());
    const cable = usbCable(
      virtualUno({
        clock,
        plant: door,
        wiring,
        ...(options.onBoardReceived === undefined ? {} : { onReceived: options.onBoardReceived }),
      }),
    );
    undo.push(async () => cable.unplug());
    const reader = simReader({ clock });
    /** To the text that is being scanned. */
    const answers: Answer[] = [];
    const topics = topicsOf(identity.lockId);
    await options.beforeLock?.(broker, topics);
    const lock = await startLock({
      identity,
      disk,
      clock,
      // A laptop's clock is set, and sleeps with it: as a battery-backed one.
      timeSource: { voucher: () => 'rtc', uptime: await kernelUptime(), close: () => undefined },
      mechanism: firmataMechanism({
        clock,
        open: () => cable.open(),
        wiring,
        log: (message) => log('info', message),
      }),
      readers: [{ channel: 'reader', reader }],
      broker: mqttBroker({
        url: broker.url,
        clientId: identity.lockId,
        availabilityTopic: topics.availability,
        subscriptions: listenedTo(topics),
        clock,
        reconnect: { firstMs: 250, mostMs: 2_000 },
      }),
      profile,
      random,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      log,
      ...(options.onState === undefined ? {} : { onState: options.onState }),
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
      onAnswer: (answer) => answers.push(answer),
    });
    undo.push(() => lock.stop());
    const nowS = (): WallS => toWallS(clock.wallMs());
    return {
      folder,
      keeps: options.data !== undefined,
      profile,
      broker,
      topics,
      identity,
      people: people(seeds, identity.audience, nowS(), random),
      plant: door,
      lock,
      clock,
      nowS,
      scan(text) {
        answers.length = 0;
        reader.scan(text);
        return answers[0];
      },
      ring: () => door.press('bell', RING_MS),
      ready: () =>
        until(
          clock,
          'the lock is locked',
          () => {
            const { bolt, contacts } = lock.state();
            const isSeen = profile.contacts.every((contact) => contacts[contact].closed !== undefined);
            return bolt.row === 'locked' && isSeen && lock.journal().waiting === 0;
          },
          UNTIL_MS_MAX,
        ),
      until: (what, holds, timeoutMs = UNTIL_MS_MAX) => until(clock, what, holds, timeoutMs),
      stop,
    };
  } catch (error) {
    await stop();
    await removeEmpty(made);
    throw error;
  }
}

function until(clock: Clock, what: string, holds: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = clock.monoMs() + timeoutMs;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (holds()) resolve();
      else if (clock.monoMs() >= deadline) reject(new Error(`${what}: not within ${timeoutMs} ms`));
      else clock.after(LOOK_MS, look);
    };
    look();
  });
}

/** A house has a lock's folder in its own. In a real lock's folder it would put keys beside its identity. */
async function notALock(folder: string): Promise<void> {
  if (!(await exists(join(folder, IDENTITY_FILE)))) return;
  throw usage(`${folder} is the folder of a real lock`, 'give --data a folder of its own');
}

/** A lock that is in the house's folder was enrolled for the owner whose key lies beside it; else it is somebody's door. */
async function noLockOfOthers(folder: string, lockFolder: string): Promise<void> {
  if (!(await exists(join(lockFolder, IDENTITY_FILE)))) return;
  const disk = await openFolder(lockFolder);
  try {
    const identity = await readIdentity(disk, lockFolder);
    if (isFailure(identity)) throw identity;
    const owner = join(folder, 'keys', 'owner');
    if ((await exists(owner)) && equal(publicKeyOf(await readSeed(owner)), identity.root)) return;
    throw usage(`${lockFolder} is a real lock, whose owner's key is not ${owner}`, 'give --data a folder of its own');
  } finally {
    await disk.close();
  }
}

/** The keys of the people, as files that the other verbs take; made when they are not there. */
async function seedsIn(folder: string, random: (length: number) => Uint8Array): Promise<Seeds> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = SEED_NAMES.map(async (name) => {
    const path = join(folder, name);
    if (!(await exists(path))) await writeKeyFiles(path, random(32));
    return [name, await readSeed(path)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<(typeof SEED_NAMES)[number], Uint8Array>;
}

/** The lock in the folder; a folder without one is enrolled for the owner whose keys lie beside it. */
async function enrolled(
  disk: Disk,
  folder: string,
  seeds: Seeds,
  random: (length: number) => Uint8Array,
): Promise<Identity> {
  if ((await disk.read(IDENTITY_FILE)) === undefined) {
    const owner = { lockId: LOCK_ID, root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) };
    await establish(disk, mintIdentity(owner, random));
  }
  const identity = await readIdentity(disk, folder);
  if (isFailure(identity)) throw identity;
  return identity;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason: writing the file, which never overwrites, will say it.
    return false;
  }
}
