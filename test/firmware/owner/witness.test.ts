/** Somebody outside the disk who counts, so that an older copy of it is noticed. */
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '../../../firmware/journal/journal.ts';
import { readToken, toWallS } from '../../../protocol/index.ts';
import { PHASES } from '../../../sim/scenario/runner.ts';
import type { World } from '../../../sim/world.ts';
import { nonceOf } from '../../support/asker.ts';
import { heard, home, people, refusals, token, topics } from '../../support/home.ts';
import { NOBODY, opens, order, results } from '../../support/owner.ts';

describe('a witness outside the disk', () => {
  async function restored(lock: World): Promise<void> {
    const backup = lock.disk().files().get(JOURNAL_FILE)?.slice();
    expect(await opens(lock, token())).toBe(true);
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => backup);
    await lock.boot();
    await lock.pass(200);
  }

  it('notices an older copy of the disk: lockdown, until the owner seals it', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    expect(lock.lock().state().ledgerFault).toBe(true);
    expect(await opens(lock, token())).toBe(false);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(true);
  });

  it('notices an older copy that nothing was spent since, but something denied', async () => {
    const lock = await home({ witness: true });
    const id = readToken(token())?.id ?? NOBODY;
    const backup = lock.disk().files().get(JOURNAL_FILE)?.slice();
    await order(lock, 1, { op: 'deny-token', tokenId: id });
    const newest = lock.disk().files().get(JOURNAL_FILE)?.slice();
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => backup);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().journal().health).toBe('lockdown');
    // The witness knows the number, so that a seal cannot have one that is taken; and no copy from before it passes for sound.
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(lock.lock().journal().health).toBe('lockdown');
    await order(lock, 2, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(lock.lock().journal().health).toBe('ok');
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => newest);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().journal().health).toBe('lockdown');
  });

  it('that does not answer keeps the lock from being sealed anew, and the owner is told and may ask again', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    lock.witness().hang(true);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    await lock.pass(3_000);
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(heard(lock, 'system')).toContainEqual(expect.objectContaining({ fault: 'not_resealed' }));
    expect(lock.lock().journal().health).toBe('lockdown');
    lock.witness().hang(false);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['ledger_unavailable', 'applied']);
    expect(lock.lock().journal().health).toBe('ok');
  });

  it('that cannot be told of a seal has the owner told so, and no token taken until the next start', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    const { write } = lock.witness();
    lock.witness().write = () => Promise.reject(new Error('broken'));
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    lock.witness().write = write;
    expect(results(lock)).toEqual(['ledger_unavailable']);
    const guest = people.people.invite(toWallS(lock.clock.wallMs()), 2);
    expect(await opens(lock, guest)).toBe(false);
    expect(refusals(lock).at(-1)).toBe('ledger_unavailable');
    expect(lock.lock().document().alarms).toEqual(['LedgerFault']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().document().alarms).toEqual([]);
    expect(await opens(lock, guest)).toBe(true);
  });

  it('that does not answer to a seal holds up nothing that the owner says after it', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    const { write } = lock.witness();
    lock.witness().write = () => new Promise(() => undefined);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    await lock.pass(3_000);
    await order(lock, 2, { op: 'pause' });
    lock.witness().write = write;
    expect(results(lock)).toContain('ledger_unavailable');
    expect(lock.lock().document()).toMatchObject({ paused: true, alarms: ['LedgerFault'] });
  });

  it('that cannot be told of a control keeps it from being told as applied', async () => {
    const lock = await home({ witness: true });
    lock.witness().fail('broken');
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(lock.lock().document()).toMatchObject({ paused: true, alarms: ['LedgerFault'] });
  });

  it('is never ahead of a disk whose power is cut, whatever was being written: that would be a lockdown for nothing', async () => {
    let cuts = 0;
    for (const phase of PHASES) {
      for (let write = 1; ; write++) {
        const lock = await home({ witness: true, disk: { syncMs: 40 } });
        lock.cutPowerAt({ write, phase });
        lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
        await lock.pass(10);
        for (const [counter, op] of [
          [1, 'pause'],
          [2, 'resume'],
        ] as const) {
          if (!lock.isUp) break;
          lock.broker().send(topics.control, JSON.stringify([people.people.order(counter, { op })]), true);
          await lock.pass(10);
        }
        await lock.pass(2_000);
        if (lock.isUp) break;
        cuts += 1;
        await lock.boot();
        await lock.pass(1_000);
        expect(lock.lock().journal().health, `the power cut ${phase} write ${write}`).toBe('ok');
      }
    }
    expect(cuts).toBeGreaterThan(10);
  });

  it('is told of what a process has left behind when the disk has it, and not when only the kernel has', async () => {
    const health: string[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const lock = await home({ witness: true, seed });
      lock.disk().stall('sync');
      lock.present(token());
      await lock.pass(100);
      lock.killProcess();
      // The power goes before the new process has written anything.
      lock.cutPowerAt({ write: 1, phase: 'before' });
      await lock.boot();
      await lock.pass(200);
      if (lock.isUp) lock.cutPower();
      await lock.boot();
      await lock.pass(200);
      health.push(lock.lock().journal().health);
    }
    expect(health).toEqual(Array(8).fill('ok'));
  });

  it('is left behind where the disk has no room to make that durable, and hears of it with the next spend', async () => {
    const lock = await home({ witness: true });
    lock.witness().hang(true);
    lock.present(token());
    await lock.pass(100);
    lock.killProcess();
    lock.witness().hang(false);
    lock.disk().failNext('replace', 'ENOSPC', 2);
    await lock.boot();
    await lock.pass(200);
    expect(lock.witness().mark()?.spends).toBe(0);
    expect(lock.lock().journal().health).toBe('ok');
    expect(await opens(lock, people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }))).toBe(true);
    expect(lock.witness().mark()?.spends).toBe(2);
  });

  it('is told in order of what is spent and said at once', async () => {
    const lock = await home({ witness: true });
    lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    await order(lock, 1, { op: 'deny-key', kid: new Uint8Array(8) });
    await lock.pass(2_000);
    expect(lock.witness().mark()).toMatchObject({ spends: 1, controls: 1 });
  });

  it('counts on behind a journal that was deleted: lockdown, and the seal goes on from its count', async () => {
    const lock = await home({ witness: true });
    expect(await opens(lock, token())).toBe(true);
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => undefined);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(true);
    expect(await opens(lock, token())).toBe(false);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().journal().memory.spends).toBe(1);
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(true);
    expect(lock.witness().mark()?.spends).toBe(2);
  });

  it('is what it takes: without one an older copy cannot be told from the disk', async () => {
    const lock = await home();
    await restored(lock);
    expect(lock.lock().state().ledgerFault).toBe(false);
  });

  it('that does not answer lets no token in, and people out', async () => {
    const lock = await home({ witness: true });
    lock.witness().hang(true);
    lock.present(token());
    await lock.pass(10_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('that cannot be told of a spend costs the token, and opens nothing', async () => {
    const lock = await home({ witness: true });
    lock.witness().fail('broken');
    expect(await opens(lock, token())).toBe(false);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    // That it answers again is no reason: what it missed, nobody knows before the next start.
    lock.witness().fail(undefined);
    const next = people.people.issue({ nowS: toWallS(lock.clock.wallMs()) });
    expect(await opens(lock, next)).toBe(false);
    await lock.restart();
    await lock.pass(200);
    expect(await opens(lock, next)).toBe(true);
  });

  it('that cannot be asked at the start keeps tokens away until the next', async () => {
    const lock = await home({ witness: true });
    lock.cutPower();
    lock.witness().hang(true);
    await lock.boot();
    await lock.pass(200);
    expect(await opens(lock, token())).toBe(false);
    lock.cutPower();
    lock.witness().hang(false);
    await lock.boot();
    await lock.pass(200);
    expect(await opens(lock, token())).toBe(true);
  });

  it('may be one spend behind: that is a power cut, and opened nothing', async () => {
    const lock = await home({ witness: true });
    lock.witness().hang(true);
    lock.present(token());
    await lock.pass(200);
    lock.cutPower();
    lock.witness().hang(false);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.witness().mark()?.spends).toBe(1);
  });

  it('counts on through compaction, although tokens are forgotten', async () => {
    const lock = await home({ witness: true });
    expect(await opens(lock, token())).toBe(true);
    await lock.pass(3 * 86_400_000);
    expect(lock.lock().journal().memory.spent.size).toBe(0);
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.lock().journal().memory.spends).toBe(1);
  });
});
