import { describe, expect, it } from 'vitest';
import { throttle } from '../../../firmware/access/throttle.ts';
import { monoMs } from '../../../protocol/index.ts';

/** How many of so many texts were listened to, one each `everyMs`. */
function heard(rate: ReturnType<typeof throttle>, texts: number, everyMs: number, fromMs = 0): number {
  let count = 0;
  for (let i = 0; i < texts; i++) if (rate.take('reader', monoMs(fromMs + i * everyMs))) count += 1;
  return count;
}

describe('a throttled channel', () => {
  it('hears five texts at once, and no sixth', () => {
    expect(heard(throttle(), 100, 0)).toBe(5);
  });

  it('that the life before found empty is empty still, and fills slowly', () => {
    const rate = throttle(['reader'], monoMs(1_000));
    expect(heard(rate, 3, 0, 30_999)).toBe(0);
    const patient = throttle(['reader'], monoMs(1_000));
    expect(heard(patient, 3, 0, 31_000)).toBe(1);
    expect(heard(throttle(['mqtt'], monoMs(1_000)), 10, 0, 1_000)).toBe(5);
  });

  it('hears everything that comes no faster than it fills', () => {
    expect(heard(throttle(), 1_000, 2_000)).toBe(1_000);
  });

  it('hears nothing more while somebody knocks without a pause', () => {
    expect(heard(throttle(), 36_000, 100)).toBe(5);
  });

  it('hears one text in half a minute from somebody who knows the rule', () => {
    const rate = throttle();
    heard(rate, 100, 0);
    expect(heard(rate, 20, 30_000, 30_000)).toBe(20);
  });

  it('hears one that comes faster than it fills seldom, but not never', () => {
    const count = heard(throttle(), 600, 20_000);
    expect(count).toBeGreaterThan(200);
    expect(count).toBeLessThanOrEqual(600);
  });

  it('hears a burst again once it has filled, or a token was spent there', () => {
    const rate = throttle();
    heard(rate, 100, 0);
    expect(heard(rate, 100, 0, 200_000)).toBe(5);
    rate.refill('reader');
    expect(heard(rate, 100, 0, 200_000)).toBe(5);
  });

  it('hears one more for each time that it fills by one, and not a second', () => {
    const rate = throttle();
    heard(rate, 5, 0);
    expect(heard(rate, 3, 0, 2_000)).toBe(1);
  });

  it('has forgotten a flood once it has filled to the brim', () => {
    const rate = throttle();
    heard(rate, 100, 0);
    expect(heard(rate, 5, 0, 5 * 30_000)).toBe(5);
    expect(heard(rate, 1, 0, 5 * 30_000 + 2_000)).toBe(1);
  });

  it('is a channel for itself', () => {
    const rate = throttle();
    heard(rate, 100, 0);
    expect(rate.take('mqtt', monoMs(0))).toBe(true);
  });
});
