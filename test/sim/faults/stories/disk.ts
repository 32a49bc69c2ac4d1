/** What the lock must do where the disk fails. */
import { admitted, delivered, letOut, nonce, refused, type Stories } from './story.ts';

export const DISK_STORIES: Stories = {
  'disk-full': [
    {
      shows: 'a token whose use cannot be written is refused; the button inside and the relock go on',
      steps: [
        'fault: {disk-full: {room: 0}}',
        'present: courier-1',
        'expect: {alarm: LedgerFault, within: 5s}',
        'present: courier-2',
        'expect: {answer: denied, bolt: thrown, for: 5s}',
        'expect: {withdrawn_times: 0}',
        ...letOut,
        'expect: {withdrawn_times: 1}',
      ],
    },
  ],
  'disk-error': [
    {
      shows: 'the first failure is final for this life, and for no longer',
      steps: [
        'fault: {disk-error: {on: sync}}',
        'present: courier-1',
        'expect: {alarm: LedgerFault, within: 5s}',
        ...refused('ledger_unavailable', 'courier-2'),
        'after: 10m',
        ...refused('ledger_unavailable', 'courier-3'),
        'restart: lock',
        'after: 2s',
        ...admitted('courier-2'),
        'expect: {no_alarm: LedgerFault}',
      ],
    },
  ],
  'disk-stalled': [
    {
      shows: 'the token that waits for it is denied after spendMsMax and stays spent; nobody inside waits',
      steps: [
        ...nonce,
        'fault: {disk-stalled: {on: sync}}',
        'command: {unlock: courier-1}',
        'expect: {result: none, for: 4s}',
        'expect: {result: denied, within: 2s}',
        'expect: {bolt: thrown, withdrawn_times: 0}',
        ...letOut,
        'mend: disk-stalled',
        'expect: {bolt: thrown, for: 10s}',
        ...refused('already_used'),
        'expect: {withdrawn_times: 1}',
      ],
    },
  ],
  'disk-bits': [
    ...['bit: 4000', 'gone: true'].map((what) => ({
      shows: `lockdown until the owner seals a new journal, in which no spend of before opens: ${what}`,
      steps: [
        ...delivered(),
        'cut: power',
        `fault: {disk-bits: {${what}}}`,
        'restore: power',
        'expect: {alarm: LedgerFault, within: 5s}',
        ...refused('lockdown', 'courier-2'),
        ...nonce,
        'control: {re-seal: 5}',
        'expect: {control: applied, epoch: 5, no_alarm: LedgerFault, within: 10s}',
        ...refused('epoch_stale'),
        'expect: {withdrawn_times: 1}',
      ],
    })),
  ],
};
