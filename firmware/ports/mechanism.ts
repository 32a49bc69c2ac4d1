/**
 * The board with everything that is wired to it: one bolt to drive, contacts to look at, one light.
 *
 * The port gives levels as they come off the wire, bouncing; what is a press and what is a bounce
 * is decided above it, alike for real and simulated boards. A board comes and goes: while it is
 * away, commands are dropped, never queued, since a stale one would move a bolt on its return.
 */
export const CONTACTS = ['bolt_thrown', 'bolt_withdrawn', 'door_closed', 'bell', 'inside_button'] as const;

/** Named for what is so when the contact is closed: `door_closed` closed means that the door is shut. */
export type Contact = (typeof CONTACTS)[number];

export type Direction = 'withdraw' | 'throw';

/** What the light says to somebody who reads no words. */
export type Indication = 'off' | 'ready' | 'wait' | 'granted' | 'refused' | 'fault';

export type MechanismEvent =
  /** The board answers and its pins are set up. The level of every contact follows at once. */
  | { readonly type: 'board.ready' }
  /** The board is gone, or was reset: all that was known of contacts and bolt is void. */
  | { readonly type: 'board.lost'; readonly reason: string }
  /** A contact's level, at every edge and once after `board.ready`. May repeat the level before. */
  | { readonly type: 'contact'; readonly contact: Contact; readonly closed: boolean };

export interface Mechanism {
  /** Starts, and reports to the one listener. Nothing moves: the bolt's drive stays without signal until the first `drive`. */
  start(listener: (event: MechanismEvent) => void): void;
  /** Drives the bolt towards one end. Returns at once: arrival is what the contacts say. */
  drive(direction: Direction): void;
  /** Takes the drive away from the bolt, wherever it is. */
  halt(): void;
  indicate(indication: Indication): void;
  /** Halts, lets go of the wire and reports nothing any more. Settles when the port is free. */
  close(): Promise<void>;
}
