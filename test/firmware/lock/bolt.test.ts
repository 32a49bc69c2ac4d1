/** Bolts at the edges: who turns round on the way, and whose contacts are late or stuck. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, DOOR, LEAVE_MS, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

const BLIND: Profile = { ...DOOR, contacts: ['door_closed', 'bell', 'inside_button'] };

/** What became of the drive, from its first signal on. */
const motions = (lock: Bench): readonly string[] => {
  const all = lock.effects.flatMap((effect) => {
    if (effect.type === 'drive') return [effect.direction];
    return effect.type === 'halt' ? ['halt'] : [];
  });
  return all.slice(all.findIndex((motion) => motion !== 'halt'));
};

describe('a bolt that is turned round on its way', () => {
  it('is not called locked by a contact that is just letting go of it', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.give({ type: 'contact', contact: 'bolt_thrown', closed: false });
    lock.give({ type: 'lock.commanded' });
    expect(lock.row()).toBe('locking');
    lock.give({ type: 'contact', contact: 'bolt_thrown', closed: true });
    expect(lock.row()).toBe('locked');
  });

  it('is not called unlocked by a contact that is just letting go of it', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.give({ type: 'contact', contact: 'bolt_withdrawn', closed: false });
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocking');
    lock.give({ type: 'contact', contact: 'bolt_withdrawn', closed: true });
    expect(lock.row()).toBe('unlocked');
  });

  it('and seen by no contact has its whole time to come back, and then is locked', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    lock.grant();
    lock.give({ type: 'lock.commanded' });
    expect(lock.row()).toBe('locking');
    expect(lock.armed.get('reckoned')).toBe(DOOR.travelMsMax - 1);
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    expect(lock.state().alarms).toEqual([]);
  });

  it('by a door that opens, and seen by no contact, is unlocked again', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.press('inside_button');
    lock.elapse('reckoned');
    expect(lock.row()).toBe('unlocked');
    lock.elapse('bolt');
    lock.door('open');
    expect(lock.state().bolt).toMatchObject({ row: 'unlocking', changedBy: 'auto' });
    lock.elapse('reckoned');
    expect(lock.row()).toBe('unlocked');
    expect(lock.drives()).toEqual(['throw', 'withdraw', 'throw', 'withdraw']);
  });
});

describe('a bolt that no contact sees', () => {
  it('is between its ends when its drive is taken away on the way, and nothing waits for its arrival', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    lock.press('inside_button');
    lock.give({ type: 'drive.stalled' });
    expect(lock.state().bolt).toMatchObject({ row: 'jammed', status: 'between' });
    expect(lock.armed.has('reckoned')).toBe(false);
  });
});

describe('the button inside, of a jammed bolt', () => {
  it('goes on pulling where the contact says that it is withdrawn: it may be stuck', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocked');
    expect(motions(lock)).toEqual(['throw', 'halt', 'withdraw']);
  });

  it('does not call it unlocked before it is seen withdrawn', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocking');
    lock.bolt('withdrawn');
    expect(lock.row()).toBe('unlocked');
  });
});

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

describe('who moved the bolt', () => {
  it('is whoever turned it round last, and nobody when it jams', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('between');
    lock.give({ type: 'lock.commanded' });
    expect(lock.state().bolt).toMatchObject({ row: 'locking', changedBy: 'remote' });
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'jammed', changedBy: 'auto' });
  });
});

describe('a motor that draws on', () => {
  it('is said to have been stopped by nobody', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.give({ type: 'drive.stalled' });
    expect(lock.told().at(-2)).toEqual({ topic: 'lock', body: { event_type: 'jammed', changed_by: 'unspecified' } });
  });
});

describe('a latch', () => {
  it('is freed by a pulse that ends by itself: no travel bounds it', () => {
    const lock = benchLock(CAR_TRUNK);
    lock.boot();
    lock.grant();
    expect(lock.drives()).toEqual(['withdraw']);
    expect(lock.armed.has('drive')).toBe(false);
  });
});

describe('tries to throw', () => {
  /** One has failed, and the bolt stands between its ends. */
  function tried(): Bench {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.bolt('between');
    lock.elapse('bolt');
    expect(lock.state().bolt).toMatchObject({ row: 'jammed', failedTries: 1 });
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocking');
    return lock;
  }

  it('are all there again when the bolt arrived at its other end', () => {
    const lock = tried();
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    expect(lock.armed.get('bolt')).toBe(DOOR.retryAfterMs);
  });

  it('are not, when it jams on its way there', () => {
    const lock = tried();
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    expect(lock.armed.get('bolt')).toBe(2 * DOOR.retryAfterMs);
  });

  it('that bring the board down with them come to an end: its supply may be too weak for the drive', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    for (let tries = 0; tries <= DOOR.retriesMax; tries++) {
      lock.elapse('bolt');
      expect(lock.row()).toBe('locking');
      lock.give({ type: 'board.lost', reason: 'reset' });
      lock.boot('withdrawn');
    }
    lock.elapse('bolt');
    expect([lock.row(), lock.state().alarms]).toEqual(['unlocked', ['RelockFailed']]);
    // But a door that is moved, or a bolt that arrives, is worth all of them again.
    lock.elapse('bolt');
    expect(lock.row()).toBe('locking');
    lock.bolt('thrown');
    expect(lock.state()).toMatchObject({ alarms: [], bolt: { failedTries: 0 } });
  });

  it('that somebody asks for again and again put off no try of the lock itself for hours', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    for (let asked = 0; asked < 20; asked++) {
      lock.give({ type: 'lock.commanded' });
      lock.elapse('bolt');
      expect(lock.row()).toBe('jammed');
    }
    expect(lock.armed.get('bolt')).toBe(DOOR.retryAfterMs * 2 ** DOOR.retriesMax);
    lock.elapse('bolt');
    expect(lock.state().alarms).toContain('RelockFailed');
    lock.elapse('bolt');
    expect(lock.row()).toBe('locking');
  });
});

describe('a bolt that nobody sees', () => {
  it('is thrown for the household that asks for it, though it is reckoned thrown: somebody may have turned it by hand', () => {
    const lock = benchLock(BLIND);
    lock.boot();
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    lock.effects.length = 0;
    lock.give({ type: 'lock.commanded' });
    expect(lock.drives()).toEqual(['throw']);
    lock.elapse('reckoned');
    expect(lock.row()).toBe('locked');
    // One that is seen is where it is seen.
    const seen = benchLock();
    seen.boot();
    seen.give({ type: 'lock.commanded' });
    expect(seen.drives()).toEqual([]);
  });

  it('is withdrawn for a token, though it is reckoned withdrawn: the token is used up for it', () => {
    const lock = benchLock({ ...BLIND, autoRelock: false });
    lock.boot();
    lock.elapse('reckoned');
    lock.press('inside_button');
    lock.elapse('reckoned');
    expect(lock.row()).toBe('unlocked');
    lock.effects.length = 0;
    lock.grant();
    expect(lock.drives()).toEqual(['withdraw']);
    expect(lock.state().visit.row).toBe('awaiting_entry');
    const seen = benchLock();
    seen.boot('withdrawn');
    seen.grant();
    expect(seen.drives()).toEqual([]);
  });
});
