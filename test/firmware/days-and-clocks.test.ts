/** The whole firmware in virtual time: days, nights with a clock change in them, and clocks that lie. */
import { describe, expect, it } from 'vitest';
import { mintIdentity } from '../../firmware/tools/enrol.ts';
import { publicKeyOf, readPresentation, toText, toWallS } from '../../protocol/index.ts';
import { people } from '../../sim/people.ts';
import { prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';
import type { Cast, World } from '../../sim/world.ts';
import { type ChainRequest, chain, int } from '../protocol/vectors/raw.ts';
import { heard, home, NOW_S } from '../support/home.ts';
import { keys, seeds } from '../support/people.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOUR_S = 3_600;
const in2099 = Date.UTC(2099, 0, 1);

const random = randomSeeded(prng(1, 'days and clocks'));
const identity = mintIdentity(
  { lockId: 'front-door', root: keys.owner, recovery: publicKeyOf(seeds.recovery) },
  random,
);
const own: Cast = { identity, people: people(seeds, identity.audience, NOW_S, random), secrets: [] };
const begin = (): Promise<World> => home({ cast: own });

const wallS = (lock: World): number => toWallS(lock.clock.wallMs());

/** A chain that is good from ten minutes ago for twenty hours, unless something is changed about it. */
const LIMITS = { windowS: 24 * HOUR_S } as const;
function codeOf(lock: World, id: number, change: Partial<ChainRequest> = {}) {
  const atS = wallS(lock);
  const { presentation } = chain({
    seeds: { root: seeds.owner, carrier: seeds.carrier, courier: seeds.courier },
    audience: identity.audience,
    atS,
    id,
    ...change,
    limits: { ...LIMITS, ...change.limits },
    t: change.t ?? { claims: { 4: int(atS + 20 * HOUR_S) } },
  });
  return { text: toText(presentation), token: readPresentation(presentation)?.token.signed.bytes ?? new Uint8Array() };
}

/** Somebody shows a text, and goes in if he is let in; says whether he was. */
async function shown(lock: World, text: string): Promise<boolean> {
  const before = lock.plant.truth().withdrawals;
  lock.lock().present(text, 'reader');
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.close();
  await lock.pass(1_500);
  return lock.plant.truth().withdrawals > before;
}
const lastRefusal = (lock: World): string | undefined =>
  heard(lock, 'access')
    .flatMap((event) => ('refusal' in event ? [event.refusal] : []))
    .at(-1);
const memoryOf = (lock: World) => lock.lock().journal().memory;

/** The power is off, and the date another one when it is back. */
async function sleepUntil(lock: World, wallMs: number): Promise<void> {
  lock.cutPower();
  lock.clock.setWall(wallMs);
  await lock.boot();
  await lock.pass(500);
}
/** Lets time pass up to a moment of the wall clock. */
const passUntil = (lock: World, wallMs: number): Promise<void> => lock.pass(wallMs - lock.clock.wallMs());

describe('uses a day', () => {
  const once = { limits: { usesPerDay: 1 } };
  /** 2026-06-02T00:00 in Berlin. */
  const MIDNIGHT_MS = Date.UTC(2026, 5, 1, 22);

  it('begin anew at the midnight of the place where the lock hangs, to the millisecond', async () => {
    const lock = await begin();
    await passUntil(lock, MIDNIGHT_MS - 30 * MINUTE_MS);
    expect(await shown(lock, codeOf(lock, 1, once).text)).toBe(true);
    for (const [midnightMs, id] of [
      [MIDNIGHT_MS, 2],
      [MIDNIGHT_MS + 24 * HOUR_MS, 4],
    ] as const) {
      await passUntil(lock, midnightMs - 1);
      lock.lock().present(codeOf(lock, id, once).text, 'reader');
      expect(lock.lock().state().visit.row).toBe('idle');
      await lock.pass(1);
      expect(await shown(lock, codeOf(lock, id + 1, once).text)).toBe(true);
      expect(lastRefusal(lock)).toBe('uses_exhausted');
    }
  });

  it('are remembered when the journal is written anew, and through a power cut, until the day is over', async () => {
    const lock = await begin();
    // Good for an hour only.
    const twice = { limits: { usesPerDay: 2 }, t: {} };
    expect(await shown(lock, codeOf(lock, 1, twice).text)).toBe(true);
    await lock.pass(5_000);
    expect(await shown(lock, codeOf(lock, 2, twice).text)).toBe(true);
    // Its tokens are over and could be forgotten; its day is not.
    await lock.pass(3 * HOUR_MS);
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    expect(await shown(lock, codeOf(lock, 3, twice).text)).toBe(false);
    expect(lastRefusal(lock)).toBe('uses_exhausted');
    await passUntil(lock, MIDNIGHT_MS);
    expect(await shown(lock, codeOf(lock, 4, twice).text)).toBe(true);
  });
});

describe('hours from Saturday at ten in the evening to half past two', () => {
  const hours = [[0b0100000, 22 * 60, 2 * 60 + 30]] as const;

  /** Hours and minutes in Berlin at which a courier was let in who tried every half hour of a night. */
  async function nightOf(fromMs: number, untilMs: number): Promise<readonly string[]> {
    const lock = await begin();
    await sleepUntil(lock, fromMs - MINUTE_MS);
    const opened: string[] = [];
    for (let [atMs, id] = [fromMs, 1]; atMs <= untilMs; atMs += 30 * MINUTE_MS, id++) {
      await passUntil(lock, atMs);
      const clock = new Date(atMs).toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
      if (await shown(lock, codeOf(lock, id, { limits: { hours, usesPerDay: 99 } }).text)) opened.push(clock);
    }
    return opened;
  }
  const evening = ['22:00', '22:30', '23:00', '23:30', '00:00', '00:30', '01:00', '01:30'];

  it('hold on an ordinary night from the first minute to before the last', async () => {
    // 2026-06-06 is a Saturday.
    expect(await nightOf(Date.UTC(2026, 5, 6, 18), Date.UTC(2026, 5, 7, 4))).toEqual([...evening, '02:00']);
  });

  it('end with the hour that is skipped in spring', async () => {
    // 2027-03-28: the clock goes from 01:59:59 to 03:00:00, which is past their end.
    expect(await nightOf(Date.UTC(2027, 2, 27, 19), Date.UTC(2027, 2, 28, 4))).toEqual(evening);
  });

  it('hold twice in the hour that comes twice in autumn', async () => {
    // 2026-10-25: the clock goes from 02:59:59 back to 02:00:00.
    expect(await nightOf(Date.UTC(2026, 9, 24, 18), Date.UTC(2026, 9, 25, 4))).toEqual([...evening, '02:00', '02:00']);
  });
});

describe('a clock that lies', () => {
  /** A token that was used, another code of which the courier keeps. */
  async function used(lock: World): Promise<() => string> {
    const { text, token } = codeOf(lock, 1);
    expect(await shown(lock, text)).toBe(true);
    return () => own.people.show(token, toWallS(lock.clock.wallMs()));
  }

  it('by jumping to 2099 under a host neither moves the floor nor lets anybody in, and all is well when it is back', async () => {
    const lock = await begin();
    lock.vouch('host');
    const again = await used(lock);
    await lock.pass(2 * HOUR_MS);
    const { floorS } = memoryOf(lock);
    expect(floorS).toBeGreaterThan(NOW_S);
    const rightMs = lock.clock.wallMs();
    lock.clock.setWall(in2099);
    const leftMs = lock.clock.monoMs();
    expect(await shown(lock, codeOf(lock, 2).text)).toBe(false);
    expect(lastRefusal(lock)).toBe('clock_untrusted');
    await lock.pass(5 * HOUR_MS);
    expect(memoryOf(lock).floorS).toBe(floorS);
    lock.clock.setWall(rightMs + lock.clock.monoMs() - leftMs);
    await lock.pass(2 * MINUTE_MS);
    expect(await shown(lock, again())).toBe(false);
    expect(lastRefusal(lock)).toBe('already_used');
    expect(await shown(lock, codeOf(lock, 3).text)).toBe(true);
  });

  it('by standing in 2099 from the start makes no used token forgotten', async () => {
    const lock = await begin();
    const again = await used(lock);
    await lock.pass(HOUR_MS + 2 * MINUTE_MS);
    const rightMs = lock.clock.wallMs();
    const { floorS } = memoryOf(lock);
    lock.vouch('host');
    await sleepUntil(lock, in2099);
    await lock.pass(5 * HOUR_MS);
    expect(memoryOf(lock).floorS).toBeLessThanOrEqual(floorS + 6 * HOUR_S);
    expect(memoryOf(lock).spent.size).toBe(1);
    await sleepUntil(lock, rightMs + 6 * HOUR_MS);
    expect(await shown(lock, again())).toBe(false);
    expect(lastRefusal(lock)).toBe('already_used');
  });

  it('that was an RTC in 2099 lets nobody in when it is set back, now or after a boot: by then used tokens are forgotten', async () => {
    const lock = await begin();
    const again = await used(lock);
    const rightMs = lock.clock.wallMs();
    lock.clock.setWall(in2099);
    await lock.pass(5 * MINUTE_MS);
    expect(memoryOf(lock).spent.size).toBe(0);
    lock.clock.setWall(rightMs + 5 * MINUTE_MS);
    expect(await shown(lock, again())).toBe(false);
    expect(lastRefusal(lock)).toBe('clock_untrusted');
    await sleepUntil(lock, rightMs + 10 * MINUTE_MS);
    expect(await shown(lock, again())).toBe(false);
    expect(lastRefusal(lock)).toBe('clock_untrusted');
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});

describe('a carrier who says that it is 2099', () => {
  const thenS = in2099 / 1000;
  /** Issued then, good until then, under a delegation that ends later: the owner has allowed that much. */
  const poisoned = (lock: World, id: number, drawnAtS = wallS(lock)) =>
    codeOf(lock, id, {
      limits: { windowS: 2 * thenS },
      d: { claims: { 4: int(thenS + 1) } },
      t: { claims: { 4: int(thenS), 6: int(thenS) } },
      p: { claims: { 6: int(drawnAtS) } },
    });

  it('moves neither the floor nor what the ledger forgets', async () => {
    const lock = await begin();
    const first = codeOf(lock, 1);
    expect(await shown(lock, first.text)).toBe(true);
    await lock.pass(5_000);
    const second = poisoned(lock, 2);
    expect(await shown(lock, second.text)).toBe(true);
    await lock.pass(5_000);
    expect(await shown(lock, poisoned(lock, 3, thenS).text)).toBe(false);
    expect(lastRefusal(lock)).toBe('holder_proof_failed');
    // Long enough for the floor to be raised, and for everything below it to be forgotten.
    await lock.pass(3 * HOUR_MS);
    expect(memoryOf(lock).floorS).toBeGreaterThan(NOW_S);
    expect(memoryOf(lock).floorS).toBeLessThanOrEqual(wallS(lock));
    expect(memoryOf(lock).spent.size).toBe(2);
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    for (const { token } of [first, second]) {
      expect(await shown(lock, own.people.show(token, toWallS(lock.clock.wallMs())))).toBe(false);
      expect(lastRefusal(lock)).toBe('already_used');
      await lock.pass(5_000);
    }
    expect(await shown(lock, codeOf(lock, 4).text)).toBe(true);
  });
});
