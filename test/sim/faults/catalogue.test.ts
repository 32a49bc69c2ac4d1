/** For every fault of the catalogue, what it says that the lock must do: played, with every checker watching. */
import { describe, expect, it } from 'vitest';
import type { ProfileName } from '../../../firmware/lock/profiles/index.ts';
import { FAULT_NAMES, FAULTS } from '../../../sim/faults/catalogue.ts';
import type { Observer } from '../../../sim/observation.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';
import { realStage } from '../../../sim/scenario/real-stage.ts';

interface Story {
  /** The part of the sentence that it shows. */
  readonly shows: string;
  readonly head?: string;
  readonly profile?: ProfileName;
  readonly steps: readonly string[];
}

const entered = (courier = 'courier-1') => [
  `present: ${courier}`,
  'expect: {bolt: withdrawn, within: 2s}',
  'push: door',
];
const delivered = (courier = 'courier-1') => [
  ...entered(courier),
  'after: 5s',
  'close: door',
  'expect: {outcome: sealed, bolt: thrown, within: 10s}',
];
const letOut = ['press: inside_button', 'expect: {bolt: withdrawn, within: 2s}', 'expect: {bolt: thrown, within: 60s}'];
const admitted = (courier = 'courier-1') => [
  `present: ${courier}`,
  'expect: {answer: admitted, bolt: withdrawn, within: 3s}',
];
const refused = (why: string, courier = 'courier-1') => [
  `present: ${courier}`,
  `expect: {refused: ${why}, bolt: thrown, within: 1s}`,
];
const nonce = ['command: nonce', 'expect: {result: ok, within: 2s}'];

const STORIES: Readonly<Record<string, readonly Story[]>> = {
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
  'network-away': [
    {
      shows: 'tokens are judged as ever, and events wait',
      steps: [
        'fault: network-away',
        ...entered(),
        'after: 5s',
        'close: door',
        'expect: {bolt: thrown, within: 5s}',
        'expect: {never_heard: access/granted}',
        'mend: network-away',
        'expect: {event: access/granted, outcome: sealed, within: 10s}',
      ],
    },
  ],
  'network-half-open': [
    {
      shows: 'what was not acknowledged is told again',
      steps: [
        'fault: network-half-open',
        ...entered(),
        'after: 5s',
        'close: door',
        'expect: {bolt: thrown, within: 5s}',
        'expect: {never_heard: visit/ended, for: 5s}',
        'mend: network-half-open',
        'expect: {event: access/granted, outcome: sealed, within: 60s}',
      ],
    },
  ],
  'network-breaks': [
    {
      shows: 'what the broker never got is told on the next connection',
      steps: [
        'fault: network-breaks',
        'ring: once',
        'expect: {never_heard: doorbell/ring, for: 500ms}',
        'expect: {event: doorbell/ring, available: online, within: 10s}',
      ],
    },
  ],
  'network-slow': [
    {
      shows: 'one event after the other, and the door waits for none',
      steps: [
        'fault: {network-slow: {acknowledged: 3s}}',
        'ring: once',
        ...entered(),
        'expect: {never_heard: visit/entered, for: 2s}',
        'after: 5s',
        'close: door',
        'expect: {bolt: thrown, within: 5s}',
        'expect: {outcome: sealed, within: 60s}',
      ],
    },
  ],
  'network-refuses': [
    {
      shows: 'it is set aside and told as a fault, and what comes behind it arrives',
      steps: [
        'fault: {network-refuses: {topic: doorbell}}',
        'ring: once',
        ...admitted(),
        'expect: {event: access/granted, within: 5s}',
        'expect: {event: system/fault, never_heard: doorbell/ring, within: 5s}',
      ],
    },
  ],
  'network-hostile': [
    {
      shows: 'nothing moves by what was published before',
      steps: [
        ...nonce,
        'command: {unlock: courier-1}',
        'expect: {bolt: withdrawn, result: ok, within: 3s}',
        'expect: {bolt: thrown, lock: locked, within: 60s}',
        'fault: {network-hostile: {times: 3}}',
        'expect: {bolt: thrown, withdrawn_times: 1, for: 30s}',
      ],
    },
    {
      shows: 'but for a lock command that has not expired, whose answer is the one that it had',
      steps: [
        'press: inside_button',
        'expect: {bolt: withdrawn, within: 2s}',
        'command: lock',
        'expect: {bolt: thrown, result: ok, within: 10s}',
        'fault: network-hostile',
        'expect: {results: 1, bolt: thrown, for: 10s}',
      ],
    },
  ],
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
  replay: [
    {
      shows: 'already_used, for ever, and nothing moves',
      steps: [
        'issue: {token: courier-1, until: +20h}',
        ...delivered(),
        'after: 61s',
        'fault: {replay: {times: 1}}',
        'expect: {refused: already_used, withdrawn_times: 1}',
        'after: 19h',
        'fault: {replay: {times: 1}}',
        'expect: {refused: already_used, answer: denied, withdrawn_times: 1, bolt: thrown}',
      ],
    },
  ],
  clone: [
    {
      shows: 'bad_signature, and the token is not used up by it',
      steps: [
        'fault: clone',
        'expect: {answer: denied, refused: bad_signature, within: 1s}',
        'expect: {bolt: thrown, withdrawn_times: 0, for: 5s}',
        ...admitted(),
      ],
    },
  ],
  photograph: [
    {
      shows: 'holder_proof_failed when it is older than 30 s, and the token is not used up by it',
      steps: [
        'fault: {photograph: {age: 31s}}',
        'expect: {answer: try_again, refused: holder_proof_failed, within: 1s}',
        'expect: {bolt: thrown, withdrawn_times: 0, for: 5s}',
        ...admitted(),
      ],
    },
  ],
  relay: [
    {
      shows: 'refused over MQTT; at the reader it opens, once',
      steps: [
        'fault: relay',
        'expect: {refused: holder_proof_failed, event: access/granted, bolt: withdrawn, within: 2s}',
        'expect: {bolt: thrown, within: 60s}',
        'after: 1m',
        'fault: relay',
        'expect: {refused: already_used, bolt: thrown, withdrawn_times: 1, within: 2s}',
      ],
    },
  ],
  respelt: [
    {
      shows: 'each is refused, of a fresh token and of a used one',
      steps: [
        'fault: respelt',
        'expect: {answer: denied, never_heard: access/granted, withdrawn_times: 0}',
        'after: 2m',
        ...delivered(),
        'fault: respelt',
        'expect: {answer: denied, withdrawn_times: 1, bolt: thrown}',
      ],
    },
  ],
  'brute-force': [
    {
      shows: 'the channel is locked out, and the others are heard',
      steps: [
        'fault: {brute-force: {codes: 40, every: 500ms}}',
        'expect: {alarm: WrongCodeEntryLimit, within: 5s}',
        'present: courier-1',
        'expect: {answer: try_again, bolt: thrown}',
        ...nonce,
        'command: {unlock: courier-2}',
        'expect: {bolt: withdrawn, result: ok, within: 3s}',
      ],
    },
  ],
  'disk-put-back': [
    {
      shows: 'with a witness: lockdown',
      head: 'witness: true\n',
      steps: [
        'copy: {disk: backup}',
        ...delivered(),
        'fault: disk-put-back',
        'expect: {alarm: LedgerFault, within: 5s}',
        ...refused('lockdown'),
        'expect: {withdrawn_times: 1}',
      ],
    },
    {
      shows: 'without one it cannot be noticed',
      head: 'breaks: [spend before motion]\n',
      steps: [
        'copy: {disk: backup}',
        ...delivered(),
        'fault: disk-put-back',
        'after: 2s',
        ...admitted(),
        'expect: {withdrawn_times: 2}',
      ],
    },
  ],
};

const scenarioOf = ({ shows, head = '', profile = 'door', steps }: Story) =>
  parseScenario(
    `scenario: ${JSON.stringify(shows)}\nprofile: ${profile}\n${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`,
    'story.yaml',
  ).scenario;

/** Seen on the wire alone, and played there below. */
const ON_TIER_B = ['serial-noise'];

describe('the catalogue of faults', () => {
  it('has a story for each of them, and each breaks what it is about', () => {
    expect([...Object.keys(STORIES), ...ON_TIER_B].sort()).toEqual([...FAULT_NAMES].sort());
    for (const [name, stories] of Object.entries(STORIES)) {
      for (const { steps } of stories) expect(steps.join('\n')).toMatch(new RegExp(`fault: \\{?${name}\\b`));
    }
  });

  it('says of each what happens, and what the lock must do', () => {
    for (const [name, { help, must }] of Object.entries(FAULTS)) {
      expect([name, help.length > 15, must.length > 15]).toEqual([name, true, true]);
    }
  });

  describe.each(Object.entries(STORIES))('%s', (_, stories) => {
    it.each(stories.map((story) => [story.shows, story] as const))('%s', async (_shows, story) => {
      const { unmet, violations, breaks, passed } = await play(scenarioOf(story));
      expect({
        unmet: unmet && `${unmet.step.says}: ${unmet.what}`,
        broken: violations.filter(({ checker }) => !breaks.includes(checker)),
      }).toEqual({ unmet: undefined, broken: [] });
      expect(passed).toBe(true);
    });
  });

  it('brute-force fills no disk: three hundred codes more leave it as long as it was', async () => {
    const writtenBy = async (codes: number): Promise<number> => {
      let bytes = 0;
      const observe: Observer = (seen) => {
        if (seen.what === 'disk' && seen.kind === 'append' && seen.phase === 'issued') bytes += seen.bytes?.length ?? 0;
      };
      const steps = [`fault: {brute-force: {codes: ${codes}, every: 100ms}}`];
      await play(scenarioOf({ shows: 'codes', steps }), { observe });
      return bytes;
    };
    const [few, many] = [await writtenBy(100), await writtenBy(400)];
    expect(many - few).toBeLessThan(8 * 1024);
  });

  it('serial-noise is dropped, or the board asked anew; nothing moves by it, and the courier is let in', async () => {
    const scenario = scenarioOf({
      shows: 'noise',
      steps: [
        'fault: serial-noise',
        'expect: {bolt: thrown, withdrawn_times: 0, driven: none, for: 1s}',
        'expect: {lock: locked, no_alarm: BoardLost, within: 10s}',
        ...admitted(),
      ],
    });
    const { unmet, violations } = await play(scenario, { stage: realStage(scenario) });
    expect({ unmet: unmet?.what, violations }).toEqual({ unmet: undefined, violations: [] });
  });
});
