/** What the lock must do where the clock is wrong. */
import { delivered, letOut, refused, type Stories } from './story.ts';

export const CLOCK_STORIES: Stories = {
  'clock-stepped': [
    {
      shows: 'below the floor every token is refused, and nothing that was spent is forgotten',
      steps: [
        'issue: {token: courier-1, until: +20h}',
        ...delivered(),
        'fault: {clock-stepped: {by: -1d}}',
        ...refused('clock_untrusted', 'courier-2'),
        'mend: clock-stepped',
        'after: 2m',
        'fault: {clock-stepped: {by: +12h}}',
        ...refused('already_used'),
        'expect: {withdrawn_times: 1}',
      ],
    },
  ],
  'clock-drifting': [
    {
      shows: 'waits are of the monotonic clock and do not change',
      steps: [
        'fault: {clock-drifting: {ppm: 100000}}',
        'present: courier-1',
        'expect: {bolt: withdrawn, driven: none, within: 2s}',
        'expect: {bolt: withdrawn, driven: none, for: 29s}',
        'expect: {driven: throw, within: 2s}',
      ],
    },
    {
      shows: 'windows follow the wall clock',
      steps: [
        'issue: {token: short, until: +10m}',
        'fault: {clock-drifting: {ppm: 100000}}',
        'after: 570s',
        ...refused('expired', 'short'),
      ],
    },
  ],
  'clock-reset': [
    {
      shows: 'ClockUntrusted, every token refused; the button inside, lock and relock go on',
      steps: [
        'fault: clock-reset',
        'expect: {alarm: ClockUntrusted, within: 2m}',
        ...refused('clock_untrusted'),
        'press: inside_button',
        'expect: {bolt: withdrawn, within: 2s}',
        'command: lock',
        'expect: {result: ok, bolt: thrown, within: 10s}',
        ...letOut,
      ],
    },
  ],
  'clock-untrusted': [
    {
      shows: 'ClockUntrusted when nobody vouches',
      steps: ['fault: clock-untrusted', 'expect: {alarm: ClockUntrusted, within: 2m}', ...refused('clock_untrusted')],
    },
    {
      shows: 'a host is believed as far as it goes along with the monotonic clock',
      steps: [
        'issue: {token: courier-2, until: +20h}',
        'fault: {clock-untrusted: {vouches: host}}',
        ...delivered(),
        'expect: {no_alarm: ClockUntrusted, for: 5m}',
        'fault: {clock-stepped: {by: +12h}}',
        ...refused('clock_untrusted', 'courier-2'),
      ],
    },
  ],
};
