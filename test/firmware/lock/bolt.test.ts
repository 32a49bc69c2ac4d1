/** Bolts at the edges: who turns round on the way, and whose contacts are late or stuck. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, DOOR, type Profile } from '../../../firmware/lock/profiles/index.ts';
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
    // A blade that parts comes back for a moment.
    lock.give({ type: 'contact', contact: 'bolt_thrown', closed: true });
    expect(lock.row()).toBe('locking');
    lock.elapse('flicker.bolt_thrown');
    expect(lock.row()).toBe('locked');
    expect(motions(lock)).toEqual(['withdraw', 'throw', 'halt']);
  });

  it('is not called locked by one that has come back for a moment before', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    for (const closed of [false, true]) lock.give({ type: 'contact', contact: 'bolt_thrown', closed });
    lock.give({ type: 'lock.commanded' });
    expect(lock.row()).toBe('locking');
    lock.bolt('between');
    expect(lock.row()).toBe('locking');
    lock.bolt('thrown');
    expect(lock.row()).toBe('locked');
    expect(motions(lock)).toEqual(['withdraw', 'throw', 'halt']);
  });

  it('is not called unlocked by a contact that is just letting go of it', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.give({ type: 'contact', contact: 'bolt_withdrawn', closed: false });
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocking');
    lock.give({ type: 'contact', contact: 'bolt_withdrawn', closed: true });
    expect(lock.row()).toBe('unlocking');
    lock.elapse('flicker.bolt_withdrawn');
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
