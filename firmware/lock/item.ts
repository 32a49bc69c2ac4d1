/**
 * What a safe keeps. It is *out* when it was seen to leave through the open lid, and from then on it
 * may be given back without asking anybody. What vanishes behind a lid that is shut and locked was not
 * taken: that is a contact that fails, or a thief with a saw, and it opens nothing.
 *
 *     in ── gone, lid open ──▶ out ── seen again ──▶ in
 *      │                        └─ too long ──▶ overdue: ItemNotReturned
 *      └─ gone, lid shut and bolt thrown ──▶ missing: SensorConflict ── seen again ──▶ in
 */
import type { DoorStateWord, ItemPlace } from '../../protocol/index.ts';
import type { BoltRow } from './bolt.ts';

export interface Item {
  readonly place: ItemPlace;
  readonly overdue: boolean;
}

export const ITEM_IN: Item = { place: 'in', overdue: false };

/** After anything was observed; `present` is undefined while nobody knows. */
export function looked(item: Item, present: boolean | undefined, door: DoorStateWord, bolt: BoltRow): Item {
  if (present === undefined) return item;
  if (present) return item.place === 'in' ? item : ITEM_IN;
  if (item.place !== 'in') return item;
  if (door === 'open' || door === 'forced_open') return { place: 'out', overdue: false };
  // Between the lid's moving and its contact's settling nobody knows yet.
  return door === 'closed' && bolt === 'locked' ? { place: 'missing', overdue: false } : item;
}
