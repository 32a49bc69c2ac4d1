/**
 * How much is left. Below `warn` the owner is told; below `reserve` no token is taken any more, and
 * what is left is kept for throwing the bolt and for whoever wants out. A voltage dips while a motor
 * runs and creeps up after it: a level is left only when it is exceeded by `BACK_MILLIVOLTS`.
 */
import type { BatteryLevel } from '../../protocol/index.ts';
import type { Profile } from './profiles/profile.ts';

export interface Battery {
  readonly millivolts: number | undefined;
  readonly level: BatteryLevel;
}

export const NO_BATTERY: Battery = { millivolts: undefined, level: 'unknown' };

const BACK_MILLIVOLTS = 150;

export function measured({ level }: Battery, millivolts: number, limits: Profile['battery']): Battery {
  if (limits === undefined) return { millivolts, level: 'unknown' };
  const back = (of: BatteryLevel): number => (level === of || level === 'reserve' ? BACK_MILLIVOLTS : 0);
  if (millivolts < limits.reserveMillivolts + back('reserve')) return { millivolts, level: 'reserve' };
  return { millivolts, level: millivolts < limits.warnMillivolts + back('low') ? 'low' : 'ok' };
}
