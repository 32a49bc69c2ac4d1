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
    let lastMs = Number.NEGATIVE_INFINITY;
    const isDown = (): boolean => wrong >= WRONG_MAX && now.nowMs() - lastMs < profile.lockoutMs - SLACK_MS;
    return {
      see(observation) {
        if (wrong >= WRONG_MAX && !isDown()) wrong = 0;
        if (observation.what === 'lock' && hasEnded(observation) && now.nowMs() - lastMs < WRITTEN_MS) wrong = 0;
        if (observation.what !== 'shown' || observation.channel !== 'reader') return;
        if (observation.answer.kind === 'admitted') {
          if (isDown() && !now.tampered() && !now.wasTroubled('disk'))
            complain(`a token is taken ${now.nowMs() - lastMs} ms after ${wrong} wrong codes in a row`);
          reader.refill(now.nowMs());
          wrong = 0;
          return;
        }
        const isHeard = reader.hears(now.nowMs());
        if (observation.answer.kind !== 'refused' || isDown() || !isHeard || !isForged(observation.text, view)) return;
        wrong += 1;
        lastMs = now.nowMs();
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
