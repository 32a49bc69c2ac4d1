/**
 * A small seeded generator (sfc32, Chris Doty-Humphrey's PractRand), so that everything random in
 * the world can be played again. Not for keys.
 */
export interface Prng {
  /** A whole number from 0 to bound − 1. */
  below(bound: number): number;
  /** Another generator, whose numbers do not depend on how many this one still gives. */
  split(label: string): Prng;
}

export function prng(seed: number, label = ''): Prng {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  let a = seed | 0;
  let b = hash | 0;
  let c = 0x9e3779b9 | 0;
  let d = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    below(bound) {
      if (!Number.isSafeInteger(bound) || bound < 1) throw new Error(`bound must be a positive whole number: ${bound}`);
      return next() % bound;
    },
    split: (part) => prng(seed, `${label}/${part}`),
  };
}
