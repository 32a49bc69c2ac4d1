import type { Prng } from './prng.ts';

/** Bytes for keys and ids of a world that must come out the same. Never for a real lock. */
export const randomSeeded =
  (dice: Prng) =>
  (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => dice.below(256));
