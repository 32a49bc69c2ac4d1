/**
 * MODES: what the owner has said about everybody. Matter's OperatingModeEnum, with a courier's token
 * in the place of Matter's codes and cards: `vacation` is a lock that is worked from afar only,
 * `no_remote_lock_unlock` one that is not, and in `privacy` somebody inside wants to be alone.
 *
 * Two lines are the same in every mode, and no mode is asked for them: the button inside, and the
 * bolt that is thrown behind whoever left.
 */
import { type Channel, type OperatingMode, type Refused, refuse } from '../../protocol/index.ts';

/** Who wants something of the lock. */
export const ASKED = ['token_at_reader', 'token_by_mqtt', 'lock_command', 'inside_button', 'auto_relock'] as const;
export type Asked = (typeof ASKED)[number];

const PRIVACY = refuse('privacy_mode', 'somebody inside wants to be alone');
const NOT_HERE = refuse('owner_veto', 'nobody is home: the owner takes no token at the door in vacation mode');
const NOT_FROM_AFAR = refuse('owner_veto', 'the owner has switched off everything that comes from afar');

export const MODES: { readonly [M in OperatingMode]: { readonly [A in Asked]: 'allowed' | Refused } } = {
  normal: {
    token_at_reader: 'allowed',
    token_by_mqtt: 'allowed',
    lock_command: 'allowed',
    inside_button: 'allowed',
    auto_relock: 'allowed',
  },
  vacation: {
    token_at_reader: NOT_HERE,
    token_by_mqtt: 'allowed',
    lock_command: 'allowed',
    inside_button: 'allowed',
    auto_relock: 'allowed',
  },
  privacy: {
    token_at_reader: PRIVACY,
    token_by_mqtt: PRIVACY,
    lock_command: 'allowed', // it locks: nobody is less alone for it
    inside_button: 'allowed',
    auto_relock: 'allowed',
  },
  no_remote_lock_unlock: {
    token_at_reader: 'allowed',
    token_by_mqtt: NOT_FROM_AFAR,
    lock_command: NOT_FROM_AFAR,
    inside_button: 'allowed',
    auto_relock: 'allowed',
  },
};

export function refusalIn(mode: OperatingMode, asked: Asked): Refused | undefined {
  const answer = MODES[mode][asked];
  return answer === 'allowed' ? undefined : answer;
}

export const tokenOn = (channel: Channel): Asked => (channel === 'reader' ? 'token_at_reader' : 'token_by_mqtt');
