/** The way out of a lockdown. */
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '../../../firmware/journal/journal.ts';
import { type Statement, toWallS } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { nonceOf } from '../../support/asker.ts';
import { cutDuring } from '../../support/cut-during.ts';
import { home, people, refusals, token, topics } from '../../support/home.ts';
import { control, opens, order, results } from '../../support/owner.ts';

describe('re-seal', () => {
  const seal = (epoch: number): Statement => ({ op: 're-seal', epoch });

  async function damaged(): Promise<World> {
    const lock = await home();
    expect(await opens(lock, token())).toBe(true);
    await order(lock, 1, { op: 'deny-key', kid: new Uint8Array(8) });
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, (file) => file.map((byte, i) => (i === file.length - 40 ? byte ^ 1 : byte)));
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(true);
    return lock;
  }

  it('by the owner ends a lockdown: tokens of the new epoch open, those of the old one never again', async () => {
    const lock = await damaged();
    const old = token();
    await order(lock, 2, seal(2), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(await opens(lock, old)).toBe(false);
    expect(refusals(lock).at(-1)).toBe('epoch_stale');
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(true);
  });

  it('takes the controls behind it in its document', async () => {
    const lock = await damaged();
    const nonce = await nonceOf(lock);
    await control(lock, people.people.order(2, seal(2), { nonce }), people.people.order(3, { op: 'pause' }));
    expect(results(lock)).toEqual(['applied', 'applied']);
    expect(lock.lock().document()).toMatchObject({ epoch: 2, paused: true, control_counter: 3 });
  });

  it('is durable: the next boot is sound, counts on, and has the old journal beside the new one', async () => {
    const lock = await damaged();
    await order(lock, 2, seal(5), { nonce: await nonceOf(lock) });
    const guest = people.people.invite(toWallS(lock.clock.wallMs()), 5);
    expect(await opens(lock, guest)).toBe(true);
    const boot = lock.lock().document().boot;
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.lock().document()).toMatchObject({ epoch: 5, control_counter: 2, boot: boot + 1 });
    expect(await opens(lock, guest)).toBe(false);
    expect([...lock.disk().files().keys()]).toContain('journal-until-reseal-2');
  });

  it('is the only thing that a lock in lockdown obeys', async () => {
    const lock = await damaged();
    await order(lock, 2, { op: 'resume' });
    expect(results(lock)).toEqual(['lockdown']);
  });

  it('must go beyond what is known of the number and the epoch, and answer a nonce', async () => {
    const lock = await damaged();
    await order(lock, 1, seal(2), { nonce: await nonceOf(lock) });
    await order(lock, 2, seal(1), { nonce: await nonceOf(lock) });
    await order(lock, 2, seal(2), { nonce: new Uint8Array(16) });
    // A document with a number that the lock has taken is skipped; at the reader it is answered.
    lock.lock().present(people.people.order(1, seal(2), { nonce: await nonceOf(lock) }), 'reader');
    await lock.pass(100);
    expect(results(lock)).toEqual(['not_higher', 'nonce_stale', 'out_of_order']);
    expect(lock.lock().state().ledgerFault).toBe(true);
  });

  it('of a sound journal is not needed, and does nothing', async () => {
    const lock = await home();
    await order(lock, 1, seal(9), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['not_in_lockdown']);
    expect(lock.lock().document().epoch).toBe(1);
  });

  it('that the disk does not take grants nothing, and says so', async () => {
    const lock = await damaged();
    const nonce = await nonceOf(lock);
    lock.disk().failNext('replace', 'ENOSPC');
    await order(lock, 2, seal(2), { nonce });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(false);
  });

  it('cut at any operation of the disk leaves a lockdown or a sealed journal, and no third thing', async () => {
    for (let at = 0; at < 12; at++) {
      const lock = await damaged();
      const nonce = await nonceOf(lock);
      await cutDuring(lock, at, () => {
        lock.broker().send(topics.control, JSON.stringify([people.people.order(2, seal(2), { nonce })]));
      });
      const isSealed = !lock.lock().state().ledgerFault;
      expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(isSealed);
      expect(await opens(lock, token())).toBe(false);
    }
  });
});
