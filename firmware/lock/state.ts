/** Everything that the lock knows of the door at one moment, what may happen to it, and what it wants done. */
import type {
  Alarm,
  BoltStatus,
  Channel,
  DoorStateWord,
  EventBody,
  OperationSource,
  Refusal,
  VisitOutcome,
} from '../../protocol/index.ts';
import type { Contact, Direction, Indication, MechanismEvent } from '../ports/index.ts';
import type { BoltRow } from './bolt.ts';
import { type Contacts, noContacts } from './contacts.ts';
import type { VisitRow } from './visit.ts';

/** A token that passed every check, and is reserved. */
export interface Grant {
  /** Replay key: who issued it, and its id. */
  readonly spendKey: string;
  /** The token's id in hexadecimal: a public number. */
  readonly tokenId: string;
  readonly channel: Channel;
}

export interface LockState {
  readonly board: 'away' | 'ready';
  readonly contacts: Contacts;
  readonly door: DoorStateWord;
  readonly bolt: {
    readonly row: BoltRow;
    readonly status: BoltStatus;
    /** Who asked for the drive that is under way. */
    readonly cause: OperationSource;
    /** Who brought it into the row where it stands. */
    readonly changedBy: OperationSource;
    /** Tries to throw that failed since it last arrived anywhere. */
    readonly failedTries: number;
  };
  readonly visit: {
    readonly row: VisitRow;
    readonly grant: Grant | undefined;
    readonly entered: boolean;
    readonly overstayed: boolean;
  };
  /** The disk cannot be relied on, so that no token can be spent. */
  readonly ledgerFault: boolean;
  /** Nobody can say that the wall clock is right, so that no token can be judged. */
  readonly clockUntrusted: boolean;
  /** Channels that are not listened to, after too many wrong codes. */
  readonly lockedOut: readonly Channel[];
  readonly alarms: readonly Alarm[];
  readonly refusedShown: boolean;
  readonly indication: Indication;
}

/** At boot nothing is known, and nothing is assumed. */
export const initialState = (): LockState => ({
  board: 'away',
  contacts: noContacts(),
  door: 'unknown',
  bolt: { row: 'unknown', status: 'unknown', cause: 'unspecified', changedBy: 'unspecified', failedTries: 0 },
  visit: { row: 'idle', grant: undefined, entered: false, overstayed: false },
  ledgerFault: false,
  clockUntrusted: false,
  lockedOut: [],
  alarms: [],
  refusedShown: false,
  indication: 'off',
});

export type Timer = 'bolt' | 'visit' | 'refused' | `contact.${Contact}` | `lockout.${Channel}`;

export type LockEvent =
  | MechanismEvent
  | { readonly type: 'elapsed'; readonly timer: Timer }
  | { readonly type: 'token.admitted'; readonly grant: Grant }
  | { readonly type: 'token.refused'; readonly refusal: Refusal }
  | { readonly type: 'spent'; readonly spendKey: string }
  | { readonly type: 'spend.failed'; readonly spendKey: string }
  | { readonly type: 'ledger.failed' }
  /** The owner has sealed a new journal: tokens can be spent again. */
  | { readonly type: 'ledger.resealed' }
  | { readonly type: 'vetoed' }
  /** The household wants it locked. */
  | { readonly type: 'lock.commanded' }
  | { readonly type: 'clock.judged'; readonly trusted: boolean }
  /** One wrong code too many came on a channel; or the last boot ended while it was locked out. */
  | { readonly type: 'lockout.began'; readonly channel: Channel };

/** Things to do, in order. None of them makes the lock wait: what comes of them comes back as an event. */
export type Effect =
  | { readonly type: 'drive'; readonly direction: Direction }
  | { readonly type: 'halt' }
  | { readonly type: 'arm'; readonly timer: Timer; readonly delayMs: number }
  | { readonly type: 'disarm'; readonly timer: Timer }
  | { readonly type: 'spend'; readonly grant: Grant }
  /** Write how it ended, and tell it: both or neither. */
  | { readonly type: 'end'; readonly grant: Grant; readonly outcome: VisitOutcome }
  | { readonly type: 'end_lockout'; readonly channel: Channel }
  | { readonly type: 'tell'; readonly event: EventBody }
  | { readonly type: 'indicate'; readonly indication: Indication }
  /** The firmware did what its own table calls impossible: a bug, already met by the safe state. */
  | { readonly type: 'fault'; readonly detail: string };
