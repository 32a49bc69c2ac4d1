/** What follows from the state after every step: alarms, told once each, and what ends with its cause. */
import { describe, expect, it } from 'vitest';
import type { Restored } from '../../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import { initialState } from '../../../firmware/lock/state.ts';
import { benchLock } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

const BEFORE: Restored = {
  visit: undefined,
  item: { place: 'in', overdue: false },
  relockFailed: false,
  held: [],
  left: {},
};

const alarmsTold = (lock: Bench): readonly string[] =>
  lock.told().flatMap((event) => (event.topic === 'alarm' ? [`${event.body.event_type} ${event.body.alarm}`] : []));

describe('an alarm', () => {
  it('is told when it begins and when it ends, whatever the others do', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'ledger.failed' });
    lock.give({ type: 'clock.judged', trusted: false });
    lock.give({ type: 'ledger.resealed' });
    lock.give({ type: 'clock.judged', trusted: true });
    expect(alarmsTold(lock)).toEqual([
      'raised LedgerFault',
      'raised ClockUntrusted',
      'cleared LedgerFault',
      'cleared ClockUntrusted',
    ]);
  });
});

describe('alarms that change places in one step', () => {
  it('are told, the one and the other', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.elapse('visit');
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.state().alarms).toEqual(['BoardLost']);
    expect(alarmsTold(lock)).toEqual(['raised VisitOverstay', 'raised BoardLost', 'cleared VisitOverstay']);
  });

  it('are told beside one that stays', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'ledger.failed' });
    lock.bolt('conflict');
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.state().alarms).toEqual(['LedgerFault', 'SensorConflict', 'BoardLost']);
  });
});

describe('an alarm of the life before', () => {
  it('for a door that stood open ends when that door is seen shut', () => {
    const lock = benchLock(DOOR, { ...BEFORE, held: ['DoorAjar'] });
    lock.give({ type: 'resumed' });
    expect(lock.state().alarms).toEqual(['DoorAjar']);
    lock.boot();
    expect(lock.state()).toMatchObject({ alarms: [] });
  });

  it.each(['mounted', 'upright'] as const)('for a mount ends where only %s is wired', (contact) => {
    const contacts = KEY_SAFE.contacts.filter((other) => other === contact || !['mounted', 'upright'].includes(other));
    const lock = benchLock({ ...KEY_SAFE, contacts }, { ...BEFORE, held: ['MountRemoved'] });
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    expect(lock.state().alarms).toEqual(['MountRemoved']);
    lock.settle(contact, true);
    expect(lock.state().alarms).toEqual([]);
    lock.settle(contact, false);
    expect(lock.state().alarms).toEqual(['MountRemoved']);
  });
});

describe('a lock that was told nothing yet', () => {
  it('knows nothing, holds nothing, and shows nothing', () => {
    expect(initialState()).toMatchObject({
      board: 'awaited',
      door: 'unknown',
      bolt: { row: 'unknown', status: 'unknown', cause: 'unspecified', changedBy: 'unspecified' },
      alarms: [],
      indication: 'off',
    });
  });
});

describe('the light', () => {
  it('says fault while nobody knows where the bolt is', () => {
    const lock = benchLock();
    lock.boot();
    lock.bolt('conflict');
    expect(lock.state()).toMatchObject({ bolt: { row: 'unknown' }, indication: 'fault' });
    lock.bolt('thrown');
    expect(lock.state().indication).toBe('ready');
  });
});

describe('a lockout', () => {
  it('of one channel ends for itself', () => {
    const lock = benchLock();
    lock.boot();
    for (const channel of ['reader', 'mqtt'] as const) lock.give({ type: 'lockout.began', channel });
    expect(lock.armed.get('lockout.reader')).toBe(DOOR.lockoutMs);
    lock.elapse('lockout.reader');
    expect(lock.state()).toMatchObject({ lockedOut: ['mqtt'], alarms: ['WrongCodeEntryLimit'] });
    expect(lock.effects.filter(({ type }) => type === 'end_lockout')).toEqual([
      { type: 'end_lockout', channel: 'reader' },
    ]);
    lock.elapse('lockout.mqtt');
    expect(lock.state()).toMatchObject({ lockedOut: [], alarms: [] });
  });
});

describe('RelockFailed', () => {
  it('is not made good by a bolt that is thrown into the air', () => {
    const lock = benchLock(DOOR, { ...BEFORE, relockFailed: true });
    lock.give({ type: 'resumed' });
    lock.boot('withdrawn', 'open');
    lock.bolt('thrown');
    expect(lock.state().alarms).toEqual(['RelockFailed']);
    lock.door('closed');
    expect(lock.state().alarms).toEqual([]);
  });
});

describe('a safe after a power cut', () => {
  it('waits for a key that is out, unless it was overdue before, and for none that is in', () => {
    const waits = (item: Restored['item']): boolean => {
      const lock = benchLock(KEY_SAFE, { ...BEFORE, item });
      lock.give({ type: 'resumed' });
      return lock.armed.has('item');
    };
    expect(waits({ place: 'out', overdue: false })).toBe(true);
    expect(waits({ place: 'out', overdue: true })).toBe(false);
    expect(waits({ place: 'in', overdue: false })).toBe(false);
  });
});

describe('a battery', () => {
  it('that is found low is told, and one that is found well is not', () => {
    const levels = (millivolts: number): readonly unknown[] => {
      // Before the boot of the bench, which measures it, too.
      const lock = benchLock(KEY_SAFE);
      lock.give({ type: 'battery', millivolts });
      return lock.told().flatMap(({ topic, body }) => (topic === 'system' ? [body] : []));
    };
    expect(levels(3_400)).toEqual([{ event_type: 'battery', level: 'low', millivolts: 3_400 }]);
    expect(levels(4_000)).toEqual([]);
  });
});

describe('what is left of a wait of the life before', () => {
  it('ends with its cause: a door found shut after a power cut is no sooner ajar when it is opened the next day', () => {
    const lock = benchLock(DOOR, { ...BEFORE, left: { ajar: 5 } });
    lock.give({ type: 'resumed' });
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.door('open');
    expect(lock.armed.get('ajar')).toBe(DOOR.ajarMsMax);
  });
});
