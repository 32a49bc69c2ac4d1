/** Waits survive the power: nothing that a thief waits for begins anew, and whoever leaves has the time to. */
import { describe, expect, it } from 'vitest';
import { emptyMemory, fold } from '../../firmware/journal/memory.ts';
import { DOOR, KEY_SAFE, LEAVE_MS } from '../../firmware/lock/profiles/index.ts';
import { initialState } from '../../firmware/lock/state.ts';
import { restoredFrom } from '../../firmware/standing.ts';
import { BEGINNING_MS, type World } from '../../sim/world.ts';
import { benchLock } from '../support/bench-lock.ts';
import { heard, home, token } from '../support/home.ts';
import { endOf, entered, reboot, spent, standing } from '../support/standing.ts';

const ends = (lock: World) => heard(lock, 'visit').filter(({ event_type }) => event_type === 'ended');

describe('waits', () => {
  it('for the relock go on: a power cut does not give a withdrawn bolt another entry window', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(DOOR.entryWindowMs - 5_000);
    await reboot(lock);
    expect(lock.plant.truth().bolt).toBe(0);
    await lock.pass(7_000);
    expect(lock.plant.truth().bolt).toBe(1_000);
  });

  it('behind a door that every start finds shut come to their end, however often the power goes', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    for (let i = 0; i < 6; i++) await reboot(lock, 1_500);
    expect(lock.plant.truth().bolt).toBe(1_000);
  });

  it.each([
    ['bolt', 'withdrawn', 'closed', 'bolt'],
    ['ajar', 'withdrawn', 'open', 'ajar'],
    ['visit', 'withdrawn', 'open', 'visit'],
  ] as const)('for the %s begin with what is left of them, once', (timer, bolt, door, armed) => {
    const memory = emptyMemory();
    fold(memory, spent('k'));
    fold(
      memory,
      standing({ visit: { key: 'k', openings: 1, overstayed: false }, until: { [timer]: BEGINNING_MS + 777 } }),
    );
    const restored = restoredFrom(memory, BEGINNING_MS);
    const lock = benchLock(
      DOOR,
      timer === 'visit' || restored === undefined ? restored : { ...restored, visit: undefined },
    );
    lock.give({ type: 'resumed' });
    lock.boot(bolt, door);
    expect(lock.armed.get(armed)).toBe(777);
    expect(lock.state().left).toEqual({});
  });

  it('of a visit that has ended are no part of the next one, not even when its end is all that was written', () => {
    const memory = emptyMemory();
    fold(memory, spent('k'));
    const until = { visit: BEGINNING_MS, ajar: BEGINNING_MS + 777 };
    fold(memory, standing({ visit: { key: 'k', openings: 1, overstayed: true }, until }));
    fold(memory, endOf('k', 'left_open'));
    expect(restoredFrom(memory, BEGINNING_MS)?.left).toEqual({ ajar: 777 });
  });

  it('for a key that is out begin with what is left of them', () => {
    const memory = emptyMemory();
    fold(memory, standing({ item: { place: 'out', overdue: false }, until: { item: BEGINNING_MS + 777 } }));
    const lock = benchLock(KEY_SAFE, restoredFrom(memory, BEGINNING_MS));
    lock.give({ type: 'resumed' });
    expect(lock.armed.get('item')).toBe(777);
    lock.elapse('item');
    expect(lock.state().alarms).toContain('ItemNotReturned');
  });

  it('that were over in the dark are over at once', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(2_000);
    await reboot(lock, 10 * DOOR.entryWindowMs);
    await lock.pass(DOOR.relockAfterMs + 1_000);
    expect(lock.plant.truth().bolt).toBe(1_000);
  });

  it('for a door that stands open go on, over two boots', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(DOOR.ajarMsMax / 2);
    await reboot(lock);
    await lock.pass(DOOR.ajarMsMax / 4);
    await reboot(lock);
    expect(lock.lock().state().alarms).toEqual([]);
    await lock.pass(DOOR.ajarMsMax / 4);
    expect(lock.lock().state().alarms).toEqual(['DoorAjar']);
    await reboot(lock);
    expect(lock.lock().state().alarms).toEqual(['DoorAjar']);
  });

  it('for a courier to leave go on', async () => {
    const lock = await entered();
    await lock.pass(DOOR.stayMsMax - 10_000);
    await reboot(lock);
    await lock.pass(12_000);
    expect(lock.lock().state().alarms).toEqual(['VisitOverstay']);
  });

  it('for a courier who has overstayed go on, over two boots', async () => {
    const lock = await entered();
    await lock.pass(DOOR.stayMsMax);
    expect(lock.lock().state().visit.row).toBe('overstayed');
    await lock.pass(DOOR.leaveMsMax / 2);
    await reboot(lock);
    expect(lock.lock().state()).toMatchObject({ visit: { row: 'overstayed' } });
    await lock.pass(DOOR.leaveMsMax / 4);
    await reboot(lock);
    await lock.pass(DOOR.leaveMsMax / 4 - 5_000);
    expect(ends(lock)).toEqual([]);
    expect(lock.lock().state().alarms).toEqual(['DoorAjar', 'VisitOverstay']);
    await lock.pass(10_000);
    expect(ends(lock)).toMatchObject([{ outcome: 'left_open' }]);
  });

  it('are never longer than they are, whatever the clock has become', () => {
    const memory = emptyMemory();
    fold(memory, standing({ until: { bolt: BEGINNING_MS + 1_000 } }));
    expect(restoredFrom(memory, BEGINNING_MS + 600)?.left).toEqual({ bolt: 400 });
    expect(restoredFrom(memory, BEGINNING_MS + 86_400_000)?.left).toEqual({ bolt: 1 });
    const lock = initialState(restoredFrom(memory, BEGINNING_MS - 86_400_000));
    expect(lock.left.bolt).toBeGreaterThan(DOOR.entryWindowMs);
  });

  it('leave whoever has pressed the button inside the time to go, over a restart', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    await lock.restart();
    await lock.pass(LEAVE_MS - 1_100);
    expect(lock.plant.truth()).toMatchObject({ bolt: 0, driven: 'none' });
    await lock.pass(3_000);
    expect(lock.plant.truth().bolt).toBe(1_000);
  });

  it('leave it to whoever pressed while the bolt was on its way out, or withdrawn for a courier', async () => {
    const late = await home();
    late.plant.press('inside_button', 100);
    await late.pass(200);
    expect(late.plant.truth().bolt).toBeGreaterThan(0);
    const guest = await home();
    guest.present(token());
    await guest.pass(1_000);
    guest.plant.press('inside_button', 100);
    await guest.pass(200);
    for (const lock of [late, guest]) {
      await lock.restart();
      await lock.pass(LEAVE_MS - 300);
      expect(lock.plant.truth()).toMatchObject({ driven: 'none' });
      expect(lock.plant.truth().bolt).toBeLessThan(1_000);
      await lock.pass(3_000);
      expect(lock.plant.truth().bolt).toBe(1_000);
    }
  });

  it('give nobody who has gone out, or was locked in, more time in the next life', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.lock().journal().memory.standing?.leaving).toBe(true);
    lock.plant.push();
    await lock.pass(500);
    expect(lock.lock().journal().memory.standing?.leaving).toBeUndefined();
    lock.plant.close();
    await lock.pass(500);
    await lock.restart();
    await lock.pass(DOOR.relockAfterMs + 1_000);
    expect(lock.plant.truth().bolt).toBe(1_000);
  });

  it('of a life long gone do not shorten one of today', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(DOOR.entryWindowMs - 5_000);
    lock.cutPower();
    lock.plant.turn('throw');
    await lock.pass(1_000);
    await lock.boot();
    await lock.pass(1_000);
    lock.plant.press('inside_button', 100);
    await lock.pass(DOOR.entryWindowMs - 2_000);
    expect(lock.plant.truth().bolt).toBe(0);
  });
});
