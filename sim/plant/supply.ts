/** The electric side of a drive: what the motor draws, and what that does to the battery. */

/** From rest a motor draws as if it were stalled until it turns. */
export const RUSH_MS = 60;
export const RUNNING_MILLIAMPS = 180;
export const STALLED_MILLIAMPS = 900;

/** The voltage goes down by this for each ampere. */
const SAG_MILLIVOLTS_PER_AMP = 500;

export interface Load {
  readonly driven: boolean;
  readonly drivenSinceMs: number;
  /** It pulls, and nothing moves. */
  readonly stalled: boolean;
}

export function milliamps({ driven, drivenSinceMs, stalled }: Load, nowMs: number): number {
  if (!driven) return 0;
  return stalled || nowMs - drivenSinceMs < RUSH_MS ? STALLED_MILLIAMPS : RUNNING_MILLIAMPS;
}

/** Of a battery of `restMillivolts` under that current. */
export const terminalMillivolts = (restMillivolts: number, drawn: number): number =>
  Math.max(0, restMillivolts - Math.floor((drawn * SAG_MILLIVOLTS_PER_AMP) / 1000));
