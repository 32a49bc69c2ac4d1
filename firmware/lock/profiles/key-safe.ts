/**
 * A box with a key in it, outside, on a wall or on the car whose key it is. Its one-time unit is the
 * release *and the return* of the key: a visit ends when the key is back and the lid is shut.
 *
 * An empty safe keeps nobody out and nothing in, so its bolt is not thrown: the key can be given back
 * without a token, without a clock, and without power. Where the bolt was thrown over an empty safe
 * by hand, its own button (`bell`) withdraws it, for as long as the key was seen to leave.
 */
import { DOOR } from './door.ts';
import type { Profile } from './profile.ts';

export const KEY_SAFE: Profile = {
  ...DOOR,
  name: 'key-safe',
  action: 'release',
  unit: 'a release and the return: the key taken out, the key put back, the lid shut and the bolt seen thrown',
  drive: 'motor',
  contacts: ['bolt_thrown', 'bolt_withdrawn', 'door_closed', 'bell', 'cover_on', 'item_present', 'mounted', 'upright'],
  needsRtc: true,
  battery: { warnMillivolts: 3_500, reserveMillivolts: 3_300 },
  stayMsMax: 120_000,
};
