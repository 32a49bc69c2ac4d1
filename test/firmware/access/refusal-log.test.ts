import { expect, it } from 'vitest';
import { refusalLog } from '../../../firmware/access/refusal-log.ts';
import { monoMs } from '../../../protocol/index.ts';

it('a refusal is told at once, and its repeats of that minute as one number with the next', () => {
  const log = refusalLog();
  expect(log.note('reader', 'expired', monoMs(0))).toBe(0);
  for (let i = 1; i <= 3; i++) expect(log.note('reader', 'expired', monoMs(i))).toBeUndefined();
  expect(log.note('reader', 'expired', monoMs(60_000))).toBe(3);
  expect(log.note('reader', 'expired', monoMs(120_000))).toBe(0);
});

it('a refusal of another reason, or on another channel, is told for itself', () => {
  const log = refusalLog();
  log.note('reader', 'expired', monoMs(0));
  expect(log.note('reader', 'bad_signature', monoMs(1))).toBe(0);
  expect(log.note('mqtt', 'expired', monoMs(1))).toBe(0);
});
