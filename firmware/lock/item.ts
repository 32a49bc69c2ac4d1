/**
 * What a safe keeps. It is *out* when it was seen to leave through the open lid, and from then on it
 * may be given back without asking anybody. What vanishes behind a lid that is shut and locked was not
 * taken: that is a contact that fails, or a thief with a saw, and it opens nothing.
 *
 *     in ── gone, lid open ──▶ out ── seen again ──▶ in
 *      │                        └─ too long ──▶ overdue: ItemNotReturned
 *      └─ gone, lid shut and bolt thrown ──▶ missing: SensorConflict ── seen again ──▶ in
 *
 * Where the life before has left no word of it, its disk having failed perhaps while the key was out, a safe that is
 * found empty with its bolt withdrawn is one whose key is out: there is nothing in it to be kept from anybody.
 */
import type { DoorStateWord, ItemPlace } from '../../protocol/index.ts';
import type { BoltRow } from './bolt.ts';

export interface Item {
  readonly place: ItemPlace;
  readonly overdue: boolean;
}

export const ITEM_IN: Item = { place: 'in', overdue: false };

/** After anything was observed; `present` is undefined while nobody knows, `isHeardOf` false while nobody has left word. */
export function looked(
  item: Item,
  present: boolean | undefined,
  door: DoorStateWord,
  bolt: BoltRow,
  isHeardOf = true,
): Item {
  if (present === undefined) return item;
  if (present) return item.place === 'in' ? item : ITEM_IN;
  if (item.place !== 'in') return item;
  const isFoundOpen = !isHeardOf && door === 'closed' && bolt === 'unlocked';
  if (door === 'open' || door === 'forced_open' || isFoundOpen) return { place: 'out', overdue: false };
  // Between the lid's moving and its contact's settling nobody knows yet.
  return door === 'closed' && bolt === 'locked' ? { place: 'missing', overdue: false } : item;
}
