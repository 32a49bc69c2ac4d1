/** What the lock must do where bolt and contacts do not what they should. */
import { entered, type Stories } from './story.ts';

export const MECHANISM_STORIES: Stories = {
  jam: [
    {
      shows: 'jammed, with tries after longer and longer pauses, and cleared by observed motion',
      steps: [
        ...entered(),
        'after: 5s',
        'fault: {jam: {above: 600}}',
        'close: door',
        'expect: {lock: jammed, alarm: LockJammed, driven: none, within: 5s}',
        'expect: {driven: throw, within: 3s}',
        'expect: {driven: none, within: 5s}',
        'expect: {driven: none, for: 3s}',
        'expect: {driven: throw, within: 10s}',
        'mend: jam',
        'expect: {bolt: thrown, lock: locked, no_alarm: any, within: 60s}',
      ],
    },
    {
      shows: 'the tries are bounded',
      steps: [
        ...entered(),
        'after: 5s',
        'fault: {jam: {above: 600}}',
        'close: door',
        'after: 2m',
        'expect: {driven: none, lock: jammed, alarm: LockJammed, for: 10m}',
      ],
    },
  ],
  slip: [
    {
      shows: 'locked is what contacts say: jammed after its travel time',
      steps: [
        'fault: slip',
        'present: courier-1',
        'expect: {lock: jammed, alarm: LockJammed, bolt: thrown, within: 5s}',
      ],
    },
  ],
  stall: [
    {
      shows: 'the drive is let go, and the bolt is jammed',
      steps: [
        'fault: stall',
        'present: courier-1',
        'expect: {driven: withdraw, within: 1s}',
        'expect: {driven: none, lock: jammed, within: 4s}',
      ],
    },
  ],
  'slow-bolt': [
    {
      shows: 'it arrives and counts, within its longest travel',
      steps: [
        'fault: {slow-bolt: {times: 4}}',
        'present: courier-1',
        'expect: {bolt: withdrawn, lock: unlocked, no_alarm: any, within: 3s}',
      ],
    },
    {
      shows: 'beyond that it is jammed, until it is seen to move',
      steps: [
        'fault: {slow-bolt: {times: 30}}',
        'present: courier-1',
        'expect: {lock: jammed, alarm: LockJammed, within: 5s}',
        'mend: slow-bolt',
        'expect: {lock: locked, no_alarm: LockJammed, within: 60s}',
      ],
    },
  ],
  'sensor-stuck': [
    {
      shows: 'what contradicts another contact is SensorConflict',
      steps: [
        'fault: {sensor-stuck: {contact: bolt_thrown, closed: true}}',
        'present: courier-1',
        'expect: {alarm: SensorConflict, within: 10s}',
      ],
    },
    {
      shows: 'a bolt is not thrown at a door that is seen open',
      steps: [
        ...entered(),
        'after: 1s',
        'fault: {sensor-stuck: {contact: door_closed, closed: false}}',
        'close: door',
        'expect: {bolt: withdrawn, driven: none, for: 10m}',
      ],
    },
  ],
  'wire-cut': [
    {
      shows: 'a door is open',
      steps: [
        'fault: wire-cut',
        'expect: {reported_door: forced_open, within: 5s}',
        'present: courier-1',
        'expect: {refused: door_open, bolt: thrown, within: 1s}',
      ],
    },
    {
      shows: 'a cover is off',
      profile: 'key-safe',
      steps: ['fault: {wire-cut: {contact: cover_on}}', 'expect: {alarm: FrontEscutcheonRemoved, within: 5s}'],
    },
    {
      shows: 'an ignition is on',
      profile: 'car-trunk',
      steps: [
        'fault: {wire-cut: {contact: ignition_off}}',
        'after: 1s',
        'present: courier-1',
        'expect: {refused: ignition_on, door: shut, within: 1s}',
      ],
    },
  ],
  bounce: [
    {
      shows: 'SensorConflict, and no flood of events: a minute of it is one, and its end another',
      steps: [
        'expect: {heard_in_all: 2}',
        'fault: bounce',
        'expect: {alarm: SensorConflict, within: 10s}',
        'after: 1m',
        'expect: {heard_in_all: 3}',
        'mend: bounce',
        'expect: {no_alarm: SensorConflict, lock: locked, within: 30s}',
        'expect: {heard_in_all: 4}',
      ],
    },
  ],
};
