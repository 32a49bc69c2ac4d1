/** A throw that finds the door on the move: nobody drives a bolt into a door that may be on its way open. */
import { describe, expect, it } from 'vitest';
import { DOOR, LEAVE_MS } from '../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

describe('a door whose contact does not hold still', () => {
  const touched = (lock: Bench): void => {
    lock.give({ type: 'contact', contact: 'door_closed', closed: false });
  };
  const rattles = (lock: Bench): void => {
    touched(lock);
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
  };
  const asks = {
    'somebody locks it': (lock: Bench) => lock.give({ type: 'lock.commanded' }),
    'its time to relock is over': (lock: Bench) => lock.elapse('bolt'),
  };

  it.each(Object.entries(asks))('is on its way open, perhaps: no bolt is thrown when %s', (_, ask) => {
    for (const moves of [touched, rattles]) {
      const lock = benchLock();
      lock.boot('withdrawn');
      moves(lock);
      ask(lock);
      expect([lock.drives(), lock.armed.get('bolt')]).toEqual([[], LEAVE_MS]);
      lock.door('open');
      lock.door('closed');
      expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
      lock.elapse('bolt');
      expect(lock.drives()).toEqual(['throw']);
    }
  });

  it('is put off a few times, and no more: a door that never holds still is locked', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    touched(lock);
    lock.elapse('bolt');
    for (let times = 1; times <= 3; times++) {
      expect([lock.drives(), lock.armed.get('bolt')]).toEqual([[], LEAVE_MS]);
      lock.elapse('bolt');
    }
    expect(lock.drives()).toEqual(['throw']);
    // Locked once, it has them all again.
    lock.bolt('thrown');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    expect([lock.drives(), lock.armed.get('bolt')]).toEqual([['throw'], LEAVE_MS]);
  });

  it('and whose bolt somebody throws by hand is locked: nothing waits for the next who withdraws it', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    rattles(lock);
    lock.give({ type: 'lock.commanded' });
    lock.bolt('thrown');
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
  });

  it('waits for whoever presses inside meanwhile as if nobody had locked', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    touched(lock);
    lock.give({ type: 'lock.commanded' });
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
  });

  it('waits for its own contact alone: another that does not hold still puts nothing off', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.effects.length = 0;
    for (let edge = 0; edge <= DOOR.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'bell', closed: edge % 2 === 0 });
    lock.elapse('flicker.bell');
    expect(lock.effects.filter((effect) => effect.type === 'arm' && effect.timer === 'bolt')).toEqual([]);
  });

  it('is locked by whoever asked first', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    rattles(lock);
    lock.give({ type: 'lock.commanded' });
    lock.elapse('flicker.door_closed');
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(lock.state().bolt).toMatchObject({ row: 'locked', changedBy: 'remote' });
  });

  it('is put off no longer by whoever asks again meanwhile', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    rattles(lock);
    lock.give({ type: 'lock.commanded' });
    lock.effects.length = 0;
    for (let times = 1; times <= 5; times++) lock.give({ type: 'lock.commanded' });
    expect(lock.effects).toEqual([]);
  });

  it('is put off where it was put off before for somebody who is leaving, and opens the door', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    touched(lock);
    lock.elapse('bolt');
    expect([lock.drives(), lock.armed.get('bolt')]).toEqual([['withdraw'], LEAVE_MS]);
  });

  it('is no door into which a bolt is thrown that counts as thrown already, and that nobody sees', () => {
    const lock = benchLock({ ...DOOR, contacts: ['door_closed', 'bell', 'inside_button'] });
    lock.boot();
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    touched(lock);
    lock.give({ type: 'lock.commanded' });
    expect(lock.drives()).toEqual(['throw']);
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    lock.elapse('flicker.door_closed');
    lock.give({ type: 'lock.commanded' });
    expect(lock.drives()).toEqual(['throw', 'throw']);
  });

  it('keeps no veto of the next visit waiting', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    touched(lock);
    lock.give({ type: 'lock.commanded' });
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    lock.elapse('flicker.door_closed');
    lock.grant();
    expect(lock.state().visit.row).toBe('awaiting_entry');
    lock.give({ type: 'vetoed' });
    expect(lock.drives()).toEqual(['throw']);
  });

  it('is put off for the next visit by itself, and not by what is left of the wait before', () => {
    for (const bolt of ['withdrawn', 'between'] as const) {
      const lock = benchLock();
      lock.boot(bolt);
      touched(lock);
      lock.give({ type: 'lock.commanded' });
      lock.grant();
      if (bolt === 'between') lock.bolt('withdrawn');
      expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
      lock.give({ type: 'vetoed' });
      expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
    }
  });

  it('is no reason to give up a visit that is to be sealed', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    touched(lock);
    lock.elapse('visit');
    expect(lock.state().visit.row).toBe('relocking');
    lock.elapse('visit');
    expect([lock.state().visit.row, lock.outcomes()]).toEqual(['relocking', []]);
  });

  it('is locked in the end for whoever asked, also where the bolt is on its way, and where nothing relocks by itself', () => {
    const lock = benchLock({ ...DOOR, autoRelock: false });
    lock.boot();
    lock.grant();
    touched(lock);
    lock.give({ type: 'lock.commanded' });
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocking', DOOR.travelMsMax]);
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
    lock.door('open');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});
