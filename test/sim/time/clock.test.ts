import { expect, it } from 'vitest';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';

const START_WALL_MS = 1_800_000_000_000;
const make = (entriesMax?: number) =>
  virtualClock({ startWallMs: START_WALL_MS, ...(entriesMax === undefined ? {} : { entriesMax }) });

it('runs what falls due in order of time, then of arming, each at its own moment', () => {
  const clock = make();
  const seen: string[] = [];
  const at = (name: string) => () => seen.push(`${name}@${clock.monoMs()}`);
  clock.after(20, at('c'));
  clock.after(10, at('a'));
  clock.after(10, at('b'));
  clock.after(31, at('too late'));
  clock.advance(30);
  expect(seen).toEqual(['a@10', 'b@10', 'c@20']);
  expect(clock.monoMs()).toBe(30);
  expect(clock.pending).toBe(1);
});

it('keeps that order for thousands of waits, half of them cancelled', () => {
  const clock = make();
  const random = prng(7);
  const expected: { dueMs: number; order: number }[] = [];
  const seen: { dueMs: number; order: number }[] = [];
  for (let order = 0; order < 4000; order++) {
    const entry = { dueMs: random.below(500), order };
    const cancel = clock.after(entry.dueMs, () => seen.push(entry));
    if (random.below(2) === 0) cancel();
    else expected.push(entry);
  }
  expect(clock.pending).toBe(expected.length);
  clock.advance(500);
  expected.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  expect(seen).toEqual(expected);
  expect(clock.pending).toBe(0);
});

it('runs within one advance what a callback arms for the same span', () => {
  const clock = make();
  const seen: number[] = [];
  const again = (): void => {
    seen.push(clock.monoMs());
    clock.after(10, again);
  };
  clock.after(10, again);
  clock.advance(35);
  expect(seen).toEqual([10, 20, 30]);
});

it('ends with an error when something arms itself without end', () => {
  const clock = make(1000);
  const again = (): void => {
    clock.after(0, again);
  };
  clock.after(5, again);
  expect(() => clock.advance(10)).toThrow('stood at 5 ms after 1000 entries');
});

it('goes as far as it is told, however much is done on the way', async () => {
  const clock = make(1000);
  let calls = 0;
  const again = (): void => {
    calls++;
    clock.after(1, again);
  };
  clock.after(1, again);
  clock.advance(3_000);
  await clock.advanceAsync(3_000);
  expect([clock.monoMs(), calls]).toEqual([6_000, 6_000]);
  const atOnce = (): void => void clock.after(0, atOnce);
  clock.after(7, atOnce);
  await expect(clock.advanceAsync(10)).rejects.toThrow('stood at 6007 ms after 1000 entries');
});

it('refuses to be advanced from inside a callback, and can go on afterwards', () => {
  const clock = make();
  let calls = 0;
  clock.after(1, () => clock.advance(1));
  clock.after(2, () => calls++);
  expect(() => clock.advance(5)).toThrow('advancing already');
  clock.advance(5);
  expect(calls).toBe(1);
});

it('steps from one entry to the next, and says when there is none', () => {
  const clock = make();
  clock.after(1000, () => undefined);
  clock.after(10, () => undefined);
  expect(clock.nextDueMs()).toBe(10);
  expect(clock.step()).toBe(true);
  expect(clock.monoMs()).toBe(10);
  expect(clock.step()).toBe(true);
  expect(clock.monoMs()).toBe(1000);
  expect(clock.step()).toBe(false);
  expect(clock.nextDueMs()).toBeUndefined();
});

it('runs until nothing is armed, or until the limit', () => {
  const clock = make();
  for (let i = 1; i <= 3; i++) clock.after(i * 1000, () => undefined);
  expect(clock.runUntilIdle(3)).toBe(3);
  expect(clock.monoMs()).toBe(3000);
  const again = (): void => {
    clock.after(1, again);
  };
  again();
  expect(() => clock.runUntilIdle(50)).toThrow('after 50 entries');
});

it('sets the date without touching waits or the monotonic clock', () => {
  const clock = make();
  let firedAtWallMs = 0;
  clock.after(100, () => {
    firedAtWallMs = clock.wallMs();
  });
  clock.advance(40);
  expect(clock.wallMs()).toBe(START_WALL_MS + 40);
  clock.setWall(5_000);
  expect(clock.wallMs()).toBe(5_000);
  expect(clock.monoMs()).toBe(40);
  clock.advance(60);
  expect(firedAtWallMs).toBe(5_060);
});

it('lets promise chains of any length end before the next entry is run', async () => {
  const clock = make();
  const seen: string[] = [];
  clock.after(10, () => {
    void (async () => {
      for (let i = 0; i < 5000; i++) await Promise.resolve();
      seen.push(`chain@${clock.monoMs()}`);
      clock.after(5, () => seen.push(`armed by the chain@${clock.monoMs()}`));
    })();
  });
  clock.after(20, () => seen.push(`next@${clock.monoMs()}`));
  await clock.advanceAsync(20);
  expect(seen).toEqual(['chain@10', 'armed by the chain@15', 'next@20']);
});

it('settles promises without letting time pass', async () => {
  const clock = make();
  let done = false;
  void (async () => {
    for (let i = 0; i < 1000; i++) await Promise.resolve();
    done = true;
  })();
  await clock.settle();
  expect(done).toBe(true);
  expect(clock.monoMs()).toBe(0);
});

it('forgets cancelled waits, so that a watchdog can be armed again for ever', () => {
  const clock = make();
  for (let i = 0; i < 200_000; i++) clock.after(86_400_000, () => undefined)();
  expect(clock.held).toBeLessThan(100);
  expect(clock.pending).toBe(0);
  expect(clock.nextDueMs()).toBeUndefined();
});

it('gains by its drift on the monotonic clock, in whole milliseconds, and keeps what it has gained', () => {
  const clock = make();
  clock.setDrift(100);
  clock.advance(1_000_000);
  expect(clock.wallMs()).toBe(START_WALL_MS + 1_000_100);
  clock.setDrift(-50);
  clock.advance(1_000_000);
  expect(clock.wallMs()).toBe(START_WALL_MS + 2_000_050);
  clock.setWall(5_000);
  clock.setDrift(0);
  clock.advance(7);
  expect(clock.wallMs()).toBe(5_007);
  expect(clock.monoMs()).toBe(2_000_007);
  expect(() => clock.setDrift(0.5)).toThrow('whole millionths');
});
