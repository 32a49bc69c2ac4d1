/**
 * The lock's own nonces: whoever answers one is there now, whatever any clock says. One for each
 * channel, so that what was asked for on one is worth nothing on another; made anew every half minute
 * when somebody asks, and the one before stays good, so that a slow person is not refused. They are not
 * used up: a token is good once by itself, and a control has its number.
 */
import { type Channel, equal, type MonoMs, NONCE_BYTES, NONCE_MS_MAX, NONCE_ROTATE_MS } from '../../protocol/index.ts';

export interface Nonces {
  /** The nonce to answer on this channel: 16 bytes, good for 30 s at least. */
  give(channel: Channel, now: MonoMs): Uint8Array;
  /** Whether it was given out on this channel less than a minute ago. */
  isFresh(channel: Channel, nonce: Uint8Array, now: MonoMs): boolean;
}

/** Two for each channel at most; `random` must be fit for keys. */
export function createNonces(random: (length: number) => Uint8Array): Nonces {
  const given = new Map<Channel, readonly { readonly nonce: Uint8Array; readonly bornMs: MonoMs }[]>();
  const young = (channel: Channel, now: MonoMs) =>
    (given.get(channel) ?? []).filter(({ bornMs }) => now - bornMs < NONCE_MS_MAX);
  return {
    give(channel, now) {
      const alive = young(channel, now);
      const newest = alive.at(-1);
      if (newest !== undefined && now - newest.bornMs < NONCE_ROTATE_MS) return newest.nonce;
      const nonce = random(NONCE_BYTES);
      given.set(channel, [...alive.slice(-1), { nonce, bornMs: now }]);
      return nonce;
    },
    isFresh: (channel, nonce, now) => young(channel, now).some((one) => equal(one.nonce, nonce)),
  };
}
