import { expect, test } from 'vitest';
import { backoff } from '../../../firmware/serial/backoff.ts';

test('waits twice as long each time, up to the bound, and short again after a success', () => {
  const wait = backoff({ firstMs: 250, maxMs: 1500 });
  expect([1, 2, 3, 4, 5].map(() => wait.nextMs())).toEqual([250, 500, 1000, 1500, 1500]);
  expect(backoff({ firstMs: 9, maxMs: 5 }).nextMs()).toBe(5);
  wait.reset();
  expect(wait.nextMs()).toBe(250);
});
