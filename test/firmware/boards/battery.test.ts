import { expect, test } from 'vitest';
import { batteryGauge } from '../../../firmware/boards/battery.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

function bench() {
  const clock = virtualClock({ startWallMs: 0 });
  const told: [atMs: number, millivolts: number][] = [];
  const wiring = { analog: 0, referenceMillivolts: 5_000, upperOhms: 30_000, lowerOhms: 10_000 };
  const gauge = batteryGauge(clock, wiring, (millivolts) => told.push([clock.monoMs(), millivolts]));
  const samples = (steps: number, count: number, everyMs = 20) => {
    for (let i = 0; i < count; i++) {
      gauge.sample(steps);
      clock.advance(everyMs);
    }
  };
  return { told, samples };
}

test('the first value is told at once, as the voltage before the two resistors', () => {
  const { told, samples } = bench();
  samples(614, 1);
  // 614 steps of 5 V / 1024 are 2998 mV at the pin, a quarter of the battery's.
  expect(told).toEqual([[0, 11_992]]);
});

test('a value that stays is told once, and a step of noise changes nothing', () => {
  const { told, samples } = bench();
  samples(600, 200);
  samples(601, 200);
  expect(told).toHaveLength(1);
});

test('a change is told, and ten thousand of them not more often than once a second', () => {
  const { told, samples } = bench();
  for (let i = 0; i < 5_000; i++) samples(i % 1000, 2, 1);
  expect(told.length).toBeLessThanOrEqual(11);
  const moments = told.map(([atMs]) => atMs);
  expect(moments.every((atMs, i) => i === 0 || atMs - (moments[i - 1] ?? 0) >= 1_000)).toBe(true);
});

test('what is told after a change is the mean of the second before', () => {
  const { told, samples } = bench();
  samples(600, 51);
  samples(400, 25);
  samples(500, 25);
  expect(told.at(-1)?.[1]).toBeGreaterThan(8_000);
  expect(told.at(-1)?.[1]).toBeLessThan(9_200);
});
