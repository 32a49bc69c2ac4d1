/** Everything that the lock knows of the door at one moment, what may happen to it, and what it wants done. */
import type {
  Alarm,
  BoltStatus,
  Channel,
  DoorStateWord,
  EventBody,
  OperationSource,
  Refusal,
  Refused,
  VisitOutcome,
} from '../../protocol/index.ts';
import type { Contact, Direction, Indication, MechanismEvent } from '../ports/index.ts';
import { NOTHING_RECKONED, type Reckoning } from './assume.ts';
import { type Battery, NO_BATTERY } from './battery.ts';
import type { BellRow } from './bell.ts';
import type { BoltRow } from './bolt.ts';
import { type Contacts, noContacts } from './contacts.ts';
import { ITEM_IN, type Item } from './item.ts';
import type { LastingTimer, Restored } from './lasting.ts';
import type { Changes } from './restless.ts';
import type { VisitRow } from './visit.ts';

/** A token that passed every check, and is reserved. */
export interface Grant {
  /** Replay key: who issued it, and its id. */
  readonly spendKey: string;
  /** The token's id in hexadecimal: a public number. */
  readonly tokenId: string;
  readonly channel: Channel;
  /** Kid of the phone that showed it, in hexadecimal; not known of a visit that goes on after a power cut. */
  readonly holderKid?: string;
}

export interface LockState {
  /** A board that has not answered yet is awaited; only one that is gone is `away`, and an alarm. */
  readonly board: 'awaited' | 'away' | 'ready';
  readonly contacts: Contacts;
  /** Contacts that do not hold still. */
  readonly unsteady: readonly Contact[];
  /** Edges of each contact in its running window. */
  readonly edges: Readonly<Partial<Record<Contact, number>>>;
  readonly changes: Changes;
  /** Contacts that have changed too often to be believed before they have rested. */
  readonly restless: readonly Contact[];
  readonly door: DoorStateWord;
  /** The door has stood open for too long. */
  readonly ajar: boolean;
  readonly bolt: {
    readonly row: BoltRow;
    readonly status: BoltStatus;
    /** Who asked for the drive that is under way. */
    readonly cause: OperationSource;
    /** Who brought it into the row where it stands. */
    readonly changedBy: OperationSource;
    /** Tries to throw that failed since it last arrived anywhere. */
    readonly failedTries: number;
    /**
     * Somebody inside has pressed the button, and has not opened the door since; and who wants it locked behind them.
     * `resumed`: they pressed in the life before.
     */
    readonly egress: { readonly lockBehind?: OperationSource; readonly resumed?: true } | undefined;
    /**
     * A throw found the door on the move: who wants it, how often it was put off for that, and whether it waits now. Until it
     * is done, or the door is seen open, or somebody comes or goes.
     */
    readonly putOff: { readonly by: OperationSource; readonly times: number; readonly waits: boolean } | undefined;
  };
  /** Where a bolt is that no contact sees. */
  readonly reckoning: Reckoning;
  readonly visit: {
    readonly row: VisitRow;
    readonly grant: Grant | undefined;
    readonly entered: boolean;
    /** How often the door was opened in it. */
    readonly openings: number;
    readonly overstayed: boolean;
    /** The owner has ended it, or a power cut: what is left is to get the door sealed, whatever openings the policy allows. */
    readonly isToBeSealed?: boolean;
    /** Of one that a power cut interrupted: its door was seen shut since. */
    readonly seenShut?: boolean;
  };
  readonly bell: {
    readonly row: BellRow;
    /** A ring was told just now: the chime sounds, and further rings are counted. */
    readonly chiming: boolean;
    readonly repeats: number;
  };
  readonly item: Item;
  /** The board has seen it there since it came up, and since nobody could say how the lid stands. */
  readonly isItemSeen: boolean;
  /** The lid was open while the contact of what it keeps did not hold still; until it is seen there. */
  readonly mayItemHaveLeft: boolean;
  /** It was seen gone behind this lid, which nobody has opened since, and was not locked in since. */
  readonly isFoundEmpty: boolean;
  readonly battery: Battery;
  /** A visit could not be sealed, or no try to throw is left; until the bolt is seen thrown behind a shut door. */
  readonly relockFailed: boolean;
  /**
   * A lock that does not relock by itself is to be locked behind somebody: a visit has withdrawn its bolt, or it was asked
   * to while somebody was on the way out. Until it is seen thrown behind a shut door.
   */
  readonly relockOwed: boolean;
  /** The disk cannot be relied on, so that no token can be spent. */
  readonly ledgerFault: boolean;
  /** There is no room to remember one more used token. */
  readonly ledgerFull: boolean;
  /** Nobody can say that the wall clock is right, so that no token can be judged. */
  readonly clockUntrusted: boolean;
  /** So much waits to be reported that no visit may begin. */
  readonly logFull: boolean;
  /** Channels that are not listened to, after too many wrong codes. */
  readonly lockedOut: readonly Channel[];
  readonly alarms: readonly Alarm[];
  /** What is left of waits of the life before: each is used once, by the next wait of its name. */
  readonly left: Readonly<Partial<Record<LastingTimer, number>>>;
  /** Why the door takes no token now, by what the profile asks for. */
  readonly interlock: Refused | undefined;
  readonly refusedShown: boolean;
  readonly indication: Indication;
}

/** At boot nothing is known, and nothing is assumed, but what the life before has left. */
export const initialState = (restored?: Restored): LockState => ({
  board: 'awaited',
  contacts: noContacts(),
  unsteady: [],
  edges: {},
  changes: {},
  restless: [],
  door: 'unknown',
  ajar: restored?.held.includes('DoorAjar') ?? false,
  bolt: {
    row: 'unknown',
    status: 'unknown',
    cause: 'unspecified',
    changedBy: 'unspecified',
    failedTries: 0,
    egress: restored?.leaving === true ? { resumed: true } : undefined,
    putOff: undefined,
  },
  reckoning: NOTHING_RECKONED,
  visit:
    restored?.visit === undefined
      ? { row: 'idle', grant: undefined, entered: false, openings: 0, overstayed: false }
      : { ...restored.visit, row: 'resumed', isToBeSealed: true },
  bell: { row: 'up', chiming: false, repeats: 0 },
  item: restored?.item ?? ITEM_IN,
  isItemSeen: false,
  mayItemHaveLeft: false,
  isFoundEmpty: false,
  battery: NO_BATTERY,
  relockFailed: restored?.relockFailed ?? false,
  relockOwed: restored?.relockOwed ?? false,
  ledgerFault: false,
  ledgerFull: false,
  clockUntrusted: false,
  logFull: false,
  lockedOut: [],
  alarms: restored?.held ?? [],
  left: restored?.left ?? {},
  interlock: undefined,
  refusedShown: false,
  indication: 'off',
});

export type Timer =
  | 'bolt'
  | 'visit'
  | 'refused'
  /** The longest travel of a drive is over: it is let go, whatever row the bolt is in. */
  | 'drive'
  /** A bolt that nobody sees has arrived, as far as can be reckoned. */
  | 'reckoned'
  /** The door stands open. */
  | 'ajar'
  /** What a safe keeps is out. */
  | 'item'
  | 'bell'
  | 'chime'
  /** The button inside is held down. */
  | 'inside'
  | `contact.${Contact}`
  | `flicker.${Contact}`
  /** One change of a contact is made good. */
  | `change.${Contact}`
  | `lockout.${Channel}`;

export type LockEvent =
  | MechanismEvent
  /** The firmware is up: what the life before has left goes on. Once, before anything else. */
  | {
      readonly type: 'resumed';
      /** A token was spent, and nothing is known of what came of it: the bolt may have been withdrawn for it. */
      readonly spentBefore?: boolean;
    }
  | { readonly type: 'elapsed'; readonly timer: Timer }
  | { readonly type: 'token.admitted'; readonly grant: Grant }
  | { readonly type: 'token.refused'; readonly refusal: Refusal }
  | { readonly type: 'spent'; readonly spendKey: string }
  | { readonly type: 'spend.failed'; readonly spendKey: string }
  | { readonly type: 'ledger.failed' }
  /** The owner has sealed a new journal: tokens can be spent again. */
  | { readonly type: 'ledger.resealed' }
  | { readonly type: 'vetoed' }
  /** The household wants it locked. Always safe: the bolt is thrown with the door observed closed, or not at all. */
  | { readonly type: 'lock.commanded' }
  | { readonly type: 'clock.judged'; readonly trusted: boolean }
  | { readonly type: 'log.judged'; readonly full: boolean }
  | { readonly type: 'ledger.judged'; readonly full: boolean }
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
