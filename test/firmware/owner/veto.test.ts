/** The owner wins every race before the spend. */
import { describe, expect, it } from 'vitest';
import { fromHex, kidOf, readToken, rotateRoot, type Statement, wallS } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { nonceOf } from '../../support/asker.ts';
import { heard, home, NOW_S, people, refusals, token } from '../../support/home.ts';
import { AUDIENCE, control, NOBODY, newSeed, order } from '../../support/owner.ts';

describe('what the owner says while a token is on its way', () => {
  const issued = readToken(token());
  const carrier = issued !== undefined && 'delegation' in issued.issuer ? issued.issuer.delegation.carrier : NOBODY;
  const phone = issued?.holder ?? NOBODY;
  const VETOES: readonly (readonly [string, Statement, { by?: 'recovery'; nonce?: true }])[] = [
    ['pause', { op: 'pause' }, {}],
    ['raise-epoch', { op: 'raise-epoch', epoch: 2 }, {}],
    ['deny-key of the carrier', { op: 'deny-key', kid: kidOf(carrier) }, {}],
    ['deny-key of the phone', { op: 'deny-key', kid: kidOf(phone) }, {}],
    ['deny-token', { op: 'deny-token', tokenId: new Uint8Array(16) }, {}],
    ['set-mode privacy', { op: 'set-mode', mode: 'privacy' }, {}],
    ['set-mode vacation', { op: 'set-mode', mode: 'vacation' }, {}],
    ['set-time below the floor', { op: 'set-time', timeS: wallS(NOW_S - 7_200) }, { nonce: true }],
    ['rotate-root', rotateRoot(AUDIENCE, 1, newSeed), { by: 'recovery', nonce: true }],
  ];
  const OTHERS: readonly (readonly [string, Statement])[] = [
    ['resume', { op: 'resume' }],
    ['deny-key of somebody else', { op: 'deny-key', kid: new Uint8Array(8) }],
    ['deny-token of another', { op: 'deny-token', tokenId: new Uint8Array(16).fill(9) }],
    ['set-mode for the other channel', { op: 'set-mode', mode: 'no_remote_lock_unlock' }],
  ];

  /** A token that the disk has not taken yet, and the owner's word behind it. */
  async function race(
    statement: Statement,
    how: { by?: 'recovery'; nonce?: true },
    untilSpent: boolean,
  ): Promise<World> {
    const lock = await home();
    const nonce = how.nonce === true ? await nonceOf(lock) : undefined;
    if (!untilSpent) lock.disk().stall('sync');
    lock.present(token());
    await lock.pass(untilSpent ? 1_000 : 10);
    const { row, grant } = lock.lock().state().visit;
    expect(row).toBe(untilSpent ? 'awaiting_entry' : 'spending');
    const named: Statement =
      statement.op === 'deny-token' && statement.tokenId[0] === 0
        ? { ...statement, tokenId: fromHex(grant?.tokenId ?? '') ?? new Uint8Array(16) }
        : statement;
    await order(lock, 1, named, {
      ...(how.by === undefined ? {} : { by: how.by }),
      ...(nonce === undefined ? {} : { nonce }),
    });
    return lock;
  }

  const outcomes = (lock: World) =>
    heard(lock, 'visit').flatMap((event) => ('outcome' in event ? [event.outcome] : []));

  it.each(VETOES)('wins before the spend is durable: %s', async (_what, statement, how) => {
    const lock = await race(statement, how, false);
    lock.disk().unstall('sync');
    await lock.pass(2_000);
    expect(outcomes(lock)).toEqual(['vetoed']);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(lock.lock().journal().memory.spent.size).toBe(1);
  });

  it.each(VETOES)('throws the bolt again when nobody has come in: %s', async (_what, statement, how) => {
    const lock = await race(statement, how, true);
    await lock.pass(2_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
    expect(outcomes(lock)).toEqual(['granted_not_entered']);
  });

  it.each(VETOES)('leaves whoever is inside to leave, and the door to seal: %s', async (_what, statement, how) => {
    const lock = await home();
    const nonce = how.nonce === true ? await nonceOf(lock) : undefined;
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(500);
    await order(lock, 1, statement, {
      ...(how.by === undefined ? {} : { by: how.by }),
      ...(nonce === undefined ? {} : { nonce }),
    });
    expect(lock.lock().state().visit.row).toBe('door_open');
    lock.plant.close();
    await lock.pass(3_000);
    expect(heard(lock, 'visit').at(-1)).toMatchObject({ outcome: 'sealed' });
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it.each(OTHERS)('is no veto when it would not refuse that token: %s', async (_what, statement) => {
    const lock = await race(statement, {}, false);
    lock.disk().unstall('sync');
    await lock.pass(2_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
  });

  it("is no veto when it denies the owner's own key, which refuses no guest", async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.present(people.people.invite(NOW_S, 1));
    await lock.pass(10);
    expect(lock.lock().state().visit.row).toBe('spending');
    await order(lock, 1, { op: 'deny-key', kid: kidOf(people.people.keys.owner) });
    lock.disk().unstall('sync');
    await lock.pass(2_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
  });

  it('keeps every token away while a new root is on its way to the disk', async () => {
    const lock = await home();
    const rotation = people.people.order(1, rotateRoot(AUDIENCE, 1, newSeed), {
      by: 'recovery',
      nonce: await nonceOf(lock),
    });
    lock.disk().stall('replace');
    await control(lock, rotation);
    lock.present(token());
    await lock.pass(100);
    lock.disk().unstall('replace');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['ledger_unavailable']);
    expect(lock.plant.truth().withdrawals).toBe(0);
  });
});
