/** Waiting in real time for something at the house, with a bound, and no longer than the house stands. */

import type { Cancel } from '../../firmware/ports/index.ts';
import { failure, usage } from '../../firmware/tools/failure.ts';
import type { House } from '../house.ts';
import { houseError, inShort } from './house-error.ts';

const LOOK_MS = 5;
const WITHIN_MS_MAX = 3_600_000;

export interface Waiting {
  /** Looks every few milliseconds, and at once: true when it holds, false when it does not within the time. Rejects with what the look throws, and when the house is stopped. */
  soon(look: () => boolean, withinMs: number): Promise<boolean>;
  pass(ms: number): Promise<void>;
  /** Throws when the house was stopped. */
  assertStanding(): void;
  /** Whoever still waits is rejected. */
  close(): void;
}

export function waitingAt({ clock }: Pick<House, 'clock'>): Waiting {
  const waiters = new Set<() => void>();
  let closed = false;

  function assertStanding(): void {
    if (closed) throw houseError(failure('refused', 'the house was stopped', 'call stop() after the last act'));
  }

  function wait(look: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const deadline = clock.monoMs() + withinMs;
      let cancel: Cancel = () => undefined;
      const again = (): void => {
        waiters.delete(again);
        cancel();
        try {
          assertStanding();
          if (look()) return resolve(true);
        } catch (error) {
          return reject(error);
        }
        const leftMs = deadline - clock.monoMs();
        if (leftMs <= 0) return resolve(false);
        waiters.add(again);
        cancel = clock.after(Math.min(LOOK_MS, leftMs), again);
      };
      again();
    });
  }

  return {
    soon: wait,
    assertStanding,
    async pass(ms) {
      await wait(() => false, ms);
    },
    close() {
      closed = true;
      for (const again of [...waiters]) again();
    },
  };
}

/** A length of time that a test gives. */
export function checkMs(what: string, ms: unknown): number {
  if (typeof ms === 'number' && ms > 0 && ms <= WITHIN_MS_MAX) return ms;
  throw houseError(
    usage(`${what} ${inShort(ms)} is no time to wait`, `give milliseconds, above 0 and up to ${WITHIN_MS_MAX}`),
  );
}
