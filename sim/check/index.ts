/** The promises that every run is watched for, whatever is played in it. */
import { driveBounded, lockedAgain, thrownBehindDoor } from './drive.ts';
import { insideButtonOpens } from './egress.ts';
import { alarmsHaveCauses, everyEventOnce, nothingSecret, reportIsTrue } from './reports.ts';
import { spendBeforeMotion } from './spends.ts';

export type { Checker, Watch } from './checker.ts';
export { circumstances, type Follower, type View } from './circumstances.ts';

export const CHECKERS = [
  spendBeforeMotion,
  driveBounded,
  thrownBehindDoor,
  lockedAgain,
  insideButtonOpens,
  reportIsTrue,
  everyEventOnce,
  nothingSecret,
  alarmsHaveCauses,
] as const;
