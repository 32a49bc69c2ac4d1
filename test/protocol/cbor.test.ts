import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor, fromHex, toHex } from '../../protocol/index.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

describe('deterministic CBOR', () => {
  it('sorts the keys of a map by their bytes, not by their length (RFC 8949 §4.2.1)', () => {
    expect(
      toHex(
        encodeCbor(
          new Map([
            [-1, 0],
            [100, 0],
            [10, 0],
          ]),
        ),
      ),
    ).toBe('a30a001864002000');
  });

  it.each([
    ['a number in more bytes than it needs', '1801'],
    ['keys out of order', 'a203000100'],
    ['a key twice', 'a201000100'],
    ['a length in more bytes than it needs', '580141'],
    ['a text of indefinite length', '7f6161ff'],
    ['an array of indefinite length', '9f01ff'],
    ['a whole number written as a float', 'f93c00'],
    ['not-a-number', 'f97e00'],
    ['undefined', 'f7'],
    ['a tag that is not COSE_Sign1', 'c100'],
    ['bytes behind the value', '0000'],
    ['a value cut short', '8201'],
    ['nothing', ''],
    ['a number past 2^53', '1b0020000000000001'],
  ])('does not read %s', (_what, hex) => {
    expect(decodeCbor(bytes(hex))).toBeUndefined();
  });

  it('reads arrays nested a thousand deep, or refuses them, and does not throw', () => {
    expect(() => decodeCbor(new Uint8Array(1024).fill(0x81))).not.toThrow();
  });
});
