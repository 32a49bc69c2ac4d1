/** How the owner's statements come, and come again: over a broker, retained, repeated, too early, too many. */
import { describe, expect, it } from 'vitest';
import { toWallS } from '../../../protocol/index.ts';
import { home, NOW_S, people, refusals } from '../../support/home.ts';
import { control, order, results } from '../../support/owner.ts';

describe('a control over the broker', () => {
  it('is obeyed once, however often the broker repeats the document', async () => {
    const lock = await home();
    await order(lock, 1, { op: 'pause' });
    lock.broker().lose();
    lock.broker().restore();
    await lock.pass(1_000);
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().document()).toMatchObject({ paused: true, control_counter: 1 });
  });

  it('that cannot be made durable is told to be so, and holds until the power goes all the same', async () => {
    const lock = await home();
    lock.disk().failNext('sync', 'EIO');
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(lock.lock().document()).toMatchObject({ paused: true, alarms: ['LedgerFault'] });
  });

  it('waits in a retained document for a lock that was away, in order', async () => {
    const lock = await home();
    lock.broker().lose();
    const texts = [1, 2, 3, 4, 5, 6, 7].map((n) => people.people.order(n, { op: n % 2 === 1 ? 'pause' : 'resume' }));
    await control(lock, ...texts);
    lock.broker().restore();
    await lock.pass(1_000);
    expect(lock.lock().document()).toMatchObject({ paused: true, control_counter: 7 });
  });

  it('is obeyed although the channel is locked out: a flood of codes does not keep the owner away', async () => {
    const lock = await home();
    for (let i = 0; i < 5; i++) {
      const forged = people.people.show(
        people.people.issue({ nowS: NOW_S, forged: true }),
        toWallS(lock.clock.wallMs()),
      );
      lock.lock().present(forged, 'mqtt');
      await lock.pass(5_000);
    }
    expect(lock.lock().state().lockedOut).toEqual(['mqtt']);
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['applied']);
  });

  it('that is old costs less and less of the disk, however often somebody repeats it', async () => {
    const lock = await home();
    const old = [1, 2].map((n) => people.people.order(n, { op: 'pause' }));
    await control(lock, ...old);
    const size = lock.lock().journal().size;
    for (let i = 0; i < 1_000; i++) {
      lock.lock().present(old[i % 2] ?? '', 'reader');
      await lock.pass(100);
    }
    expect(lock.lock().journal().size - size).toBeLessThan(8_192);
  });

  it('that is old is answered once a minute, however patiently somebody shows it to a reader', async () => {
    const lock = await home();
    const old = [1, 2].map((n) => people.people.order(n, { op: 'pause' }));
    await control(lock, ...old);
    const before = results(lock).length;
    for (let i = 0; i < 200; i++) {
      lock.lock().present(old[i % 2] ?? '', 'reader');
      await lock.pass(3_100);
    }
    const answers = results(lock).slice(before);
    expect(new Set(answers)).toEqual(new Set(['out_of_order']));
    expect(answers.length).toBeLessThanOrEqual(11);
  });

  it('that comes too early is answered once a minute, and another one at once', async () => {
    const lock = await home();
    for (let i = 0; i < 3; i++) await order(lock, 7, { op: 'pause' });
    await order(lock, 8, { op: 'pause' });
    await order(lock, 7, { op: 'resume' });
    expect(results(lock)).toEqual(['out_of_order', 'out_of_order', 'out_of_order']);
    await lock.pass(60_000);
    await order(lock, 7, { op: 'pause' });
    expect(results(lock)).toHaveLength(4);
  });
});

describe('a document that is full of what is no control', () => {
  it('is listened to no more than other texts on its channel, and does not keep the owner away', async () => {
    const lock = await home();
    for (let time = 0; time < 3; time++) {
      await control(lock, ...Array.from({ length: 16 }, (_, i) => `LS1:NONSENSE ${time} ${i}`));
    }
    expect(refusals(lock)).toEqual(['malformed', 'throttled']);
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['applied']);
  });
});
