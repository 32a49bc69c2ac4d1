/**
 * The physics of one door, or of a safe's or a trunk's lid: where the bolt or the latch is, how far the
 * door stands open, and what the contacts do on the way. It knows nothing of locks or boards; the world
 * pushes it, and looks at it.
 *
 *     bolt      0 = withdrawn … 1000 = thrown (per mille of its travel), at a constant speed;
 *               of a spring latch 1000 while it holds, 0 while it is free
 *     door      shut or open, moved by people at once; a trunk's lid springs open by itself
 *     contacts  follow the position and bounce for some milliseconds at every change
 *
 * Computes in integers, so that the same seed gives the same world on every machine. The plant does
 * not run: it computes where things are when somebody looks, and asks for one wake-up at the next
 * change of a contact.
 */
import type { Cancel, Clock, Contact, Direction } from '../../firmware/ports/index.ts';
import type { Prng } from '../time/prng.ts';
import { agenda } from './agenda.ts';
import { BOLT_CLEARS_FRAME, BOLT_THROWN, BOLT_WITHDRAWN, bolt } from './bolt.ts';
import { contactBank } from './contacts.ts';
import { type Fault, faultBook } from './faults.ts';
import { latch } from './latch.ts';
import { milliamps, terminalMillivolts } from './supply.ts';

export { BOLT_THROWN, BOLT_WITHDRAWN } from './bolt.ts';
export type { Fault } from './faults.ts';

/**
 * What holds the door, and what moves that: a bolt by a servo, a bolt by a motor with a switch at each
 * end of its way, a spring latch in a strike that a coil frees, or a trunk's latch that a pulse opens.
 */
export type PlantKind = 'servo' | 'motor' | 'strike' | 'trunk';

export interface PlantOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly prng: Prng;
  /** `servo`, unless said otherwise. */
  readonly kind?: PlantKind;
  /** Time that the bolt takes from one end to the other. */
  readonly travelMs: number;
  /** Longest time for which a contact bounces. */
  readonly bounceMsMax: number;
  /** Where the bolt is at the beginning, per mille. A latch holds at the beginning. */
  readonly bolt: number;
  /** The battery's voltage without load. */
  readonly restMillivolts?: number;
}

/** What is really so, for checks and screens; the lock never sees it. */
export interface Truth {
  /** Per mille of the travel: 0 withdrawn, 1000 thrown. */
  readonly bolt: number;
  /** The way the actuator pulls. Sent to some place between the ends: the way from the bolt to there. */
  readonly driven: Direction | 'none';
  readonly doorOpen: boolean;
  /** How often the bolt came to rest withdrawn or the latch became free, and the door was opened. */
  readonly withdrawals: number;
  readonly doorOpenings: number;
  /** The key is in the safe. */
  readonly itemPresent: boolean;
}

/** What surrounds the door, one by one. */
export interface Surroundings {
  readonly cover: boolean;
  readonly mounted: boolean;
  readonly upright: boolean;
  readonly ignition: boolean;
}

export interface Plant {
  truth(): Truth;
  surroundings(): Surroundings;
  /** Level of a contact now. */
  contact(contact: Contact): boolean;
  /** Tells every edge of every contact, bounces too, until cancelled. */
  onContact(listener: (contact: Contact, closed: boolean) => void): Cancel;
  /** Tells that `truth()` has become another, until cancelled; of a moving bolt only where a contact or the frame takes notice. */
  onTruth(listener: (truth: Truth) => void): Cancel;
  /** At the battery's terminals now, and what the drive draws. */
  millivolts(): number;
  milliamps(): number;
  /** The actuator pulls towards one end, or lets go. A latch's coil has current to `withdraw`. */
  drive(direction: Direction | 'none'): void;
  /** The actuator pulls to a position, per mille, as a servo can; the ends are `drive`. */
  driveTo(position: number): void;
  /** Somebody pushes the shut door: true when it opened, false when bolt or latch held it. */
  push(): boolean;
  /** Somebody shuts the open door: true when it shut, false when the thrown bolt hit the frame, or the latch did not catch. */
  close(): boolean;
  /** Somebody breaks the door open, bolt or no bolt. */
  force(): void;
  /** Somebody presses and lets go of a button after `holdMs`, or by the answer, sooner. */
  press(button: 'bell' | 'inside_button', holdMs: number): Cancel;
  /** Somebody turns the bolt by hand to one end, as fast as the actuator would; one that still pulls takes it back. */
  turn(direction: Direction): void;
  /** Somebody within opens by what needs no electricity: the handle at a latch, the trunk's glowing lever. */
  releaseFromInside(): void;
  /** Somebody takes the key out of the open safe, or puts it in: false when the lid is in the way. */
  take(): boolean;
  put(): boolean;
  /** Cover, mount, tilt, ignition become another. */
  surround(with_: Partial<Surroundings>): void;
  /** Another battery, or an older one: its voltage without load. */
  charge(restMillivolts: number): void;
  /** Something breaks; the answer mends it. */
  fail(fault: Fault): Cancel;
  /** Ends every wait of its own. */
  stop(): void;
}

const END = { withdraw: BOLT_WITHDRAWN, throw: BOLT_THROWN } as const;

/** How close to its end a bolt closes the contact there. A motor has to be stopped by it, so there it is the end itself. */
const REACH = { servo: 50, motor: 0, strike: 0, trunk: 0 } as const;
/** Within this of an end, per mille, a bolt may be seen there. */
export const REACH_MAX = REACH.servo;

const REST_MILLIVOLTS = 6_000;

export function plant(options: PlantOptions): Plant {
  const { clock, prng, travelMs, bounceMsMax, kind = 'servo' } = options;
  wholeFrom(1, 'travelMs', travelMs);
  wholeFrom(0, 'bounceMsMax', bounceMsMax);
  position(options.bolt);

  const time = agenda(clock);
  const contactListeners = new Set<(contact: Contact, closed: boolean) => void>();
  const truthListeners = new Set<(truth: Truth) => void>();
  /** A button comes up when the last finger has gone. */
  const fingers: Readonly<Record<'bell' | 'inside_button', Set<object>>> = {
    bell: new Set(),
    inside_button: new Set(),
  };
  let doorOpen = false;
  let itemPresent = true;
  let around: Surroundings = { cover: true, mounted: true, upright: true, ignition: false };
  let restMillivolts = options.restMillivolts ?? REST_MILLIVOLTS;
  let drivenSinceMs = 0;
  let withdrawals = 0;
  let doorOpenings = 0;

  const theBolt = bolt({ agenda: time, travelMs, at: options.bolt, reach: REACH[kind], onPassed });
  const theLatch =
    kind === 'strike' || kind === 'trunk' ? latch({ agenda: time, kind, onChanged: onLatch }) : undefined;
  const contacts = contactBank({
    agenda: time,
    prng,
    bounceMsMax,
    initially: isClosed,
    onEdge: (contact, closed) => {
      for (const listener of [...contactListeners]) listener(contact, closed);
    },
  });
  const faults = faultBook({
    bolt: (trouble) => theBolt.suffer(trouble),
    latch: (jammed) => theLatch?.jam(jammed),
    contact: (contact, disorder) => contacts.disorder(contact, disorder),
  });

  /** What a contact shows once it has done bouncing; nobody leans on a button yet. */
  function isClosed(contact: Contact): boolean {
    switch (contact) {
      case 'bolt_thrown':
        return theLatch === undefined && theBolt.position() >= BOLT_THROWN - REACH[kind];
      case 'bolt_withdrawn':
        return theLatch === undefined && theBolt.position() <= BOLT_WITHDRAWN + REACH[kind];
      case 'latched':
        return theLatch !== undefined && !doorOpen && !theLatch.free;
      case 'door_closed':
        return !doorOpen;
      case 'bell':
      case 'inside_button':
        return fingers[contact].size > 0;
      case 'item_present':
        return itemPresent;
      case 'cover_on':
        return around.cover;
      case 'mounted':
        return around.mounted;
      case 'upright':
        return around.upright;
      case 'ignition_off':
        return !around.ignition;
    }
  }

  function show(...which: readonly Contact[]): void {
    for (const contact of which) contacts.set(contact, isClosed(contact));
  }

  function onPassed(rest: boolean): void {
    if (rest && theBolt.position() === BOLT_WITHDRAWN) withdrawals++;
    show('bolt_thrown', 'bolt_withdrawn');
    changed();
  }

  function onLatch(free: boolean): void {
    if (free) withdrawals++;
    show('latched');
    if (free && kind === 'trunk' && !doorOpen) moveDoor(true);
    else changed();
  }

  function truth(): Truth {
    return { bolt: boltPosition(), driven: driven(), doorOpen, withdrawals, doorOpenings, itemPresent };
  }

  function boltPosition(): number {
    if (theLatch === undefined) return theBolt.position();
    return doorOpen || theLatch.free ? BOLT_WITHDRAWN : BOLT_THROWN;
  }

  function driven(): Truth['driven'] {
    if (theLatch !== undefined) return theLatch.energised ? 'withdraw' : 'none';
    const to = theBolt.pulledTo();
    if (to === undefined) return 'none';
    if (to === BOLT_WITHDRAWN || to === BOLT_THROWN) return to === BOLT_THROWN ? 'throw' : 'withdraw';
    return to < theBolt.position() ? 'withdraw' : 'throw';
  }

  function changed(): void {
    const now = truth();
    for (const listener of [...truthListeners]) listener(now);
  }

  function pull(to: number | undefined): void {
    time.catchUp();
    if (to === theBolt.pulledTo()) return;
    if (to !== undefined) drivenSinceMs = time.nowMs();
    theBolt.pull(to);
    changed();
  }

  function energise(on: boolean): void {
    time.catchUp();
    if (theLatch === undefined || on === theLatch.energised) return;
    drivenSinceMs = time.nowMs();
    theLatch.energise(on);
    changed();
  }

  function moveDoor(open: boolean): void {
    doorOpen = open;
    if (open) doorOpenings++;
    show('door_closed', 'latched');
    changed();
  }

  /** Would the door hold, if it were shut? */
  const held = () => (theLatch === undefined ? theBolt.position() > BOLT_CLEARS_FRAME : !theLatch.free);
  /** What keeps it from shutting: a bolt in the air hits the frame; a trunk's latch that is pulled does not catch. */
  const blocked = () => (theLatch === undefined ? held() : kind === 'trunk' && theLatch.free);

  const drawn = (): number => {
    const pulls = driven() !== 'none';
    const still = kind === 'motor' && pulls && !theBolt.isMoving() && !faults.slips();
    return milliamps({ driven: pulls, drivenSinceMs, stalled: still }, time.nowMs());
  };

  function moveItem(present: boolean): boolean {
    time.catchUp();
    if (!doorOpen) return false;
    if (itemPresent === present) return true;
    itemPresent = present;
    show('item_present');
    changed();
    return true;
  }

  return {
    truth,
    surroundings: () => around,
    contact(contact) {
      // A machine that was late would show a bounce that is long over.
      time.catchUp();
      return contacts.level(contact);
    },
    onContact: (listener) => subscribe(contactListeners, listener),
    onTruth: (listener) => subscribe(truthListeners, listener),
    milliamps: drawn,
    millivolts: () => terminalMillivolts(restMillivolts, drawn()),
    drive(direction) {
      if (theLatch === undefined) pull(direction === 'none' ? undefined : END[direction]);
      else energise(direction === 'withdraw');
    },
    driveTo: (to) => pull(position(to)),
    push() {
      time.catchUp();
      if (!doorOpen && held()) return false;
      if (!doorOpen) moveDoor(true);
      return true;
    },
    close() {
      time.catchUp();
      if (doorOpen && blocked()) return false;
      if (doorOpen) moveDoor(false);
      return true;
    },
    force() {
      time.catchUp();
      if (!doorOpen) moveDoor(true);
    },
    press(button, holdMs) {
      wholeFrom(0, 'holdMs', holdMs);
      time.catchUp();
      const finger = {};
      const lift = (): void => {
        if (fingers[button].delete(finger) && fingers[button].size === 0) contacts.set(button, false);
      };
      const cancel = time.at(time.nowMs() + holdMs, lift);
      fingers[button].add(finger);
      contacts.set(button, true);
      return () => {
        time.catchUp();
        cancel();
        lift();
      };
    },
    turn(direction) {
      time.catchUp();
      if (theLatch !== undefined) return;
      theBolt.turn(END[direction]);
      changed();
    },
    releaseFromInside() {
      time.catchUp();
      if (theLatch === undefined) theBolt.turn(BOLT_WITHDRAWN);
      else if (!doorOpen) moveDoor(true);
      changed();
    },
    take: () => moveItem(false),
    put: () => moveItem(true),
    surround(with_) {
      time.catchUp();
      around = { ...around, ...with_ };
      show('cover_on', 'mounted', 'upright', 'ignition_off');
    },
    charge(millivolts) {
      wholeFrom(0, 'restMillivolts', millivolts);
      restMillivolts = millivolts;
      changed();
    },
    fail(fault) {
      time.catchUp();
      const mend = faults.add(fault);
      changed();
      return () => {
        time.catchUp();
        mend();
        changed();
      };
    },
    stop: () => time.stop(),
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): Cancel {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function wholeFrom(least: number, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`${name} must be a whole number from ${least}: ${value}`);
}

function position(value: number): number {
  if (!Number.isSafeInteger(value) || value < BOLT_WITHDRAWN || value > BOLT_THROWN) {
    throw new Error(`a position of the bolt is a whole number from 0 to 1000: ${value}`);
  }
  return value;
}
