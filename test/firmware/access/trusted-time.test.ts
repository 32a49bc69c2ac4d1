import { describe, expect, it } from 'vitest';
import { ownersTime, timeKeeper } from '../../../firmware/access/trusted-time.ts';
import type { Voucher } from '../../../firmware/ports/index.ts';
import { monoMs, wallMs, wallS } from '../../../protocol/index.ts';

const NOON_MS = Date.UTC(2026, 5, 1, 10);
const look = (voucher: Voucher, wallAfterMs: number, monoAfterMs: number = wallAfterMs) => ({
  wall: wallMs(NOON_MS + wallAfterMs),
  mono: monoMs(5_000 + monoAfterMs),
  voucher,
});
const NOON_S = wallS(NOON_MS / 1000);
const HOUR_MS = 3_600_000;

describe('the time', () => {
  it('is trusted while an RTC vouches, and raises the floor to what it shows', () => {
    const keeper = timeKeeper();
    expect(keeper.look(look('rtc', 0), wallS(0))).toEqual({ state: 'trusted', nowS: NOON_S, floorS: NOON_S });
    expect(keeper.look(look('rtc', HOUR_MS), NOON_S)).toMatchObject({ state: 'trusted', floorS: NOON_S + 3_600 });
  });

  it('of an RTC may go on while the machine slept', () => {
    const keeper = timeKeeper();
    keeper.look(look('rtc', 0), wallS(0));
    expect(keeper.look(look('rtc', 9 * HOUR_MS, 1_000), NOON_S).state).toBe('trusted');
  });

  it('is not trusted when nobody vouches, and is never before the floor', () => {
    expect(timeKeeper().look(look('none', -HOUR_MS), NOON_S)).toEqual({
      state: 'floor_only',
      nowS: NOON_S,
      floorS: NOON_S,
    });
  });

  it.each(['rtc', 'host'] as const)('is insane below the floor, whoever vouches (%s)', (voucher) => {
    expect(timeKeeper().look(look(voucher, -1_000), NOON_S)).toEqual({ state: 'insane', nowS: NOON_S, floorS: NOON_S });
  });

  it.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('of a host that jumps %s is insane, until it is back', (_way, jumpMs) => {
    const keeper = timeKeeper();
    const floorS = wallS(NOON_S - 86_400);
    expect(keeper.look(look('host', 0), floorS).state).toBe('trusted');
    expect(keeper.look(look('host', 1_000 + jumpMs, 1_000), floorS).state).toBe('insane');
    expect(keeper.look(look('host', 2_000), floorS).state).toBe('trusted');
  });

  it.each([-60_000, 60_000])(
    'of a host may be %i ms from where the monotonic clock would have it, and no more',
    (byMs) => {
      const keeper = timeKeeper();
      const floorS = wallS(NOON_S - 86_400);
      keeper.look(look('host', 0), floorS);
      expect(keeper.look(look('host', HOUR_MS + byMs, HOUR_MS), floorS).state).toBe('trusted');
      expect(keeper.look(look('host', HOUR_MS + byMs + Math.sign(byMs), HOUR_MS), floorS).state).toBe('insane');
    },
  );

  it('of a host may be steered a little', () => {
    const keeper = timeKeeper();
    keeper.look(look('host', 0), NOON_S);
    expect(keeper.look(look('host', HOUR_MS + 30_000, HOUR_MS), NOON_S).state).toBe('trusted');
  });

  it('of a host raises the floor only by what has really passed: a clock set to 2099 forgets nothing', () => {
    const keeper = timeKeeper();
    const farMs = Date.UTC(2099, 0, 1) - NOON_MS;
    expect(keeper.look(look('host', farMs, 0), NOON_S)).toMatchObject({ state: 'trusted', floorS: NOON_S });
    expect(keeper.look(look('host', farMs + HOUR_MS, HOUR_MS), NOON_S)).toMatchObject({ floorS: NOON_S + 3_600 });
  });

  it('of a host gives a new lock its first floor', () => {
    expect(timeKeeper().look(look('host', 0), wallS(0)).floorS).toBe(NOON_S);
  });

  it('begins anew with whoever vouches next', () => {
    const keeper = timeKeeper();
    keeper.look(look('host', 0), NOON_S);
    keeper.look(look('none', 0), NOON_S);
    expect(keeper.look(look('host', 9 * HOUR_MS, 1_000), NOON_S).state).toBe('trusted');
  });

  it('begins anew when a host vouches after an RTC that was set right meanwhile', () => {
    const keeper = timeKeeper();
    keeper.look(look('rtc', 0), NOON_S);
    keeper.look(look('rtc', 9 * HOUR_MS, 1_000), NOON_S);
    expect(keeper.look(look('host', 9 * HOUR_MS + 1_000, 2_000), NOON_S).state).toBe('trusted');
  });
});

describe("the owner's time", () => {
  const said = (byMs: number) => ({ ...look('none', -HOUR_MS), owner: wallMs(NOON_MS + byMs) });

  it('is trusted whatever the clock shows, and nobody else has to vouch', () => {
    const later = { state: 'trusted', nowS: NOON_S + 60, floorS: NOON_S + 60 };
    expect(timeKeeper().look(said(60_000), NOON_S)).toEqual(later);
    expect(timeKeeper().look(said(-60_000), NOON_S)).toEqual({ state: 'trusted', nowS: NOON_S, floorS: NOON_S });
  });

  it('lets a host begin anew, when the owner’s word has ended', () => {
    const keeper = timeKeeper();
    keeper.look(look('host', 0), NOON_S);
    keeper.look(said(60_000), NOON_S);
    expect(keeper.look(look('host', 9 * HOUR_MS, 1_000), NOON_S).state).toBe('trusted');
  });

  const set = { time_s: NOON_S, boot_id: 'this kernel', uptime_ms: 90_000 };

  it('goes on by the clock of the kernel in which it was set', () => {
    expect(ownersTime(set, { bootId: 'this kernel', ms: 90_000 })).toBe(NOON_MS);
    expect(ownersTime(set, { bootId: 'this kernel', ms: 91_500.7 })).toBe(NOON_MS + 1_500);
  });

  it('ends with that kernel, and never was before it was set', () => {
    expect(ownersTime(set, { bootId: 'the next kernel', ms: 91_000 })).toBeUndefined();
    expect(ownersTime(set, { bootId: 'this kernel', ms: 89_999 })).toBeUndefined();
    expect(ownersTime(undefined, { bootId: 'this kernel', ms: 91_000 })).toBeUndefined();
  });
});
