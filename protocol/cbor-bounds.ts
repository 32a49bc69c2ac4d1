/**
 * What CBOR may cost before anybody believes it: a thousand bytes can nest a thousand arrays, and a
 * decoder pays for each. So the heads alone are walked first (RFC 8949 §3): one loop, no recursion,
 * nothing built. It counts how deep and how many, and leaves everything else to whoever decodes.
 */
import { CBOR_ITEMS_MAX, CBOR_NESTING_MAX } from './limits.ts';

const MAJOR = { bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;

/** Whether these bytes are one complete data item of definite lengths, within both bounds, and nothing behind it. */
export function withinBounds(bytes: Uint8Array): boolean {
  /** How many items are still to come in each array, map and tag around the next one. */
  const open: number[] = [];
  let at = 0;
  for (let items = 1; items <= CBOR_ITEMS_MAX; items++) {
    const first = bytes[at];
    if (first === undefined) return false;
    const major = first >> 5;
    const info = first & 31;
    // 28 to 30 are reserved, 31 is an indefinite length.
    if (info > 27) return false;
    const size = info < 24 ? 0 : 1 << (info - 24);
    if (at + 1 + size > bytes.length) return false;
    let argument = size === 0 ? info : 0;
    for (let i = 1; i <= size; i++) argument = argument * 256 + (bytes[at + i] ?? 0);
    at += 1 + size;
    if (major === MAJOR.bytes || major === MAJOR.text) at += argument;
    if (at > bytes.length) return false;
    if (major === MAJOR.array || major === MAJOR.map || major === MAJOR.tag) {
      if (open.length === CBOR_NESTING_MAX) return false;
      open.push(major === MAJOR.array ? argument : major === MAJOR.map ? 2 * argument : 1);
    }
    while (open.at(-1) === 0) open.pop();
    const innermost = open.length - 1;
    if (innermost < 0) return at === bytes.length;
    open[innermost] = (open[innermost] ?? 0) - 1;
  }
  return false;
}
