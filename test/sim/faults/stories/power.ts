/** What the lock must do where the power goes. */
import { delivered, entered, refused, type Stories } from './story.ts';

export const POWER_STORIES: Stories = {
  'power-cut': [
    {
      shows: 'what was written opens nothing any more, and a boot withdraws nothing',
      steps: [
        'fault: {power-cut: {at: motion}}',
        'present: courier-1',
        'expect: {power: off, within: 2s}',
        'mend: power-cut',
        'expect: {outcome: spent_outcome_unknown, within: 5s}',
        ...refused('already_used'),
        'expect: {withdrawn_times: 0, bolt: thrown, for: 60s}',
      ],
    },
    {
      shows: 'the next boot finds the visit again',
      steps: [
        ...entered(),
        'after: 1s',
        'fault: power-cut',
        'expect: {power: off}',
        'after: 5s',
        'mend: power-cut',
        'after: 2s',
        'close: door',
        'expect: {outcome: sealed, bolt: thrown, within: 60s}',
      ],
    },
  ],
  'brown-out': [
    {
      shows: 'BoardLost until the board is back, then everything is observed again before anything moves',
      steps: [
        'present: courier-1',
        'expect: {driven: withdraw, within: 1s}',
        'after: 100ms',
        'fault: {brown-out: {for: 3s}}',
        'expect: {alarm: BoardLost, lock: unknown, driven: none, within: 1s}',
        'expect: {driven: none, for: 1500ms}',
        'expect: {no_alarm: BoardLost, within: 10s}',
        'expect: {lock: locked, withdrawn_times: 0, within: 90s}',
      ],
    },
  ],
  'boot-loop': [
    {
      shows: 'what was spent stays spent, and nothing is moved that was not observed',
      steps: [
        ...delivered(),
        'fault: {boot-loop: {times: 10, every: 150ms}}',
        'after: 1s',
        ...refused('already_used'),
        'expect: {withdrawn_times: 1, bolt: thrown, for: 60s}',
      ],
    },
    {
      shows: 'no wait grows by it: a bolt that was withdrawn is thrown as soon as ever',
      steps: [
        'present: courier-1',
        'expect: {bolt: withdrawn, within: 2s}',
        'fault: {boot-loop: {times: 20, every: 150ms}}',
        'expect: {bolt: thrown, lock: locked, within: 35s}',
      ],
    },
  ],
};
