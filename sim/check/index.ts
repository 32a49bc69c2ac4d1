/** The promises that every run is watched for, whatever is played in it. */
import type { Checker } from './checker.ts';
import { driveBounded, lockedAgain, thrownBehindDoor } from './drive.ts';
import { insideButtonOpens } from './egress.ts';
import { alarmsHaveCauses, everyEventOnce, everyVisitEnds, nothingSecret, reportIsTrue } from './reports.ts';
import { spendBeforeMotion } from './spends.ts';

export type { Checker, Watch } from './checker.ts';
export { circumstances, type Follower, type View } from './circumstances.ts';

export const CHECKERS: readonly Checker[] = [
  spendBeforeMotion,
  driveBounded,
  thrownBehindDoor,
  lockedAgain,
  insideButtonOpens,
  reportIsTrue,
  everyEventOnce,
  everyVisitEnds,
  nothingSecret,
  alarmsHaveCauses,
];
