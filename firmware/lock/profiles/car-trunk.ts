/**
 * The trunk of a parked car. Its one-time unit is one pulse to the latch, and the lid shut again.
 *
 * Nothing tells where the latch is: only the lid's switch is the truth, and what is said of the latch
 * is assumed. The release inside is mechanical and always wins; wired as `inside_button` it is seen,
 * too. The driver's own key and lever open the lid without the lock: that is no break-in.
 */
import { DOOR } from './door.ts';
import type { Profile } from './profile.ts';

export const CAR_TRUNK: Profile = {
  ...DOOR,
  name: 'car-trunk',
  action: 'unlatch',
  unit: 'a lid pulse: the latch freed once, the lid opened once and seen shut again',
  drive: 'pulse',
  contacts: ['door_closed', 'inside_button', 'ignition_off'],
  pulseMs: 500,
  freeMs: 5_000,
  opensByHand: true,
  entryWindowMs: 10_000,
  battery: { warnMillivolts: 11_800, reserveMillivolts: 11_500 },
};
