import { describe, expect, it } from 'vitest';
import {
  CAR_TRUNK,
  DOOR,
  feedbackOf,
  KEY_SAFE,
  LEAVE_MS,
  PROFILE,
  PROFILES,
  type Profile,
  RULES,
  whyUnsafe,
} from '../../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../../support/bench-lock.ts';

const RTC = { clockTrust: ['rtc'] };

const without = (profile: Profile, ...contacts: readonly string[]): Profile => ({
  ...profile,
  contacts: profile.contacts.filter((contact) => !contacts.includes(contact)),
});

/** A bolt of which nothing is seen but that it has left its end. */
const SEEN_TO_LEAVE: Profile = {
  ...DOOR,
  contacts: ['latched', ...without(DOOR, 'bolt_thrown', 'bolt_withdrawn').contacts],
};

/** One profile that breaks each rule and none before it, in the order of the rules. */
const BROKEN: readonly (readonly [profile: Profile, why: RegExp, next: RegExp, clockTrust?: readonly string[]])[] = [
  [{ ...CAR_TRUNK, pulseMs: undefined }, /without a bound/, /pulse_ms/],
  [{ ...CAR_TRUNK, pulseMs: 30_001 }, /more than 30000 ms/, /at most 30000/],
  [without(DOOR, 'door_closed'), /auto-relock without a door contact/, /door_closed/],
  [{ ...without(DOOR, 'door_closed'), autoRelock: false }, /no visit can be seen to end/, /door_closed/],
  [{ ...without(DOOR, 'bolt_thrown', 'bolt_withdrawn'), drive: 'motor' }, /limit switches/, /bolt_withdrawn/],
  [without(DOOR, 'bolt_thrown'), /one of its two contacts/, /or neither/],
  [SEEN_TO_LEAVE, /half-way/, /instead of latched/],
  [without(DOOR, 'inside_button'), /keeps people in/, /inside_button/],
  [{ ...CAR_TRUNK, drive: 'servo' }, /against the release inside/, /drive pulse/],
  [without(CAR_TRUNK, 'ignition_off'), /while the vehicle moves/, /ignition_off/],
  [
    { ...without(KEY_SAFE, 'bolt_thrown', 'bolt_withdrawn'), drive: 'strike', pulseMs: 500 },
    /cannot be given back/,
    /servo or motor/,
  ],
  [without(KEY_SAFE, 'item_present'), /release from a return/, /item_present/],
  [without(KEY_SAFE, 'bell'), /cannot be opened for the key/, /wire the bell/],
  [KEY_SAFE, /clock/, /clock\.trust/, ['host']],
  [{ ...DOOR, battery: { warnMillivolts: 3_300, reserveMillivolts: 3_300 } }, /before anybody was warned/, /above/],
  [{ ...without(DOOR, 'bell'), ringFirst: true }, /refuses every token/, /wire the bell/],
  [{ ...DOOR, travelMsMax: DOOR.settleMs }, /always jammed/, /above settle_ms/],
  [{ ...DOOR, entryWindowMs: 4_999 }, /keeps people in/, /at least 5000/],
  [{ ...DOOR, travelMsMax: DOOR.unlockMsMax }, /still travels/, /unlock_ms_max above/],
  [{ ...DOOR, sealMsMax: DOOR.travelMsMax }, /being locked/, /seal_ms_max above/],
];

describe('a profile', () => {
  it.each(Object.entries(PROFILES))('called %s fits the schema and is safe', (name, profile) => {
    expect(PROFILE.parse(profile)).toEqual(profile);
    expect(profile.name).toBe(name);
    expect(whyUnsafe(profile, RTC)).toBeUndefined();
  });

  it.each(BROKEN.map((broken, index) => [index, ...broken] as const))(
    'that breaks rule %i is refused with the reason and what to do',
    (index, profile, why, next, clockTrust = RTC.clockTrust) => {
      const unsafe = whyUnsafe(profile, { clockTrust });
      expect(unsafe).toBe(RULES[index]);
      expect(unsafe?.why).toMatch(why);
      expect(unsafe?.next).toMatch(next);
    },
  );

  it('waits with its visit until somebody inside has had the time to leave, and the bolt has travelled behind them', () => {
    const sealMsMax = LEAVE_MS + DOOR.travelMsMax;
    expect(whyUnsafe({ ...DOOR, sealMsMax }, RTC)?.next).toMatch(/seal_ms_max/);
    const profile = { ...DOOR, sealMsMax: sealMsMax + 1 };
    expect(whyUnsafe(profile, RTC)).toBeUndefined();
    const lock = benchLock(profile);
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.press('inside_button');
    lock.door('closed');
    expect(lock.state().visit.row).toBe('relocking');
    const thrownMs = (lock.armed.get('bolt') ?? 0) + profile.travelMsMax;
    expect(lock.armed.get('visit')).toBeGreaterThan(thrownMs);
  });

  it.each([[], ['host'], ['rtc', 'host'], ['unverified', 'rtc']])(
    'of a safe lets nobody but an RTC, or the owner, vouch for its clock: not %s',
    (...clockTrust) => {
      expect(whyUnsafe(KEY_SAFE, { clockTrust })?.next).toMatch(/clock\.trust: \[rtc\]/);
      expect(whyUnsafe(KEY_SAFE, { clockTrust: ['rtc'] })).toBeUndefined();
    },
  );

  it('whose entry window is as long as somebody needs to leave is safe', () => {
    expect(whyUnsafe({ ...DOOR, entryWindowMs: 5_000 }, RTC)).toBeUndefined();
  });

  it('has a case here for every rule', () => {
    expect(BROKEN).toHaveLength(RULES.length);
  });

  it('sees no bolt by the contact of a latch: the drive would be taken off it before it has arrived', () => {
    const lock = benchLock(SEEN_TO_LEAVE);
    lock.boot();
    lock.settle('latched', true);
    lock.press('inside_button');
    expect(lock.armed.get('drive')).toBe(DOOR.travelMsMax);
    lock.settle('latched', false);
    expect(lock.armed.has('drive')).toBe(false);
    expect(lock.row()).toBe('unlocked');
  });

  it('with a key that no profile has is none', () => {
    expect(PROFILE.safeParse({ ...DOOR, relockAfter: 3 }).success).toBe(false);
  });

  it('sees its bolt by both its contacts, by its latch, or not at all', () => {
    expect(feedbackOf(DOOR)).toBe('bolt');
    expect(feedbackOf({ contacts: ['latched', 'bolt_thrown'] })).toBe('latch');
    expect(feedbackOf(CAR_TRUNK)).toBe('none');
  });

  it('of a door may do without an RTC, a key safe may not', () => {
    expect(whyUnsafe(DOOR, { clockTrust: ['host'] })).toBeUndefined();
    expect(whyUnsafe(KEY_SAFE, { clockTrust: ['host'] })).toBeDefined();
  });

  it('of a trunk may do without a button inside: its release is mechanical', () => {
    expect(whyUnsafe(without(CAR_TRUNK, 'inside_button'), RTC)).toBeUndefined();
  });

  it('that wants the bell rung first is safe with a bell', () => {
    expect(whyUnsafe({ ...DOOR, ringFirst: true }, RTC)).toBeUndefined();
  });

  it('may free its latch for as long as 30 s', () => {
    expect(whyUnsafe({ ...CAR_TRUNK, pulseMs: 30_000 }, RTC)).toBeUndefined();
  });
});
