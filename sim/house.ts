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
import { firmataMechanism } from '../firmware/boards/firmata.ts';
import { systemClock } from '../firmware/clock/system.ts';
import { kernelUptime } from '../firmware/clock/time-source.ts';
import { removeEmpty } from '../firmware/disk/folder.ts';
import type { Answer } from '../firmware/doorman.ts';
import type { Identity } from '../firmware/identity.ts';
import type { EventRecord } from '../firmware/journal/records.ts';
import { DOOR, type Profile } from '../firmware/lock/profiles/index.ts';
import { type Log, silent } from '../firmware/log.ts';
import { type Lock, startLock } from '../firmware/main.ts';
import type { Broker, Cancel, Clock, Mechanism } from '../firmware/ports/index.ts';
import { mqttBroker } from '../firmware/report/mqtt.ts';
import { failure, systemCode } from '../firmware/tools/failure.ts';
import {
  listenedTo,
  type Refused,
  type StateDocument,
  type Topics,
  topicsOf,
  toWallS,
  type WallS,
} from '../protocol/index.ts';
import { usbCable } from './board/transport.ts';
import { virtualUno } from './board/uno.ts';
import { type EmbeddedBroker, embeddedBroker } from './broker/embedded.ts';
import { type GrantRequest, type People, people, type Seeds } from './people.ts';
import { fingersThatWait } from './plant/fingers.ts';
import { BOLT_THROWN, type Plant, plant } from './plant/plant.ts';
import { type SimReader, simReader } from './ports/reader.ts';
import { productOf } from './product.ts';
import { enrolled, inFolder, inMemory } from './storage.ts';
import { prng } from './time/prng.ts';

export interface HouseOptions {
  /** Keeps keys and journal here. Absent: a temporary folder that goes with the house. */
  readonly data?: string;
  /** Port of the broker on loopback; 0 or absent for any that is free. */
  readonly port?: number;
  readonly profile?: Profile;
  /** Keeps everything in memory instead of a folder: quick to start, and its disk loses at a power cut what was not synced. */
  readonly inMemory?: boolean;
  /** Keys of people who bring their own; in memory only, a folder has its own. */
  readonly seeds?: Partial<Seeds>;
  /** What the owner grants the carrier, where it is to be another than usual. */
  readonly grant?: GrantRequest;
  /** `front-door`, unless said otherwise; a folder that has a lock keeps that one's. */
  readonly lockId?: string;
  /** Time that the bolt takes from one end to the other. */
  readonly travelMs?: number;
  readonly log?: Log;
  /** The broker is up and the lock not yet: time to subscribe for whoever wants to hear everything. */
  readonly beforeLock?: (broker: EmbeddedBroker, topics: Topics) => Promise<void>;
  /** The bytes of each read of the board, as they come off the wire. */
  readonly onBoardReceived?: (bytes: Uint8Array) => void;
  readonly onState?: (document: StateDocument) => void;
  readonly onEvent?: (record: EventRecord) => void;
}

/** What can be cut, and comes back. Each does nothing where it is so already. */
export interface Switch {
  readonly isOn: boolean;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

export interface House {
  /** Empty for a house in memory. */
  readonly folder: string;
  /** Whether the folder stays when the house is gone. */
  readonly keeps: boolean;
  readonly profile: Profile;
  readonly broker: EmbeddedBroker;
  readonly topics: Topics;
  readonly identity: Identity;
  readonly people: People;
  readonly plant: Plant;
  /** The running lock; while the power is cut, the dead one. */
  readonly lock: Lock;
  /** Mains: the lock's machine and its board die with it, the broker does not. Back, the firmware boots. */
  readonly power: Switch;
  /** The board's cable, and with it the board's power. */
  readonly serial: Switch;
  /** The broker's network: for the lock and for everybody else. */
  readonly network: Switch;
  readonly clock: Clock;
  nowS(): WallS;
  /** Tells what the listener asks for, until cancelled. */
  listen(listener: HouseListener): Cancel;
  /** Somebody holds a text before the code reader. What the lock makes of it; undefined when the reader is not there. */
  scan(text: string): Answer | undefined;
  ring(): void;
  /** Bytes come to the firmware that its board never said. */
  noise(bytes: Uint8Array): void;
  /** Settles when the lock is locked and has seen every contact: what happens at the door from now on is news to it. */
  ready(): Promise<void>;
  /** Settles when a condition holds; rejects when it does not within the time. */
  until(what: string, holds: () => boolean, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface HouseListener {
  readonly onState?: (document: StateDocument) => void;
  readonly onEvent?: (record: EventRecord) => void;
  readonly onRefused?: (refused: Refused) => void;
  /** Power, cable or network was cut or is back. */
  readonly onSwitched?: () => void;
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
    const { folder, lockFolder, storage, seeds } =
      options.inMemory === true ? inMemory(options.seeds, random) : await inFolder(options.data, random, undo, made);
    undo.push(() => storage.close());
    const { lockId = LOCK_ID } = options;
    const identity = await enrolled(storage.disk(), lockFolder, seeds, lockId, random);

    const broker = await embeddedBroker({ port: options.port ?? 0 }).catch(
      portIsTaken('give another --port, or leave it out for any that is free'),
    );
    undo.push(() => broker.close());
    const { kind, wiring, restMillivolts } = productOf(profile);
    const matter = plant({
      clock,
      kind,
      restMillivolts,
      prng: prng(1, 'house'),
      travelMs: options.travelMs ?? TRAVEL_MS,
      bounceMsMax: BOUNCE_MS_MAX,
      bolt: BOLT_THROWN,
    });
    const door = fingersThatWait(matter, clock);
    undo.push(async () => door.stop());
    const board = virtualUno({
      clock,
      plant: door,
      wiring,
      ...(options.onBoardReceived === undefined ? {} : { onReceived: options.onBoardReceived }),
    });
    const cable = usbCable(board);
    undo.push(async () => cable.unplug());
    /** To the text that is being scanned. */
    const answers: Answer[] = [];
    const listeners = new Set<HouseListener>([options]);
    const topics = topicsOf(identity.lockId);
    await options.beforeLock?.(broker, topics);

    const boot = async (): Promise<Life> => {
      const reader = simReader({ clock });
      const mechanism = firmataMechanism({
        clock,
        open: () => cable.open(),
        wiring,
        log: (message) => log('info', message),
      });
      const line = mqttBroker({
        url: broker.url,
        clientId: identity.lockId,
        availabilityTopic: topics.availability,
        subscriptions: listenedTo(topics),
        clock,
        reconnect: { firstMs: 250, mostMs: 2_000 },
      });
      const lock = await startLock({
        // Read again: the owner may have rotated the root in the life before.
        identity: await enrolled(storage.disk(), lockFolder, seeds, lockId, random),
        disk: storage.disk(),
        clock,
        // A laptop's clock is set, and sleeps with it: as a battery-backed one.
        timeSource: { voucher: () => 'rtc', uptime: await kernelUptime(), close: () => undefined },
        mechanism,
        readers: [{ channel: 'reader', reader }],
        broker: line,
        profile,
        random,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        log,
        onState: (document) => tell((listener) => listener.onState?.(document)),
        onEvent: (record) => tell((listener) => listener.onEvent?.(record)),
        onRefused: (refused) => tell((listener) => listener.onRefused?.(refused)),
        onAnswer: (answer) => answers.push(answer),
      });
      return { lock, reader, mechanism, line };
    };
    function tell(one: (listener: HouseListener) => void): void {
      for (const listener of [...listeners]) one(listener);
    }
    const switched = (): void => tell((listener) => listener.onSwitched?.());
    /** The latest, which is dead while the power is cut. */
    let life = await boot();
    let powered = true;
    let plugged = true;
    let listening = true;
    const [powerTurns, networkTurns] = [turns(), turns()];
    undo.push(async () => {
      await Promise.all([powerTurns.over(), networkTurns.over()]);
      if (powered) await life.lock.stop();
    });
    const power: Switch = {
      get isOn() {
        return powered;
      },
      cut: () =>
        powerTurns.take(async () => {
          if (!powered) return;
          powered = false;
          // In one go, as the light goes out everywhere at once; what has to be waited for moves nothing any more.
          life.lock.kill();
          const kept = storage.powerCut();
          cable.unplug();
          broker.disconnect(identity.lockId);
          const cut = Promise.all([kept, life.reader.close(), life.mechanism.close(), life.line.close()]);
          switched();
          await cut;
        }),
      restore: () =>
        powerTurns.take(async () => {
          if (powered) return;
          if (plugged) cable.plug();
          life = await boot();
          powered = true;
          switched();
        }),
    };
    const serial: Switch = {
      get isOn() {
        return plugged;
      },
      async cut() {
        if (!plugged) return;
        plugged = false;
        cable.unplug();
        switched();
      },
      async restore() {
        if (plugged) return;
        plugged = true;
        if (powered) cable.plug();
        switched();
      },
    };
    const network: Switch = {
      get isOn() {
        return listening;
      },
      cut: () =>
        networkTurns.take(async () => {
          if (!listening) return;
          listening = false;
          await broker.pause();
          switched();
        }),
      restore: () =>
        networkTurns.take(async () => {
          if (listening) return;
          await broker.resume().catch(portIsTaken('end that program, and bring the broker back again'));
          listening = true;
          switched();
        }),
    };
    const nowS = (): WallS => toWallS(clock.wallMs());
    // Of a kept house the owner may have begun another epoch, in which a grant of the first is worth nothing.
    const { epoch } = life.lock.document();
    const grant: GrantRequest = { ...options.grant, limits: { epoch, ...options.grant?.limits } };
    return {
      folder,
      keeps: options.data !== undefined,
      profile,
      broker,
      topics,
      identity,
      people: people(seeds, identity.audience, nowS(), random, grant),
      plant: door,
      get lock() {
        return life.lock;
      },
      power,
      serial,
      network,
      clock,
      nowS,
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      scan(text) {
        answers.length = 0;
        if (powered) life.reader.scan(text);
        return answers[0];
      },
      ring: () => door.press('bell', RING_MS),
      noise: (bytes) => board.say(bytes),
      ready: () =>
        until(
          clock,
          'the lock is locked',
          () => {
            const { bolt, contacts } = life.lock.state();
            const isSeen = profile.contacts.every((contact) => contacts[contact].closed !== undefined);
            return bolt.row === 'locked' && isSeen && life.lock.journal().waiting === 0;
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

/** What several ask of one switch: one turn after the other, in the order in which they asked. */
function turns() {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const over = (): void => {
    waiting -= 1;
  };
  return {
    /** At once where nothing is under way. */
    take(turn: () => Promise<void>): Promise<void> {
      const taken = waiting === 0 ? turn() : last.then(turn);
      waiting += 1;
      last = taken.then(over, over);
      return taken;
    },
    /** Settles when none is under way. */
    over: () => last,
  };
}

/** Throws the system's word for a port that is taken as a failure that says what to do, and every other error as it is. */
const portIsTaken =
  (next: string) =>
  (error: unknown): never => {
    if (systemCode(error) !== 'EADDRINUSE' || !(error instanceof Error)) throw error;
    throw failure('io', error.message, next);
  };

/** One life of the firmware, from the power's coming to its going. */
interface Life {
  readonly lock: Lock;
  readonly reader: SimReader;
  readonly mechanism: Mechanism;
  readonly line: Broker;
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
