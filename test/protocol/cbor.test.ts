import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withinBounds } from '../../protocol/cbor-bounds.ts';
import { concat, decodeCbor, encodeCbor, fromHex, toHex } from '../../protocol/index.ts';
import { CBOR_ITEMS_MAX, CBOR_NESTING_MAX } from '../../protocol/limits.ts';

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

  it.each([
    ['four arrays in one another, and not a fifth', nested(CBOR_NESTING_MAX), nested(CBOR_NESTING_MAX + 1)],
    ['four tags and arrays, and not a fifth', `d281d281${'00'}`, `d281d28180`],
    ['95 items, and not one more', flat(CBOR_ITEMS_MAX), flat(CBOR_ITEMS_MAX + 1)],
  ])('reads %s', (_what, within, beyond) => {
    expect(decodeCbor(bytes(within))).toBeDefined();
    expect(decodeCbor(bytes(beyond))).toBeUndefined();
  });
});

describe('the walk over heads', () => {
  it.each([
    ['an array of nothing', '80'],
    ['bytes that look like heads', '43818181'],
    ['a map', 'a201820102026161'],
    ['a length in eight bytes that is there', '5b000000000000000142'],
    ['a big number', '1bffffffffffffffff'],
  ])('takes %s', (_what, hex) => {
    expect(withinBounds(bytes(hex))).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a head cut short', '19'],
    ['bytes cut short', '4281'],
    ['an array whose items are missing', '8201'],
    ['a map whose last value is missing', 'a10100'.slice(0, 4)],
    ['a length that no memory holds', '5b0020000000000000'],
    ['as many items as nobody has', '9b0020000000000000'],
    ['more than one item', '0000'],
    ['an item behind an array', '810000'],
    ['an indefinite length', '9fff'],
    ['reserved bits', '1c'],
    ['a thousand arrays', '81'.repeat(1000)],
    ['a thousand tags', 'd2'.repeat(1000)],
    ['a thousand numbers', `9903e8${'00'.repeat(1000)}`],
  ])('does not take %s', (_what, hex) => {
    expect(withinBounds(bytes(hex))).toBe(false);
  });

  it('takes what our encoder makes, and nothing that is a byte shorter or longer', () => {
    const value = fc.letrec((tie) => ({
      item: fc.oneof(
        { maxDepth: 3 },
        fc.nat(),
        fc.uint8Array({ maxLength: 300 }),
        fc.string(),
        tie('list'),
        tie('map'),
      ),
      list: fc.array(tie('item'), { maxLength: 3 }),
      map: fc.array(fc.tuple(fc.nat(), tie('item')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    })).item;
    fc.assert(
      fc.property(value, (item) => {
        const whole = encodeCbor(item);
        expect(withinBounds(whole)).toBe(true);
        expect(withinBounds(whole.subarray(0, -1))).toBe(false);
        expect(withinBounds(concat(whole, Uint8Array.of(0)))).toBe(false);
      }),
    );
  });
});

/** So many arrays, the innermost empty. */
function nested(depth: number): string {
  return `${'81'.repeat(depth - 1)}80`;
}

/** One array of numbers, so many items with itself. */
function flat(items: number): string {
  return `98${(items - 1).toString(16)}${'00'.repeat(items - 1)}`;
}
