/**
 * What every checker has to know of a run: how long the lock has been up, what is broken, what was
 * seen when. A fold of the observations, and of nothing that the firmware says of itself.
 */

import type { Profile } from '../../firmware/lock/profiles/index.ts';
import type { Contact, Voucher } from '../../firmware/ports/index.ts';
import type { PublishedState, ReportPins, Verify, WallS } from '../../protocol/index.ts';
import { GROUPS } from '../faults/catalogue.ts';
import type { Observation } from '../observation.ts';
import { BOLT_CLEARS_FRAME } from '../plant/bolt.ts';
import type { Plant, Truth } from '../plant/plant.ts';
import type { FoundRecord } from './records.ts';

/** What a checker may look at. */
export interface View {
  readonly profile: Profile;
  readonly plant: Plant;
  /** Texts that must never be published. */
  readonly secrets: readonly string[];
  /** What the wall clock of the lock's machine shows, and who vouches for it. */
  wallS(): WallS;
  vouchedBy(): Voucher;
  readonly eventTopicOf: (topic: string) => string | undefined;
  readonly stateTopic: string;
  readonly controlTopic: string;
  readonly resultTopic: string;
  /** What is asked of the lock on a topic, if anything is. */
  readonly commandOf: (topic: string) => string | undefined;
  /** Public keys, 32 bytes each: whose word the lock has to take. */
  readonly ownersKeys: { readonly root: Uint8Array; readonly recovery: Uint8Array };
  /** Whose reports they have to be, and how a signature is judged. */
  readonly reportPins: ReportPins;
  readonly verify: Verify;
  /** What a payload of the lock's says. Read once, however many look at it. */
  read(payload: string): Readonly<Record<string, unknown>>;
  /** A state of the lock's; likewise. Throws at what is none. */
  readState(payload: string): PublishedState;
  /** Records of a type in what is written to the disk; likewise. */
  recordsIn(bytes: Uint8Array, type: 'spent' | 'event' | 'floor'): readonly FoundRecord[];
  readonly now: Circumstances;
}

export type FaultGroup = keyof typeof GROUPS;

export interface Circumstances {
  nowMs(): number;
  truth(): Truth;
  /** Since when the lock is up, its board there, the network there; undefined while it is not. */
  upSinceMs(): number | undefined;
  boardSinceMs(): number | undefined;
  networkSinceMs(): number | undefined;
  /** All that is named is there, and has been for so many milliseconds. */
  hasBeenUp(forMs: number, ...parts: readonly ('lock' | 'board' | 'network')[]): boolean;
  /** Something of these groups is broken now, or was within the last so many milliseconds. */
  isTroubled(groups: FaultGroup | readonly FaultGroup[], withinMs?: number): boolean;
  /** Something of these groups was ever broken. */
  wasTroubled(...groups: readonly FaultGroup[]): boolean;
  /** When a contact last showed closed, and open; −∞ before the first time. */
  lastShownMs(contact: Contact, closed: boolean): number;
  /** Since when the door stands open, in truth. */
  openSinceMs(): number | undefined;
  /** What a safe keeps was taken or given back through a lid that was open for so short a time that nobody may have seen it. */
  isItemUnseen(): boolean;
  /** Somebody has moved the bolt by hand. */
  handled(): boolean;
  /** The disk was changed or put back by somebody, so that its history is not the lock's. */
  tampered(): boolean;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** A contact that bounces, and has to hold still: a door that was open for less is one that nobody has seen open. */
export const SEEN_MS = 100;

/** A door, or a key, that is moved oftener than this is one whose contact a lock stops believing: that excuses like a broken one. */
const MOVES_MAX = 50;
const MOVE_FORGOTTEN_MS = 10_000;

const groupOf = new Map<string, FaultGroup>(
  (Object.keys(GROUPS) as FaultGroup[]).flatMap((group) =>
    Object.keys(GROUPS[group]).map((fault) => [fault, group] as const),
  ),
);

/** What it had not synced is in nobody's memory any more. */
export const hasEnded = (observation: Extract<Observation, { what: 'lock' }>): boolean =>
  observation.is === 'dark' || observation.is === 'ended';

/** The owner has told the lock what time it is: from now on its machine's clock is not asked. */
export const setsTime = (view: View, observation: Observation): boolean => {
  if (observation.what !== 'published' || view.eventTopicOf(observation.topic) !== 'system') return false;
  const { event_type: type, op, result } = view.read(observation.payload);
  return type === 'control' && op === 'set-time' && result === 'applied';
};

/** Which truth holds the door. */
export const isHolding = ({ bolt }: Truth): boolean => bolt > BOLT_CLEARS_FRAME;

export interface Follower extends Circumstances {
  see(observation: Observation, atMs: number): void;
}

export function circumstances(plant: Plant): Follower {
  let nowMs = 0;
  let truth = plant.truth();
  let upSinceMs: number | undefined;
  let boardSinceMs: number | undefined = 0;
  let networkSinceMs: number | undefined = 0;
  let openSinceMs: number | undefined;
  let isItemMoved = false;
  let isItemUnseen = false;
  let handled = false;
  let tampered = false;
  let isDark = false;
  const broken = new Map<string, number>();
  const mendedMs = new Map<FaultGroup, number>();
  const shown = new Map<string, number>();

  /** How often each was moved lately. */
  const moves = { door: movesOf(), item: movesOf() };

  const isBroken = (group: FaultGroup, withinMs: number): boolean => {
    if (group === 'power' && isDark) return true;
    for (const fault of broken.keys()) if (groupOf.get(fault) === group) return true;
    return nowMs - (mendedMs.get(group) ?? NEVER) < withinMs;
  };
  return {
    see(observation, atMs) {
      nowMs = atMs;
      switch (observation.what) {
        case 'truth': {
          const next = observation.truth;
          if (next.bolt !== truth.bolt && next.driven === 'none' && truth.driven === 'none') handled = true;
          if (next.itemPresent !== truth.itemPresent) isItemMoved = true;
          if (next.doorOpen !== truth.doorOpen && moves.door(atMs) > MOVES_MAX) mendedMs.set('mechanism', atMs);
          if (next.itemPresent !== truth.itemPresent && moves.item(atMs) > MOVES_MAX) mendedMs.set('mechanism', atMs);
          if (!next.doorOpen && openSinceMs !== undefined) {
            if (atMs - openSinceMs >= SEEN_MS) isItemUnseen = false;
            else isItemUnseen ||= isItemMoved;
            isItemMoved = false;
          }
          if (next.doorOpen !== truth.doorOpen) openSinceMs = next.doorOpen ? atMs : undefined;
          truth = next;
          return;
        }
        case 'contact':
          shown.set(`${observation.contact} ${observation.closed}`, atMs);
          return;
        case 'lock':
          upSinceMs = observation.is === 'up' ? atMs : undefined;
          if (observation.is === 'dark') isDark = true;
          if (isDark) mendedMs.set('power', atMs);
          if (observation.is === 'up') isDark = false;
          return;
        case 'board':
          boardSinceMs = observation.there ? atMs : undefined;
          return;
        case 'network':
          networkSinceMs = observation.there ? atMs : undefined;
          return;
        case 'fault': {
          const group = groupOf.get(observation.fault);
          if (group === undefined) return;
          // Mended, and not broken: nobody is excused by that.
          if (!observation.on && !broken.has(observation.fault)) return;
          if (observation.on) broken.set(observation.fault, atMs);
          else broken.delete(observation.fault);
          mendedMs.set(group, atMs);
          if (observation.fault === 'disk-bits' || observation.fault === 'disk-put-back') tampered = true;
          return;
        }
      }
    },
    nowMs: () => nowMs,
    truth: () => truth,
    upSinceMs: () => upSinceMs,
    boardSinceMs: () => boardSinceMs,
    networkSinceMs: () => networkSinceMs,
    hasBeenUp: (forMs, ...parts) =>
      parts.every((part) => {
        const sinceMs = { lock: upSinceMs, board: boardSinceMs, network: networkSinceMs }[part];
        return sinceMs !== undefined && nowMs - sinceMs >= forMs;
      }),
    isTroubled: (groups, withinMs = 0) =>
      typeof groups === 'string' ? isBroken(groups, withinMs) : groups.some((group) => isBroken(group, withinMs)),
    wasTroubled: (...groups) => groups.some((group) => mendedMs.has(group)),
    lastShownMs(contact, closed) {
      // A contact that has shown one level from the beginning has shown it all the time.
      if (plant.contact(contact) === closed) return nowMs;
      return shown.get(`${contact} ${closed}`) ?? NEVER;
    },
    openSinceMs: () => openSinceMs,
    isItemUnseen: () => isItemUnseen,
    handled: () => handled,
    tampered: () => tampered,
  };
}

/** Counts one more, and gives how many there were, of which one is forgotten every now and then. */
function movesOf(): (atMs: number) => number {
  let count = 0;
  let sinceMs = 0;
  return (atMs) => {
    count = Math.max(0, count - (atMs - sinceMs) / MOVE_FORGOTTEN_MS) + 1;
    sinceMs = atMs;
    return count;
  };
}
