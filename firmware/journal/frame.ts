/**
 * Frames of the journal file, and what may be believed of them after a power cut.
 *
 *     ┌──────────┬──────────┬────────────┬──────────────┬────────────────────┐
 *     │ sequence │ length   │ crc of     │ body         │ crc of header      │   big-endian, CRC-32
 *     │ 4 bytes  │ 4 bytes  │ both, 4    │ length bytes │ and body, 4        │   (ISO 3309)
 *     └──────────┴──────────┴────────────┴──────────────┴────────────────────┘
 *
 * A disk writes whole sectors of 512 bytes. A frame that fits into one never lies across two (zeros
 * fill the rest of a sector), and the frames of only one sector are written between two syncs: so a
 * power cut leaves the last write whole, or not at all, or cut short where the file ends.
 *
 * That is what makes a damaged file tellable from an interrupted append. Interrupted: the file ends
 * inside a header, or inside a frame whose header checks; or there are zeros up to the end. Anything
 * else is damage, and then no reading may guess: a spend may be what is missing.
 */
import { crc32 } from 'node:zlib';
import { concat } from '../../protocol/index.ts';

export const SECTOR_BYTES = 512;
const HEADER_BYTES = 12;
const TRAILER_BYTES = 4;

/** Longest body that still fits into one sector. */
export const BODY_BYTES_MAX = SECTOR_BYTES - HEADER_BYTES - TRAILER_BYTES;

/** One frame's bytes. Asserts the bounds: records are made here, not outside. */
export function encodeFrame(sequence: number, body: Uint8Array): Uint8Array {
  if (body.length === 0 || body.length > BODY_BYTES_MAX) throw new Error(`a record of ${body.length} bytes`);
  const frame = new Uint8Array(HEADER_BYTES + body.length + TRAILER_BYTES);
  const view = new DataView(frame.buffer);
  view.setUint32(0, sequence);
  view.setUint32(4, body.length);
  view.setUint32(8, crc32(frame.subarray(0, 8)));
  frame.set(body, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + body.length, crc32(frame.subarray(0, HEADER_BYTES + body.length)));
  return frame;
}

/** A whole file of these bodies, numbered from 0. */
export function encodeFile(bodies: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [sequence, body] of bodies.entries()) {
    const frame = encodeFrame(sequence, body);
    const padding = paddingBefore(end, frame.length);
    parts.push(new Uint8Array(padding), frame);
    end += padding + frame.length;
  }
  return concat(...parts);
}

/** Zeros to write before a frame of this size, so that it does not lie across two sectors. */
export function paddingBefore(offset: number, frameBytes: number): number {
  const left = SECTOR_BYTES - (offset % SECTOR_BYTES);
  return frameBytes <= left ? 0 : left;
}

export type Reading =
  /** `end` is where the next frame goes; what came behind it was an interrupted append, of `cutBytes`. */
  | {
      readonly kind: 'sound';
      readonly bodies: readonly Uint8Array[];
      readonly end: number;
      readonly cutBytes: number;
    }
  | { readonly kind: 'damaged'; readonly at: number; readonly why: string };

/** Reads a whole file of frames, numbered from 0. */
export function readFrames(file: Uint8Array): Reading {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const bodies: Uint8Array[] = [];
  let at = 0;
  const damaged = (why: string): Reading => ({ kind: 'damaged', at, why });
  const cut = (): Reading => ({ kind: 'sound', bodies, end: at, cutBytes: file.length - at });
  while (at < file.length) {
    if (isZero(file, at, file.length)) return cut();
    if (file.length - at < HEADER_BYTES) return cut();
    if (crc32(file.subarray(at, at + 8)) !== view.getUint32(at + 8)) {
      const sectorEnd = at - (at % SECTOR_BYTES) + SECTOR_BYTES;
      if (at % SECTOR_BYTES === 0 || !isZero(file, at, sectorEnd)) return damaged('a frame header does not check');
      at = sectorEnd;
      continue;
    }
    const length = view.getUint32(at + 4);
    if (view.getUint32(at) !== bodies.length) return damaged(`frame ${bodies.length} is missing`);
    if (length === 0 || length > BODY_BYTES_MAX) return damaged('a frame is longer than any record');
    const bodyEnd = at + HEADER_BYTES + length;
    if (bodyEnd + TRAILER_BYTES > file.length) return cut();
    if (crc32(file.subarray(at, bodyEnd)) !== view.getUint32(bodyEnd)) return damaged('a frame does not check');
    bodies.push(file.subarray(at + HEADER_BYTES, bodyEnd));
    at = bodyEnd + TRAILER_BYTES;
  }
  return cut();
}

function isZero(file: Uint8Array, from: number, until: number): boolean {
  for (let i = from; i < until && i < file.length; i++) if (file[i] !== 0) return false;
  return true;
}
