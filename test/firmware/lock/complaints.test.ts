/**
 * What people complain of in real locks, each by the thread where it was told, and the attack of 2018 on
 * delivery locks: a box at the doorstep keeps the lock from locking, and its sound is played instead.
 */
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { benchLock } from '../../support/bench-lock.ts';
import { heard, home, token } from '../../support/home.ts';

describe('keymaster#493: the lock relocks while the door is open', () => {
  it('never throws its bolt into the air, however long the door stands open', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(3 * 3_600_000);
    expect(lock.plant.truth()).toMatchObject({ doorOpen: true, bolt: 0 });
    lock.plant.close();
    await lock.pass(DOOR.relockAfterMs + 1_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('begins its wait when the door closes, not when it was unlocked', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    lock.door('open');
    expect(lock.armed.has('bolt')).toBe(false);
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
  });

  it('relocks a door that was never opened when its entry window is over', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});

describe('home-assistant/core#84562: "locked" is reported and the lock is not', () => {
  it('says locking until its contact says that it is thrown', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(200);
    const from = heard(lock, 'lock').length;
    lock.plant.close();
    await lock.pass(200);
    expect(
      heard(lock, 'lock')
        .slice(from)
        .map(({ event_type }) => event_type),
    ).toEqual(['locking']);
    expect(lock.lock().document()).toMatchObject({ lock: 'locking', bolt: 'between' });
    await lock.pass(2_000);
    expect(lock.lock().document()).toMatchObject({ lock: 'locked', bolt: 'thrown' });
  });

  it('says not_fully_locked of a bolt that slipped from its end', () => {
    const lock = benchLock();
    lock.boot();
    lock.bolt('between');
    expect(lock.row()).toBe('not_fully_locked');
  });

  it('does not go on saying locked of a bolt that nobody sees when its door was opened with a key and shut again', () => {
    const lock = benchLock({ ...DOOR, contacts: ['door_closed', 'inside_button'] });
    lock.boot();
    lock.elapse('reckoned');
    lock.door('open');
    lock.door('closed');
    expect(lock.row()).not.toBe('locked');
  });

  it('does not say locked of a bolt whose motor has run and whose contact is silent', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    expect(lock.told().some(({ topic, body }) => topic === 'lock' && body.event_type === 'locked')).toBe(false);
  });
});

describe('zwave-js#1543: a jam is never reported, or stays for ever', () => {
  it('is reported when the bolt does not arrive, and at once when its motor stalls', () => {
    const late = benchLock();
    late.boot('withdrawn');
    late.elapse('bolt');
    expect(late.armed.get('bolt')).toBe(DOOR.travelMsMax);
    late.elapse('bolt');
    expect(late.state().alarms).toEqual(['LockJammed']);
    const stalled = benchLock();
    stalled.boot('withdrawn');
    stalled.elapse('bolt');
    stalled.give({ type: 'drive.stalled' });
    expect(stalled.state()).toMatchObject({ bolt: { row: 'jammed', failedTries: 1 }, alarms: ['LockJammed'] });
    expect(stalled.effects.at(-1)).toEqual({ type: 'indicate', indication: 'jammed' });
  });

  it('of a bolt that stalls on its way in is one too', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.give({ type: 'drive.stalled' });
    expect(lock.row()).toBe('jammed');
    expect(lock.outcomes()).toEqual(['aborted']);
  });

  it.each(['thrown', 'withdrawn', 'between'] as const)('ends when the bolt is seen to move: %s', (to) => {
    const lock = benchLock();
    lock.boot(to === 'withdrawn' ? 'thrown' : 'withdrawn');
    if (to === 'withdrawn') lock.press('inside_button');
    else lock.elapse('bolt');
    lock.give({ type: 'drive.stalled' });
    expect(lock.row()).toBe('jammed');
    lock.bolt(to);
    expect(lock.state().alarms).toEqual([]);
    expect(lock.row()).toBe({ thrown: 'locked', withdrawn: 'unlocked', between: 'not_fully_locked' }[to]);
  });

  it('is tried again a few times, then once in a quarter of an hour, though the bolt springs back each time', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    const springBack = (): void => {
      lock.elapse('bolt');
      expect(lock.row()).toBe('locking');
      lock.bolt('between');
      lock.elapse('bolt');
      expect(lock.row()).toBe('jammed');
      lock.bolt('withdrawn');
    };
    for (let tries = 0; tries <= DOOR.retriesMax; tries++) springBack();
    for (let later = 0; later < 3; later++) {
      lock.elapse('bolt');
      expect(lock.row()).toBe('unlocked');
      expect(lock.armed.get('bolt')).toBe(900_000);
      expect(lock.drives()).toHaveLength(1 + DOOR.retriesMax + later);
      expect(lock.state().alarms).toEqual(['RelockFailed']);
      springBack();
    }
    lock.elapse('bolt');
    // Somebody moves the door, and all tries are there again.
    lock.door('open');
    lock.door('closed');
    lock.elapse('bolt');
    expect(lock.row()).toBe('locking');
  });
});

describe('esp-rfid#343: it opens at boot or at reconnect', () => {
  it('withdraws nothing for a boot, a board that comes back, or a broker that comes back', async () => {
    const lock = await home();
    for (let time = 0; time < 5; time++) {
      lock.cutPower();
      await lock.boot();
      await lock.pass(2_000);
      lock.mechanism().lose('unplugged');
      await lock.pass(2_000);
      lock.mechanism().restore();
      lock.broker().lose();
      await lock.pass(2_000);
      lock.broker().restore();
      await lock.pass(60_000);
    }
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 0, bolt: 1_000 });
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('does not take buttons that are held down at boot for pressed', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', true);
    lock.settle('bell', true);
    lock.door('closed');
    lock.bolt('thrown');
    expect(lock.drives()).toEqual([]);
  });
});

describe('HomeKey-ESP32#37: state is lost with the power', () => {
  it('knows what it was doing, and does not report what it has not seen', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(1_000);
    lock.cutPower();
    await lock.boot();
    expect(lock.lock().document()).toMatchObject({
      lock: 'unknown',
      bolt: 'unknown',
      door: 'unknown',
      visit: 'resumed',
    });
    await lock.pass(1_000);
    expect(lock.lock().document()).toMatchObject({ lock: 'unlocked', door: 'open', visit: 'door_open' });
    lock.plant.close();
    await lock.pass(3_000);
    expect(heard(lock, 'visit').at(-1)).toMatchObject({ event_type: 'ended', outcome: 'sealed' });
    expect(lock.plant.truth()).toMatchObject({ bolt: 1_000, withdrawals: 1 });
  });
});

describe('the drop-box at the doorstep, 2018', () => {
  it('that keeps the bolt from its end ends unsealed and alarmed, whatever it sounds like', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    // The motor runs, and sounds as it always does; the bolt is held.
    lock.bolt('between');
    lock.elapse('bolt');
    expect(lock.outcomes()).toEqual(['relock_failed']);
    expect(lock.state().alarms).toEqual(['LockJammed', 'RelockFailed']);
    lock.bolt('withdrawn');
    expect(lock.state().alarms).toEqual(['RelockFailed']);
    lock.bolt('thrown');
    expect(lock.state().alarms).toEqual([]);
  });

  it('that keeps the door from shutting ends unsealed and alarmed', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(DOOR.stayMsMax + 1_000);
    expect(lock.lock().state().alarms).toEqual(['VisitOverstay']);
    await lock.pass(DOOR.leaveMsMax);
    expect(heard(lock, 'visit').at(-1)).toMatchObject({ event_type: 'ended', outcome: 'left_open' });
    expect(lock.lock().state().alarms).toEqual(['DoorAjar']);
    expect(lock.lock().document().problem).toBe(true);
  });

  it('that cuts the power to hide it is told of all the same', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(DOOR.stayMsMax + 1_000);
    lock.cutPower();
    await lock.boot();
    await lock.pass(1_000);
    expect(lock.lock().state().alarms).toEqual(['VisitOverstay']);
  });

  it('that opens the door again before the bolt is thrown is told of', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.door('closed');
    lock.door('open');
    expect(lock.told().filter(({ topic, body }) => topic === 'visit' && body.event_type === 'reopened')).toHaveLength(
      1,
    );
    expect(lock.outcomes()).toEqual([]);
  });
});
