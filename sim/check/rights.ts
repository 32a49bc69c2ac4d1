/**
 * Whose use is written to the disk, judged by what was shown and by the words of the token alone: not by what
 * the firmware made of it, whose judgement may be what is wrong.
 */
import { FRESHNESS_S, isSignedBy, NONCE_MS_MAX, type Presentation, toHex } from '../../protocol/index.ts';
import type { Checker } from './checker.ts';
import type { View } from './circumstances.ts';
import type { FoundRecord } from './records.ts';
import { whatIsShown } from './shown.ts';

/** From a nonce that was answered in time to the record of the use, at most. */
const WRITTEN_MS = 5_000;
export const usedByRight: Checker = {
  name: 'used by right',
  promises:
    'no token is used but one that was shown: for this lock and this product, in its time, signed by its carrier, and shown a moment ago by the phone that it is for',
  tiers: ['a'],
  watch(view, complain) {
    const shown = whatIsShown();
    /** The lock's nonces, and when it has said them last. */
    const given = new Map<string, number>();
    return {
      see(observation) {
        shown.see(observation);
        if (observation.what === 'published' && observation.topic === view.resultTopic) {
          const { nonce } = view.read(observation.payload);
          if (nonce !== undefined) given.set(String(nonce), view.now.nowMs());
        }
        if (observation.what !== 'disk' || observation.kind !== 'append' || observation.phase !== 'issued') return;
        for (const record of view.recordsIn(observation.bytes ?? new Uint8Array(), 'spent')) {
          const id = String(record.token_id);
          const flaws = shown.of(id).map((presentation) => flawOf(presentation, record, view, given));
          if (flaws.length === 0) complain(`the token ${id} is used, and nobody has shown it`);
          else if (!flaws.includes(undefined)) complain(`the token ${id} is used, and ${flaws.at(-1)}`);
        }
      },
    };
  },
};

/** Why this one gives no right to what was written, by the lock's own clock. */
function flawOf(
  { signed, token, proof }: Presentation,
  record: FoundRecord,
  view: View,
  given: ReadonlyMap<string, number>,
): string | undefined {
  const { reportPins, verify, profile } = view;
  const atS = Number(record.at_s);
  if (token.audience !== reportPins.audience) return 'it is for another lock';
  if (token.action !== profile.action) return `it is to ${token.action}`;
  if (atS < token.notBeforeS || atS >= token.expiresS) return 'this is not its time';
  const { issuer, holder } = token;
  if ('delegation' in issuer && !isSignedBy(token.signed, 'token', issuer.delegation.carrier, verify))
    return 'its carrier has not signed it';
  if (!isSignedBy(signed, 'presentation', holder, verify)) return 'another phone has shown it';
  if (record.channel === 'mqtt') {
    const givenMs = 'nonce' in proof ? given.get(toHex(proof.nonce)) : undefined;
    if (givenMs === undefined) return 'it answers no nonce';
    // A disk that stood still has the use late.
    const isLate = view.now.nowMs() - givenMs > NONCE_MS_MAX + WRITTEN_MS;
    return isLate && !view.now.wasTroubled('disk') ? 'its nonce is old' : undefined;
  }
  return 'drawnAtS' in proof && Math.abs(atS - proof.drawnAtS) > FRESHNESS_S ? 'its code is old' : undefined;
}
