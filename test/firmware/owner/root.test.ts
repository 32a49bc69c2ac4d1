/** A new root, by the recovery key, and what comes behind it. */
import { describe, expect, it } from 'vitest';
import { publicKeyOf, rotateRoot, type Statement, toText, writeControl } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { nonceOf } from '../../support/asker.ts';
import { cutDuring } from '../../support/cut-during.ts';
import { home, NOW_S, people, refusals, token, topics } from '../../support/home.ts';
import { AUDIENCE, control, newSeed, opens, order, results } from '../../support/owner.ts';

describe('rotate-root', () => {
  const rotation = (counter: number): Statement => rotateRoot(AUDIENCE, counter, newSeed);

  it('by the recovery key makes what the old root signed void, at once and after a boot', async () => {
    const lock = await home();
    const old = token();
    await order(lock, 1, rotation(1), { by: 'recovery', nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(await opens(lock, old)).toBe(false);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(await opens(lock, old)).toBe(false);
    expect(lock.lock().document().control_counter).toBe(1);
    expect(JSON.parse(new TextDecoder().decode(lock.disk().files().get('identity'))).root).toBe(
      Buffer.from(publicKeyOf(newSeed)).toString('hex'),
    );
  });

  it('by the root itself, stolen or not, is no control', async () => {
    const lock = await home();
    await order(lock, 1, rotation(1), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual([]);
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    expect(await opens(lock, token())).toBe(true);
  });

  it('to a key that nobody showed to hold is not obeyed', async () => {
    const lock = await home();
    const elsewhere = rotateRoot(AUDIENCE, 2, newSeed);
    await order(lock, 1, elsewhere, { by: 'recovery', nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['new_root_unproved']);
    expect(await opens(lock, token())).toBe(true);
  });

  it('says no other thing with the recovery key', async () => {
    const lock = await home();
    await order(lock, 1, { op: 'pause' }, { by: 'recovery' });
    expect(results(lock)).toEqual([]);
    expect(lock.lock().document().paused).toBe(false);
  });

  it('stops a courier of the old root who was let in and has not come', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    await order(lock, 1, rotation(1), { by: 'recovery', nonce: await nonceOf(lock) });
    await lock.pass(1_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('that the disk does not take leaves the old root, and says so', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    lock.disk().failNext('replace', 'EIO');
    await order(lock, 1, rotation(1), { by: 'recovery', nonce });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(await opens(lock, token())).toBe(true);
  });

  it('cut at any operation of the disk leaves one root, the old or the new', async () => {
    for (let at = 0; at < 12; at++) {
      const lock = await home({ seed: at + 1 });
      const nonce = await nonceOf(lock);
      await cutDuring(lock, at, () => {
        lock
          .broker()
          .send(topics.control, JSON.stringify([people.people.order(1, rotation(1), { by: 'recovery', nonce })]));
      });
      const { root } = JSON.parse(new TextDecoder().decode(lock.disk().files().get('identity')));
      const isNew = root === Buffer.from(publicKeyOf(newSeed)).toString('hex');
      expect(lock.lock().state().ledgerFault).toBe(false);
      // The count follows the root, and never goes before it.
      if (!isNew) expect(lock.lock().document().control_counter).toBe(0);
      expect(await opens(lock, token())).toBe(!isNew);
    }
  });
});

describe('a control behind a new root in one document', () => {
  const ordered = (from: number, count: number, seed: Uint8Array) =>
    Array.from({ length: count }, (_, i) => {
      const statement: Statement = { op: (from + i) % 2 === 0 ? 'pause' : 'resume' };
      return toText(writeControl({ audience: AUDIENCE, issuedAtS: NOW_S, counter: from + i, statement }, seed));
    });
  const rotated = async (lock: World) =>
    people.people.order(1, rotateRoot(AUDIENCE, 1, newSeed), { by: 'recovery', nonce: await nonceOf(lock) });

  it('waits for it, and is judged by the new one: the document need not come again', async () => {
    const lock = await home();
    await control(lock, await rotated(lock), ...ordered(2, 15, newSeed));
    expect(results(lock)).toEqual(Array(16).fill('applied'));
    expect(lock.lock().document().control_counter).toBe(16);
  });

  it('is no control any more when the old one signed it', async () => {
    const lock = await home();
    await control(lock, await rotated(lock), people.people.order(2, { op: 'pause' }));
    expect(results(lock)).toEqual(['applied']);
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    expect(lock.lock().document()).toMatchObject({ paused: false, control_counter: 1 });
  });

  it('waits through a disk that does not take the root, and is judged by the old one', async () => {
    const lock = await home();
    const rotation = await rotated(lock);
    lock.disk().failNext('replace', 'EIO');
    await control(lock, rotation, people.people.order(1, { op: 'pause' }));
    expect(results(lock)).toEqual(['ledger_unavailable', 'applied']);
    expect(lock.lock().document().paused).toBe(true);
  });

  it('waits with fifteen others at most; one more is refused, and lost to nobody but itself', async () => {
    const lock = await home();
    lock.broker().send(topics.control, JSON.stringify([await rotated(lock)]));
    const behind = ordered(2, 18, newSeed);
    // All in the turn in which the root goes to the disk.
    for (const text of behind) lock.lock().present(text, 'reader');
    await lock.pass(100);
    expect(lock.lock().document().control_counter).toBe(17);
    expect(refusals(lock)).toEqual(['throttled']);
    for (const text of behind.slice(16)) lock.lock().present(text, 'mqtt');
    await lock.pass(100);
    expect(lock.lock().document().control_counter).toBe(19);
  });

  it('that is shown again and again meanwhile waits once', async () => {
    const lock = await home();
    lock.broker().send(topics.control, JSON.stringify([await rotated(lock)]));
    const [text = ''] = ordered(2, 1, newSeed);
    for (let time = 0; time < 40; time++) lock.lock().present(text, 'reader');
    await lock.pass(100);
    expect(results(lock)).toEqual(['applied', 'applied']);
    expect(refusals(lock)).toEqual([]);
  });
});
