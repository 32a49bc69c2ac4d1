/**
 * Where a bolt is that nobody sees: reckoned from the drive, by time. It says the same words as the
 * contacts would, so that the tables are the same; whatever is told of it says `assumed`.
 *
 *     servo          driven ── the longest travel is over ──▶ the end it was driven to
 *     strike, pulse  driven ──▶ withdrawn ── the latch is free no more ──▶ thrown, if the door is seen shut
 *
 * A spring latch behind an open door has caught nothing: it counts as withdrawn until the door shuts. And a bolt that
 * was reckoned thrown holds no door that opens: somebody has turned it by a key, and nobody knows where it is.
 */
import type { BoltStatus, DoorStateWord } from '../../protocol/index.ts';
import type { Direction } from '../ports/index.ts';
import { boltStatus, type Contacts } from './contacts.ts';
import { feedbackOf, isSprung, type Profile } from './profiles/profile.ts';

export interface Reckoning {
  /** The way the drive pulls, or has freed a latch that may still be free. */
  readonly pulling: Direction | undefined;
  /** Of a bolt: the end where it came to rest. */
  readonly at: BoltStatus;
}

export const NOTHING_RECKONED: Reckoning = { pulling: undefined, at: 'unknown' };

const endOf = (direction: Direction): BoltStatus => (direction === 'throw' ? 'thrown' : 'withdrawn');

/** It has not left its end for sure before it has arrived at the other. */
export const driven = ({ at }: Reckoning, direction: Direction): Reckoning => ({ pulling: direction, at });

/** Its time is over. */
export const arrived = ({ pulling, at }: Reckoning): Reckoning => ({
  pulling: undefined,
  at: pulling === undefined ? at : endOf(pulling),
});

/** The drive was taken away: what was under way has stopped on its way. */
export const halted = ({ pulling, at }: Reckoning): Reckoning => ({
  pulling: undefined,
  at: pulling === undefined || endOf(pulling) === at ? at : 'between',
});

/** The door came open: a bolt at rest that should have held it is not where it was left. */
export const opened = (reckoning: Reckoning): Reckoning =>
  reckoning.pulling === undefined && reckoning.at === 'thrown' ? NOTHING_RECKONED : reckoning;

/** How long a drive goes on before it has arrived, as far as anybody can tell: a moment before the bolt would count as jammed. */
export const reckonedMs = (profile: Profile): number =>
  isSprung(profile) ? (profile.freeMs ?? profile.pulseMs ?? profile.travelMsMax) : profile.travelMsMax - 1;

export interface Seen {
  readonly contacts: Contacts;
  readonly door: DoorStateWord;
  readonly reckoning: Reckoning;
}

/** Where the bolt is, by the best that this profile has. */
export function statusOf({ contacts, door, reckoning }: Seen, profile: Profile): BoltStatus {
  switch (feedbackOf(profile)) {
    case 'bolt':
      return boltStatus(contacts);
    case 'latch': {
      const { closed } = contacts.latched;
      return closed === undefined ? 'unknown' : closed ? 'thrown' : 'withdrawn';
    }
    case 'none': {
      if (!isSprung(profile)) return reckoning.at;
      if (reckoning.pulling === 'withdraw') return 'withdrawn';
      if (door === 'unknown') return 'unknown';
      return door === 'closed' ? 'thrown' : 'withdrawn';
    }
  }
}
