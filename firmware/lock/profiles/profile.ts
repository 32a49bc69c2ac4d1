/**
 * What one product is, as data. The lock core knows no doors, safes and trunks: it reads here what is
 * wired, how the bolt is driven, how long things take and what the owner wants, and does the rest by
 * the same tables.
 *
 *     drive     servo, motor   pull a bolt to either end, and leave it there
 *               strike, pulse  free a spring latch for a moment; it catches by itself
 *     seen by   both contacts of the bolt, or the one of the latch; without either, what the lock
 *               reports of it is reckoned from the drive, and says `assumed: true`
 *
 * A combination that would be unsafe is no profile: `whyUnsafe` says why, and what to do.
 */
import * as z from 'zod';
import { CONTACTS } from '../../ports/index.ts';

export const DRIVES = ['servo', 'motor', 'strike', 'pulse'] as const;
export type Drive = (typeof DRIVES)[number];

export const PROFILE_NAMES = ['door', 'key-safe', 'car-trunk'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Longest that a strike or a latch is pulled in one go: its coil gets hot, and its door stands free. */
export const PULSE_MS_MAX = 30_000;

/** From the button inside to the open door, for somebody who is slow; no profile makes it less. */
export const LEAVE_MS = 5_000;

const ms = z.int().min(1);
const millivolts = z.int().min(1);

export const PROFILE = z
  .strictObject({
    name: z.enum(PROFILE_NAMES),
    /** What a token may ask of it; any other action is `wrong_action`. */
    action: z.enum(['unlock', 'unlatch', 'release']),
    /** What one token is good for, in words. */
    unit: z.string().min(1),
    drive: z.enum(DRIVES),
    /** What is wired. A contact that is not is never asked for, and what it says is not heard. */
    contacts: z.array(z.enum(CONTACTS)).readonly(),

    /** Longest drive of a strike or pulse; the drive ends them, whatever the lock asks for. */
    pulseMs: ms.optional(),
    /** How long a spring latch counts as free after a pulse, where no contact tells. */
    freeMs: ms.optional(),

    // Policy: what the owner wants.
    /** A token is taken only after the bell was rung. */
    ringFirst: z.boolean(),
    /** How often the door may be opened in one visit; what is beyond it is told. */
    openingsMax: z.int().min(1).max(10),
    /** The bolt is thrown by itself behind whoever left; a visit asks for it in any case. */
    autoRelock: z.boolean(),
    /** A key, a handle or a lever of its own may open it without the lock: that is no break-in. */
    opensByHand: z.boolean(),
    /** Nobody but an RTC, or the owner, may vouch for its clock. */
    needsRtc: z.boolean(),
    /** Below `warn` the owner is told, below `reserve` no token is taken: what is left is for relocking. */
    battery: z.strictObject({ warnMillivolts: millivolts, reserveMillivolts: millivolts }).readonly().optional(),

    // Waits.
    /** A contact counts when it has held still this long. */
    settleMs: ms,
    /** Longest drive of the bolt from end to end; then it is jammed. */
    travelMsMax: ms,
    /** How long a withdrawn bolt waits for somebody to open the door. */
    entryWindowMs: ms,
    /** From the door observed closed to the bolt thrown, when no visit asks for it sooner. */
    relockAfterMs: ms,
    /** Pause before the next try to throw a jammed bolt; doubled for each try that failed. */
    retryAfterMs: ms,
    retriesMax: z.int().min(0).max(10),
    /** How long a ring is remembered as somebody waiting. */
    arrivalMsMax: ms,
    /** Longest wait for the disk to make a spend durable; then the token is denied. */
    spendMsMax: ms,
    /** Longest wait of a visit for the bolt to be withdrawn. */
    unlockMsMax: ms,
    /** How long the door may stand open in a visit before VisitOverstay is raised. */
    stayMsMax: ms,
    /** How long after that the visit is given up as `left_open`. */
    leaveMsMax: ms,
    /** How long the door may stand open, visit or not, before DoorAjar is raised. */
    ajarMsMax: ms,
    /** How long what was taken out may stay out before ItemNotReturned is raised. */
    returnMsMax: ms,
    /** Longest wait of a visit, from the door closed to the bolt thrown. */
    sealMsMax: ms,
    /** How long a channel is not listened to after too many wrong codes in a row. Matter allows 255 s at most. */
    lockoutMs: ms,
    /** How long the light says "refused". */
    refusedMs: ms,
    /** A second press within this time after the first is a double press. */
    doublePressMs: ms,
    /** Held down this long it is a long press. */
    longPressMs: ms,
    /** Held down this long a button is stuck, or leant on: reported once. */
    stuckMs: ms,
    /** How long after a ring further ones are counted, not told; the chime sounds meanwhile. */
    repeatMs: ms,
    /** A contact that changes more often than `flickerEdgesMax` times in this time is not believed. */
    flickerMs: ms,
    flickerEdgesMax: z.int().min(2),
  })
  .readonly();
export type Profile = z.infer<typeof PROFILE>;

/** By what the lock sees where its bolt is. */
export type Feedback = 'bolt' | 'latch' | 'none';

export function feedbackOf({ contacts }: Pick<Profile, 'contacts'>): Feedback {
  if (contacts.includes('bolt_thrown') && contacts.includes('bolt_withdrawn')) return 'bolt';
  return contacts.includes('latched') ? 'latch' : 'none';
}

/** A latch that catches by itself: its drive frees it, and never throws it. */
export const isSprung = ({ drive }: Pick<Profile, 'drive'>): boolean => drive === 'strike' || drive === 'pulse';

export interface Unsafe {
  readonly why: string;
  readonly next: string;
}

export interface Surroundings {
  /** Who may vouch for the machine's clock. */
  readonly clockTrust: readonly string[];
}

/** Why nobody should live behind this profile, or undefined. */
export function whyUnsafe(profile: Profile, { clockTrust }: Surroundings): Unsafe | undefined {
  return RULES.find(({ broken }) => broken(profile, clockTrust));
}

const has = (profile: Profile, contact: (typeof CONTACTS)[number]): boolean => profile.contacts.includes(contact);

/** Each rule with the reason why breaking it is unsafe. The first that is broken is told. */
export const RULES: readonly (Unsafe & {
  readonly broken: (profile: Profile, clockTrust: readonly string[]) => boolean;
})[] = [
  {
    broken: (profile) => isSprung(profile) && profile.pulseMs === undefined,
    why: 'a strike or pulse without a bound burns its coil, or leaves the door free for as long as the firmware hangs',
    next: 'give pulse_ms',
  },
  {
    broken: ({ pulseMs }) => pulseMs !== undefined && pulseMs > PULSE_MS_MAX,
    why: `a pulse of more than ${PULSE_MS_MAX} ms leaves the door free behind whoever has long gone`,
    next: `give a pulse_ms of at most ${PULSE_MS_MAX}`,
  },
  {
    broken: (profile) => profile.autoRelock && !isSprung(profile) && !has(profile, 'door_closed'),
    why: 'auto-relock without a door contact throws the bolt of a door that stands open',
    next: 'wire door_closed and name it in contacts; there is no auto-relock without it',
  },
  {
    broken: (profile) => !has(profile, 'door_closed'),
    why: 'without a door contact no visit can be seen to end',
    next: 'wire door_closed and name it in contacts',
  },
  {
    broken: (profile) => profile.drive === 'motor' && feedbackOf(profile) !== 'bolt',
    why: 'a motor without both limit switches runs on against its stop',
    next: 'wire bolt_thrown and bolt_withdrawn and name both in contacts',
  },
  {
    broken: (profile) => has(profile, 'bolt_thrown') !== has(profile, 'bolt_withdrawn'),
    why: 'with one of its two contacts a bolt that stands between its ends looks like one that has arrived',
    next: 'name both bolt_thrown and bolt_withdrawn in contacts, or neither',
  },
  {
    broken: (profile) => !isSprung(profile) && feedbackOf(profile) === 'latch',
    why: "a latch's contact tells that a bolt has left its end, and the drive would be taken off it half-way",
    next: 'name bolt_thrown and bolt_withdrawn in contacts instead of latched',
  },
  {
    broken: (profile) => profile.name !== 'car-trunk' && profile.name !== 'key-safe' && !has(profile, 'inside_button'),
    why: 'a door without a button inside keeps people in',
    next: 'wire inside_button and name it in contacts',
  },
  {
    broken: (profile) => profile.name === 'car-trunk' && !isSprung(profile),
    why: 'a bolt that holds a trunk shut holds it against the release inside',
    next: 'use drive pulse',
  },
  {
    broken: (profile) => profile.name === 'car-trunk' && !has(profile, 'ignition_off'),
    why: 'a trunk that opens while the vehicle moves loses what is in it, and the view through the rear window',
    next: 'wire ignition_off and name it in contacts',
  },
  {
    broken: (profile) => profile.name === 'key-safe' && isSprung(profile),
    why: 'a spring latch shuts an empty safe when the power is gone, and then the key cannot be given back',
    next: 'use drive servo or motor',
  },
  {
    broken: (profile) => profile.name === 'key-safe' && !has(profile, 'item_present'),
    why: 'a key safe that does not see its key cannot tell a release from a return',
    next: 'wire item_present and name it in contacts',
  },
  {
    broken: (profile) => profile.name === 'key-safe' && !has(profile, 'bell'),
    why: 'a key safe without a button of its own cannot be opened for the key, where its bolt was thrown over the empty place',
    next: 'wire the bell, which is that button, and name it in contacts',
  },
  {
    broken: (profile, clockTrust) =>
      profile.needsRtc && !(clockTrust.includes('rtc') && clockTrust.every((by) => by === 'rtc')),
    why: 'a safe outside has no network to set its clock by, and a clock that anybody can set opens it any day',
    next: 'fit an RTC, and write clock.trust: [rtc], with nothing beside it',
  },
  {
    broken: ({ battery }) => battery !== undefined && battery.warnMillivolts <= battery.reserveMillivolts,
    why: 'a battery that is refused before anybody was warned leaves a courier before a shut door',
    next: 'give a warn_millivolts above reserve_millivolts',
  },
  {
    broken: ({ ringFirst, contacts }) => ringFirst && !contacts.includes('bell'),
    why: 'ring_first without a bell refuses every token',
    next: 'wire the bell and name it in contacts, or leave ring_first out',
  },
  {
    broken: ({ travelMsMax, settleMs }) => travelMsMax <= settleMs,
    why: 'a bolt that has to arrive before its contacts are believed is always jammed',
    next: 'give a travel_ms_max above settle_ms',
  },
  {
    broken: ({ entryWindowMs }) => entryWindowMs < LEAVE_MS,
    why: 'a bolt that is thrown again before whoever pressed the button inside has opened the door keeps people in',
    next: `give an entry_window_ms of at least ${LEAVE_MS}`,
  },
  {
    broken: ({ unlockMsMax, travelMsMax }) => unlockMsMax <= travelMsMax,
    why: 'a visit that is given up while its bolt still travels leaves a door unlocked that nobody waits for',
    next: 'give an unlock_ms_max above travel_ms_max',
  },
  {
    broken: ({ sealMsMax, travelMsMax }) => sealMsMax <= LEAVE_MS + travelMsMax,
    why: 'a visit that does not wait until its bolt has travelled, behind somebody inside who leaves, too, raises RelockFailed behind a door that is being locked',
    next: `give a seal_ms_max above travel_ms_max by more than ${LEAVE_MS}`,
  },
];
