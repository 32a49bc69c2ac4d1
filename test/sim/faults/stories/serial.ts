/** What the lock must do where the line to the board fails. */
import { admitted, refused, type Stories } from './story.ts';

export const SERIAL_STORIES: Stories = {
  'serial-unplugged': [
    {
      shows: 'BoardLost, nothing known, tokens refused and not used up',
      steps: [
        'fault: serial-unplugged',
        'expect: {alarm: BoardLost, lock: unknown, reported_door: unknown, reported_bolt: unknown, within: 2s}',
        ...refused('board_lost'),
        'mend: serial-unplugged',
        'expect: {no_alarm: BoardLost, lock: locked, within: 30s}',
        'after: 4s',
        ...admitted(),
      ],
    },
  ],
  'serial-reset': [
    {
      shows: 'no command of before is carried out after it',
      steps: [
        'present: courier-1',
        'expect: {driven: withdraw, within: 1s}',
        'after: 100ms',
        'fault: serial-reset',
        'expect: {driven: none}',
        'expect: {lock: locked, within: 90s}',
        'expect: {withdrawn_times: 0}',
      ],
    },
  ],
  'serial-stalled': [
    {
      shows: 'a drive whose end nobody saw is a jam',
      steps: [
        'present: courier-1',
        'expect: {driven: withdraw, within: 1s}',
        'fault: {serial-stalled: {for: 4s}}',
        'expect: {alarm: LockJammed, lock: jammed, within: 4s}',
        'expect: {bolt: thrown, lock: locked, no_alarm: LockJammed, within: 90s}',
      ],
    },
    {
      shows: 'what comes late moves nothing that was given up meanwhile',
      steps: [
        'fault: {serial-stalled: {for: 20s}}',
        'present: courier-1',
        'expect: {outcome: aborted, within: 15s}',
        'expect: {bolt: thrown, withdrawn_times: 0, for: 40s}',
      ],
    },
  ],
};
