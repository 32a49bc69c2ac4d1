/** What codes come to that are wrong, or too many: throttle and lockout, through power cuts. */
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../firmware/lock/profiles/door.ts';
import { toWallS } from '../../protocol/index.ts';
import type { World } from '../../sim/world.ts';
import { deliver, EVERY_RING, home, NOW_S, people, refusals, token } from '../support/home.ts';

describe('wrong codes', () => {
  /** Codes that read as presentations and are wrong, at a pace that no throttle minds. */
  async function guess(lock: World, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await lock.pass(5_000);
      lock.present(people.people.issue({ nowS: NOW_S, forged: true }));
    }
    await lock.pass(100);
  }

  it('five in a row lock their channel out, with an alarm, and the lockout ends', async () => {
    const lock = await home();
    await guess(lock, 4);
    expect(lock.lock().state().alarms).toEqual([]);
    await guess(lock, 1);
    expect(lock.lock().state().alarms).toEqual(['WrongCodeEntryLimit']);
    await deliver(lock, token());
    expect(refusals(lock)).toContain('locked_out');
    expect(lock.plant.truth().doorOpenings).toBe(0);
    await lock.pass(DOOR.lockoutMs);
    expect(lock.lock().state().alarms).toEqual([]);
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it.each([
    ['as it was written', async () => undefined],
    ['written anew', async (lock: World) => void (await lock.lock().journal().compact())],
  ])(
    'in a flood are listened to no sooner for a power cut, until a token is spent there: a journal %s',
    async (_how, rewrite) => {
      const lock = await home();
      const flood = (): void => {
        for (let i = 0; i < 20; i++) lock.show(`a label ${i}`, 'reader');
      };
      const reboot = async (): Promise<void> => {
        lock.cutPower();
        await lock.boot();
        await lock.pass(200);
      };
      flood();
      await lock.pass(1_000);
      expect(refusals(lock)).toContain('throttled');
      await rewrite(lock);
      await reboot();
      lock.present(token());
      await lock.pass(100);
      expect(refusals(lock).at(-1)).toBe('throttled');
      // A text that comes too early makes the wait begin anew.
      await lock.pass(30_000);
      lock.present(token());
      await lock.pass(1_000);
      expect(lock.plant.truth().withdrawals).toBe(1);
      await lock.pass(60_000);
      await reboot();
      lock.present(token());
      await lock.pass(1_000);
      expect(lock.plant.truth().withdrawals).toBe(2);
    },
  );

  it('in a second flood, told of within the minute of the first, are listened to no sooner for a power cut', async () => {
    const lock = await home();
    const flood = (): void => {
      for (let i = 0; i < 20; i++) lock.show(`a label ${i}`, 'reader');
    };
    flood();
    await lock.pass(31_000);
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
    flood();
    await lock.pass(1_000);
    lock.cutPower();
    await lock.boot();
    await lock.pass(20_000);
    lock.present(token());
    await lock.pass(1_000);
    expect(refusals(lock).at(-1)).toBe('throttled');
  });

  it('of controls in a flood cost nobody who shows a token anything after a power cut', async () => {
    const lock = await home();
    for (let i = 0; i < 8; i++) lock.show(people.people.order(50 + i, { op: 'resume' }), 'reader');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['throttled']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('are not forgiven by switching the power off, neither their count nor the lockout', async () => {
    const lock = await home();
    await guess(lock, 4);
    lock.cutPower();
    await lock.boot();
    await guess(lock, 1);
    expect(lock.lock().state().alarms).toEqual(['WrongCodeEntryLimit']);
    await lock.pass(DOOR.lockoutMs - 10_000);
    lock.cutPower();
    await lock.boot();
    await lock.pass(DOOR.lockoutMs - 10_000);
    expect(lock.lock().state().alarms).toEqual(['WrongCodeEntryLimit']);
    await lock.pass(20_000);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('are never five without a lockout, whenever the power goes', async () => {
    const wrong: string[] = [];
    // Each ring moves what follows within its sector.
    for (let rings = 0; rings < 6; rings++) {
      for (let operation = 0; operation < 12; operation++) {
        const lock = await home({ profile: EVERY_RING, disk: { syncMs: 5 } });
        await guess(lock, 4);
        for (let i = 0; i < rings; i++) {
          lock.plant.press('bell', 60);
          await lock.pass(200);
        }
        await lock.pass(5_000);
        const first = lock.disk().operations;
        lock.disk().onOperation(({ index, phase }) => {
          if (index - first === operation && phase === 'done') lock.cutPower();
        });
        lock.present(people.people.issue({ nowS: NOW_S, forged: true }));
        await lock.pass(500);
        if (lock.isUp) break;
        await lock.boot();
        const { wrongCodes, lockedOut } = lock.lock().journal().memory;
        if (wrongCodes.get('reader') !== 4 && !lockedOut.has('reader'))
          wrong.push(`${rings} rings, cut at ${operation}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('are forgiven by a token that is spent on their channel', async () => {
    const lock = await home();
    await guess(lock, 4);
    await lock.pass(5_000);
    await deliver(lock, token());
    await guess(lock, 4);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('that came while a token was on its way to a slow disk are not forgiven when its bolt moves', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.present(token());
    for (let i = 0; i < 5; i++) lock.present(people.people.issue({ nowS: NOW_S, forged: true }));
    expect(lock.lock().state().alarms).toContain('WrongCodeEntryLimit');
    lock.disk().unstall('sync');
    await lock.pass(5_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
    lock.cutPower();
    await lock.boot();
    await lock.pass(5_000);
    expect(lock.lock().state().alarms).toContain('WrongCodeEntryLimit');
    await deliver(lock, people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    expect(refusals(lock)).toContain('locked_out');
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('are not the labels of parcels', async () => {
    const lock = await home();
    for (let i = 0; i < 20; i++) {
      lock.lock().present(`40063813339${i}`, 'reader');
      await lock.pass(31_000);
    }
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('leave the button inside alone', async () => {
    const lock = await home();
    await guess(lock, 5);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});
