/**
 * A front door with a motor dead-bolt. Its one-time unit is an entry: withdraw, one opening, one
 * closing, thrown again.
 */
import type { Action } from '../../../protocol/index.ts';

export interface Profile {
  readonly name: string;
  /** What a token may ask of it; any other action is `wrong_action`. */
  readonly action: Action;
  /** A contact counts when it has held still this long. */
  readonly settleMs: number;
  /** Longest drive of the bolt from end to end; then it is jammed. */
  readonly travelMsMax: number;
  /** How long a withdrawn bolt waits for somebody to open the door. */
  readonly entryWindowMs: number;
  /** From the door observed closed to the bolt thrown, when no visit asks for it sooner. */
  readonly relockAfterMs: number;
  /** Pause before the next try to throw a jammed bolt; doubled for each try that failed. */
  readonly retryAfterMs: number;
  readonly retriesMax: number;
  /** How long a ring is remembered as somebody waiting. */
  readonly arrivalMsMax: number;
  /** Longest wait for the disk to make a spend durable; then the token is denied. */
  readonly spendMsMax: number;
  /** Longest wait of a visit for the bolt to be withdrawn. */
  readonly unlockMsMax: number;
  /** How long the door may stand open in a visit before VisitOverstay is raised. */
  readonly stayMsMax: number;
  /** Longest wait of a visit, from the door closed to the bolt thrown. */
  readonly sealMsMax: number;
  /** How long a channel is not listened to after WRONG_CODES_MAX wrong codes in a row. Matter allows 255 s at most. */
  readonly lockoutMs: number;
  /** How long the light says "refused". */
  readonly refusedMs: number;
}

export const DOOR: Profile = {
  name: 'door',
  action: 'unlock',
  settleMs: 20,
  travelMsMax: 3_000,
  entryWindowMs: 30_000,
  relockAfterMs: 3_000,
  retryAfterMs: 2_000,
  retriesMax: 3,
  arrivalMsMax: 600_000,
  spendMsMax: 5_000,
  unlockMsMax: 5_000,
  stayMsMax: 300_000,
  sealMsMax: 30_000,
  lockoutMs: 60_000,
  refusedMs: 3_000,
};
