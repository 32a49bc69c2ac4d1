import { expect, test } from 'vitest';
import { indicator, PATTERNS } from '../../../firmware/boards/indicator.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

function bench() {
  const clock = virtualClock({ startWallMs: 0 });
  const flashes: [number, boolean][] = [];
  return { clock, flashes, it: indicator(clock, (on) => flashes.push([clock.monoMs(), on])) };
}

test('a steady light is lit once and needs no clock', () => {
  const { clock, flashes, it } = bench();
  it.show('ready');
  it.show('ready');
  expect(flashes).toEqual([[0, true]]);
  expect(clock.pending).toBe(0);
});

test('a blinking light goes through its pattern again and again, until another is shown', () => {
  const { clock, flashes, it } = bench();
  it.show('refused');
  clock.advance(1300);
  expect(flashes).toEqual([
    [0, true],
    [150, false],
    [300, true],
    [450, false],
    [1250, true],
  ]);
  it.show('off');
  expect(flashes.at(-1)).toEqual([1300, false]);
  expect(clock.pending).toBe(0);
});

test('what is shown again does not begin anew', () => {
  const { clock, flashes, it } = bench();
  it.show('wait');
  clock.advance(500);
  it.show('wait');
  clock.advance(100);
  expect(flashes).toEqual([
    [0, true],
    [600, false],
  ]);
});

test('a stopped light stays as it is', () => {
  const { clock, flashes, it } = bench();
  it.show('fault');
  it.stop();
  clock.advance(5000);
  expect(flashes).toEqual([[0, true]]);
});

test('a sound is made once, and ends by itself while the light goes on', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const sounds: [number, boolean][] = [];
  const it = indicator(
    clock,
    () => undefined,
    (on) => sounds.push([clock.monoMs(), on]),
  );
  it.show('rung');
  clock.advance(60_000);
  expect(sounds).toEqual([
    [0, true],
    [120, false],
    [200, true],
    [600, false],
  ]);
});

test('a sound is cut off when another thing is shown, and at the end', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const sounds: [number, boolean][] = [];
  const it = indicator(
    clock,
    () => undefined,
    (on) => sounds.push([clock.monoMs(), on]),
  );
  it.show('refused');
  clock.advance(100);
  it.show('ready');
  expect(sounds.at(-1)).toEqual([100, false]);
  clock.advance(60_000);
  expect(sounds).toHaveLength(2);
});

test('no two indications have the same light, and no sound is longer than ten seconds', () => {
  const lights = Object.values(PATTERNS).map(({ lightMs }) => lightMs.join());
  expect(new Set(lights).size).toBe(lights.length);
  for (const { soundMs = [], times = 1 } of Object.values(PATTERNS))
    expect(times * soundMs.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000);
});
