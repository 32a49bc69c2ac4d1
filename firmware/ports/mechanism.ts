/**
 * The board with everything that is wired to it: one bolt to drive, contacts to look at, one light
 * with a buzzer beside it.
 *
 * The port gives levels as they come off the wire, bouncing; what is a press and what is a bounce
 * is decided above it, alike for real and simulated boards. A board comes and goes: while it is
 * away, commands are dropped, never queued, since a stale one would move a bolt on its return.
 */

/**
 * Named for what is so when the contact is closed, and wired so that a cut wire reads as the worse of the two:
 * a cover that is off, an item that is gone, a vehicle whose ignition is on.
 */
export const CONTACTS = [
  // The bolt's two ends.
  'bolt_thrown',
  'bolt_withdrawn',
  // The latch has caught: spring latches and strikes.
  'latched',
  // The door is shut; of a safe or a trunk, its lid.
  'door_closed',
  'bell',
  'inside_button',
  // The escutcheon, or the housing's cover, is on.
  'cover_on',
  // Key safe: the key is in it, the safe hangs where it was mounted, and it hangs upright.
  'item_present',
  'mounted',
  'upright',
  // Vehicle: the ignition is off.
  'ignition_off',
] as const;
export type Contact = (typeof CONTACTS)[number];

export type Direction = 'withdraw' | 'throw';

/** What light and buzzer say to somebody who reads no words. */
export type Indication =
  | 'off'
  | 'ready'
  | 'wait'
  | 'granted'
  | 'refused'
  /** The bell was heard: the chime. */
  | 'rung'
  | 'jammed'
  | 'battery_low'
  | 'fault';

export type MechanismEvent =
  /** The board answers and its pins are set up. The level of every contact that is wired follows at once. */
  | { readonly type: 'board.ready' }
  /** The board is gone, or was reset: all that was known of contacts and bolt is void. */
  | { readonly type: 'board.lost'; readonly reason: string }
  /** A contact's level, at every edge and once after `board.ready`. May repeat the level before. */
  | { readonly type: 'contact'; readonly contact: Contact; readonly closed: boolean }
  /** The supply's voltage, where it is measured: after `board.ready`, and now and then. */
  | { readonly type: 'battery'; readonly millivolts: number }
  /** The drive draws more than a moving bolt does (a motor against its stop): the board has let go of it already. */
  | { readonly type: 'drive.stalled' };

export interface Mechanism {
  /** Starts, and reports to the one listener. Nothing moves: the bolt's drive stays without signal until the first `drive`. */
  start(listener: (event: MechanismEvent) => void): void;
  /** Drives the bolt towards one end. Returns at once: arrival is what the contacts say. A strike and a pulse know `withdraw` only, and end by themselves. */
  drive(direction: Direction): void;
  /** Takes the drive away from the bolt, wherever it is. */
  halt(): void;
  indicate(indication: Indication): void;
  /** Halts, lets go of the wire and reports nothing any more. Settles when the port is free. */
  close(): Promise<void>;
}
