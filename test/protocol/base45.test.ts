import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45, encodeBase45 } from '../../protocol/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('base45', () => {
  it('spells the examples of RFC 9285 §4.3', () => {
    expect(encodeBase45(bytesOf('AB'))).toBe('BB8');
    expect(encodeBase45(bytesOf('Hello!!'))).toBe('%69 VD92EX0');
    expect(encodeBase45(bytesOf('base-45'))).toBe('UJCLQE7W581');
    expect(decodeBase45('QED8WEX0')).toEqual(bytesOf('ietf!'));
  });

  it('gives back whatever it spelled', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes);
      }),
    );
  });

  it('accepts no second spelling of any bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'), maxLength: 60 }),
        (text) => {
          const bytes = decodeBase45(text);
          if (bytes !== undefined) expect(encodeBase45(bytes)).toBe(text);
        },
      ),
    );
  });

  it.each([
    ['a lone character', 'A'],
    ['a group past two bytes', ':::'],
    ['a last group past one byte', '::'],
    ['a lower-case letter', 'bb8'],
    ['a character outside ASCII', 'BBé'],
  ])('refuses %s', (_what, text) => {
    expect(decodeBase45(text)).toBeUndefined();
  });
});
