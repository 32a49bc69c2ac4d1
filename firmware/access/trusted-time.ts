/**
 * Whether the wall clock may judge a token. Three states:
 *
 *     trusted      somebody vouches for it, it is not below the floor, and it has not jumped;
 *                  or the owner has set it since the kernel booted
 *     floor_only   nobody vouches: only "not before the floor" is known
 *     insane       it shows less than the floor, or went by another way than the monotonic clock did
 *
 * What the owner says goes before every other source, and goes on by the kernel's own clock until the
 * kernel ends; the wall clock is not asked any more. It may be earlier than the floor: then the floor
 * falls, and the epoch rises in the same statement (`journal/memory.ts`).
 *
 * The floor is the latest moment that a trusted clock has shown, and is durable. It rises to what an
 * RTC shows, but only by the time that has really passed under a host's clock: whoever can move that
 * clock must not be able to move the floor past every token's expiry, and with it what is forgotten.
 */
import { type MonoMs, toWallS, type WallMs, type WallS, wallMs, wallS } from '../../protocol/index.ts';
import type { OwnerTime } from '../journal/memory.ts';
import type { Uptime, Voucher } from '../ports/index.ts';

/** How far a host's clock may go by another way than the monotonic clock: slewing, not setting. */
const JUMP_MS_MAX = 60_000;

export interface Look {
  readonly wall: WallMs;
  readonly mono: MonoMs;
  readonly voucher: Voucher;
  /** The moment by the owner's set-time, if it still holds. */
  readonly owner?: WallMs | undefined;
}

export interface TrustedTime {
  readonly state: 'trusted' | 'floor_only' | 'insane';
  /** What the time is at least; below a trusted clock never. */
  readonly nowS: WallS;
  /** Where the floor may be raised to. */
  readonly floorS: WallS;
}

export interface TimeKeeper {
  look(look: Look, floorS: WallS): TrustedTime;
}

/** The moment by the owner's set-time, or undefined when another kernel has booted since. */
export function ownersTime(set: OwnerTime | undefined, { bootId, ms }: Uptime): WallMs | undefined {
  if (set === undefined || set.boot_id !== bootId || ms < set.uptime_ms) return undefined;
  return wallMs(set.time_s * 1000 + Math.floor(ms - set.uptime_ms));
}

/** Remembers the look at which somebody first vouched for the clock, for jumps and elapsed time. */
export function timeKeeper(): TimeKeeper {
  let anchor: { readonly look: Look; readonly floorS: WallS } | undefined;
  return {
    look(look, floorS) {
      if (look.owner !== undefined) {
        anchor = undefined;
        const nowS = wallS(Math.max(toWallS(look.owner), floorS));
        return { state: 'trusted', nowS, floorS: nowS };
      }
      const clockS = toWallS(look.wall);
      const nowS = wallS(Math.max(clockS, floorS));
      if (look.voucher === 'none') {
        anchor = undefined;
        return { state: 'floor_only', nowS, floorS };
      }
      if (anchor === undefined || anchor.look.voucher !== look.voucher) anchor = { look, floorS };
      if (clockS < floorS || jumped(anchor.look, look)) return { state: 'insane', nowS, floorS };
      return { state: 'trusted', nowS, floorS: risen(anchor, look, floorS) };
    },
  };
}

/** A host's clock is set once, before anybody vouches for it; an RTC's may be set right by its owner, or wake from sleep. */
function jumped(from: Look, to: Look): boolean {
  return to.voucher === 'host' && Math.abs(to.wall - from.wall - (to.mono - from.mono)) > JUMP_MS_MAX;
}

function risen(anchor: { readonly look: Look; readonly floorS: WallS }, look: Look, floorS: WallS): WallS {
  const clockS = toWallS(look.wall);
  if (look.voucher === 'rtc') return wallS(Math.max(floorS, clockS));
  // The very first floor of a lock has to come from somewhere: a new lock has nothing to forget yet.
  if (floorS === 0) return clockS;
  const elapsedS = Math.floor((look.mono - anchor.look.mono) / 1000);
  return wallS(Math.max(floorS, Math.min(clockS, anchor.floorS + elapsedS)));
}
