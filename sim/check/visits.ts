/** What is told of the end of a visit, against what has happened at the door since its token was used. */
import { isSprung } from '../../firmware/lock/profiles/index.ts';
import type { Checker } from './checker.ts';
import { hasEnded, SEEN_MS } from './circumstances.ts';

/** From a bolt that is seen thrown to the record that says so, at most: on a slow disk others go before it. */
const WRITTEN_MS = 15_000;

/** Outcomes of a visit to which somebody came in. */
const OPENED: readonly string[] = ['sealed', 'left_open'];

export const visitsEndTruly: Checker = {
  name: 'a visit ends as it was',
  promises: 'the outcome that is told of a visit is what has happened at the door since its token was used',
  tiers: ['a'],
  watch(view, complain) {
    const { now, profile } = view;
    /** When the use of a token was handed to the disk, how often the door had been opened by then, and since when it is durable. */
    const uses = new Map<
      string,
      { readonly atMs: number; readonly openings: number; readonly atS: unknown; durableMs?: number }
    >();
    let pressedMs = Number.NEGATIVE_INFINITY;
    /** Since when it stands open, and when it was shut last after it had stood open for long enough to be seen. */
    let openedMs: number | undefined;
    let leftMs = Number.NEGATIVE_INFINITY;
    const granted = new Set<unknown>();
    /** When the owner may have said something last. */
    let wordMs = Number.NEGATIVE_INFINITY;
    const judged = new Set<unknown>();
    /** When it was told first that its door was opened, by token. */
    const entered = new Map<unknown, unknown>();
    /** When the door was last shut and its bolt thrown. */
    let sealedMs = Number.NEGATIVE_INFINITY;
    let hasBeenDark = false;
    let isSealed = true;
    const isUnseen = (): boolean => now.handled() || now.wasTroubled('power', 'serial', 'mechanism', 'people', 'disk');
    return {
      see(observation) {
        if (observation.what === 'truth') {
          // As it was until now.
          if (isSealed) sealedMs = now.nowMs();
          const { doorOpen, bolt } = observation.truth;
          isSealed = !doorOpen && bolt >= 950;
          if (!doorOpen && openedMs !== undefined && now.nowMs() - openedMs > SEEN_MS) leftMs = now.nowMs();
          openedMs = doorOpen ? (openedMs ?? now.nowMs()) : undefined;
        }
        if (observation.what === 'contact' && observation.contact === 'inside_button') pressedMs = now.nowMs();
        if (observation.what === 'lock' && hasEnded(observation)) hasBeenDark = true;
        if (observation.what === 'disk' && observation.kind === 'append' && observation.phase === 'issued') {
          const { doorOpenings, doorOpen } = now.truth();
          // Of one that stands open already the lock has not heard yet, or it had refused: it is seen to open in this visit.
          const openings = doorOpen ? doorOpenings - 1 : doorOpenings;
          for (const { token_id: id, at_s: atS } of view.recordsIn(observation.bytes ?? new Uint8Array(), 'spent'))
            uses.set(String(id), { atMs: now.nowMs(), openings, atS });
        }
        if (observation.what === 'disk' && observation.kind === 'sync' && observation.phase === 'done')
          for (const use of uses.values()) use.durableMs ??= now.nowMs();
        if (observation.what === 'sent' || (observation.what === 'shown' && observation.answer.kind === 'heard'))
          wordMs = now.nowMs();
        if (observation.what !== 'published') return;
        const topic = view.eventTopicOf(observation.topic);
        if (topic === 'access') {
          const { event_type: type, token_id: token } = view.read(observation.payload);
          if (type === 'granted') granted.add(token);
        }
        if (topic !== 'visit') return;
        const { event_type: type, token_id: token, id, outcome, ts, ...receipt } = view.read(observation.payload);
        if (type === 'entered' && !entered.has(token)) entered.set(token, ts);
        if (type !== 'ended' || judged.has(id)) return;
        judged.add(id);
        // What a disk that fails has lost is on no receipt; nor what a broker was told late, or never.
        const isKnown = !now.tampered() && !now.wasTroubled('disk', 'network');
        if (isKnown && receipt.entered_at !== entered.get(token))
          complain(
            `the receipt of ${token} says that the door was opened at ${receipt.entered_at}, and it was at ${entered.get(token)}`,
          );
        const usedAt = uses.get(String(token))?.atS;
        if (isKnown && usedAt !== undefined && Date.parse(String(receipt.granted_at)) !== Number(usedAt) * 1_000)
          complain(`the receipt of ${token} says that it was used at ${receipt.granted_at}, and it was at ${usedAt}`);
        if (outcome === 'spent_outcome_unknown' && !hasBeenDark)
          complain(`the visit of ${token} is said to be interrupted, and the power has never gone`);
        const use = uses.get(String(token));
        // Told late, or of a door that nobody could see: what was so then is not known here any more.
        if (use === undefined || isUnseen() || now.wasTroubled('network')) return;
        // What the owner says while the bolt is on its way turns it round: then nobody was let in, and came in all the same.
        if (OPENED.includes(String(outcome)) && !granted.has(token) && wordMs < use.atMs)
          complain(`the visit of ${token} is said to be ${outcome}, and it was never told that it was let in`);
        if (outcome === 'sealed' && !entered.has(token))
          complain(`the visit of ${token} is said to be sealed, and it was never told that the door was opened`);
        const wasOpened = now.truth().doorOpenings > use.openings;
        if (outcome === 'sealed' && !wasOpened)
          complain(`the visit of ${token} is said to be sealed, and nobody came in`);
        if (isSealed) sealedMs = now.nowMs();
        if ((outcome === 'sealed' || outcome === 'granted_not_entered') && now.nowMs() - sealedMs > WRITTEN_MS)
          complain(`the visit of ${token} is said to be ${outcome}, and the door is not locked`);
        // Whoever was inside may have gone out before the bolt was free for the token, or while its use was still on its
        // way to the disk: that is no entry of its courier.
        const grantedMs = use.durableMs ?? Number.POSITIVE_INFINITY;
        if (outcome === 'granted_not_entered' && leftMs > grantedMs && !isSprung(profile) && pressedMs < use.atMs)
          complain(`nobody is said to have come in by ${token}, and the door was opened`);
      },
    };
  },
};
