/** Whether a channel is listened to for sure: of texts that come all at once some are not, and what was not listened to is no try. */

/** Texts that are listened to at once for sure, and how long it takes until one more is. */
const AT_ONCE = 4;
const ONE_MORE_MS = 2_000;

export interface Ear {
  /** A text comes: whether it is listened to for sure. Where too many came once, nobody knows it of any more. */
  hears(nowMs: number): boolean;
  /** A token was taken there: whoever uses the channel is welcome. */
  refill(nowMs: number): void;
}

export function ear(): Ear {
  let left = AT_ONCE;
  let atMs = 0;
  let isOverrun = false;
  return {
    hears(nowMs) {
      const more = Math.floor((nowMs - atMs) / ONE_MORE_MS);
      if (left + more >= AT_ONCE) {
        left = AT_ONCE;
        atMs = nowMs;
      } else {
        left += more;
        atMs += more * ONE_MORE_MS;
      }
      left -= 1;
      isOverrun ||= left < 0;
      return !isOverrun;
    },
    refill(nowMs) {
      left = AT_ONCE;
      atMs = nowMs;
    },
  };
}
