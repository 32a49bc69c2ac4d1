/**
 * What moves the bolt, whatever it is. A drive knows its own end: where a contact stops it, how long
 * it may pull, what it may draw. The lock above it asks only for a direction, and to let go.
 */
import type { Contact, Direction } from '../ports/index.ts';

export interface Drive {
  drive(direction: Direction): void;
  /** Lets go, whatever was going on. The first that a new board hears. */
  halt(): void;
  /** A level, as it comes off the wire. */
  contact(contact: Contact, closed: boolean): void;
  /** What the motor draws, as a voltage at the pin that measures it. */
  draws(millivolts: number): void;
  /** Ends every wait. The wire has gone: nothing is written any more. */
  stop(): void;
}

/** Something that is on or off: a relay's coil, one input of a motor driver. */
export interface Output {
  set(on: boolean): void;
}

/** How a pin stands, unless the board has forgotten or misheard. */
export interface PinState {
  readonly pin: number;
  readonly mode: number;
  /** Of outputs: what was written last. */
  readonly value?: number;
}
