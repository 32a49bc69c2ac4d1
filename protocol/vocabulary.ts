/**
 * The words of this field: Home Assistant's states, and Matter's numbers for them (Matter 1.4,
 * Door Lock cluster). The same in code, on the wire, in logs and on screen. Numbers from 0x80 on
 * are ours.
 */

/** Home Assistant's lock states; `matter` is LockState, null where Matter has none but "unknown". */
export const LOCK_STATES = {
  locked: { matter: 1 },
  unlocked: { matter: 2 },
  unlatched: { matter: 3 },
  not_fully_locked: { matter: 0 },
  locking: { matter: null },
  unlocking: { matter: null },
  unlatching: { matter: null },
  jammed: { matter: 0 },
  unknown: { matter: null },
} as const;
export type LockStateWord = keyof typeof LOCK_STATES;

/** Matter's DoorStateEnum. */
export const DOOR_STATES = {
  open: 0,
  closed: 1,
  jammed: 2,
  forced_open: 3,
  unspecified_error: 4,
  ajar: 5,
} as const;
export type DoorStateWord = keyof typeof DOOR_STATES | 'unknown';

/** What the bolt's contacts say together. `between` is neither end, `conflict` both at once. */
export const BOLT_STATUSES = ['thrown', 'withdrawn', 'between', 'conflict', 'unknown'] as const;
export type BoltStatus = (typeof BOLT_STATUSES)[number];

/** Matter's AlarmCodeEnum, and ours from 0x80 on. */
export const ALARMS = {
  LockJammed: 0,
  LockFactoryReset: 1,
  LockRadioPowerCycled: 3,
  WrongCodeEntryLimit: 4,
  FrontEscutcheonRemoved: 5,
  DoorForcedOpen: 6,
  DoorAjar: 7,
  RelockFailed: 0x80,
  LedgerFault: 0x82,
  ClockUntrusted: 0x83,
  VisitOverstay: 0x84,
  ItemNotReturned: 0x85,
  MountRemoved: 0x86,
  LogBroken: 0x87,
  SensorConflict: 0x88,
  BoardLost: 0x89,
} as const;
export type Alarm = keyof typeof ALARMS;

/** Matter's OperationSourceEnum: who or what changed the lock. A courier's token is `proprietary_remote`. */
export const OPERATION_SOURCES = {
  unspecified: 0,
  manual: 1,
  proprietary_remote: 2,
  keypad: 3,
  auto: 4,
  button: 5,
  schedule: 6,
  remote: 7,
  rfid: 8,
} as const;
export type OperationSource = keyof typeof OPERATION_SOURCES;

/** Matter's OperatingModeEnum. */
export const OPERATING_MODES = { normal: 0, vacation: 1, privacy: 2, no_remote_lock_unlock: 3 } as const;
export type OperatingMode = keyof typeof OPERATING_MODES;

/** What a finger does to the bell. `ring` is told at every press, at once; the others follow it, of the same ring. */
export const DOORBELL_EVENTS = ['ring', 'double_press', 'long_press'] as const;
export type DoorbellEvent = (typeof DOORBELL_EVENTS)[number];

/** How much is left: `low` warns, at `reserve` no token is taken any more. `unknown` where nothing says what is low. */
export const BATTERY_LEVELS = ['unknown', 'ok', 'low', 'reserve'] as const;
export type BatteryLevel = (typeof BATTERY_LEVELS)[number];

/** What a safe keeps: in its place, taken out in a visit, or gone from behind a shut lid. */
export const ITEM_PLACES = ['in', 'out', 'missing'] as const;
export type ItemPlace = (typeof ITEM_PLACES)[number];

/** What is told of a visit until it ends; `reopened` is an opening beyond those that the policy allows. */
export const VISIT_EVENT_TYPES = ['arrived', 'entered', 'reopened', 'item_taken', 'item_returned'] as const;

/** How a visit ended. */
export const VISIT_OUTCOMES = [
  'sealed',
  'denied',
  'vetoed',
  'granted_not_entered',
  'left_open',
  'relock_failed',
  'aborted',
  'spent_outcome_unknown',
] as const;
export type VisitOutcome = (typeof VISIT_OUTCOMES)[number];

/** What a lock answers to a control of its owner. A stranger's is refused like any other text. */
export const CONTROL_RESULTS = [
  'applied',
  /** Not number last + 1; in lockdown, where the last may be lost, not above the last that is known. */
  'out_of_order',
  'not_higher',
  /** An epoch beyond the highest that a control may name. */
  'too_high',
  'list_full',
  'nonce_stale',
  /** rotate-root: nobody showed to hold the new root. */
  'new_root_unproved',
  /** re-seal: there is nothing to seal again. */
  'not_in_lockdown',
  'lockdown',
  'ledger_unavailable',
] as const;
export type ControlResult = (typeof CONTROL_RESULTS)[number];

/** Where a presentation came in. */
export const CHANNELS = ['reader', 'mqtt'] as const;
export type Channel = (typeof CHANNELS)[number];
