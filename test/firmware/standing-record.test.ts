/** The record of how the door stands: what it says, when it is written, and that it fits. */
import { describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX } from '../../firmware/journal/frame.ts';
import { emptyMemory, fold, recordsOf } from '../../firmware/journal/memory.ts';
import { decodeRecord, encodeRecord } from '../../firmware/journal/records.ts';
import { initialState } from '../../firmware/lock/state.ts';
import { standingKeeper } from '../../firmware/standing.ts';
import type { Alarm } from '../../protocol/index.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { BEGINNING_MS } from '../../sim/world.ts';
import { home } from '../support/home.ts';
import { standing } from '../support/standing.ts';

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
