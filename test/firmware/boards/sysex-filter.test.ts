import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { johnnyFive } from '../../../firmware/boards/johnny-five.ts';
import { Link } from '../../../firmware/boards/link.ts';
import { SYSEX_BYTES_MAX, sysexFilter } from '../../../firmware/boards/sysex-filter.ts';

const VERSION = [0xf9, 2, 5];
const FIRMWARE = [0xf0, 0x79, 2, 5, 0x53, 0, 0xf7];
const TWO_PINS = [0xf0, 0x6c, 0x00, 1, 0x0b, 1, 0x7f, 0x7f, 0xf7];
const MAPPING = [0xf0, 0x6a, 0x7f, 0x7f, 0xf7];
const PIN_STATE = [0xf0, 0x6e, 1, 0, 0, 0xf7];
const PORT = [0x90, 0x04, 0x01];
const GOOD = [VERSION, FIRMWARE, TWO_PINS, MAPPING, PIN_STATE, PORT];

function through(...chunks: readonly (readonly number[])[]): number[][] {
  const filter = sysexFilter();
  return chunks.flatMap((chunk) => filter.push(Uint8Array.from(chunk)).map((message) => [...message]));
}

describe('the filter', () => {
  test('passes the words of a good board, however they are cut into reads', () => {
    const whole = GOOD.flat();
    expect(through(whole)).toEqual(GOOD);
    expect(through(...whole.map((byte) => [byte]))).toEqual(GOOD);
  });

  test.each([
    ['a firmware report without its version', [0xf0, 0x79, 2, 0xf7]],
    ['a firmware report with half a letter', [0xf0, 0x79, 2, 5, 0x53, 0xf7]],
    ['capabilities that end within a pin', [0xf0, 0x6c, 0x00, 1, 0xf7]],
    ['capabilities of no pin', [0xf0, 0x6c, 0xf7]],
    ['capabilities of too many pins', [0xf0, 0x6c, ...new Array(129).fill(0x7f), 0xf7]],
    ['a mapping for a pin that there is not', [0xf0, 0x6a, 0x7f, 0x7f, 0x7f, 0xf7]],
    ['the state of a pin that there is not', [0xf0, 0x6e, 2, 0, 0, 0xf7]],
    ['the state of a pin without its mode', [0xf0, 0x6e, 1, 0xf7]],
    ['a string', [0xf0, 0x71, 0x41, 0, 0xf7]],
    ['an empty sysex', [0xf0, 0xf7]],
    ['an analog value', [0xe0, 1, 1]],
    ['a lone end', [0xf7]],
    ['a system reset', [0xff]],
    ['noise below 0x80', [1, 2, 3]],
  ])('drops %s and goes on behind it', (_, bad) => {
    expect(through(VERSION, TWO_PINS, bad, PORT)).toEqual([VERSION, TWO_PINS, PORT]);
  });

  test('passes the values of an analog pin that was asked for, and of no other', () => {
    const filter = sysexFilter([1]);
    const messages = filter.push(Uint8Array.from([0xe1, 5, 6, 0xe0, 1, 1, 0xe1, 7, 8]));
    expect(messages.map((message) => [...message])).toEqual([
      [0xe1, 5, 6],
      [0xe1, 7, 8],
    ]);
    expect(filter.droppedBytes).toBe(3);
  });

  test('drops every sysex before the first version, since firmata-io is deaf to it', () => {
    expect(through(TWO_PINS, MAPPING, VERSION, MAPPING)).toEqual([VERSION]);
  });

  test('goes on at a message that cuts another off', () => {
    expect(through(VERSION, [0xf0, 0x79, 2], PORT, [0x91, 1], PORT)).toEqual([VERSION, PORT, PORT]);
  });

  test('keeps nothing of a sysex without an end beyond its bound', () => {
    const filter = sysexFilter();
    filter.push(Uint8Array.from([0xf0, 0x6c]));
    const chunk = new Uint8Array(64 * 1024).fill(1);
    for (let i = 0; i < 16; i++) expect(filter.push(chunk)).toEqual([]);
    expect(filter.droppedBytes).toBeGreaterThan(16 * chunk.length - SYSEX_BYTES_MAX);
    expect(filter.push(Uint8Array.from(VERSION))).toHaveLength(1);
  });
});

/** Bytes that look like Firmata often enough to get somewhere. */
const wordish = fc.oneof(
  fc.constantFrom(...GOOD),
  fc.array(fc.constantFrom(0xf0, 0xf7, 0x79, 0x6c, 0x6a, 0x6e, 0xf9, 0x90, 0x00, 0x01, 0x7f, 0xff), { maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
);

test('whatever the wire says, firmata-io behind the filter neither throws nor keeps it', () => {
  fc.assert(
    fc.property(fc.array(wordish, { maxLength: 30 }), (chunks) => {
      const failures: string[] = [];
      const silent = { on: () => undefined, write: () => undefined, close: async () => undefined };
      const link = new Link(silent, { lost: (reason) => failures.push(reason), note: () => undefined });
      const live = johnnyFive(link, { ready: () => undefined, reset: () => undefined, failed: () => undefined });
      const filter = sysexFilter();
      try {
        for (const chunk of chunks) {
          for (const message of filter.push(Uint8Array.from(chunk))) {
            link.emit('data', message);
            expect(live.board.io).toHaveProperty('buffer', []);
          }
        }
      } finally {
        live.dispose();
      }
      expect(failures).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
