/** The promises that every run is watched for, whatever is played in it. */
import { alarmsAreRaised } from './alarms-raised.ts';
import { alarmsStand } from './alarms-stand.ts';
import { answersAreTrue } from './answers.ts';
import type { Checker } from './checker.ts';
import { driveBounded, lockedAgain, lockedBehind, thrownBehindDoor } from './drive.ts';
import { insideButtonOpens, timeToLeave } from './egress.ts';
import { rightIsEnough } from './let-in.ts';
import { guessersAreLockedOut } from './lockout.ts';
import { ownerIsObeyed } from './owner.ts';
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
import { whatHappensIsTold } from './told.ts';
import { visitsEndTruly } from './visits.ts';
import { whoMovedIt } from './who.ts';

export type { Checker, Watch } from './checker.ts';
export { circumstances, type Follower, type View } from './circumstances.ts';

export const CHECKERS: readonly Checker[] = [
  spendBeforeMotion,
  usedByRight,
  rightIsEnough,
  driveBounded,
  thrownBehindDoor,
  lockedAgain,
  lockedBehind,
  insideButtonOpens,
  timeToLeave,
  reportIsTrue,
  whoMovedIt,
  whatHappensIsTold,
  everyEventOnce,
  everyVisitEnds,
  nothingSecret,
  alarmsHaveCauses,
  alarmsAreRaised,
  alarmsComeAndGo,
  alarmsStand,
  visitsEndTruly,
  refusedWhen,
  ownerIsObeyed,
  guessersAreLockedOut,
  answersAreTrue,
  reportsHangTogether,
];
