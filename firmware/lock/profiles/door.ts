/**
 * A front door with a dead-bolt that has a contact at each end. Its one-time unit is an entry:
 * withdraw, one opening, one closing, thrown again.
 */
import type { Profile } from './profile.ts';

export type { Profile } from './profile.ts';

export const DOOR: Profile = {
  name: 'door',
  action: 'unlock',
  unit: 'an entry: one opening of the door, one closing, and the bolt seen thrown behind it',
  drive: 'servo',
  contacts: ['bolt_thrown', 'bolt_withdrawn', 'door_closed', 'bell', 'inside_button'],
  ringFirst: false,
  openingsMax: 1,
  autoRelock: true,
  opensByHand: false,
  needsRtc: false,
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
  leaveMsMax: 1_800_000,
  ajarMsMax: 600_000,
  returnMsMax: 43_200_000,
  sealMsMax: 30_000,
  lockoutMs: 60_000,
  refusedMs: 3_000,
  doublePressMs: 400,
  longPressMs: 2_000,
  stuckMs: 30_000,
  repeatMs: 3_000,
  flickerMs: 2_000,
  flickerEdgesMax: 60,
};
