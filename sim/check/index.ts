/** The promises that every run is watched for, whatever is played in it. */
import { alarmsAreRaised } from './alarms-raised.ts';
import type { Checker } from './checker.ts';
import { driveBounded, lockedAgain, lockedBehind, thrownBehindDoor } from './drive.ts';
import { insideButtonOpens } from './egress.ts';
import { refusedWhen } from './refused.ts';
import {
  alarmsComeAndGo,
  alarmsHaveCauses,
  everyEventOnce,
  everyVisitEnds,
  nothingSecret,
  reportIsTrue,
} from './reports.ts';
import { usedByRight } from './rights.ts';
import { reportsHangTogether } from './signed.ts';
import { spendBeforeMotion } from './spends.ts';
import { visitsEndTruly } from './visits.ts';

export type { Checker, Watch } from './checker.ts';
export { circumstances, type Follower, type View } from './circumstances.ts';

export const CHECKERS: readonly Checker[] = [
  spendBeforeMotion,
  usedByRight,
  driveBounded,
  thrownBehindDoor,
  lockedAgain,
  lockedBehind,
  insideButtonOpens,
  reportIsTrue,
  everyEventOnce,
  everyVisitEnds,
  nothingSecret,
  alarmsHaveCauses,
  alarmsAreRaised,
  alarmsComeAndGo,
  visitsEndTruly,
  refusedWhen,
  reportsHangTogether,
];
