/** The owner's verbs that reach a lock over a broker: a real one, in real time. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../cli.ts';
import { fromText, readControl, wallMs } from '../../protocol/index.ts';
import { type House, startHouse } from '../../sim/house.ts';
import { fakeIo } from '../support/fake-io.ts';
import { pause } from './until.ts';

let house: House;
beforeEach(async () => {
  house = await startHouse();
  await house.until('the lock is locked', () => house.lock.state().bolt.row === 'locked');
});
afterEach(() => house.stop());

async function verb(
  ...words: readonly string[]
): Promise<{ code: number; said: Record<string, unknown>; err: string }> {
  const io = fakeIo();
  const line = ['--lock', house.identity.audience, '--broker', house.broker.url, '--json'];
  const code = await main([...words, ...line], io);
  return { code, said: io.lines()[0] ?? {}, err: io.printed.err };
}
const key = (name: string) => ['--key', join(house.folder, 'keys', name)];

describe('latchstring unlock', () => {
  it("opens the household's own door, and says so when the bolt is withdrawn", async () => {
    const { code, said } = await verb('unlock', ...key('owner'));
    expect(code).toBe(0);
    expect(said).toMatchObject({ unlocked: true });
    expect(house.plant.truth().withdrawals).toBe(1);
  });

  it('with a key that is not the owner’s is refused, and opens nothing', async () => {
    const { code, said } = await verb('unlock', ...key('courier'));
    expect(code).toBe(1);
    expect(said).toMatchObject({ unlocked: false, refusal: 'unknown_issuer' });
    expect(house.plant.truth().withdrawals).toBe(0);
  });

  it('tells why it was refused itself, and not why somebody at the reader was', async () => {
    const forget = house.broker.onMessage(({ topic }) => {
      if (topic === house.topics.cmd.nonce) house.scan('LS1:A PARCEL');
    });
    const { said } = await verb('unlock', ...key('courier'));
    forget();
    expect(said).toMatchObject({ unlocked: false, refusal: 'unknown_issuer' });
  });

  it('prints no character by which whoever may publish there could write over the terminal', async () => {
    const refused = { event_type: 'refused', channel: 'mqtt', refusal: '\x1b[2Jno', detail: '\u202edekcol \u009b1A' };
    const forget = house.broker.onMessage(({ topic }) => {
      if (topic !== house.topics.cmd.unlock) return;
      void house.broker.publish(house.topics.event.access, JSON.stringify(refused), { retain: false });
    });
    const io = fakeIo();
    const line = ['--lock', house.identity.audience, '--broker', house.broker.url];
    expect(await main(['unlock', ...key('courier'), ...line], io)).toBe(1);
    forget();
    expect(io.printed.out).toBe('REFUSED: ?[2Jno: ?dekcol ?1A\n');
  });

  it('of a lock that is not there says so, and of a broker', async () => {
    const io = fakeIo();
    const words = ['unlock', ...key('owner'), '--broker', house.broker.url, '--lock', 'back-door/abcdefgh'];
    expect(await main(words, io)).toBe(3);
    expect(io.printed.err).toMatch(/no lock back-door/);
    await house.broker.pause();
    const away = await verb('unlock', ...key('owner'));
    expect(away.code).toBe(3);
    expect(away.err).toMatch(/no broker at mqtt:/);
    await house.broker.resume();
  });
});

describe('latchstring control over a broker', () => {
  it('asks the lock for the number, and waits for its word', async () => {
    expect((await verb('control', 'pause', ...key('owner'))).said).toEqual({
      op: 'pause',
      counter: 1,
      result: 'applied',
      proven: false,
    });
    expect(house.lock.document().paused).toBe(true);
    expect(await verb('control', 'resume', ...key('owner'))).toMatchObject({ code: 0, said: { counter: 2 } });
    expect(house.lock.document().paused).toBe(false);
  });

  it('asks for a nonce where the statement answers one', async () => {
    expect(await verb('control', 'set-time', 'now', ...key('owner'))).toMatchObject({
      code: 0,
      said: { result: 'applied' },
    });
    const rotated = await verb('control', 'rotate-root', join(house.folder, 'keys', 'carrier'), ...key('recovery'));
    expect(rotated).toMatchObject({ code: 0, said: { counter: 2, result: 'applied' } });
    expect(await verb('unlock', ...key('owner'))).toMatchObject({ code: 1, said: { refusal: 'unknown_issuer' } });
    expect(await verb('unlock', ...key('carrier'))).toMatchObject({ code: 0 });
  });

  it('sets the time to the moment of signing, however long the lock takes to give its nonce', async () => {
    const io = fakeIo();
    const clock = await io.clock();
    let lateMs = 0;
    let said: string | undefined;
    const forget = house.broker.onMessage(({ topic, payload }) => {
      if (topic === house.topics.cmd.nonce) lateMs = 20_000;
      if (topic === house.topics.control) said ??= JSON.parse(payload)[0];
    });
    const late = { ...io, clock: async () => ({ ...clock, wallMs: () => wallMs(clock.wallMs() + lateMs) }) };
    const beganMs = clock.wallMs();
    const line = ['--lock', house.identity.audience, '--broker', house.broker.url];
    await main(['control', 'set-time', 'now', ...key('owner'), ...line], late);
    forget();
    const bytes = fromText(said ?? '');
    const control = bytes.ok ? readControl(bytes.value) : undefined;
    expect(control?.statement).toMatchObject({ op: 'set-time', timeS: expect.any(Number) });
    expect(control?.statement.op === 'set-time' && control.statement.timeS * 1000).toBeGreaterThan(beganMs + 19_000);
  });

  it('seals a lost journal with a number above all that the owner has ever used: what he said before is not said again', async () => {
    const kept = house.people.order(3, { op: 'resume' });
    await house.power.cut();
    await rm(join(house.folder, 'lock', 'journal'));
    await house.power.restore();
    await house.until('the lock is in lockdown', () => house.lock.document().alarms.includes('LedgerFault'));
    await house.until('the broker knows', () => house.lock.state().bolt.row === 'locked');
    expect(await verb('control', 're-seal', '2', ...key('owner'))).toMatchObject({
      code: 0,
      said: { result: 'applied' },
    });
    expect(await verb('control', 'pause', ...key('owner'))).toMatchObject({ code: 0 });
    house.lock.present(kept, 'reader');
    expect(house.lock.document().paused).toBe(true);
    expect(house.lock.document().control_counter).toBeGreaterThan(1_700_000_000);
  });

  it('seals it where more waits for the lock than it listens to at once, too', async () => {
    expect(await verb('control', 'resume', ...key('owner'))).toMatchObject({ code: 0 });
    await house.power.cut();
    await rm(join(house.folder, 'lock', 'journal'));
    for (let i = 0; i < 8; i++)
      expect(await verb('control', 'deny-token', `${i}`.repeat(32), ...key('owner'))).toMatchObject({ code: 0 });
    await house.power.restore();
    await house.until('the lock is in lockdown', () => house.lock.document().alarms.includes('LedgerFault'));
    await house.until('the broker knows', () => house.lock.state().bolt.row === 'locked');
    // By then it listens to one text again, at the latest.
    await pause(31_000);
    expect(await verb('control', 're-seal', '2', ...key('owner'))).toMatchObject({
      code: 0,
      said: { result: 'applied' },
    });
    expect(await verb('control', 'pause', ...key('owner'))).toMatchObject({ code: 0, said: { result: 'applied' } });
  }, 120_000);

  it('tells what the lock refuses, with the number that it expects', async () => {
    const { code, said } = await verb('control', 'raise-epoch', '1', ...key('owner'));
    expect(code).toBe(1);
    expect(said).toEqual({ op: 'raise-epoch', counter: 1, result: 'not_higher', proven: false });
    expect(await verb('control', 'pause', ...key('owner'), '--counter', '9')).toMatchObject({
      code: 1,
      said: { result: 'out_of_order' },
    });
  });

  it('says of two that are given in the same moment only what the lock has taken', async () => {
    const kids = ['0a', '0b', '0c', '0d'].map((digits) => digits.repeat(8));
    const answers = await Promise.all(
      kids.map(async (kid) => ({ kid, ...(await verb('control', 'deny-key', kid, ...key('owner'))) })),
    );
    const io = fakeIo();
    expect(await main(['journal', 'list', '--data', join(house.folder, 'lock'), '--json'], io)).toBe(0);
    const taken = JSON.stringify(io.lines());
    for (const { kid, code, err } of answers) {
      expect({ kid, isTaken: taken.includes(kid) }).toEqual({ kid, isTaken: code === 0 });
      if (code !== 0)
        expect(JSON.parse(err).error).toMatchObject({ code: 'refused', next: expect.stringMatching(/again/) });
    }
  }, 30_000);

  it('says of two that are given in the same moment which the broker has kept for a lock that is away', async () => {
    expect(await verb('control', 'resume', ...key('owner'))).toMatchObject({ code: 0 });
    await house.power.cut();
    const kids = ['0a'.repeat(8), '0b'.repeat(8)];
    const answers = await Promise.all(kids.map((kid) => verb('control', 'deny-key', kid, ...key('owner'))));
    const kept = answers.filter(({ code }) => code === 0).length;
    expect(kept).toBeGreaterThan(0);
    await house.power.restore();
    await house.until('it has taken what was kept', () => house.lock.document().control_counter === 1 + kept);
  }, 30_000);

  it('leaves nothing of a refused one behind: the next has its number', async () => {
    expect(await verb('control', 'raise-epoch', '1', ...key('owner'))).toMatchObject({ code: 1 });
    expect(await verb('control', 'pause', ...key('owner'))).toMatchObject({
      code: 0,
      said: { counter: 1, result: 'applied' },
    });
  });

  it('says why the lock takes no word of a stranger', async () => {
    const { code, err } = await verb('control', 'pause', ...key('courier'));
    expect(code).toBe(1);
    expect(JSON.parse(err).error.message).toMatch(/pause, number 1: unknown_issuer/);
    expect(await verb('control', 'pause', ...key('owner'))).toMatchObject({ code: 0, said: { counter: 1 } });
  }, 30_000);

  it('counts no statement of a stranger’s that is kept there as one that waits', async () => {
    const forged = house.people.order(1, { op: 'resume' }, { by: 'stranger' });
    await house.broker.publish(house.topics.control, JSON.stringify([forged]), { retain: true });
    expect(await verb('control', 'pause', ...key('owner'))).toMatchObject({
      code: 0,
      said: { counter: 1, result: 'applied' },
    });
    expect(house.lock.document().paused).toBe(true);
  });

  it('prints no character by which whoever may publish there could write over the terminal', async () => {
    const result = { event_type: 'control', op: 'pause', counter: 1, result: '\x1b[2Jno', expected: '\u202e1' };
    const forget = house.broker.onMessage(({ topic }) => {
      if (topic !== house.topics.control) return;
      forget();
      void house.broker.publish(house.topics.event.system, JSON.stringify(result), { retain: false });
    });
    const io = fakeIo();
    const line = ['--lock', house.identity.audience, '--broker', house.broker.url];
    expect(await main(['control', 'pause', ...key('courier'), ...line], io)).toBe(1);
    expect(io.printed.out).toBe('REFUSED: pause, number 1: ?[2Jno; the lock expects number ?1\n');
  });

  it('waits for the next start of a lock whose disk has failed, and so does what waited before it', async () => {
    const journal = join(house.folder, 'lock', 'journal');
    expect(await verb('control', 'resume', ...key('owner'))).toMatchObject({ code: 0 });
    await house.power.cut();
    expect(await verb('control', 'deny-token', '00'.repeat(16), ...key('owner'))).toMatchObject({ code: 0 });
    // It cannot be read.
    await rename(journal, `${journal}-aside`);
    await mkdir(journal);
    await house.power.restore();
    expect(await verb('control', 'pause', ...key('owner'))).toMatchObject({
      code: 1,
      said: { counter: 3, result: 'ledger_unavailable' },
    });
    await house.power.cut();
    await rm(journal, { recursive: true });
    await rename(`${journal}-aside`, journal);
    await house.power.restore();
    await house.until('both are taken', () => house.lock.document().control_counter === 3);
    expect(house.lock.document().paused).toBe(true);
  }, 30_000);

  it('keeps on the broker what the lock was cut off from, whoever was refused something else meanwhile', async () => {
    const forget = house.broker.onMessage(({ topic }) => {
      if (topic !== house.topics.control) return;
      forget();
      const refused = { event_type: 'refused', channel: 'mqtt', refusal: 'expired', detail: 'the token is over' };
      house.broker.publish(house.topics.event.access, JSON.stringify(refused), { retain: false });
      void house.power.cut();
    });
    const { code, err } = await verb('control', 'pause', ...key('owner'));
    expect(code).toBe(3);
    expect(JSON.parse(err).error.message).toBe('the lock says nothing to number 1');
    await house.power.restore();
    await house.until('it is paused', () => house.lock.document().paused);
  }, 30_000);

  it('waits as a retained document for a lock that is away', async () => {
    const { url } = house.broker;
    const { audience } = house.identity;
    const owner = join(house.folder, 'keys', 'owner');
    await house.lock.stop();
    const io = fakeIo();
    for (const op of ['pause', 'resume']) {
      expect(await main(['control', op, '--key', owner, '--lock', audience, '--broker', url, '--json'], io)).toBe(0);
    }
    expect(io.lines()).toEqual([
      { op: 'pause', counter: 1, result: null },
      { op: 'resume', counter: 2, result: null },
    ]);
    const late = ['control', 'set-time', 'now', '--key', owner, '--lock', audience, '--broker', url];
    expect(await main(late, io)).toBe(3);
    expect(io.printed.err).toMatch(/answers a nonce, and the lock is away/);
  });
});
