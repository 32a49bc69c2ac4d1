/** Many at once, and many times over: two channels, a flood, every bit of a code. */
import { describe, expect, it } from 'vitest';
import { type AdmitContext, admit } from '../../firmware/access/admit.ts';
import { dialIn } from '../../firmware/access/dial.ts';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { emptyMemory } from '../../firmware/journal/memory.ts';
import { fromText, openText, toText, toWallS } from '../../protocol/index.ts';
import { prng } from '../../sim/time/prng.ts';
import { nonceOf } from '../support/asker.ts';
import { heard, home, NOW_S, people, token } from '../support/home.ts';

describe('one token on two channels', () => {
  it('opens once in each of 1,000 interleavings, on disks of every speed', async () => {
    const dice = prng(7);
    const wrong: string[] = [];
    for (let round = 0; round < 20; round++) {
      const lock = await home({ seed: round + 1, disk: { syncMs: dice.below(30) } });
      for (let i = 0; i < 50; i++) {
        const nowS = toWallS(lock.clock.wallMs());
        const bytes = people.people.issue({ nowS });
        // Drawn for the reader, and an answer to the lock's nonce for the broker: both are good.
        const texts = {
          reader: people.people.show(bytes, nowS),
          mqtt: people.people.answer(bytes, await nonceOf(lock)),
        };
        const before = lock.plant.truth().withdrawals;
        const channels = dice.below(2) === 0 ? (['reader', 'mqtt'] as const) : (['mqtt', 'reader'] as const);
        for (const channel of channels) {
          lock.lock().present(texts[channel], channel);
          await lock.pass(dice.below(60));
        }
        await lock.pass(1_000);
        lock.plant.push();
        await lock.pass(200);
        lock.plant.close();
        await lock.pass(2_000);
        for (const channel of channels) lock.lock().present(texts[channel], channel);
        await lock.pass(30_000);
        const opened = lock.plant.truth().withdrawals - before;
        if (opened !== 1) wrong.push(`round ${round}, ${i}: opened ${opened} times`);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('a flood of 100,000 codes on one channel', () => {
  it('costs a few records, and does not hold up a good token on another', async () => {
    const lock = await home();
    const forged = people.people.show(people.people.issue({ nowS: NOW_S, forged: true }), NOW_S);
    const size = lock.lock().journal().size;
    const flood = async (from: number): Promise<void> => {
      for (let i = from; i < from + 50_000; i++) {
        lock.lock().present(`${forged.slice(0, -6)}${String(i).padStart(6, '0')}`, 'mqtt');
        // Two hundred of them in each millisecond of the visit.
        if (i % 200 === 199) await lock.pass(1);
      }
    };
    await flood(0);
    lock.present(token());
    const shownMs = lock.clock.monoMs();
    let openedMs: number | undefined;
    const end = lock.plant.onTruth(({ driven }) => {
      if (driven === 'withdraw') openedMs ??= lock.clock.monoMs();
    });
    await flood(50_000);
    end();
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    // In the midst of it: as soon as the disk had the token.
    expect((openedMs ?? Number.POSITIVE_INFINITY) - shownMs).toBeLessThan(50);
    expect(lock.lock().journal().size - size).toBeLessThan(6_144);
    const refused = heard(lock, 'access').flatMap((event) => ('refusal' in event ? [event.refusal] : []));
    expect(refused).toEqual(['bad_signature', 'locked_out']);
  });
});

describe('a good code with any one bit turned', () => {
  it('is not admitted, whichever bit it is', async () => {
    const lock = await home();
    const text = people.people.show(token(), NOW_S);
    const context: AdmitContext = {
      pins: { audience: people.identity.audience, root: people.identity.root },
      firstLook: opensslVerify(),
      verify: opensslVerify(),
      time: { state: 'trusted', nowS: NOW_S },
      action: 'unlock',
      dial: dialIn('UTC'),
      disk: 'ok',
      memory: emptyMemory(),
      isFreshNonce: () => false,
      lock: lock.lock().state(),
    };
    expect(admit(openText(text), 'reader', context).admitted).toBe(true);
    const bytes = fromText(text);
    if (!bytes.ok) throw new Error(bytes.detail);
    const admitted: number[] = [];
    for (let bit = 0; bit < bytes.value.length * 8; bit++) {
      const turned = bytes.value.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      if (admit(openText(toText(turned)), 'reader', context).admitted) admitted.push(bit);
    }
    expect(admitted).toEqual([]);
  });
});
