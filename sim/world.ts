/**
 * Tier A: the firmware itself on simulated ports, in virtual time. One clock, one list of future
 * work, one seed; the same seed gives the same world. Power can be cut at any operation of the
 * disk, and the next life boots from what the platter kept.
 */

import { dialIn, type ReadDial } from '../firmware/access/dial.ts';
import type { Answer } from '../firmware/doorman.ts';
import { type Identity, readIdentity } from '../firmware/identity.ts';
import { DOOR, type Profile } from '../firmware/lock/profiles/door.ts';
import { silent } from '../firmware/log.ts';
import { type HomeAssistant, type Lock, startLock } from '../firmware/main.ts';
import type { Voucher } from '../firmware/ports/index.ts';
import { establish, mintIdentity } from '../firmware/tools/enrol.ts';
import { isFailure } from '../firmware/tools/failure.ts';
import {
  type Channel,
  monoMs,
  publicKeyOf,
  type Signer,
  type SigningKey,
  topicsOf,
  toWallS,
  type Verify,
  wallMs,
} from '../protocol/index.ts';
import type { Observation, Observer } from './observation.ts';
import { type Keys, type People, people } from './people.ts';
import { BOLT_THROWN, type Plant, plant } from './plant/plant.ts';
import { type SimulatedBroker, simulatedBroker } from './ports/broker.ts';
import { type DiskOperation, type SimulatedDisk, type SimulatedDiskOptions, simulatedDisk } from './ports/disk.ts';
import { type SimMechanism, simMechanism } from './ports/mechanism.ts';
import { type SimulatedWitness, simulatedWitness } from './ports/witness.ts';
import { productOf } from './product.ts';
import { quickCrypto } from './quick.ts';
import { type VirtualClock, virtualClock } from './time/clock.ts';
import { prng } from './time/prng.ts';
import { randomSeeded } from './time/random.ts';

/** Who lives in a world: keys, and what was signed before it began. Making one costs more than making a world. */
export interface Cast {
  readonly identity: Identity;
  readonly people: People;
  /** Their secret keys and the lock's, as texts in which they might be told. */
  readonly secrets: readonly string[];
  /** How a quick world judges and signs: one verifier for all its lives, which knows the keys that it has looked at. */
  readonly quick?: {
    readonly firstLook: Verify;
    readonly verify: Verify;
    readonly lockKey: Signer;
    readonly dial: ReadDial;
  };
}

/** `quick` people sign with OpenSSL: the very same bytes, sooner. */
export function cast(seed: number, { quick = false } = {}): Cast {
  const random = randomSeeded(prng(seed, 'keys'));
  const seeds: Uint8Array[] = [];
  const made = quick ? quickCrypto() : undefined;
  const key = (): SigningKey => {
    const seed = random(32);
    seeds.push(seed);
    return made?.signer(seed) ?? seed;
  };
  const keys: Keys = { owner: key(), recovery: key(), carrier: key(), courier: key() };
  const identity = mintIdentity(
    { lockId: 'front-door', root: publicKeyOf(keys.owner), recovery: publicKeyOf(keys.recovery) },
    random,
  );
  return {
    ...(made === undefined
      ? {}
      : { quick: { ...made, lockKey: made.signer(identity.lockSeed), dial: dialIn(TIMEZONE) } }),
    identity,
    people: people(keys, identity.audience, toWallS(wallMs(BEGINNING_MS)), random),
    secrets: [...seeds, identity.lockSeed].flatMap((seed) =>
      (['hex', 'base64', 'base64url'] as const).map((spelling) => Buffer.from(seed).toString(spelling)),
    ),
  };
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
  /** Looks at everything that can be seen from outside the lock. */
  readonly observe?: Observer;
}

/** The n-th write to the disk from now on, or when the drive pulls next. */
export type CutMoment = { readonly write: number; readonly phase: DiskOperation['phase'] } | 'motion';

/** A power cut at a moment that may come, or never does: another cut may come before it, or take its place. */
export interface CutToCome {
  isAwaited(): boolean;
  hasCome(): boolean;
}

export interface World {
  readonly clock: VirtualClock;
  readonly plant: Plant;
  readonly profile: Profile;
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
  /** The process dies on the spot, as by kill -9. The kernel runs on, with all that was written and is not on the disk yet; `boot` begins another process. */
  killProcess(): void;
  /** Power goes, in the middle of whatever is going on. */
  cutPower(): void;
  /** The power goes at the n-th write to the disk from now on, or when the drive pulls next. Counts through all lives. */
  cutPowerAt(moment: CutMoment): CutToCome;
  /** It does not, after all. */
  disarm(): void;
  /** Writes to the disk since the world began. */
  readonly writes: number;
  /** Somebody has the disk in hand while the power is off: the file becomes another, or goes. */
  tamper(name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void;
  /** Who vouches for the wall clock from now on; an RTC, when nothing is said. */
  vouch(by: Voucher): void;
  readonly voucher: Voucher;
  /** Somebody sets the wall clock. */
  setWall(ms: number): void;
  /** The broker can be reached, or not; and how it treats what is published. Through all lives. */
  network(there: boolean): void;
  holdAcks(hold: boolean): void;
  setAckMs(ms: number): void;
  refuse: SimulatedBroker['refuse'];
  breakAtNext: SimulatedBroker['breakAtNext'];
  /** The board is there, or not; through all lives. */
  board(there: boolean): void;
  /** Somebody publishes at the broker, which keeps what is retained, through all lives. */
  send(topic: string, payload: string, retain?: boolean): void;
  /** The lock is up. */
  readonly isUp: boolean;
  /** Lets time pass, and everything that falls due in it. */
  pass(ms: number): Promise<void>;
  /** The courier shows a token, as a code drawn now. */
  present(token: Uint8Array): void;
  /** Somebody shows a text; undefined when no lock is up to look at it. */
  show(text: string, channel: Channel): Answer | undefined;
}

/** When every world begins: 2026-06-01T10:00:00Z, a Monday. */
export const BEGINNING_MS = Date.UTC(2026, 5, 1, 10);

const TIMEZONE = 'Europe/Berlin';
const TRAVEL_MS = 400;
const BOUNCE_MS_MAX = 5;

export async function world(options: WorldOptions): Promise<World> {
  const { seed, profile = DOOR } = options;
  const dice = prng(seed);
  const { identity, people: who, quick } = options.cast ?? cast(seed);
  const clock = virtualClock({ startWallMs: BEGINNING_MS });
  const see = (observation: Observation): void => options.observe?.(observation, clock.monoMs());
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
  if (options.observe !== undefined) {
    door.onTruth((truth) => see({ what: 'truth', truth }));
    door.onContact((contact, closed) => see({ what: 'contact', contact, closed }));
  }
  let toCome: { readonly at: CutMoment; hasCome: boolean } | undefined;
  const come = (): void => {
    if (toCome !== undefined) toCome.hasCome = true;
    cutPower();
  };
  let writes = 0;
  const watchDisk = (): void => {
    const thisDisk = disk;
    disk.onOperation((operation) => {
      // What a dead life had begun goes on in its own disk, which nobody reads any more.
      if (disk !== thisDisk) return;
      if (options.observe !== undefined) see({ what: 'disk', ...operation });
      if (operation.kind === 'read') return;
      if (operation.phase === 'before') writes += 1;
      if (toCome === undefined || toCome.at === 'motion') return;
      if (writes >= toCome.at.write && operation.phase === toCome.at.phase) come();
    });
  };
  door.onTruth(({ driven }) => {
    if (toCome?.at === 'motion' && driven !== 'none' && life !== undefined) come();
  });
  watchDisk();
  const kept = new Map<string, string>();
  let networkIsThere = true;
  let boardIsThere = true;
  let holding = false;
  let ackMs = 0;
  let refusal: Parameters<SimulatedBroker['refuse']>[0] = () => undefined;
  let lives = 0;
  let poweredAtMs = 0;
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
    if (!boardIsThere) mechanism.lose('the board is not there');
    const broker = simulatedBroker({
      clock,
      availabilityTopic: topicsOf(identity.lockId).availability,
      kept,
      present: networkIsThere,
      onTaken: ({ topic, payload, retain }) => see({ what: 'published', topic, payload, retain }),
    });
    broker.holdAcks(holding);
    broker.setAckMs(ackMs);
    broker.refuse(refusal);
    const thisLife = lives;
    const thisDisk = disk;
    const starting = identityOn(thisDisk).then((enrolled) =>
      startLock({
        identity: enrolled,
        disk: thisDisk,
        // The kernel's monotonic clock begins anew with each life.
        clock: { ...clock, monoMs: () => monoMs(clock.monoMs() - poweredAtMs) },
        timeSource: {
          voucher: () => voucher,
          uptime: () => ({ bootId: `boot ${thisLife}`, ms: clock.monoMs() - poweredAtMs }),
          close: () => undefined,
        },
        random: randomSeeded(dice.split(`nonces ${starts++}`)),
        ...(witness === undefined ? {} : { witness }),
        mechanism,
        broker,
        readers: [],
        profile,
        timezone: TIMEZONE,
        log: silent,
        onFault: (detail) => {
          throw new Error(`impossible: ${detail}`);
        },
        ...(options.homeAssistant === undefined ? {} : { homeAssistant: options.homeAssistant }),
        ...(quick === undefined
          ? {}
          : { firstLook: quick.firstLook, verify: quick.verify, signer: () => quick.lockKey, dial: quick.dial }),
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
    see({ what: 'lock', is: 'up' });
    await clock.settle();
    return lives === thisLife;
  }
  function cutPower(): void {
    toCome = undefined;
    lives += 1;
    endLife('power cut');
    disk = disk.powerCut();
    poweredAtMs = clock.monoMs();
    watchDisk();
  }
  function endLife(why: string): void {
    life?.lock.kill();
    life?.mechanism.lose(why);
    void life?.mechanism.close();
    life?.broker.lose(why);
    life = undefined;
    see({ what: 'lock', is: 'dark' });
  }
  const show = (text: string, channel: Channel): Answer | undefined => {
    const answer = life?.lock.present(text, channel);
    if (answer !== undefined) see({ what: 'shown', channel, text, answer });
    return answer;
  };
  return {
    clock,
    get isUp() {
      return life !== undefined;
    },
    plant: door,
    profile,
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
      // It watches its contacts no more, and may write for a while yet.
      see({ what: 'lock', is: 'ending' });
      await settled(clock, lock.stop());
      life = undefined;
      see({ what: 'lock', is: 'ended' });
      return boot();
    },
    killProcess() {
      alive();
      endLife('the process was killed');
      disk = disk.processDeath();
      watchDisk();
    },
    cutPower,
    cutPowerAt(moment) {
      const at = moment === 'motion' ? moment : { ...moment, write: writes + moment.write };
      const cut = { at, hasCome: false };
      toCome = cut;
      return { isAwaited: () => toCome === cut, hasCome: () => cut.hasCome };
    },
    disarm() {
      toCome = undefined;
    },
    get writes() {
      return writes;
    },
    tamper(name, change) {
      if (life !== undefined) throw new Error('the power is on');
      const files = new Map(disk.files());
      const changed = change(files.get(name) ?? new Uint8Array());
      if (changed === undefined) files.delete(name);
      else files.set(name, changed);
      disk = simulatedDisk({ ...diskOptions, files });
      watchDisk();
    },
    vouch(by) {
      voucher = by;
    },
    get voucher() {
      return voucher;
    },
    setWall(ms) {
      clock.setWall(ms);
      see({ what: 'clock', wallMs: ms });
    },
    network(there) {
      networkIsThere = there;
      if (there) life?.broker.restore();
      else life?.broker.lose();
      see({ what: 'network', there });
    },
    board(there) {
      boardIsThere = there;
      if (there) life?.mechanism.restore();
      else life?.mechanism.lose('unplugged');
      see({ what: 'board', there });
    },
    holdAcks(hold) {
      holding = hold;
      life?.broker.holdAcks(hold);
    },
    setAckMs(ms) {
      ackMs = ms;
      life?.broker.setAckMs(ms);
    },
    refuse(decide) {
      refusal = decide;
      life?.broker.refuse(decide);
    },
    breakAtNext: (at) => life?.broker.breakAtNext(at),
    send(topic, payload, retain = false) {
      see({ what: 'sent', topic, payload, retain });
      if (life !== undefined) return life.broker.send(topic, payload, retain);
      if (retain && payload === '') kept.delete(topic);
      else if (retain) kept.set(topic, payload);
    },
    pass: (ms) => clock.advanceAsync(ms),
    present(token) {
      alive();
      show(who.show(token, toWallS(clock.wallMs())), 'reader');
    },
    show,
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
