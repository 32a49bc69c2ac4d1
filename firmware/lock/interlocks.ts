/**
 * Why the door takes no token now, by what its profile asks for. A token that is refused here is not
 * used up. Nothing of this holds anybody in, keeps a bolt from being thrown, or a key from coming back.
 */
import { type Refused, refuse } from '../../protocol/index.ts';
import type { Contact } from '../ports/index.ts';
import type { Profile } from './profiles/profile.ts';
import type { LockState } from './state.ts';

export function interlockOf({ battery, contacts, item, visit }: LockState, profile: Profile): Refused | undefined {
  /** Wired, and not seen as it has to be: what nobody knows counts as the worse of the two. */
  const amiss = (contact: Contact): boolean => profile.contacts.includes(contact) && contacts[contact].closed !== true;
  if (battery.level === 'reserve') return refuse('battery_low', 'what is left in the battery is kept for relocking');
  if (amiss('ignition_off')) return refuse('ignition_on', 'the ignition is on, or nobody can say that it is off');
  if (amiss('mounted')) return refuse('mount_removed', 'the safe is not where it was mounted');
  if (amiss('upright')) return refuse('mount_removed', 'the safe does not hang upright');
  if (item.place === 'out') return refuse('actuator_busy', 'what it keeps is out; it may be given back at any time');
  if (profile.battery !== undefined && battery.level === 'unknown') {
    return refuse('board_lost', 'the board has not said yet what is left in the battery');
  }
  if (profile.ringFirst && visit.row === 'idle') return refuse('ring_first', 'nobody has rung the bell');
  return undefined;
}
