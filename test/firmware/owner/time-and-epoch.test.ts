/** The owner says what time it is, and that all of before is void. */
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '../../../firmware/journal/journal.ts';
import { EPOCH_SAID_MAX, type Statement, TIME_SAID_MAX, toWallS, wallS } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { nonceOf } from '../../support/asker.ts';
import { heard, home, NOW_S, people, refusals, token } from '../../support/home.ts';
import { control, opens, order, results } from '../../support/owner.ts';

describe('set-time', () => {
  const set = (timeS: number): Statement => ({ op: 'set-time', timeS: wallS(timeS) });

  it('lets a lock judge tokens whose clock nobody vouches for', async () => {
    const lock = await home();
    lock.vouch('none');
    expect(await opens(lock, token())).toBe(false);
    expect(refusals(lock)).toEqual(['clock_untrusted']);
    await order(lock, 1, set(toWallS(lock.clock.wallMs())), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().state().alarms).toEqual([]);
    expect(await opens(lock, token())).toBe(true);
  });

  it('goes before the wall clock, and goes on by itself', async () => {
    const lock = await home();
    // The machine woke up in another century.
    lock.clock.setWall(Date.UTC(2000, 0, 1));
    lock.vouch('none');
    await order(lock, 1, set(NOW_S), { nonce: await nonceOf(lock) });
    await lock.pass(60_000);
    const bytes = people.people.issue({ nowS: NOW_S });
    lock.lock().present(people.people.show(bytes, wallS(NOW_S + 60)), 'reader');
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    expect(heard(lock, 'access').at(-1)?.ts.slice(0, 10)).toBe('2026-06-01');
  });

  it('holds over a restart of the process, and not over one of the kernel', async () => {
    const lock = await home();
    lock.vouch('none');
    await order(lock, 1, set(NOW_S), { nonce: await nonceOf(lock) });
    await lock.lock().journal().compact();
    await lock.restart();
    await lock.pass(200);
    expect(lock.lock().state().clockUntrusted).toBe(false);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().clockUntrusted).toBe(true);
  });

  it('below the floor raises the epoch with it: what was forgotten is void, through compaction and boot', async () => {
    const lock = await home();
    await lock.pass(3 * 3_600_000);
    const before = lock.lock().journal().memory.floorS;
    const old = token();
    await order(lock, 1, set(NOW_S), { nonce: await nonceOf(lock) });
    expect(before).toBeGreaterThan(NOW_S);
    expect(lock.lock().journal().memory.floorS).toBe(NOW_S);
    expect(lock.lock().document().epoch).toBe(2);
    await lock.lock().journal().compact();
    await lock.restart();
    await lock.pass(200);
    expect(lock.lock().document().epoch).toBe(2);
    lock.lock().present(people.people.show(old, wallS(NOW_S + 10)), 'reader');
    await lock.pass(500);
    expect(refusals(lock)).toEqual(['epoch_stale']);
  });

  it('of yesterday is worth nothing, whoever kept it', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    const kept = people.people.order(1, set(NOW_S - 86_400), { nonce });
    await lock.pass(61_000);
    await control(lock, kept);
    expect(results(lock)).toEqual(['nonce_stale']);
    expect(lock.lock().document().control_counter).toBe(0);
  });

  it('without a nonce, or with one that the lock never gave, is not obeyed', async () => {
    const lock = await home();
    await order(lock, 1, set(NOW_S - 3_600), { nonce: new Uint8Array(16) });
    expect(results(lock)).toEqual(['nonce_stale']);
    expect(() => people.people.order(1, set(NOW_S))).toThrow('not a valid control');
  });
});

describe('set-time to a moment that no calendar of ours has', () => {
  it('is refused, and the lock goes on', async () => {
    const lock = await home();
    for (const timeS of [TIME_SAID_MAX + 1, 253_402_300_799, 8_640_000_000_001, Number.MAX_SAFE_INTEGER]) {
      await order(lock, 1, { op: 'set-time', timeS: wallS(timeS) }, { nonce: await nonceOf(lock) });
      await lock.pass(5_000);
    }
    expect(results(lock)).toEqual(['too_high', 'too_high', 'too_high', 'too_high']);
    await order(lock, 1, { op: 'set-time', timeS: wallS(TIME_SAID_MAX) }, { nonce: await nonceOf(lock) });
    await lock.pass(5_000);
    expect(lock.lock().document()).toMatchObject({ ts: '2106-02-07T06:28:20.100Z', control_counter: 1 });
  });
});

describe('the epoch', () => {
  it('is raised to no number that a clock which goes back could not raise further', async () => {
    const lock = await home();
    await lock.pass(3 * 3_600_000);
    await order(lock, 1, { op: 'raise-epoch', epoch: Number.MAX_SAFE_INTEGER });
    await order(lock, 1, { op: 'raise-epoch', epoch: EPOCH_SAID_MAX + 1 });
    expect(results(lock)).toEqual(['too_high', 'too_high']);
    await order(lock, 1, { op: 'raise-epoch', epoch: EPOCH_SAID_MAX });
    await order(lock, 2, { op: 'set-time', timeS: wallS(NOW_S) }, { nonce: await nonceOf(lock) });
    expect(lock.lock().document()).toMatchObject({ epoch: EPOCH_SAID_MAX + 1, control_counter: 2 });
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.lock().document().epoch).toBe(EPOCH_SAID_MAX + 1);
  });
});

describe('a token of a later epoch than the lock’s', () => {
  const DAYS_MS = 50 * 3_600_000;

  /** A guest of epoch 3 comes to a lock that is in epoch 1, and has been forgotten two days later. */
  async function forgotten(how: (lock: World) => Promise<unknown>): Promise<{ lock: World; guest: Uint8Array }> {
    const lock = await home();
    const guest = people.people.invite(NOW_S, 3);
    expect(await opens(lock, guest)).toBe(true);
    await lock.pass(DAYS_MS);
    expect(lock.lock().journal().memory.spent.size).toBe(0);
    await how(lock);
    return { lock, guest };
  }
  const turnedBack = async (lock: World): Promise<void> => {
    await order(lock, 1, { op: 'set-time', timeS: wallS(NOW_S + 60) }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
  };

  it.each([
    ['', async () => undefined],
    [
      ', through compaction and a boot',
      async (lock: World) => {
        await lock.lock().journal().compact();
        lock.cutPower();
        await lock.boot();
        await lock.pass(200);
      },
    ],
  ])('opens once, though the owner turns the clock back behind it%s', async (_name, how) => {
    const { lock, guest } = await forgotten(how);
    await turnedBack(lock);
    lock.lock().present(people.people.show(guest, wallS(NOW_S + 60)), 'reader');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['epoch_stale']);
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(lock.lock().document().epoch).toBe(4);
  });

  it('is what a new journal has to be sealed beyond, as far as that can be read', async () => {
    const { lock, guest } = await forgotten((l) => l.lock().journal().compact());
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, (bytes) => bytes.with(bytes.length - 5, (bytes.at(-5) ?? 0) ^ 1));
    await lock.boot();
    await lock.pass(200);
    await order(lock, 1, { op: 're-seal', epoch: 3 }, { nonce: await nonceOf(lock) });
    await order(lock, 1, { op: 're-seal', epoch: 4 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['not_higher', 'applied']);
    expect(await opens(lock, guest)).toBe(false);
  });
});
