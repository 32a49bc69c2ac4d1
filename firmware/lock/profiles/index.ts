import { CAR_TRUNK } from './car-trunk.ts';
import { DOOR } from './door.ts';
import { KEY_SAFE } from './key-safe.ts';
import type { Profile, ProfileName } from './profile.ts';

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  door: DOOR,
  'key-safe': KEY_SAFE,
  'car-trunk': CAR_TRUNK,
};

export { CAR_TRUNK } from './car-trunk.ts';
export { DOOR } from './door.ts';
export { KEY_SAFE } from './key-safe.ts';
export * from './profile.ts';
