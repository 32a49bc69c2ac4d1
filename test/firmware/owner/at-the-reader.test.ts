/** What the owner says at the reader, and what a courier then comes to. */
import { describe, expect, it } from 'vitest';
import { DENIED_KEYS_MAX, fromText, readToken, type Statement, toText } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { deliver, heard, home, people, refusals, token } from '../../support/home.ts';
import { results } from '../../support/owner.ts';

describe('the owner', () => {
  const order = (lock: World, counter: number, statement: Statement): void => {
    lock.lock().present(people.people.order(counter, statement), 'reader');
  };

  it('denies a token before it is shown, through any reboot', async () => {
    const lock = await home();
    const bytes = token();
    const tokenId = readToken(bytes)?.id ?? new Uint8Array();
    order(lock, 1, { op: 'deny-token', tokenId });
    await lock.pass(100);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    await deliver(lock, bytes);
    expect(refusals(lock)).toEqual(['revoked']);
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it('ends what a carrier was allowed by raising the epoch', async () => {
    const lock = await home();
    order(lock, 1, { op: 'raise-epoch', epoch: 2 });
    await lock.pass(100);
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['epoch_stale']);
    expect(lock.lock().document()).toMatchObject({ epoch: 2, control_counter: 1 });
  });

  it('pauses the lock and resumes it', async () => {
    const lock = await home();
    order(lock, 1, { op: 'pause' });
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['owner_veto']);
    order(lock, 2, { op: 'resume' });
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
    expect(results(lock)).toEqual(['applied', 'applied']);
  });

  it('wins the race against a token that is being spent', async () => {
    const lock = await home({ disk: { syncMs: 200 } });
    lock.present(token());
    await lock.pass(50);
    expect(lock.lock().state().visit.row).toBe('spending');
    order(lock, 1, { op: 'pause' });
    await lock.pass(5_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(heard(lock, 'visit')).toMatchObject([{ event_type: 'ended', outcome: 'vetoed' }]);
  });

  it('locks again before a courier whose token was taken has come in', async () => {
    const lock = await home();
    const bytes = token();
    lock.present(bytes);
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    order(lock, 1, { op: 'deny-token', tokenId: readToken(bytes)?.id ?? new Uint8Array() });
    await lock.pass(1_500);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('is not obeyed twice, nor out of order, nor when it is somebody else', async () => {
    const lock = await home();
    order(lock, 2, { op: 'pause' });
    await lock.pass(5_000);
    order(lock, 1, { op: 'pause' });
    await lock.pass(5_000);
    order(lock, 2, { op: 'resume' });
    await lock.pass(5_000);
    order(lock, 1, { op: 'pause' });
    await lock.pass(5_000);
    lock.lock().present(people.people.order(3, { op: 'pause' }, { by: 'stranger' }), 'reader');
    await lock.pass(100);
    expect(results(lock)).toEqual(['out_of_order', 'applied', 'applied', 'out_of_order']);
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    expect(lock.lock().document()).toMatchObject({ paused: false, control_counter: 2 });
    expect(lock.lock().journal().memory.wrongCodes.get('reader')).toBe(1);
  });

  it("is not obeyed when the name is the owner's and the signature is not", async () => {
    const lock = await home();
    const signed = fromText(people.people.order(1, { op: 'pause' }));
    if (!signed.ok) throw new Error(signed.detail);
    // The signature is the last of a COSE_Sign1: its first half stands 64 bytes before the end.
    const turned = signed.value.map((byte, i) => (i === signed.value.length - 60 ? byte ^ 1 : byte));
    lock.lock().present(toText(turned), 'reader');
    await lock.pass(100);
    expect(refusals(lock)).toEqual(['bad_signature']);
    expect(lock.lock().document()).toMatchObject({ paused: false, control_counter: 0 });
  });

  it('is told when a deny list is full, and what empties it', async () => {
    const lock = await home();
    for (let i = 1; i <= DENIED_KEYS_MAX + 1; i++) {
      order(lock, i, { op: 'deny-key', kid: new Uint8Array(8).fill(i) });
      await lock.pass(5_000);
    }
    expect(results(lock).at(-1)).toBe('list_full');
    const before = structuredClone(lock.lock().journal().memory.owner);
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    expect(lock.lock().journal().memory.owner).toEqual(before);
    order(lock, DENIED_KEYS_MAX + 1, { op: 'raise-epoch', epoch: 2 });
    await lock.pass(5_000);
    expect(lock.lock().journal().memory.owner.deniedKeys.size).toBe(0);
  });

  it('cannot lower the epoch, nor say what needs a nonce while none is given out', async () => {
    const lock = await home();
    order(lock, 1, { op: 'raise-epoch', epoch: 1 });
    await lock.pass(100);
    expect(results(lock)).toEqual(['not_higher']);
  });
});
