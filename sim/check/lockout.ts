/** Whoever tries codes is locked out, through any power cut. */
import { isSignedBy } from '../../protocol/index.ts';
import type { Checker } from './checker.ts';
import { hasEnded, type View } from './circumstances.ts';
import { ear } from './ear.ts';
import { presentationIn } from './shown.ts';

/** Wrong codes in a row, as Matter's WrongCodeEntryLimit counts them. */
const WRONG_MAX = 5;
/** From a wrong code to its record on the disk, at most: a power cut before may forget it. */
const WRITTEN_MS = 4_000;
const SLACK_MS = 2_000;

export const guessersAreLockedOut: Checker = {
  name: 'who guesses is locked out',
  promises:
    'after five wrong codes in a row no token is taken at the reader for the time of its lockout, through any power cut',
  tiers: ['a'],
  watch(view, complain) {
    const { now, profile } = view;
    const reader = ear();
    let wrong = 0;
    /** Refused as well, and perhaps as wrong codes. */
    let doubtful = 0;
    let firstMs = 0;
    let lastMs = Number.NEGATIVE_INFINITY;
    /** Until then it may be locked out by codes that were not all forged: what comes then counts for nothing. */
    let deafUntilMs = Number.NEGATIVE_INFINITY;
    // From the first of them: nobody knows whether others before it counted, and which was the last that did.
    const isDown = (): boolean => wrong >= WRONG_MAX && now.nowMs() - firstMs < profile.lockoutMs - SLACK_MS;
    const forgive = (): void => {
      wrong = 0;
      doubtful = 0;
    };
    const count = (text: string, answer: 'denied' | 'try_again'): void => {
      if (isForged(text, view)) {
        // Nobody has looked at it: the channel was locked out still, by codes of which nobody knows which was the last.
        if (answer === 'try_again') return;
        if (wrong === 0) firstMs = now.nowMs();
        wrong += 1;
        lastMs = now.nowMs();
      } else doubtful += 1;
      if (wrong >= WRONG_MAX || wrong + doubtful < WRONG_MAX) return;
      deafUntilMs = now.nowMs() + profile.lockoutMs;
      forgive();
    };
    return {
      see(observation) {
        if (wrong >= WRONG_MAX && !isDown()) forgive();
        if (observation.what === 'lock' && hasEnded(observation) && now.nowMs() - lastMs < WRITTEN_MS) forgive();
        if (observation.what !== 'shown' || observation.channel !== 'reader') return;
        if (observation.answer.kind === 'admitted') {
          if (isDown() && !now.tampered() && !now.wasTroubled('disk'))
            complain(`a token is taken ${now.nowMs() - firstMs} ms after the first of ${wrong} wrong codes in a row`);
          reader.refill(now.nowMs());
          forgive();
          return;
        }
        const isHeard = reader.hears(now.nowMs());
        if (observation.answer.kind !== 'refused' || isDown() || !isHeard || now.nowMs() < deafUntilMs) return;
        count(observation.text, observation.answer.answer);
      },
    };
  },
};

/** Reads as a code for this lock, and its carrier has not signed it. */
function isForged(text: string, { reportPins, verify }: View): boolean {
  const token = presentationIn(text)?.token;
  if (token === undefined || token.audience !== reportPins.audience || !('delegation' in token.issuer)) return false;
  return !isSignedBy(token.signed, 'token', token.issuer.delegation.carrier, verify);
}
