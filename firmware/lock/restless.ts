/**
 * A contact that holds still each time, and changes again and again: a door that the wind moves in its frame, a wire that
 * is about to break. Each change is an event, and a night of them would fill the journal, and the outbox with what has to
 * be told before a visit may begin. So each contact has a bucket of changes, which fills slowly. One that has used it up is
 * *restless*: that is told, once, with `SensorConflict`, and nothing that it says counts until it has rested.
 *
 *     believed ── on its way back from its worse level, with an empty bucket ──▶ restless ── has rested ──▶ believed
 *
 * Its worse level (open, off, gone) is believed at once when it was not the last that was, and whatever alarm that raises
 * stands until the contact has rested: nobody hides a forced door behind one that rattles.
 *
 * A button is believed whenever it holds, since whoever is inside gets out by it; what is counted is how often it did not
 * hold still. Too often, and its `SensorConflict` stands until all of that is made good.
 */
import type { Contact } from '../ports/index.ts';

export interface Allowance {
  /** Changes that may come at once. */
  readonly most: number;
  /** Time for one more. */
  readonly againMs: number;
  /** How long a restless one has to hold still; of a button, which is believed all the same, none. */
  readonly restMs: number | undefined;
}

/** What people move all day: a shop's door opens three times a minute. */
const MOVED: Allowance = { most: 60, againMs: 10_000, restMs: 60_000 };

/** What nobody moves: each change of it is an alarm, and alarms push nothing out. */
const LEFT_ALONE: Allowance = { most: 20, againMs: 300_000, restMs: 300_000 };

/** What people press; one that flickers is an alarm each time, and the bell's wires are outside. */
const PRESSED: Allowance = { most: 20, againMs: 300_000, restMs: undefined };

const ALLOWANCES: Readonly<Record<Contact, Allowance>> = {
  bolt_thrown: MOVED,
  bolt_withdrawn: MOVED,
  latched: MOVED,
  door_closed: MOVED,
  item_present: MOVED,
  ignition_off: MOVED,
  cover_on: LEFT_ALONE,
  mounted: LEFT_ALONE,
  upright: LEFT_ALONE,
  bell: PRESSED,
  inside_button: PRESSED,
};

export const allowanceOf = (contact: Contact): Allowance => ALLOWANCES[contact];

export const isButton = (contact: Contact): boolean => ALLOWANCES[contact].restMs === undefined;

/** Changes of each contact that its bucket has not made good yet. */
export type Changes = Readonly<Partial<Record<Contact, number>>>;

/** One change more. */
export const changed = (changes: Changes, contact: Contact): Changes => ({
  ...changes,
  [contact]: Math.min(ALLOWANCES[contact].most, (changes[contact] ?? 0) + 1),
});

/** One change less: its time has come. */
export function madeGood(changes: Changes, contact: Contact): Changes {
  const { [contact]: count = 0, ...rest } = changes;
  return count > 1 ? { ...rest, [contact]: count - 1 } : rest;
}

export const isUsedUp = (changes: Changes, contact: Contact): boolean =>
  (changes[contact] ?? 0) >= ALLOWANCES[contact].most;
