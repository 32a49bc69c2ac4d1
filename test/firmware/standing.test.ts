/** How the door stands survives the power: cut at any moment, and nothing that a thief waits for begins anew. */
import { describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX } from '../../firmware/journal/frame.ts';
import { emptyMemory, fold, recordsOf } from '../../firmware/journal/memory.ts';
import {
  decodeRecord,
  type EventRecord,
  encodeRecord,
  type Spent,
  type Standing,
} from '../../firmware/journal/records.ts';
import { DOOR, KEY_SAFE, LEAVE_MS } from '../../firmware/lock/profiles/index.ts';
import { initialState } from '../../firmware/lock/state.ts';
import { restoredFrom, standingKeeper } from '../../firmware/standing.ts';
import type { Alarm } from '../../protocol/index.ts';
import { PHASES } from '../../sim/scenario/runner.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { BEGINNING_MS, type World } from '../../sim/world.ts';
import { benchLock } from '../support/bench-lock.ts';
import { EVERY_RING, heard, home, token } from '../support/home.ts';

async function reboot(lock: World, darkMs = 0): Promise<void> {
  lock.cutPower();
  await lock.pass(darkMs);
  await lock.boot();
  await lock.pass(500);
}

/** A courier has opened the door, and stands in it. */
async function entered(): Promise<World> {
  const lock = await home();
  lock.present(token());
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  return lock;
}

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

const endOf = (key: string, outcome: 'sealed' | 'left_open'): EventRecord => ({
  type: 'event',
  seq: 0,
  boot: 1,
  ts: '',
  topic: 'visit',
  body: {},
  life: 'x',
  ends: { key, outcome },
});

const spent = (key: string): Spent => ({
  type: 'spent',
  key,
  token_id: '0'.repeat(32),
  channel: 'reader',
  at_s: 1,
  expires_s: 2,
  day: '2026-06-01',
});

function standing(change: Partial<Standing>): Standing {
  return {
    type: 'standing',
    item: { place: 'in', overdue: false },
    relock_failed: false,
    alarms: [],
    until: {},
    ...change,
  };
}

describe('the record of it', () => {
  const fullest = standing({
    visit: { key: `${'0'.repeat(16)}:${'0'.repeat(32)}`, openings: 10, overstayed: false, shut: true },
    item: { place: 'missing', overdue: false },
    relock_owed: true,
    leaving: true,
    alarms: ['LockJammed', 'FrontEscutcheonRemoved', 'DoorForcedOpen', 'DoorAjar', 'MountRemoved', 'SensorConflict'],
    until: { bolt: BEGINNING_MS, visit: BEGINNING_MS, ajar: BEGINNING_MS, item: BEGINNING_MS },
  });

  it('fits into a frame, however much there is to say', () => {
    expect(encodeRecord(fullest).length).toBeLessThan(BODY_BYTES_MAX);
    expect(decodeRecord(encodeRecord(fullest))).toEqual(fullest);
  });

  it('is what the newest says, and is kept when the journal is written anew', () => {
    const memory = emptyMemory();
    fold(memory, fullest);
    fold(memory, standing({ relock_failed: true }));
    const again = emptyMemory();
    for (const record of recordsOf(memory, 'a/b')) fold(again, record);
    expect(again.standing).toEqual(standing({ relock_failed: true }));
  });

  it('names alarms of the vocabulary only', () => {
    const unknown = new TextEncoder().encode(JSON.stringify({ ...fullest, alarms: ['DoorSad' as Alarm] }));
    expect(decodeRecord(unknown)).toBeUndefined();
  });

  it('is written when something has changed, and not otherwise', () => {
    const clock = virtualClock({ startWallMs: BEGINNING_MS });
    const keeper = standingKeeper(clock, undefined);
    const state = initialState();
    expect(keeper.changed(state)).toBeUndefined();
    const failed = { ...state, relockFailed: true };
    expect(keeper.changed(failed)).toEqual(standing({ relock_failed: true }));
    expect(keeper.changed(failed)).toBeUndefined();
    expect(keeper.changed({ ...failed, relockOwed: true })).toEqual(
      standing({ relock_failed: true, relock_owed: true }),
    );
    expect(keeper.changed(failed)).toEqual(standing({ relock_failed: true }));
    keeper.armed('ajar', 60_000);
    expect(keeper.changed(failed)?.until).toEqual({ ajar: BEGINNING_MS + 60_000 });
    keeper.armed('refused', 60_000);
    expect(keeper.changed(failed)).toBeUndefined();
    keeper.disarmed('ajar');
    expect(keeper.changed(failed)?.until).toEqual({});
  });

  it('is durable in its own right: it does not wait for company', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(600);
    lock.cutPower();
    await lock.boot();
    expect(lock.lock().journal().memory.standing?.until.bolt).toBeGreaterThan(BEGINNING_MS);
  });
});
