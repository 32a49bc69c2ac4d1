/**
 * The physics of one door: where the bolt is, how far the door stands open, and what the contacts
 * do on the way. It knows nothing of locks or boards; the world pushes it, and looks at it.
 *
 *     bolt      0 = withdrawn … 1000 = thrown (per mille of its travel), at a constant speed
 *     door      0 = shut … 900 (tenths of a degree), moved by people at once
 *     contacts  follow the position and bounce for some milliseconds at every change
 *
 * Computes in integers, so that the same seed gives the same world on every machine. The plant does
 * not run: it computes where things are when somebody looks, and asks for one wake-up at the next
 * change of a contact.
 */
import type { Cancel, Clock, Contact, Direction } from '../../firmware/ports/index.ts';
import type { Prng } from '../time/prng.ts';
import { agenda } from './agenda.ts';
import { BOLT_CLEARS_FRAME, BOLT_THROWN, BOLT_WITHDRAWN, bolt, END_CONTACT } from './bolt.ts';
import { contactBank } from './contacts.ts';

export { BOLT_THROWN, BOLT_WITHDRAWN } from './bolt.ts';

export interface PlantOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly prng: Prng;
  /** Time that the bolt takes from one end to the other. */
  readonly travelMs: number;
  /** Longest time for which a contact bounces. */
  readonly bounceMsMax: number;
  /** Where the bolt is at the beginning, per mille. */
  readonly bolt: number;
}

/** What is really so, for checks and screens; the lock never sees it. */
export interface Truth {
  /** Per mille of the travel: 0 withdrawn, 1000 thrown. */
  readonly bolt: number;
  /** The way the actuator pulls. Sent to some place between the ends: the way from the bolt to there. */
  readonly driven: Direction | 'none';
  readonly doorOpen: boolean;
  /** How often the bolt came to rest withdrawn, and the door was opened. */
  readonly withdrawals: number;
  readonly doorOpenings: number;
}

export interface Plant {
  truth(): Truth;
  /** Level of a contact now. */
  contact(contact: Contact): boolean;
  /** Tells every edge of every contact, bounces too, until cancelled. */
  onContact(listener: (contact: Contact, closed: boolean) => void): Cancel;
  /** Tells that `truth()` has become another, until cancelled; of a moving bolt only where a contact or the frame takes notice. */
  onTruth(listener: (truth: Truth) => void): Cancel;
  /** The actuator pulls towards one end, or lets go. */
  drive(direction: Direction | 'none'): void;
  /** The actuator pulls to a position, per mille, as a servo can; the ends are `drive`. */
  driveTo(position: number): void;
  /** Somebody pushes the shut door: true when it opened, false when the bolt held it. */
  push(): boolean;
  /** Somebody shuts the open door: true when it shut, false when the thrown bolt hit the frame. */
  close(): boolean;
  /** Somebody breaks the door open, bolt or no bolt. */
  force(): void;
  /** Somebody presses and lets go of a button after `holdMs`. */
  press(button: 'bell' | 'inside_button', holdMs: number): void;
  /** Somebody turns the bolt by hand to one end, as fast as the actuator would; one that still pulls takes it back. */
  turn(direction: Direction): void;
  /** Ends every wait of its own. */
  stop(): void;
}

const END = { withdraw: BOLT_WITHDRAWN, throw: BOLT_THROWN } as const;

export function plant(options: PlantOptions): Plant {
  const { clock, prng, travelMs, bounceMsMax } = options;
  wholeFrom(1, 'travelMs', travelMs);
  wholeFrom(0, 'bounceMsMax', bounceMsMax);
  position(options.bolt);

  const time = agenda(clock);
  const contactListeners = new Set<(contact: Contact, closed: boolean) => void>();
  const truthListeners = new Set<(truth: Truth) => void>();
  const releases = new Map<Contact, { readonly atMs: number; readonly cancel: Cancel }>();
  let doorOpen = false;
  let withdrawals = 0;
  let doorOpenings = 0;

  const theBolt = bolt({ agenda: time, travelMs, at: options.bolt, onPassed });
  const contacts = contactBank({
    agenda: time,
    prng,
    bounceMsMax,
    initially: isClosed,
    onEdge: (contact, closed) => {
      for (const listener of [...contactListeners]) listener(contact, closed);
    },
  });

  /** What a contact shows once it has done bouncing; nobody leans on a button yet. */
  function isClosed(contact: Contact): boolean {
    switch (contact) {
      case 'bolt_thrown':
        return theBolt.position() >= BOLT_THROWN - END_CONTACT;
      case 'bolt_withdrawn':
        return theBolt.position() <= BOLT_WITHDRAWN + END_CONTACT;
      case 'door_closed':
        return !doorOpen;
      case 'bell':
      case 'inside_button':
        return releases.has(contact);
    }
  }

  function onPassed(rest: boolean): void {
    if (rest && theBolt.position() === BOLT_WITHDRAWN) withdrawals++;
    contacts.set('bolt_thrown', isClosed('bolt_thrown'));
    contacts.set('bolt_withdrawn', isClosed('bolt_withdrawn'));
    changed();
  }

  function truth(): Truth {
    return { bolt: theBolt.position(), driven: driven(), doorOpen, withdrawals, doorOpenings };
  }

  function driven(): Truth['driven'] {
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
    theBolt.pull(to);
    changed();
  }

  function moveDoor(open: boolean): void {
    doorOpen = open;
    if (open) doorOpenings++;
    contacts.set('door_closed', !open);
    changed();
  }

  const held = () => theBolt.position() > BOLT_CLEARS_FRAME;

  return {
    truth,
    contact: (contact) => contacts.level(contact),
    onContact: (listener) => subscribe(contactListeners, listener),
    onTruth: (listener) => subscribe(truthListeners, listener),
    drive: (direction) => pull(direction === 'none' ? undefined : END[direction]),
    driveTo: (to) => pull(position(to)),
    push() {
      time.catchUp();
      if (!doorOpen && held()) return false;
      if (!doorOpen) moveDoor(true);
      return true;
    },
    close() {
      time.catchUp();
      if (doorOpen && held()) return false;
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
      // A second finger before the first has gone: the button comes up when both have.
      const before = releases.get(button);
      const atMs = Math.max(before?.atMs ?? 0, time.nowMs() + holdMs);
      before?.cancel();
      const cancel = time.at(atMs, () => {
        releases.delete(button);
        contacts.set(button, false);
      });
      releases.set(button, { atMs, cancel });
      contacts.set(button, true);
    },
    turn(direction) {
      time.catchUp();
      theBolt.turn(END[direction]);
      changed();
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
