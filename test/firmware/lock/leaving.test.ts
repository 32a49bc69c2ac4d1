/** Whoever is inside and leaves: the bolt waits for them, and is thrown behind them. */
import { describe, expect, it } from 'vitest';
import { ITEM_IN } from '../../../firmware/lock/item.ts';
import { DOOR, LEAVE_MS, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../support/bench-lock.ts';

const BLIND: Profile = { ...DOOR, contacts: ['door_closed', 'bell', 'inside_button'] };

describe('whoever is inside and leaves', () => {
  const LOCKS_BY_HAND: Profile = { ...DOOR, autoRelock: false };

  it('is not kept in by who locks from afar meanwhile, however often: the bolt is thrown when there was time to go', () => {
    for (const profile of [DOOR, LOCKS_BY_HAND]) {
      const lock = benchLock(profile);
      lock.boot();
      lock.press('inside_button');
      lock.give({ type: 'lock.commanded' });
      expect(lock.row()).toBe('unlocking');
      lock.bolt('withdrawn');
      expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
      // Asked again, it waits no longer: nobody keeps the door unlocked by asking for it to be locked.
      const again = lock.give({ type: 'lock.commanded' });
      expect(again.filter(({ type }) => type === 'drive' || type === 'arm')).toEqual([]);
      expect(lock.row()).toBe('unlocked');
      lock.elapse('bolt');
      lock.bolt('thrown');
      expect(lock.state().bolt).toMatchObject({ row: 'locked', changedBy: 'remote' });
      expect(lock.drives()).toEqual(['withdraw', 'throw']);
    }
  });

  it('through a door that is seen closed only then has the time to go, where nobody sees the bolt', () => {
    const lock = benchLock(BLIND);
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', false);
    lock.press('inside_button');
    lock.door('closed');
    expect([lock.row(), lock.drives(), lock.armed.get('bolt')]).toEqual(['unknown', ['withdraw'], LEAVE_MS]);
    lock.elapse('reckoned');
    expect([lock.row(), lock.drives(), lock.armed.get('bolt')]).toEqual(['unlocked', ['withdraw'], LEAVE_MS]);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });

  it('is locked behind where nobody sees the bolt, and the board is gone meanwhile', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.press('inside_button');
    lock.give({ type: 'lock.commanded' });
    lock.give({ type: 'board.lost', reason: 'its cable was loose' });
    lock.effects.length = 0;
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    expect([lock.row(), lock.drives(), lock.armed.get('bolt')]).toEqual(['unknown', [], LEAVE_MS]);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });

  it('and pressed before the power went has the time to go, and is locked behind, where nobody sees the bolt', () => {
    const left = { visit: undefined, item: ITEM_IN, relockFailed: false, leaving: true, held: [], left: {} };
    const lock = benchLock(BLIND, left);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    expect([lock.drives(), lock.armed.get('bolt')]).toEqual([[], LEAVE_MS]);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });

  it('has as long after the command, when it comes to a bolt that is withdrawn already', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    lock.give({ type: 'lock.commanded' });
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
  });

  it('and presses again, has the whole time again', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    lock.give({ type: 'lock.commanded' });
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
  });

  it('and has left: the next who locks is obeyed at once', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    lock.give({ type: 'lock.commanded' });
    expect(lock.row()).toBe('locking');
  });

  it('and whose bolt does not arrive: it has its own time, whoever locks meanwhile, and jams by itself', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.give({ type: 'lock.commanded' });
    expect(lock.armed.get('bolt')).toBe(DOOR.travelMsMax);
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'jammed', changedBy: 'auto' });
  });

  it('is not kept in by who locks from afar when a courier is being let in, either', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    expect(lock.row()).toBe('unlocking');
    lock.press('inside_button');
    lock.give({ type: 'lock.commanded' });
    lock.bolt('withdrawn');
    expect(lock.drives()).toEqual(['withdraw']);
    expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    expect(lock.state().bolt.cause).toBe('remote');
  });

  it('and presses again, whenever it is, is locked behind all the same, with the whole time again', () => {
    for (const profile of [DOOR, LOCKS_BY_HAND]) {
      for (const isOnItsWay of [true, false]) {
        const lock = benchLock(profile);
        lock.boot();
        lock.press('inside_button');
        lock.give({ type: 'lock.commanded' });
        if (isOnItsWay) lock.press('inside_button');
        lock.bolt('withdrawn');
        if (!isOnItsWay) lock.press('inside_button');
        expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
        lock.elapse('bolt');
        expect(lock.drives().at(-1)).toBe('throw');
      }
    }
  });

  it('has the whole time when a power cut has left nothing of the wait before, and the bolt was not seen yet', () => {
    const item = { place: 'in', overdue: false } as const;
    const lock = benchLock(DOOR, { visit: undefined, item, relockFailed: false, held: [], left: { bolt: 1 } });
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    lock.settle('inside_button', false);
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', DOOR.entryWindowMs]);
    // Nobody has pressed anything: what was left of it goes on.
    const alone = benchLock(DOOR, { visit: undefined, item, relockFailed: false, held: [], left: { bolt: 1 } });
    alone.give({ type: 'resumed' });
    alone.boot('withdrawn');
    expect(alone.armed.get('bolt')).toBe(1);
  });

  it('has the time to go, too, when the door is seen only then', () => {
    const item = { place: 'in', overdue: false } as const;
    for (const left of [{ bolt: 1 }, {}]) {
      const lock = benchLock(
        { ...DOOR, relockAfterMs: 2 },
        { visit: undefined, item, relockFailed: false, held: [], left },
      );
      lock.give({ type: 'resumed' });
      lock.give({ type: 'board.ready' });
      lock.settle('inside_button', false);
      lock.press('inside_button');
      lock.bolt('withdrawn');
      lock.door('closed');
      expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
      lock.door('open');
      lock.door('closed');
      expect(lock.armed.get('bolt')).toBe(2);
    }
  });

  it('and for whom somebody locks behind is waited for anew when the door is seen only then', () => {
    const lock = benchLock({ ...LOCKS_BY_HAND, relockAfterMs: 60_000 });
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', false);
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    lock.armed.delete('bolt');
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
  });

  it('has the time to go when the bolt jams on its way, and somebody locks behind', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.give({ type: 'lock.commanded' });
    lock.elapse('bolt');
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['jammed', LEAVE_MS]);
  });

  it('is forgotten once the bolt is thrown again: a throw that jams is tried at once by who asks for it', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'locking', egress: undefined });
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    lock.give({ type: 'lock.commanded' });
    expect(lock.drives()).toEqual(['withdraw', 'throw', 'throw']);
  });

  it('and presses again gives a bolt that nobody sees no more time in which it stands withdrawn', () => {
    const lock = benchLock({ ...BLIND, travelMsMax: 20_000, entryWindowMs: LEAVE_MS });
    lock.boot();
    lock.elapse('reckoned');
    lock.press('inside_button');
    lock.elapse('reckoned');
    expect(lock.row()).toBe('unlocked');
    lock.press('inside_button');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw', 'withdraw', 'withdraw', 'throw']);
  });

  it('is forgotten when the bolt is found thrown', () => {
    const found = benchLock();
    found.give({ type: 'board.ready' });
    found.settle('inside_button', false);
    found.press('inside_button');
    found.bolt('thrown');
    expect(found.state().bolt).toMatchObject({ row: 'locked', egress: undefined });
  });

  it('is not kept in by who locks from afar when nobody knew where the bolt was, either', () => {
    for (const profile of [DOOR, LOCKS_BY_HAND]) {
      const lock = benchLock(profile);
      lock.give({ type: 'board.ready' });
      lock.door('closed');
      lock.settle('inside_button', false);
      lock.settle('bolt_withdrawn', false);
      expect(lock.row()).toBe('unknown');
      lock.press('inside_button');
      lock.settle('bolt_thrown', false);
      lock.give({ type: 'lock.commanded' });
      expect([lock.row(), lock.drives()]).toEqual(['not_fully_locked', ['withdraw']]);
      expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
      lock.bolt('withdrawn');
      expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
      lock.elapse('bolt');
      expect(lock.drives()).toEqual(['withdraw', 'throw']);
      expect(lock.state().bolt.cause).toBe('remote');
    }
  });

  it('and whose bolt stays between its ends is locked behind by whoever asked for it', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    lock.settle('inside_button', false);
    lock.settle('bolt_withdrawn', false);
    lock.press('inside_button');
    lock.settle('bolt_thrown', false);
    lock.give({ type: 'lock.commanded' });
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'locking', cause: 'remote' });
  });

  it('and was locked behind: who comes next from afar is not somebody who leaves', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    lock.bolt('thrown');
    lock.grant();
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    expect(lock.row()).toBe('locking');
  });

  it('while a courier comes: his token is waited for, and who locks from afar still leaves them their time', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    lock.grant();
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    lock.give({ type: 'lock.commanded' });
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
  });

  it('is not kept in by a bolt that springs back from its end, whoever locks from afar', () => {
    for (const profile of [DOOR, LOCKS_BY_HAND]) {
      const lock = benchLock(profile);
      lock.boot();
      lock.press('inside_button');
      lock.bolt('withdrawn');
      lock.bolt('between');
      expect(lock.row()).toBe('not_fully_locked');
      lock.give({ type: 'lock.commanded' });
      expect([lock.row(), lock.armed.get('bolt')]).toEqual(['not_fully_locked', LEAVE_MS]);
      lock.elapse('bolt');
      expect(lock.state().bolt).toMatchObject({ row: 'locking', cause: 'remote' });
    }
  });

  it('is not kept in by a bolt that is not seen at its end: it is thrown again when there was time to go', () => {
    for (const jam of [{ type: 'drive.stalled' }, { type: 'elapsed', timer: 'bolt' }] as const) {
      const lock = benchLock();
      lock.boot();
      lock.press('inside_button');
      lock.settle('bolt_thrown', false);
      lock.give(jam);
      expect(lock.row()).toBe('jammed');
      lock.elapse('bolt');
      expect([lock.row(), lock.armed.get('bolt')]).toEqual(['jammed', LEAVE_MS]);
      lock.elapse('bolt');
      expect(lock.state().bolt).toMatchObject({ row: 'locking', cause: 'auto' });
    }
  });

  it('nor by who locks such a bolt from afar, and is locked behind once', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.settle('bolt_thrown', false);
    lock.give({ type: 'drive.stalled' });
    lock.give({ type: 'lock.commanded' });
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['jammed', LEAVE_MS]);
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'locking', cause: 'remote' });
  });

  it('has their time, too, when a jammed bolt is to be thrown behind a door that is seen closed again', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', false);
    lock.bolt('thrown');
    lock.press('inside_button');
    lock.settle('bolt_thrown', false);
    lock.give({ type: 'drive.stalled' });
    lock.give({ type: 'lock.commanded' });
    // Nobody can see the door: it is not thrown.
    lock.elapse('bolt');
    expect([lock.row(), lock.armed.has('bolt')]).toEqual(['jammed', false]);
    lock.door('closed');
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['jammed', LEAVE_MS]);
    lock.elapse('bolt');
    expect(lock.row()).toBe('locking');
  });

  it('is not kept in by a door that is seen closed only now', () => {
    for (const profile of [DOOR, { ...DOOR, relockAfterMs: 1 }]) {
      const lock = benchLock(profile);
      lock.give({ type: 'board.ready' });
      lock.settle('inside_button', false);
      lock.bolt('thrown');
      lock.press('inside_button');
      lock.bolt('withdrawn');
      lock.door('closed');
      expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
    }
  });

  it('is still on the way out when for a moment nobody could say where the bolt was', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.bolt('conflict');
    expect(lock.row()).toBe('unknown');
    lock.bolt('withdrawn');
    lock.give({ type: 'lock.commanded' });
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', LEAVE_MS]);
  });

  it('does not lock out who is let in through a bolt that stays between its ends', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.bolt('between');
    lock.give({ type: 'lock.commanded' });
    lock.grant();
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocking', DOOR.travelMsMax]);
    lock.bolt('withdrawn');
    expect([lock.row(), lock.armed.get('bolt')]).toEqual(['unlocked', DOOR.entryWindowMs]);
    lock.give({ type: 'lock.commanded' });
    expect(lock.armed.get('bolt')).toBe(LEAVE_MS);
  });

  it('leaves a courier to whom the bolt is withdrawn already nobody behind him', () => {
    const lock = benchLock();
    lock.boot();
    lock.bolt('withdrawn');
    lock.grant();
    lock.give({ type: 'lock.commanded' });
    expect(lock.row()).toBe('locking');
  });
});
