/**
 * What a safe keeps. It is *out* when it was seen to leave through the open lid, and from then on it
 * may be given back without asking anybody. What vanishes behind a lid that is shut and locked was not
 * taken: that is a contact that fails, or a thief with a saw, and it opens nothing.
 *
 *     in ── gone, lid open ──▶ out ── seen again ──▶ in
 *      │                        └─ too long ──▶ overdue: ItemNotReturned
 *      └─ gone, lid shut and bolt thrown ──▶ missing: SensorConflict ── seen again ──▶ in
 *
 * What is out comes back through the lid. When its contact says so behind a lid that was shut on the empty place and has
 * stayed shut, it is believed, since it is to be locked in; and when it is gone again there before the bolt is seen thrown
 * behind it, it was out all the time. From then on it is locked in: nothing that its contact says opens the safe.
 *
 * One whose contact did not hold still while the lid was open may have left unseen. When it is found gone, and was not
 * seen there in between, it was taken, wherever lid and bolt are by then.
 *
 * Nobody looks while the power or the board is gone. A safe that is found empty by a board that has just come up, with
 * its bolt not thrown, is one whose key is out, whatever was known before: it was taken in the dark, or the disk failed
 * while it was out. There is nothing in it to be kept from anybody.
 */
import type { DoorStateWord, ItemPlace } from '../../protocol/index.ts';
import type { BoltRow } from './bolt.ts';

export interface Item {
  readonly place: ItemPlace;
  readonly overdue: boolean;
}

export const ITEM_IN: Item = { place: 'in', overdue: false };

/**
 * After anything was observed; `present` is undefined while nobody knows, `isSeen` false before this board has seen it
 * there, `mayHaveLeft` true when the lid was open since then and nobody could say whether it still was, or when it was
 * seen gone behind the very lid, and not locked in since.
 */
export function looked(
  item: Item,
  present: boolean | undefined,
  door: DoorStateWord,
  bolt: BoltRow,
  isSeen = true,
  mayHaveLeft = false,
): Item {
  if (present === undefined) return item;
  if (present) return item.place === 'in' ? item : ITEM_IN;
  if (item.place !== 'in') return item;
  const isFoundOpen = !isSeen && door === 'closed' && holdsNothing(bolt);
  if (door === 'open' || door === 'forced_open' || isFoundOpen || mayHaveLeft) return { place: 'out', overdue: false };
  // Between the lid's moving and its contact's settling nobody knows yet.
  return door === 'closed' && bolt === 'locked' ? { place: 'missing', overdue: false } : item;
}

/** A bolt that is observed not thrown, and does not move: whoever wants to lifts the lid. */
export const holdsNothing = (bolt: BoltRow): boolean => bolt === 'unlocked' || bolt === 'not_fully_locked';
