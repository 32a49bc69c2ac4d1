/** What becomes of tokens where the disk, the journal or the room in it is not what it should be. */
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { DOOR } from '../../firmware/lock/profiles/door.ts';
import { LEDGER_ENTRIES_MAX, toWallS } from '../../protocol/index.ts';
import { cast, world } from '../../sim/world.ts';
import { deliver, heard, home, people, refusals, token } from '../support/home.ts';

describe('a disk that fails', () => {
  it.each([
    ['is full', 'append', 'ENOSPC'],
    ['gives an error on writing', 'append', 'EIO'],
    ['cannot make it durable', 'sync', 'EIO'],
  ] as const)('and %s grants no token, then or later', async (_what, operation, code) => {
    const lock = await home();
    lock.disk().failNext(operation, code);
    await deliver(lock, token());
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 0, doorOpenings: 0 });
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    await lock.pass(5_000);
    await deliver(lock, token());
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 0, doorOpenings: 0 });
    expect(refusals(lock)).toEqual(['ledger_unavailable']);
  });

  it('lets people out, and locks behind them', async () => {
    const lock = await home();
    lock.disk().failNext('sync', 'EIO', 100);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.push()).toBe(true);
    await lock.pass(1_000);
    lock.plant.close();
    await lock.pass(DOOR.relockAfterMs + 1_500);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('by never answering holds up the token and nothing else', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('spending');
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(lock.lock().state().bolt.changedBy).toBe('button');
    await lock.pass(DOOR.spendMsMax);
    expect(lock.lock().state().visit.row).toBe('idle');
  });

  it('by answering too late opens nothing, and the token is used all the same', async () => {
    const lock = await home();
    const bytes = token();
    lock.disk().stall('sync');
    lock.present(bytes);
    await lock.pass(DOOR.spendMsMax + 1_000);
    lock.present(token());
    await lock.pass(1_000);
    lock.disk().unstall('sync');
    await lock.pass(5_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    lock.present(bytes);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(refusals(lock)).toEqual(['ledger_unavailable', 'already_used']);
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});

describe('a journal', () => {
  it('that is damaged leads to lockdown: no token, but people get out and the door locks', async () => {
    const lock = await home();
    await deliver(lock, token());
    lock.cutPower();
    lock.tamper('journal', (bytes) => bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte)));
    await lock.boot();
    await lock.pass(500);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(refusals(lock)).toEqual(['lockdown']);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(2);
    await lock.pass(DOOR.entryWindowMs + 1_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('that is gone leads to lockdown', async () => {
    const lock = await home();
    lock.cutPower();
    lock.tamper('journal', () => undefined);
    await lock.boot();
    await lock.pass(500);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(refusals(lock)).toEqual(['lockdown']);
  });

  it('of another lock is refused before anything starts', async () => {
    const other = await world({ seed: 2, cast: cast(2), verify: opensslVerify() });
    const lock = await home();
    lock.cutPower();
    lock.tamper('journal', () => other.disk().files().get('journal'));
    await expect(lock.boot()).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('belongs to') });
  });

  it('tells of a use whose outcome a power cut has hidden, and does not act on it', async () => {
    const lock = await home();
    const bytes = token();
    lock.present(bytes);
    await lock.pass(100);
    lock.cutPower();
    await lock.boot();
    await lock.pass(60_000);
    expect(heard(lock, 'visit')).toMatchObject([{ event_type: 'ended', outcome: 'spent_outcome_unknown' }]);
    const withdrawals = lock.plant.truth().withdrawals;
    lock.cutPower();
    await lock.boot();
    await lock.pass(60_000);
    expect(heard(lock, 'visit')).toEqual([]);
    expect(lock.plant.truth().withdrawals).toBe(withdrawals);
  });
});

describe('a ledger without room', () => {
  it('grants nothing, tells the owner with an alarm, through any boot, and is well again when tokens have long expired', async () => {
    const lock = await home();
    const nowS = toWallS(lock.clock.wallMs());
    for (let i = 1; i < LEDGER_ENTRIES_MAX; i++) {
      const used = { key: `k${i}`, token_id: `${i}`, channel: 'reader', at_s: nowS, expires_s: nowS + 60 } as const;
      const written = lock
        .lock()
        .journal()
        .append({ type: 'spent', ...used, day: '2026-06-01', outcome: 'sealed' });
      if (i % 500 === 0) {
        await lock.pass(100);
        await written;
      }
    }
    await lock.pass(1_000);
    expect(lock.lock().state().alarms).toEqual([]);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(heard(lock, 'access').at(-1)).toMatchObject({ refusal: 'ledger_unavailable' });
    await lock.pass(26 * 3_600_000);
    expect(lock.lock().state().alarms).toEqual([]);
    await deliver(lock, people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    expect(lock.plant.truth().withdrawals).toBe(2);
  });
});
