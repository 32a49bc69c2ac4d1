/**
 * No motion before its spend is durable; each token moves the bolt at most once, across all reboots;
 * and nothing else but the button inside, or a safe whose key is out, ever withdraws a bolt that holds
 * a shut door; and once that key is locked in, no contact says that it is out.
 *
 * What is durable is read off the disk's own operations, as bytes: a spend counts when the sync behind its
 * append has settled, and is lost with the power before that.
 */
import type { Contact } from '../../firmware/ports/index.ts';
import type { Checker } from './checker.ts';
import { hasEnded, isHolding, type View } from './circumstances.ts';

/** From a finger that is felt to the drive that answers: the contact has to hold still, and a board may have to come back. */
const ANSWERED_MS_MAX = 600;

export const spendBeforeMotion: Checker = {
  name: 'spend before motion',
  promises: 'a bolt that holds a shut door is withdrawn for a token only after its use is durable, once for each token',
  tiers: ['a'],
  watch(view, complain) {
    const durable = new Set<string>();
    let written: string[] = [];
    /** Durable, and not yet moved for. */
    const waiting = new Set<string>();
    const moved = new Set<string>();
    let before = view.plant.truth().driven;
    /** A drive that has begun, and should not have. What came late over a wire, and was ended before, is ended in the very moment. */
    let wrong: { readonly what: string; readonly atMs: number } | undefined;
    const judge = (): void => {
      if (wrong === undefined || view.now.nowMs() === wrong.atMs) return;
      complain(wrong.what);
      wrong = undefined;
    };

    const lockedIn = lockedInOf(view);
    return {
      see(observation) {
        judge();
        lockedIn.look();
        if (observation.what === 'disk') {
          const { kind, phase, bytes } = observation;
          if (phase === 'issued' && bytes !== undefined) {
            // A file that is put in place whole holds nothing that was not in the one before.
            if (kind === 'append')
              written.push(...view.recordsIn(bytes, 'spent').map((record) => String(record.token_id)));
          } else if (phase === 'done' && kind === 'sync') {
            for (const id of written) {
              if (!durable.has(id)) waiting.add(id);
              durable.add(id);
            }
            written = [];
          }
          return;
        }
        if (observation.what === 'lock' && hasEnded(observation)) {
          // What was not synced may be there or not; it moves nothing in the next life either way.
          written = [];
          waiting.clear();
          return;
        }
        if (observation.what !== 'truth') return;
        const { truth } = observation;
        const began = truth.driven === 'withdraw' && before !== 'withdraw';
        before = truth.driven;
        if (truth.driven !== 'withdraw') wrong = undefined;
        if (!began || truth.doorOpen || !isHolding(truth) || isForPeople(view, lockedIn.is()) || seemsOpen(view))
          return;
        const [id] = waiting;
        if (id !== undefined) {
          waiting.delete(id);
          moved.add(id);
          return;
        }
        const what =
          written.length > 0
            ? `the bolt is withdrawn, and the use of ${written[0]} is not durable yet`
            : moved.size > 0
              ? `the bolt is withdrawn again for a token that has moved it: ${[...moved].at(-1)}`
              : 'the bolt is withdrawn, and nobody has pressed a button or spent a token';
        wrong = { what, atMs: view.now.nowMs() };
      },
      end: judge,
    };
  },
};

/** A bolt on its way into a frame that the door seems to have left is called back; nobody gains a door that was shut. */
export const seemsOpen = ({ profile, plant }: View): boolean =>
  profile.contacts.includes('door_closed') && !plant.contact('door_closed');

/** What is in its place for so long behind a thrown bolt counts as in, also where its contact has to rest before it is believed. */
const LOCKED_IN_MS = 65_000;

/**
 * Whether what a safe keeps has come to be locked in, as everybody could see: then no word of its own contact opens it for
 * whoever presses the button. Until the lid is seen open, or the bolt not thrown, or nobody looks.
 */
export function lockedInOf({ now, profile, plant }: View): { look(): void; is(): boolean } {
  let sinceMs: number | undefined;
  let isLockedIn = false;
  const isAt = (contact: Contact): boolean => !profile.contacts.includes(contact) || plant.contact(contact);
  return {
    look() {
      if (!profile.contacts.includes('item_present')) return;
      // As it was until now.
      if (sinceMs !== undefined && now.nowMs() - sinceMs >= LOCKED_IN_MS) isLockedIn = true;
      const isShut =
        isAt('bolt_thrown') && isAt('door_closed') && !now.isTroubled(['power', 'serial', 'disk'], LOCKED_IN_MS);
      if (!isShut) isLockedIn = false;
      if (isShut && now.truth().itemPresent && isAt('item_present')) sinceMs ??= now.nowMs();
      else sinceMs = undefined;
    },
    is: () => isLockedIn,
  };
}

/** Somebody inside presses the button; or the key is out of a safe, and can be given back. */
export function isForPeople({ now, profile, plant }: View, isLockedIn = false): boolean {
  const { contacts, travelMsMax, pulseMs = 0 } = profile;
  // What a wire has kept for longer than a drive lasts was ended in it.
  const keptMs = now.isTroubled('serial', ANSWERED_MS_MAX) ? Math.max(travelMsMax, pulseMs) : 0;
  const pressedMs = now.lastShownMs('inside_button', true);
  if (contacts.includes('inside_button') && now.nowMs() - pressedMs <= ANSWERED_MS_MAX + keptMs) return true;
  if (!contacts.includes('item_present')) return false;
  return (!plant.contact('item_present') && !isLockedIn) || !now.truth().itemPresent;
}
