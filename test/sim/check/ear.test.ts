/** A channel that is certainly listened to: never one on which the lock's own bucket could be empty. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { throttle } from '../../../firmware/access/throttle.ts';
import { monoMs } from '../../../protocol/index.ts';
import { ear } from '../../../sim/check/ear.ts';

it('hears nothing that the lock does not, whenever it comes', () => {
  const mixed = fc.array(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 60_000 })), {
    maxLength: 60,
  });
  const steady = fc.integer({ min: 200, max: 3_000 }).map((ms) => new Array<number>(30).fill(ms));
  const waits = fc.oneof(mixed, steady);
  fc.assert(
    fc.property(waits, (all) => {
      const sure = ear();
      const lock = throttle();
      let ms = 0;
      for (const wait of all) {
        ms += wait;
        const isHeard = lock.take('reader', monoMs(ms));
        if (sure.hears(ms)) expect(isHeard).toBe(true);
      }
    }),
  );
});

it('hears one every two seconds, for ever, and knows nothing any more once there were too many', () => {
  const slow = ear();
  for (let ms = 0; ms < 100_000; ms += 2_000) expect(slow.hears(ms)).toBe(true);
  const fast = ear();
  expect([0, 1, 2, 3, 4].map((ms) => fast.hears(ms))).toEqual([true, true, true, true, false]);
  expect(fast.hears(1_000_000)).toBe(false);
});
