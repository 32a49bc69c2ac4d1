/** cbor.json: each way to spell the same chain otherwise, signed as it is spelled. */
import { concat } from '../../../protocol/bytes.ts';
import { kidOf } from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S } from '../../support/people.ts';
import {
  array,
  bstr,
  cnf,
  DELEGATION_ID,
  head,
  int,
  limitFields,
  map,
  mapAsGiven,
  mapOf,
  OURS,
  type Parts,
  pairsOf,
  tag,
  tokenId,
  tstr,
} from './raw.ts';
import { type ChainChange, chainOf, textOf, textOfBytes, type Vector, vector } from './vector.ts';

const ONE_AS_FLOAT = Uint8Array.of(0xf9, 0x3c, 0x00);
const TRUE = Uint8Array.of(0xf5);
const outer =
  (around: (items: readonly Uint8Array[]) => Uint8Array) =>
  ({ protectedBytes, payload, signature }: Parts): Uint8Array =>
    around([bstr(protectedBytes), map([]), bstr(payload), bstr(signature)]);

/** The presentation's claim, its second spelled in other ways. */
const drawn = (value: Uint8Array): ChainChange => ({ p: { claims: { 6: value } } });
/** The delegation's limits, one value of them spelled in other ways. */
const limit = (key: number, value: Uint8Array): ChainChange => ({
  d: { claims: { [OURS]: mapOf({ ...limitFields({}), [key]: value }) } },
});

export function cborVectors(): readonly Vector[] {
  const wrong = (section: string, name: string, change: ChainChange): Vector =>
    vector(section, name, textOf(change), 'malformed');
  const good = chainOf().presentation;
  const limitPairs = pairsOf(limitFields({}));
  return [
    vector('R-20', 'one value and nothing more', textOfBytes(good), null),
    vector('R-21', 'numbers on both sides of each length', textOf(lengths()), null),
    vector('R-20', 'a value cut short', textOfBytes(good.slice(0, -1)), 'malformed'),
    vector('R-20', 'half of it', textOfBytes(good.slice(0, good.length >> 1)), 'malformed'),
    vector('R-20', 'a byte behind the value', textOfBytes(concat(good, Uint8Array.of(0))), 'malformed'),
    vector('R-20', 'two values', textOfBytes(concat(good, good)), 'malformed'),
    vector('R-20', 'a break alone', textOfBytes(Uint8Array.of(0xff)), 'malformed'),
    vector('R-20', 'arrays nested a thousand deep', textOfBytes(new Uint8Array(1000).fill(0x81)), 'malformed'),
    vector('R-20', 'tags nested a thousand deep', textOfBytes(new Uint8Array(1000).fill(0xd2)), 'malformed'),
    vector('R-20', 'a length that no memory holds', textOfBytes(head(2, 2 ** 52)), 'malformed'),
    wrong('R-20', 'a byte behind the header of P', {
      p: { protectedBytes: (bytes) => concat(bytes, Uint8Array.of(0)) },
    }),
    wrong('R-20', 'a byte behind the claims of T', { t: { payload: (bytes) => concat(bytes, Uint8Array.of(0)) } }),
    wrong('R-20', 'a byte behind the claims of D', { d: { payload: (bytes) => concat(bytes, Uint8Array.of(0)) } }),

    wrong('R-21', 'a moment in eight bytes', drawn(head(0, NOON_S, 8))),
    wrong('R-21', 'a small number in one byte more', limit(0, head(0, 1, 1))),
    wrong('R-21', 'a small number in eight bytes', limit(0, head(0, 1, 8))),
    wrong('R-21', 'a length of bytes in two bytes', {
      t: { claims: { 7: concat(head(2, 16, 1), tokenId(1)) } },
    }),
    wrong('R-21', 'a length of text in two bytes', {
      t: { claims: { 3: concat(head(3, AUDIENCE.length, 1), new TextEncoder().encode(AUDIENCE)) } },
    }),
    wrong('R-21', 'a count of pairs in two bytes', {
      p: { payload: (bytes) => concat(head(5, 1, 1), bytes.slice(1)) },
    }),
    wrong('R-21', 'a count of items in two bytes', {
      p: { outer: outer((items) => tag(18, concat(head(4, 4, 1), ...items))) },
    }),
    wrong('R-21', 'the tag in two bytes more than it needs', {
      p: { outer: outer((items) => concat(head(6, 18, 2), array(...items))) },
    }),
    wrong('R-21', 'the tag of the carried token in one byte more', {
      inT: (token) => concat(head(6, 18, 1), token.slice(1)),
    }),
    wrong('R-21', 'a negative key in more bytes than it needs', {
      d: {
        payload: () =>
          mapAsGiven([
            [int(3), tstr(AUDIENCE)],
            [int(4), int(NOON_S + 30 * 86_400)],
            [int(5), int(NOON_S - 86_400)],
            [int(7), bstr(DELEGATION_ID)],
            [int(8), cnf(keys.carrier)],
            [head(1, 65_536, 8), mapOf(limitFields({}))],
          ]),
      },
    }),
    wrong('R-21', 'a head with reserved bits', drawn(Uint8Array.of(0x1c))),

    wrong('R-22', 'an array of indefinite length', {
      p: { outer: outer((items) => tag(18, concat(Uint8Array.of(0x9f), ...items, Uint8Array.of(0xff)))) },
    }),
    wrong('R-22', 'a map of indefinite length', {
      p: { payload: (bytes) => concat(Uint8Array.of(0xbf), bytes.slice(1), Uint8Array.of(0xff)) },
    }),
    wrong('R-22', 'bytes of indefinite length', {
      t: { claims: { 7: concat(Uint8Array.of(0x5f), bstr(tokenId(1)), Uint8Array.of(0xff)) } },
    }),
    wrong('R-22', 'text of indefinite length', {
      t: { claims: { 3: concat(Uint8Array.of(0x7f), tstr(AUDIENCE), Uint8Array.of(0xff)) } },
    }),

    wrong('R-23', 'limits out of order', {
      d: { claims: { [OURS]: mapAsGiven([...limitPairs].reverse()) } },
    }),
    wrong('R-23', 'the key id before the algorithm', {
      d: {
        protectedBytes: () =>
          mapAsGiven([
            [int(4), bstr(kidOf(keys.owner))],
            [int(1), int(-19)],
          ]),
      },
    }),
    wrong('R-23', "the confirmed key's fields by value, not by bytes", {
      t: {
        claims: {
          8: mapOf({
            1: mapAsGiven([
              [int(-2), bstr(keys.courier)],
              [int(-1), int(6)],
              [int(1), int(1)],
            ]),
          }),
        },
      },
    }),
    wrong('R-23', 'our claim first, as the shortest would be last', {
      t: {
        payload: () =>
          mapAsGiven([
            [int(OURS), mapOf({ 1: int(1) })],
            [int(3), tstr(AUDIENCE)],
            [int(4), int(NOON_S + 3600)],
            [int(5), int(NOON_S - 600)],
            [int(6), int(NOON_S - 600)],
            [int(7), bstr(tokenId(1))],
            [int(8), cnf(keys.courier)],
          ]),
      },
    }),

    wrong('R-24', 'the moment twice', {
      p: {
        payload: () =>
          mapAsGiven([
            [int(6), int(NOON_S)],
            [int(6), int(NOON_S)],
          ]),
      },
    }),
    wrong('R-24', 'two moments', {
      p: {
        payload: () =>
          mapAsGiven([
            [int(6), int(NOON_S - 3600)],
            [int(6), int(NOON_S)],
          ]),
      },
    }),
    wrong('R-24', 'the algorithm twice', {
      d: {
        protectedBytes: () =>
          mapAsGiven([
            [int(1), int(-19)],
            [int(1), int(-19)],
            [int(4), bstr(kidOf(keys.owner))],
          ]),
      },
    }),
    wrong('R-24', 'a limit twice', {
      d: { claims: { [OURS]: mapAsGiven([...limitPairs.slice(0, 3), [int(2), int(86_400)], ...limitPairs.slice(3)]) } },
    }),

    wrong('R-25', 'a number as a float of half precision', limit(0, ONE_AS_FLOAT)),
    wrong('R-25', 'a number as a float of double precision', drawn(doubleOf(NOON_S))),
    wrong('R-25', 'a number that is not whole', drawn(doubleOf(NOON_S + 0.5))),
    wrong('R-25', 'not-a-number', drawn(Uint8Array.of(0xf9, 0x7e, 0x00))),
    wrong('R-25', 'infinity', drawn(Uint8Array.of(0xf9, 0x7c, 0x00))),
    wrong('R-25', 'true for 1', limit(0, TRUE)),
    wrong('R-25', 'false for 0', limit(0, Uint8Array.of(0xf4))),
    wrong('R-25', 'null', drawn(Uint8Array.of(0xf6))),
    wrong('R-25', 'undefined', drawn(Uint8Array.of(0xf7))),
    wrong('R-25', 'a simple value', drawn(Uint8Array.of(0xe0))),
    wrong('R-25', 'true as the value of the action', {
      t: { claims: { [OURS]: map([[int(1), TRUE]]) } },
    }),
    wrong('R-25', 'true as the key of the action', {
      t: { claims: { [OURS]: map([[TRUE, int(1)]]) } },
    }),
    wrong('R-25', '1.0 as the key of the action', {
      t: { claims: { [OURS]: map([[ONE_AS_FLOAT, int(1)]]) } },
    }),
    wrong('R-25', 'text as the key of the action', {
      t: { claims: { [OURS]: map([[tstr('1'), int(1)]]) } },
    }),
    wrong('R-25', 'a moment with the tag of a date', drawn(tag(1, int(NOON_S)))),
    wrong('R-25', 'a big number that would fit', drawn(tag(2, bstr(Uint8Array.of(1))))),
    wrong('R-25', 'the tag of self-described CBOR', {
      p: { outer: outer((items) => tag(55_799, tag(18, array(...items)))) },
    }),
    wrong('R-25', 'text for bytes', { t: { claims: { 7: tstr('0123456789abcdef') } } }),
    wrong('R-25', 'bytes for text', { t: { claims: { 3: bstr(new TextEncoder().encode(AUDIENCE)) } } }),
    vector('R-26', 'ninety-five items, nested four deep', textOf({ limits: { hours: rows(16) } }), null),
    wrong('R-26', 'four items more', { limits: { hours: rows(17) } }),
    wrong('R-26', 'an array one deeper', {
      d: { claims: { [OURS]: mapOf({ ...limitFields({}), 4: array(array(int(127), array(int(0)), int(1440))) }) } },
    }),
    wrong('R-26', 'an empty map one deeper', {
      d: { claims: { [OURS]: mapOf({ ...limitFields({}), 4: array(array(int(127), map([]), int(1440))) }) } },
    }),
    wrong('R-26', 'a tag one deeper', {
      d: { claims: { [OURS]: mapOf({ ...limitFields({}), 4: array(array(int(127), tag(18, int(0)), int(1440))) }) } },
    }),
    vector('R-26', 'as many numbers as fit', textOfBytes(concat(head(4, 1000), new Uint8Array(1000))), 'malformed'),

    wrong('R-25', 'text that is not UTF-8', {
      t: { claims: { 3: concat(head(3, AUDIENCE.length), Uint8Array.of(0xff), utf8(AUDIENCE).slice(1)) } },
    }),
    wrong('R-25', 'a byte order mark before the text', { t: { claims: { 3: tstr(`\ufeff${AUDIENCE}`) } } }),
  ];
}

const rows = (count: number) => Array.from({ length: count }, () => [127, 0, 1440] as const);

/** 23, 24, 255, 256, 65535, 65536 and 2^32 in their shortest forms. */
const lengths = (): ChainChange => ({
  limits: {
    epoch: 65_535,
    windowS: 2 ** 32,
    usesPerDay: 65_536,
    hours: [
      [127, 23, 24],
      [127, 255, 256],
      [127, 0, 1440],
    ],
  },
});

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function doubleOf(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}
