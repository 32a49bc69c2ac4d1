import { describe } from 'vitest';
import { systemClock } from '../../firmware/clock/system.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { clockContract } from './clock.ts';

describe('the clock of the machine', () => {
  clockContract(() => {
    const clock = systemClock();
    return { clock, pass: (ms) => new Promise((resolve) => clock.after(ms, resolve)) };
  });
});

describe('the virtual clock', () => {
  clockContract(() => {
    const clock = virtualClock({ startWallMs: 1_800_000_000_000 });
    return { clock, pass: async (ms) => clock.advance(ms) };
  });
});

describe('the virtual clock, promises settled between entries', () => {
  clockContract(() => {
    const clock = virtualClock({ startWallMs: 1_800_000_000_000 });
    return { clock, pass: (ms) => clock.advanceAsync(ms) };
  });
});
