/**
 * ALARMS: each with its cause, and with what clears it. None is switched on or off by hand: an alarm
 * stands for as long as its cause does, and both are read off the state after every step.
 *
 * One that stands goes on until its cause can be judged to be gone: darkness clears nothing, be it a power cut, a
 * board that was torn off, or a wire that somebody plays with.
 */
import type { Alarm } from '../../protocol/index.ts';
import type { Contact } from '../ports/index.ts';
import type { Profile } from './profiles/profile.ts';
import type { LockState } from './state.ts';

export interface AlarmRule {
  readonly alarm: Alarm;
  readonly cause: string;
  readonly clearedBy: string;
  holds(state: LockState): boolean;
  /** Whether anybody can say now that the cause is gone. */
  judged(state: LockState, profile: Profile): boolean;
}

const closed = ({ contacts }: LockState, contact: Contact): boolean | undefined => contacts[contact].closed;
const always = (): boolean => true;
/** What is not wired any more tells nothing, and holds nothing. */
const told = (state: LockState, { contacts }: Profile, contact: Contact): boolean =>
  !contacts.includes(contact) || closed(state, contact) !== undefined;

export const ALARM_RULES: readonly AlarmRule[] = [
  {
    alarm: 'LockJammed',
    cause: 'the bolt did not arrive in its time, or its motor stalled',
    clearedBy: 'the bolt is seen to have arrived, or to have moved; one more try, or a start, clears nothing',
    holds: ({ bolt }) => bolt.row === 'jammed',
    // Between its ends it may stand where it jammed, if that is only where it was found.
    judged: ({ bolt: { row, changedBy } }) =>
      row === 'locked' || row === 'unlocked' || (row === 'not_fully_locked' && changedBy !== 'unspecified'),
  },
  {
    alarm: 'WrongCodeEntryLimit',
    cause: 'too many wrong codes in a row came on one channel',
    clearedBy: 'its lockout is over',
    holds: ({ lockedOut }) => lockedOut.length > 0,
    judged: always,
  },
  {
    alarm: 'FrontEscutcheonRemoved',
    cause: 'the cover is off, or its wire is cut',
    clearedBy: 'the cover is seen on again',
    holds: (state) => closed(state, 'cover_on') === false,
    judged: (state, profile) => told(state, profile, 'cover_on'),
  },
  {
    alarm: 'DoorForcedOpen',
    cause: 'the door was opened while the bolt was seen thrown',
    clearedBy: 'the door is seen closed',
    holds: ({ door }) => door === 'forced_open',
    judged: ({ door }) => door === 'closed',
  },
  {
    alarm: 'DoorAjar',
    cause: 'the door has stood open for too long, visit or not',
    clearedBy: 'the door is seen closed',
    holds: ({ ajar }) => ajar,
    judged: always, // told by the state itself, which is kept
  },
  {
    alarm: 'RelockFailed',
    cause: 'a visit ended and the bolt was not seen thrown, or every try to throw it has failed',
    clearedBy: 'the bolt is seen thrown behind a closed door',
    holds: ({ relockFailed }) => relockFailed,
    judged: always,
  },
  {
    alarm: 'LedgerFault',
    cause: 'the disk failed, the journal is damaged, or it has no room for one more used token: none can be spent',
    clearedBy: 'the owner seals a new journal, a start reads a sound one, or enough used tokens have long expired',
    holds: ({ ledgerFault, ledgerFull }) => ledgerFault || ledgerFull,
    judged: always,
  },
  {
    alarm: 'ClockUntrusted',
    cause: 'nobody vouches for the clock, or it jumped',
    clearedBy: 'the clock is vouched for again',
    holds: ({ clockUntrusted }) => clockUntrusted,
    judged: always,
  },
  {
    alarm: 'LogBroken',
    cause: 'so much waits for a broker that no visit could be reported any more: no token is granted',
    clearedBy: 'a broker has taken enough of it',
    holds: ({ logFull }) => logFull,
    judged: always,
  },
  {
    alarm: 'VisitOverstay',
    cause: 'in a visit the door has stood open for too long',
    clearedBy: 'the visit ends',
    holds: ({ visit }) => visit.overstayed,
    judged: always,
  },
  {
    alarm: 'ItemNotReturned',
    cause: 'what a safe keeps has been out for too long',
    clearedBy: 'it is seen in its place',
    holds: ({ item }) => item.overdue,
    judged: always,
  },
  {
    alarm: 'MountRemoved',
    cause: 'the safe is off its mount or tilted, or the wire to it is cut',
    clearedBy: 'it is seen mounted and upright',
    holds: (state) => closed(state, 'mounted') === false || closed(state, 'upright') === false,
    judged: (state, profile) => told(state, profile, 'mounted') && told(state, profile, 'upright'),
  },
  {
    alarm: 'SensorConflict',
    cause:
      'both ends of the bolt at once, a contact that does not hold still or changes again and again, or an item that vanished behind a shut lid',
    clearedBy: 'what is seen makes sense again',
    holds: ({ bolt, unsteady, item }) => bolt.status === 'conflict' || unsteady.length > 0 || item.place === 'missing',
    judged: ({ bolt }) => bolt.status !== 'unknown',
  },
  {
    alarm: 'BoardLost',
    cause: 'the board does not answer',
    clearedBy: 'the board is ready',
    holds: ({ board }) => board === 'away',
    judged: always,
  },
];

/** Words of the vocabulary that nothing here can cause, with the reason. */
export const WITHOUT_CAUSE: Readonly<Partial<Record<Alarm, string>>> = {
  LockFactoryReset: 'enrolling again makes another lock of it, with a journal of its own',
  LockRadioPowerCycled: 'there is no radio',
};

/** What stands now: what holds, and what stood before and cannot be judged. */
export function alarmsOf(state: LockState, profile: Profile): readonly Alarm[] {
  const before = state.alarms;
  const alarms = ALARM_RULES.filter(
    ({ alarm, holds, judged }) => holds(state) || (before.includes(alarm) && !judged(state, profile)),
  ).map(({ alarm }) => alarm);
  // The list of before, when nothing in it is another: whoever looks for changes need not look into it.
  return before.length === alarms.length && alarms.every((alarm, i) => alarm === before[i]) ? before : alarms;
}
