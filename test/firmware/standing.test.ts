/** How the door stands survives the power: cut at any moment, a visit and its alarms are there in the next life. */
import { describe, expect, it } from 'vitest';
import { emptyMemory, fold } from '../../firmware/journal/memory.ts';
import { DOOR } from '../../firmware/lock/profiles/index.ts';
import { initialState } from '../../firmware/lock/state.ts';
import { restoredFrom } from '../../firmware/standing.ts';
import { PHASES } from '../../sim/scenario/runner.ts';
import { BEGINNING_MS, type World } from '../../sim/world.ts';
import { EVERY_RING, heard, home, token } from '../support/home.ts';
import { endOf, entered, reboot, standing } from '../support/standing.ts';

/** Houses in which the power went behind each write of what happens, wherever in its sector that stands. */
async function* cutsAfter(before: (lock: World) => Promise<void>, happens: (lock: World) => void) {
  // Each ring moves what follows within its sector.
  for (let rings = 0; rings < 12; rings++) {
    for (let operation = 0; operation < 40; operation++) {
      const lock = await home({ profile: EVERY_RING, disk: { syncMs: 5 } });
      await before(lock);
      for (let i = 0; i < rings; i++) {
        lock.plant.press('bell', 60);
        await lock.pass(200);
      }
      happens(lock);
      const first = lock.disk().operations;
      let wasTold = false;
      let wasForced = false;
      lock.disk().onOperation(({ index, phase }) => {
        if (index - first !== operation || phase !== 'done') return;
        wasTold = raised(lock).length > 0;
        wasForced = isToldForced(lock);
        lock.cutPower();
      });
      await lock.pass(500);
      if (lock.isUp) break;
      yield { lock, wasTold, wasForced, where: `${rings} rings, cut at ${operation}` };
    }
  }
}

const raised = (lock: World) =>
  heard(lock, 'alarm').filter((event) => event.event_type === 'raised' && event.alarm === 'DoorForcedOpen');

const isToldForced = (lock: World): boolean =>
  heard(lock, 'door').some(({ event_type }) => event_type === 'forced_open');

const ends = (lock: World) => heard(lock, 'visit').filter(({ event_type }) => event_type === 'ended');

describe('a visit in progress', () => {
  it('goes on after a boot, and is sealed by whoever is still in', async () => {
    const lock = await entered();
    await reboot(lock);
    expect(lock.lock().state().visit).toMatchObject({ row: 'door_open', entered: true, openings: 1 });
    lock.plant.close();
    await lock.pass(3_000);
    expect(ends(lock)).toMatchObject([{ outcome: 'sealed' }]);
    expect(lock.plant.truth()).toMatchObject({ bolt: 1_000, withdrawals: 1 });
  });

  it('whose door was shut while it was dark is sealed at once', async () => {
    const lock = await entered();
    lock.cutPower();
    lock.plant.close();
    await lock.boot();
    await lock.pass(2_000);
    expect(ends(lock)).toMatchObject([{ outcome: 'sealed' }]);
  });

  it('whose door was shut before it got dark, and stands open afterwards, was opened once more', async () => {
    for (const lives of [1, 2]) {
      const lock = await entered();
      lock.plant.close();
      await lock.pass(100);
      expect(lock.lock().state().visit.row).toBe('relocking');
      for (let life = 0; life < lives; life++) {
        lock.cutPower();
        // With a key, in the dark.
        lock.plant.turn('withdraw');
        await lock.pass(1_000);
        if (life === lives - 1) lock.plant.push();
        await lock.boot();
        await lock.pass(300);
      }
      expect(lock.lock().state().visit).toMatchObject({ row: 'door_open', openings: 2 });
      await lock.pass(500);
      expect(heard(lock, 'visit').map(({ event_type }) => event_type)).toContain('reopened');
    }
  });

  it('that nobody had entered is locked again, and the token is used up', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    await reboot(lock);
    await lock.pass(3_000);
    expect(ends(lock)).toMatchObject([{ outcome: 'granted_not_entered' }]);
    expect(lock.plant.truth().bolt).toBe(1_000);
  });

  it('takes no other token before it has ended', async () => {
    const lock = await entered();
    await reboot(lock);
    lock.present(token());
    await lock.pass(500);
    expect(heard(lock, 'access')).toMatchObject([{ refusal: 'actuator_busy' }]);
  });

  it('that has ended does not come back, not even when its end is all that was written', async () => {
    const lock = await entered();
    lock.plant.close();
    await lock.pass(3_000);
    await reboot(lock);
    expect(lock.lock().state().visit.row).toBe('idle');
    const memory = emptyMemory();
    fold(memory, standing({ visit: { key: 'k', openings: 1, overstayed: false } }));
    fold(memory, endOf('k', 'sealed'));
    expect(memory.standing?.visit).toBeUndefined();
  });

  it('that was told as entered has not ended without anybody in, whenever the power goes', async () => {
    const wrong: string[] = [];
    const letIn = async (lock: World): Promise<void> => {
      lock.present(token());
      await lock.pass(1_000);
    };
    for await (const cut of cutsAfter(letIn, (lock) => lock.plant.push())) {
      cut.lock.plant.close();
      await cut.lock.boot();
      await cut.lock.pass(5_000);
      const told = heard(cut.lock, 'visit').filter((event) => 'outcome' in event && event.entered_at !== undefined);
      if (told.some((event) => 'outcome' in event && event.outcome !== 'sealed')) wrong.push(cut.where);
    }
    expect(wrong).toEqual([]);
  });

  it('to a lock that does not relock by itself is locked behind, whenever the power goes', async () => {
    const unlocked: string[] = [];
    for (let write = 1; write <= 12; write++) {
      for (const phase of PHASES) {
        const lock = await home({ profile: { ...DOOR, autoRelock: false }, disk: { syncMs: 600 } });
        lock.present(token());
        lock.cutPowerAt({ write, phase });
        await lock.pass(6_000);
        if (lock.isUp) continue;
        // And again as soon as the next life has written that nobody knows what came of it.
        await lock.boot();
        await lock.pass(1_300);
        lock.cutPower();
        await lock.boot();
        await lock.pass(120_000);
        if (lock.plant.truth().bolt !== 1_000)
          unlocked.push(`${phase} write ${write}: ${lock.lock().state().bolt.row}`);
      }
    }
    expect(unlocked).toEqual([]);
  });

  it('ends without a seal when nobody can see the door after the boot', async () => {
    const lock = await entered();
    lock.cutPower();
    await lock.boot();
    lock.mechanism().lose('unplugged');
    await lock.pass(DOOR.sealMsMax + 1_000);
    expect(ends(lock)).toMatchObject([{ outcome: 'relock_failed' }]);
    expect(lock.lock().state().alarms).toEqual(['RelockFailed', 'BoardLost']);
  });

  it('is locked behind at most once for a token that is vetoed after the boot', async () => {
    const lock = await entered();
    await reboot(lock);
    lock.plant.close();
    await lock.pass(3_000);
    await reboot(lock);
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 1, bolt: 1_000 });
  });
});

describe('alarms', () => {
  it('of a forced door survive, and are not told twice', async () => {
    const lock = await home();
    lock.plant.force();
    await lock.pass(500);
    await reboot(lock);
    expect(lock.lock().state().alarms).toEqual(['DoorForcedOpen']);
    expect(heard(lock, 'alarm').filter((event) => 'alarm' in event && event.alarm === 'DoorForcedOpen')).toEqual([]);
    lock.plant.turn('withdraw');
    await lock.pass(1_000);
    lock.plant.close();
    await lock.pass(500);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('that were told stand in the next life, whenever the power goes', async () => {
    const wrong: string[] = [];
    let kept = 0;
    for await (const cut of cutsAfter(
      async () => undefined,
      (lock) => lock.plant.force(),
    )) {
      await cut.lock.boot();
      await cut.lock.pass(2_000);
      if (!cut.wasTold && raised(cut.lock).length === 0) continue;
      kept += 1;
      if (!cut.lock.lock().state().alarms.includes('DoorForcedOpen')) wrong.push(cut.where);
    }
    expect(wrong).toEqual([]);
    expect(kept).toBeGreaterThan(12);
  });

  it('of a door that was told to be forced are raised after a power cut that came before them', async () => {
    const wrong: string[] = [];
    let between = 0;
    for await (const { lock, wasTold, wasForced, where } of cutsAfter(
      async () => undefined,
      (home) => home.plant.force(),
    )) {
      await lock.boot();
      await lock.pass(2_000);
      if (!wasForced && !isToldForced(lock)) continue;
      if (!wasTold) between += 1;
      const [told, again] = raised(lock);
      const isRaisedOnce = again === undefined && (wasTold || told !== undefined);
      if (!isRaisedOnce || !lock.lock().state().alarms.includes('DoorForcedOpen')) wrong.push(where);
    }
    expect(wrong).toEqual([]);
    expect(between).toBeGreaterThan(12);
  });

  it('of a visit that could not be sealed survive until the bolt is seen thrown', async () => {
    const memory = emptyMemory();
    fold(memory, standing({ relock_failed: true }));
    expect(initialState(restoredFrom(memory, BEGINNING_MS)).relockFailed).toBe(true);
    expect(initialState(restoredFrom(memory, BEGINNING_MS)).relockOwed).toBe(false);
    fold(memory, standing({ relock_owed: true }));
    expect(initialState(restoredFrom(memory, BEGINNING_MS)).relockOwed).toBe(true);
  });
});
