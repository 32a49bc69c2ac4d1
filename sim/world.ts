/**
 * Tier A: the firmware itself on simulated ports, in virtual time. One clock, one list of future
 * work, one seed; the same seed gives the same world. Power can be cut at any operation of the
 * disk, and the next life boots from what the platter kept.
 */

import { type Identity, readIdentity } from '../firmware/identity.ts';
import { DOOR, type Profile } from '../firmware/lock/profiles/door.ts';
import { silent } from '../firmware/log.ts';
import { type HomeAssistant, type Lock, startLock } from '../firmware/main.ts';
import type { Voucher } from '../firmware/ports/index.ts';
import { establish, mintIdentity } from '../firmware/tools/enrol.ts';
import { isFailure } from '../firmware/tools/failure.ts';
import { publicKeyOf, topicsOf, toWallS, type Verify, wallMs } from '../protocol/index.ts';
import { type People, people, type Seeds } from './people.ts';
import { BOLT_THROWN, type Plant, plant } from './plant/plant.ts';
import { type SimulatedBroker, simulatedBroker } from './ports/broker.ts';
import { type SimulatedDisk, type SimulatedDiskOptions, simulatedDisk } from './ports/disk.ts';
import { type SimMechanism, simMechanism } from './ports/mechanism.ts';
import { type SimulatedWitness, simulatedWitness } from './ports/witness.ts';
import { productOf } from './product.ts';
import { type VirtualClock, virtualClock } from './time/clock.ts';
import { prng } from './time/prng.ts';
import { randomSeeded } from './time/random.ts';

/** Who lives in a world: keys, and what was signed before it began. Making one costs more than making a world. */
export interface Cast {
  readonly identity: Identity;
  readonly people: People;
}

export function cast(seed: number): Cast {
  const random = randomSeeded(prng(seed, 'keys'));
  const seeds: Seeds = { owner: random(32), recovery: random(32), carrier: random(32), courier: random(32) };
  const identity = mintIdentity(
    { lockId: 'front-door', root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) },
    random,
  );
  return { identity, people: people(seeds, identity.audience, toWallS(wallMs(BEGINNING_MS)), random) };
}

export interface WorldOptions {
  /** Decides everything that is left to chance: bounces, sectors. */
  readonly seed: number;
  /** Absent: a cast of this seed. */
  readonly cast?: Cast;
  readonly verify?: Verify;
  readonly disk?: Partial<Pick<SimulatedDiskOptions, 'syncLies' | 'syncMs' | 'reorders' | 'capacityBytes'>>;
  readonly profile?: Profile;
  /** Home Assistant on the same broker, to be told of the lock. */
  readonly homeAssistant?: HomeAssistant;
  /** Whether something outside the disk counts the spent tokens. */
  readonly witness?: boolean;
}

export interface World {
  readonly clock: VirtualClock;
  readonly plant: Plant;
  readonly people: People;
  readonly identity: Identity;
  /** Those of the life that runs now. */
  disk(): SimulatedDisk;
  lock(): Lock;
  broker(): SimulatedBroker;
  mechanism(): SimMechanism;
  /** Asserts that there is one. */
  witness(): SimulatedWitness;
  /** Power comes: the firmware boots from what the disk has kept. False when the power went before it was up. */
  boot(): Promise<boolean>;
  /** The process ends in order and another begins; the kernel runs on. */
  restart(): Promise<boolean>;
  /** Power goes, in the middle of whatever is going on. */
  cutPower(): void;
  /** Somebody has the disk in hand while the power is off: the file becomes another, or goes. */
  tamper(name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void;
  /** Who vouches for the wall clock from now on; an RTC, when nothing is said. */
  vouch(by: Voucher): void;
  /** Lets time pass, and everything that falls due in it. */
  pass(ms: number): Promise<void>;
  /** The courier shows a token, as a code drawn now. */
  present(token: Uint8Array): void;
}

/** When every world begins: 2026-06-01T10:00:00Z, a Monday. */
export const BEGINNING_MS = Date.UTC(2026, 5, 1, 10);

const TRAVEL_MS = 400;
const BOUNCE_MS_MAX = 5;

export async function world(options: WorldOptions): Promise<World> {
  const { seed, profile = DOOR } = options;
  const dice = prng(seed);
  const { identity, people: who } = options.cast ?? cast(seed);
  const clock = virtualClock({ startWallMs: BEGINNING_MS });
  const { kind, ports, restMillivolts } = productOf(profile);
  const door = plant({
    clock,
    prng: dice.split('plant'),
    kind,
    restMillivolts,
    travelMs: TRAVEL_MS,
    bounceMsMax: BOUNCE_MS_MAX,
    bolt: BOLT_THROWN,
  });
  const diskOptions: SimulatedDiskOptions = { prng: dice.split('disk'), clock, ...options.disk };
  let disk = simulatedDisk(diskOptions);
  await settled(clock, establish(disk, identity));
  let lives = 0;
  let starts = 0;
  const witness = options.witness === true ? simulatedWitness() : undefined;
  let voucher: Voucher = 'rtc';
  let life: { lock: Lock; mechanism: SimMechanism; broker: SimulatedBroker } | undefined;
  const alive = () => {
    if (life === undefined) throw new Error('the power is off');
    return life;
  };
  async function boot(): Promise<boolean> {
    const mechanism = simMechanism({ plant: door, clock, ...ports });
    const broker = simulatedBroker({ clock, availabilityTopic: topicsOf(identity.lockId).availability });
    const thisLife = lives;
    const thisDisk = disk;
    const starting = identityOn(thisDisk).then((enrolled) =>
      startLock({
        identity: enrolled,
        disk: thisDisk,
        clock,
        timeSource: {
          voucher: () => voucher,
          uptime: () => ({ bootId: `boot ${thisLife}`, ms: clock.monoMs() }),
          close: () => undefined,
        },
        random: randomSeeded(dice.split(`nonces ${starts++}`)),
        ...(witness === undefined ? {} : { witness }),
        mechanism,
        broker,
        readers: [],
        profile,
        timezone: 'Europe/Berlin',
        log: silent,
        onFault: (detail) => {
          throw new Error(`impossible: ${detail}`);
        },
        ...(options.homeAssistant === undefined ? {} : { homeAssistant: options.homeAssistant }),
        ...(options.verify === undefined ? {} : { verify: options.verify }),
      }),
    );
    // In a life that has ended the disk never answers, and the start with it.
    const lock = await settled(clock, starting, () => lives !== thisLife);
    if (lock === undefined) return false;
    if (lives !== thisLife) {
      // The power went in the very turn in which it was up.
      lock.kill();
      mechanism.lose('power cut');
      return false;
    }
    life = { lock, mechanism, broker };
    await clock.settle();
    return lives === thisLife;
  }
  return {
    clock,
    plant: door,
    people: who,
    identity,
    disk: () => disk,
    lock: () => alive().lock,
    broker: () => alive().broker,
    mechanism: () => alive().mechanism,
    witness() {
      if (witness === undefined) throw new Error('a world without a witness');
      return witness;
    },
    boot,
    async restart() {
      const { lock } = alive();
      await settled(clock, lock.stop());
      life = undefined;
      return boot();
    },
    cutPower() {
      lives += 1;
      life?.lock.kill();
      life?.mechanism.lose('power cut');
      life = undefined;
      disk = disk.powerCut();
    },
    tamper(name, change) {
      if (life !== undefined) throw new Error('the power is on');
      const files = new Map(disk.files());
      const changed = change(files.get(name) ?? new Uint8Array());
      if (changed === undefined) files.delete(name);
      else files.set(name, changed);
      disk = simulatedDisk({ ...diskOptions, files });
    },
    vouch(by) {
      voucher = by;
    },
    pass: (ms) => clock.advanceAsync(ms),
    present(token) {
      alive().lock.present(who.show(token, toWallS(clock.wallMs())), 'reader');
    },
  };
}

/** As `run` does: whom the lock believes stands on its disk, and may have been rotated there. */
async function identityOn(disk: SimulatedDisk): Promise<Identity> {
  // Not by an operation of the disk: those are the firmware's own, to be counted and cut.
  const identity = await readIdentity({ read: async (name) => disk.files().get(name) });
  if (isFailure(identity)) throw new Error(identity.message);
  return identity;
}

/** Lets virtual time pass until a promise has settled, or nobody wants it any more. */
async function settled<T>(
  clock: VirtualClock,
  promise: Promise<T>,
  abandoned: () => boolean = () => false,
): Promise<T | undefined> {
  let result: { readonly value: T } | undefined;
  let failed: { readonly error: unknown } | undefined;
  promise.then(
    (value) => {
      result = { value };
    },
    (error: unknown) => {
      failed = { error };
    },
  );
  await clock.settle();
  for (let ms = 0; result === undefined && failed === undefined && !abandoned(); ms++) {
    if (ms > 60_000) throw new Error('it does not settle');
    await clock.advanceAsync(1);
  }
  if (failed !== undefined) throw (failed as { readonly error: unknown }).error;
  return (result as { readonly value: T } | undefined)?.value;
}
