/**
 * What signed bytes allow at a moment, judged without any memory: epoch, windows, the limits that
 * the owner put on the carrier, and whether the phone was here just now. The lock asks these after
 * the signatures; `inspect` asks the same functions, so that it cannot say otherwise than the lock.
 */
import {
  ACTION,
  type Delegation,
  FRESHNESS_S,
  type Hours,
  type Presentation,
  type Refused,
  refuse,
  type WallS,
} from '../../protocol/index.ts';
import { type Dial, dialIn, type ReadDial } from './dial.ts';

/** The state of the lock that limits are judged against. */
export interface LimitsContext {
  /** The owner's epoch: delegations and guest tokens of an older one are dead. Absent: not judged. */
  readonly epoch?: number;
  /** In the lock's own time zone. Absent: hours are judged in UTC. */
  readonly dial?: ReadDial;
}

/** The first limit that does not hold now, or undefined when all do. */
export function withinLimits(
  presentation: Presentation,
  nowS: WallS,
  context: LimitsContext = {},
): Refused | undefined {
  const stale = withinEpoch(presentation, context.epoch);
  if (stale !== undefined) return stale;
  const { token } = presentation;
  const delegation = delegationOf(presentation);
  if (delegation !== undefined) {
    const { limits } = delegation;
    const late = withinWindow('delegation', delegation, nowS);
    if (late !== undefined) return late;
    if (token.notBeforeS < delegation.notBeforeS || token.expiresS > delegation.expiresS) {
      return refuse('chain_invalid', "the token reaches outside the delegation's window");
    }
    if (token.expiresS - token.notBeforeS > limits.windowS) {
      return refuse('chain_invalid', `the token's window is longer than the ${limits.windowS} s that the owner allows`);
    }
    if ((limits.actions & ACTION[token.action]) === 0) {
      return refuse('wrong_action', `the owner does not let this carrier ${token.action}`);
    }
  }
  const early = withinWindow('token', token, nowS);
  if (early !== undefined) return early;
  const hours = delegation?.limits.hours;
  if (hours !== undefined && !withinHours(hours, (context.dial ?? dialIn('UTC'))(nowS))) {
    return refuse('outside_hours', "not at this hour of this weekday, in the lock's time zone");
  }
  return undefined;
}

/** Whether the chain is of the owner's present epoch, when one is given. */
export function withinEpoch(presentation: Presentation, ownersEpoch?: number): Refused | undefined {
  const delegation = delegationOf(presentation);
  // Only a token that names its delegation by a hash can have one of its own too: that one could only contradict it.
  if (delegation !== undefined && presentation.token.epoch !== undefined) {
    return refuse('chain_invalid', 'a token under a delegation has no epoch of its own');
  }
  const epoch = epochOf(presentation);
  if (epoch === undefined) return refuse('chain_invalid', "a token that the owner signed needs the owner's epoch");
  if (ownersEpoch === undefined || epoch >= ownersEpoch) return undefined;
  return refuse('epoch_stale', `issued in epoch ${epoch}; the owner has since begun epoch ${ownersEpoch}`);
}

/** The epoch of the chain: what the owner signed says it. */
export const epochOf = (presentation: Presentation): number | undefined =>
  delegationOf(presentation)?.limits.epoch ?? presentation.token.epoch;

const delegationOf = ({ token }: Presentation): Delegation | undefined =>
  'delegation' in token.issuer ? token.issuer.delegation : undefined;

/** Whether a one-way QR was drawn just now. A nonce is not judged here: only the lock knows its own. */
export function withinFreshness(presentation: Presentation, nowS: WallS): Refused | undefined {
  if (!('drawnAtS' in presentation.proof)) return undefined;
  const ageS = nowS - presentation.proof.drawnAtS;
  if (Math.abs(ageS) <= FRESHNESS_S) return undefined;
  return refuse(
    'holder_proof_failed',
    ageS > 0 ? `the code was drawn ${ageS} s ago: redraw it` : `the code was drawn ${-ageS} s in the future`,
  );
}

function withinWindow(
  what: string,
  window: { readonly notBeforeS: WallS; readonly expiresS: WallS },
  nowS: WallS,
): Refused | undefined {
  if (nowS < window.notBeforeS) return refuse('not_yet_valid', `the ${what} begins in ${window.notBeforeS - nowS} s`);
  // RFC 8392 §3.1.4: exp is the moment "on or after which" the token is not accepted.
  if (nowS >= window.expiresS) return refuse('expired', `the ${what} ended ${nowS - window.expiresS} s ago`);
  return undefined;
}

/** Whether what the dial shows lies in one of the weekly windows. The end is exclusive; local wall time decides on days with a clock change. */
export function withinHours(hours: readonly Hours[], { weekday, minute }: Dial): boolean {
  const dayBefore = (weekday + 6) % 7;
  return hours.some(({ weekdays, startMinute, endMinute }) => {
    const startsOn = (day: number): boolean => (weekdays & (1 << day)) !== 0;
    if (startMinute < endMinute) return startsOn(weekday) && minute >= startMinute && minute < endMinute;
    return (startsOn(weekday) && minute >= startMinute) || (startsOn(dayBefore) && minute < endMinute);
  });
}
