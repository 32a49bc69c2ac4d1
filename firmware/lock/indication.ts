/**
 * What light and buzzer say, and when: one line for each, the first that holds is shown. Somebody who
 * stands before the door reads it without words, so what concerns their hand comes first.
 */
import type { Indication } from '../ports/index.ts';
import type { LockState } from './state.ts';

export interface IndicationRule {
  readonly indication: Indication;
  readonly when: string;
  holds(state: LockState): boolean;
}

export const INDICATIONS: readonly IndicationRule[] = [
  { indication: 'off', when: 'the board is away, or has not answered yet', holds: ({ board }) => board !== 'ready' },
  { indication: 'jammed', when: 'the bolt is jammed', holds: ({ bolt }) => bolt.row === 'jammed' },
  { indication: 'fault', when: 'nobody knows where the bolt is', holds: ({ bolt }) => bolt.row === 'unknown' },
  {
    indication: 'wait',
    when: 'a token is being spent, or the bolt is on its way for it',
    holds: ({ visit }) => visit.row === 'spending' || visit.row === 'unlocking',
  },
  {
    indication: 'granted',
    when: 'a visit may come in, or is in',
    holds: ({ visit }) => ['awaiting_entry', 'door_open', 'overstayed'].includes(visit.row),
  },
  { indication: 'refused', when: 'a token was refused just now', holds: ({ refusedShown }) => refusedShown },
  { indication: 'rung', when: 'the bell was heard just now: the chime', holds: ({ bell }) => bell.chiming },
  {
    indication: 'fault',
    when: 'no token can be spent or judged: the disk has failed or has no room for it, or the clock is not trusted',
    holds: ({ ledgerFault, ledgerFull, clockUntrusted }) => ledgerFault || ledgerFull || clockUntrusted,
  },
  {
    indication: 'battery_low',
    when: 'the battery is low',
    holds: ({ battery }) => battery.level === 'low' || battery.level === 'reserve',
  },
  { indication: 'ready', when: 'otherwise', holds: () => true },
];

export const indicationOf = (state: LockState): Indication =>
  INDICATIONS.find(({ holds }) => holds(state))?.indication ?? 'off';
