import { describe, expect, it } from 'vitest';
import { createNonces } from '../../../firmware/access/nonces.ts';
import { monoMs, NONCE_BYTES } from '../../../protocol/index.ts';
import { prng } from '../../../sim/time/prng.ts';
import { randomSeeded } from '../../../sim/time/random.ts';

const made = () => createNonces(randomSeeded(prng(1)));

describe('a nonce', () => {
  it('stays the same for half a minute, so that everybody who asks meanwhile can answer it', () => {
    const nonces = made();
    const first = nonces.give('mqtt', monoMs(1_000));
    expect(first).toHaveLength(NONCE_BYTES);
    expect(nonces.give('mqtt', monoMs(30_999))).toEqual(first);
    expect(nonces.give('mqtt', monoMs(31_000))).not.toEqual(first);
  });

  it('is good for a minute, its successor notwithstanding, and not a millisecond longer', () => {
    const nonces = made();
    const first = nonces.give('mqtt', monoMs(0));
    nonces.give('mqtt', monoMs(30_000));
    expect(nonces.isFresh('mqtt', first, monoMs(59_999))).toBe(true);
    expect(nonces.isFresh('mqtt', first, monoMs(60_000))).toBe(false);
  });

  it('is good for a minute however long the lock has run', () => {
    const nonces = made();
    const first = nonces.give('mqtt', monoMs(86_400_000));
    expect(nonces.give('mqtt', monoMs(86_429_999))).toEqual(first);
    expect(nonces.isFresh('mqtt', first, monoMs(86_459_999))).toBe(true);
    expect(nonces.isFresh('mqtt', first, monoMs(86_460_000))).toBe(false);
  });

  it('is good on its own channel only', () => {
    const nonces = made();
    const first = nonces.give('mqtt', monoMs(0));
    expect(nonces.isFresh('reader', first, monoMs(1))).toBe(false);
    expect(nonces.give('reader', monoMs(1))).not.toEqual(first);
  });

  it('that was never given is not good', () => {
    expect(made().isFresh('mqtt', new Uint8Array(NONCE_BYTES), monoMs(0))).toBe(false);
  });
});
