import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPaper, isBech32m, isWholePaperKey, toPaper } from '../../../firmware/tools/paper.ts';

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const SEED = Uint8Array.from({ length: 32 }, (_, i) => i * 7 + 1);
const PAPER = toPaper(SEED);

/** Every place of a character that is not part of the fixed beginning. */
const letters = PAPER.replaceAll(' ', '');
const places = Array.from({ length: letters.length - 6 }, (_, i) => i + 6);
const withLetters = (changes: ReadonlyMap<number, string>): string =>
  [...letters].map((letter, i) => changes.get(i) ?? letter).join('');

describe('the checksum', () => {
  it.each([
    ['a', 'lqfn3a'],
    ['abcdef', 'l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx'],
    ['split', 'checkupstagehandshakeupstreamerranterredcaperredlc445v'],
  ])('holds on the examples of BIP 350 (%s)', (hrp, data) => {
    expect(
      isBech32m(
        hrp,
        [...data].map((letter) => CHARSET.indexOf(letter)),
      ),
    ).toBe(true);
  });
});

describe('a key on paper', () => {
  it('is 58 letters in groups of four, behind its name', () => {
    expect(PAPER).toMatch(/^lskey1( [a-z0-9]{4}){14} [a-z0-9]{2}$/);
  });

  it('comes back to the same seed, whatever the seed is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        expect(fromPaper(toPaper(seed))).toEqual(seed);
      }),
    );
  });

  it('may be typed in capitals, with other spaces, dashes and line ends', () => {
    expect(fromPaper(`\n${PAPER.toUpperCase().replaceAll(' ', '-\n')}\r\n`)).toEqual(SEED);
    expect(fromPaper(letters)).toEqual(SEED);
  });

  it('is refused with any one character wrong', () => {
    for (const place of places) {
      for (const letter of CHARSET) {
        if (letter === letters[place]) continue;
        expect(fromPaper(withLetters(new Map([[place, letter]])))).toMatch(/checksum does not match/);
      }
    }
  });

  it('is refused with any two characters swapped', () => {
    for (const a of places) {
      for (const b of places.filter((place) => place > a && letters[place] !== letters[a])) {
        const swapped = new Map([
          [a, letters[b] ?? ''],
          [b, letters[a] ?? ''],
        ]);
        expect(fromPaper(withLetters(swapped))).toMatch(/checksum does not match/);
      }
    }
  });

  it.each([
    ['', /begins lskey1/],
    [letters.slice(0, -1), /has 64 characters, this one 63/],
    [`${letters}q`, /has 64 characters, this one 65/],
    [withLetters(new Map([[10, 'b']])), /"b" is in no paper key/],
    ['LSD1:abc', /begins lskey1/],
  ])('is refused with a reason when it is not one: %j', (text, reason) => {
    expect(fromPaper(text)).toMatch(reason);
  });

  it('is known to be whole by its letters, however they are grouped', () => {
    expect(isWholePaperKey(PAPER.slice(0, -1))).toBe(false);
    expect(isWholePaperKey(`${PAPER}\n`)).toBe(true);
  });
});
