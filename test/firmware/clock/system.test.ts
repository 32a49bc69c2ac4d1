import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../firmware/clock/system.ts';

// Nobody waits 50 days for a test: here, and only here, the timers of Node themselves are replaced.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const DAYS_50_MS = 50 * 24 * 3_600_000;

it('goes through a wait of fifty days in legs and ends it to the millisecond', () => {
  const clock = systemClock();
  let calls = 0;
  clock.after(DAYS_50_MS, () => calls++);
  vi.advanceTimersByTime(DAYS_50_MS - 1);
  expect(calls).toBe(0);
  vi.advanceTimersByTime(1);
  expect(calls).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('cancels a wait that is in its second leg', () => {
  const clock = systemClock();
  let calls = 0;
  const cancel = clock.after(DAYS_50_MS, () => calls++);
  vi.advanceTimersByTime(30 * 24 * 3_600_000);
  cancel();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(DAYS_50_MS);
  expect(calls).toBe(0);
});

it('keeps to its wait when the date is set back meanwhile', () => {
  const clock = systemClock();
  let calls = 0;
  clock.after(1000, () => calls++);
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(999);
  expect(calls).toBe(0);
  vi.advanceTimersByTime(1);
  expect(calls).toBe(1);
});
