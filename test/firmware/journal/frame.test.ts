import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BODY_BYTES_MAX,
  encodeFrame,
  paddingBefore,
  readFrames,
  SECTOR_BYTES,
} from '../../../firmware/journal/frame.ts';
import { concat } from '../../../protocol/index.ts';

/** A file of frames, laid out as the journal lays them out, and where each one ends. */
function fileOf(bodies: readonly Uint8Array[]): { file: Uint8Array; ends: readonly number[] } {
  let file: Uint8Array = new Uint8Array();
  const ends: number[] = [];
  for (const [sequence, body] of bodies.entries()) {
    const frame = encodeFrame(sequence, body);
    file = concat(file, new Uint8Array(paddingBefore(file.length, frame.length)), frame);
    ends.push(file.length);
  }
  return { file, ends };
}

const bodies = [40, 120, 200, 300, 90, 496, 30].map((length, i) => new Uint8Array(length).fill(i + 1));
const { file, ends } = fileOf(bodies);
const whole = (upTo: number): readonly Uint8Array[] => bodies.filter((_body, i) => (ends[i] ?? 0) <= upTo);

describe('frames', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: BODY_BYTES_MAX }), { maxLength: 12 }), (some) => {
        const written = fileOf(some).file;
        expect(readFrames(written)).toEqual({ kind: 'sound', bodies: some, end: written.length, cutBytes: 0 });
      }),
    );
  });

  it('never lie across two sectors', () => {
    for (const [i, end] of ends.entries()) {
      const start = end - (bodies[i]?.length ?? 0) - 16;
      expect(Math.floor(start / SECTOR_BYTES)).toBe(Math.floor((end - 1) / SECTOR_BYTES));
    }
  });

  it('are all there up to the place where a file was cut off, wherever that was', () => {
    for (let length = 0; length <= file.length; length++) {
      const reading = readFrames(file.subarray(0, length));
      expect(reading.kind).toBe('sound');
      if (reading.kind === 'sound') expect(reading.bodies).toEqual(whole(length));
    }
  });

  it('are all there before zeros up to the end', () => {
    for (const end of ends) {
      const reading = readFrames(concat(file.subarray(0, end), new Uint8Array(700)));
      expect(reading).toMatchObject({ kind: 'sound', end, cutBytes: 700 });
    }
  });

  it('are damaged, and nothing is believed, when any one bit is turned', () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      const turned = file.slice();
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readFrames(turned).kind).toBe('damaged');
    }
  });

  it('are damaged when one is missing, doubled, or in another place', () => {
    const frames = bodies.map((body, i) => encodeFrame(i, body));
    const [first, second, third] = frames.map((frame) => concat(frame, new Uint8Array(SECTOR_BYTES - frame.length)));
    if (first === undefined || second === undefined || third === undefined) throw new Error('three frames');
    expect(readFrames(concat(first, second, third)).kind).toBe('sound');
    expect(readFrames(concat(first, third)).kind).toBe('damaged');
    expect(readFrames(concat(first, second, second)).kind).toBe('damaged');
    expect(readFrames(concat(second, first)).kind).toBe('damaged');
  });

  it('are damaged when a whole sector in the middle is gone', () => {
    const hole = file.slice();
    hole.fill(0, SECTOR_BYTES, 2 * SECTOR_BYTES);
    expect(readFrames(hole).kind).toBe('damaged');
  });

  it('do not take a body longer than a sector, or none', () => {
    expect(() => encodeFrame(0, new Uint8Array(BODY_BYTES_MAX + 1))).toThrow();
    expect(() => encodeFrame(0, new Uint8Array())).toThrow();
  });
});
