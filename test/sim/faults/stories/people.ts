/** What the lock must do where people do what they should not. */
import { admitted, entered, refused, type Stories } from './story.ts';

export const PEOPLE_STORIES: Stories = {
  'door-forced': [
    {
      shows: 'DoorForcedOpen, and no bolt is thrown into the open door',
      steps: [
        'fault: door-forced',
        'expect: {door: open, alarm: DoorForcedOpen, reported_door: forced_open, within: 1s}',
        'expect: {driven: none, for: 10m}',
      ],
    },
  ],
  'door-held': [
    {
      shows: 'VisitOverstay in a visit, DoorAjar, and no bolt in the air',
      steps: [
        ...entered(),
        'fault: {door-held: {for: 20m}}',
        'close: door',
        'expect: {door: open}',
        'expect: {alarm: VisitOverstay, within: 6m}',
        'expect: {alarm: DoorAjar, within: 6m}',
        'expect: {driven: none, for: 5m}',
      ],
    },
    {
      shows: 'DoorAjar in any case',
      steps: [
        'press: inside_button',
        'expect: {bolt: withdrawn, within: 2s}',
        'push: door',
        'fault: {door-held: {for: 20m}}',
        'close: door',
        'expect: {door: open, no_alarm: any}',
        'expect: {alarm: DoorAjar, no_alarm: VisitOverstay, within: 11m}',
      ],
    },
  ],
  'button-leant-on': [
    {
      shows: 'the bell is reported stuck once',
      steps: [
        'expect: {heard_in_all: 2}',
        'fault: {button-leant-on: {button: bell, for: 10m}}',
        'expect: {event: system/fault, within: 60s}',
        // That somebody has arrived, the ring, that it was long, and that it is stuck.
        'expect: {heard_in_all: 6, for: 8m}',
      ],
    },
    {
      shows: 'the button inside opens once and does not keep the door open',
      steps: [
        'fault: {button-leant-on: {button: inside_button, for: 10m}}',
        'expect: {bolt: withdrawn, within: 2s}',
        'expect: {bolt: thrown, lock: locked, within: 60s}',
        'expect: {bolt: thrown, withdrawn_times: 1, for: 10m}',
      ],
    },
  ],
  'cover-off': [
    {
      shows: 'it tells, and stops nobody',
      profile: 'key-safe',
      steps: [
        'fault: cover-off',
        'expect: {alarm: FrontEscutcheonRemoved, within: 5s}',
        ...admitted(),
        'mend: cover-off',
        'expect: {no_alarm: FrontEscutcheonRemoved, within: 5s}',
      ],
    },
  ],
  'mount-removed': [
    {
      shows: 'MountRemoved, and tokens are refused',
      profile: 'key-safe',
      steps: ['fault: mount-removed', 'expect: {alarm: MountRemoved, within: 5s}', ...refused('mount_removed')],
    },
    {
      shows: 'the key may still be given back',
      profile: 'key-safe',
      steps: [
        ...entered(),
        'after: 1s',
        'take: item',
        'after: 1s',
        'close: lid',
        'fault: mount-removed',
        'expect: {alarm: MountRemoved, bolt: withdrawn, within: 5s}',
        'push: lid',
        'expect: {door: open}',
        'after: 1s',
        'put: item',
        'after: 1s',
        'close: lid',
        'expect: {bolt: thrown, item: in, outcome: sealed, within: 10s}',
      ],
    },
  ],
  tilted: [
    {
      shows: 'MountRemoved, and tokens are refused',
      profile: 'key-safe',
      steps: ['fault: tilted', 'expect: {alarm: MountRemoved, within: 5s}', ...refused('mount_removed')],
    },
  ],
  'ignition-on': [
    {
      shows: 'tokens are refused and not used up; the release inside works',
      profile: 'car-trunk',
      steps: [
        'fault: ignition-on',
        'after: 1s',
        'present: courier-1',
        'expect: {refused: ignition_on, door: shut, within: 1s}',
        'release: from_inside',
        'expect: {door: open}',
        'after: 1s',
        'close: lid',
        'mend: ignition-on',
        'after: 5s',
        'present: courier-1',
        'expect: {answer: admitted, event: access/granted, within: 2s}',
      ],
    },
  ],
  'battery-low': [
    {
      shows: 'told as low, and tokens are refused below the reserve',
      profile: 'key-safe',
      steps: ['fault: battery-low', 'expect: {event: system/battery, within: 2m}', ...refused('battery_low')],
    },
    {
      shows: 'what is left is for relocking',
      profile: 'key-safe',
      steps: [
        ...entered(),
        'fault: battery-low',
        'expect: {event: system/battery, within: 2m}',
        'close: lid',
        'expect: {bolt: thrown, lock: locked, within: 30s}',
      ],
    },
  ],
};
