/**
 * Other spellings of a CBOR value: what a lenient reader would take for the very same value. Made
 * by hand from the heads of RFC 8949 §3, and knowing nothing of the code under test.
 */
import { concat } from '../../protocol/index.ts';
import { head } from '../protocol/vectors/raw.ts';

export interface Respelling {
  readonly what: string;
  readonly bytes: Uint8Array;
}

interface Item {
  readonly major: number;
  readonly value: number;
  /** Where its head begins and ends, and where the whole item does. */
  readonly from: number;
  readonly body: number;
  readonly to: number;
  readonly children: readonly Item[];
}

const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const BREAK = Uint8Array.of(0xff);

/** One item of deterministic CBOR with all that is in it; what stands inside of byte strings is not looked into. */
function itemAt(bytes: Uint8Array, from: number): Item {
  const first = bytes[from] ?? 0;
  const [major, short] = [first >> 5, first & 31];
  const width = short < 24 ? 0 : 1 << (short - 24);
  const body = from + 1 + width;
  let value = width === 0 ? short : 0;
  for (let i = from + 1; i < body; i++) value = value * 256 + (bytes[i] ?? 0);
  const children: Item[] = [];
  let to = major === BYTES || major === TEXT ? body + value : body;
  const count = major === ARRAY ? value : major === MAP ? 2 * value : major === TAG ? 1 : 0;
  for (let i = 0; i < count; i++) {
    const child = itemAt(bytes, to);
    children.push(child);
    to = child.to;
  }
  return { major, value, from, body, to, children };
}

const within = (item: Item): readonly Item[] => [item, ...item.children.flatMap(within)];

/** Every spelling that differs in one place: a longer head, an indefinite length, two pairs of a map in the other order. */
export function respellings(bytes: Uint8Array): readonly Respelling[] {
  const put = (from: number, to: number, ...parts: readonly Uint8Array[]): Uint8Array =>
    concat(bytes.subarray(0, from), ...parts, bytes.subarray(to));
  return within(itemAt(bytes, 0)).flatMap((item) => {
    const { major, value, from, body, to, children } = item;
    const made: Respelling[] = [];
    for (const width of [1, 2, 4, 8] as const) {
      if (width <= body - from - 1) continue;
      made.push({ what: `byte ${from}: a head of ${width} more`, bytes: put(from, body, head(major, value, width)) });
    }
    if (major >= BYTES && major <= MAP) {
      const open = Uint8Array.of((major << 5) | 31);
      const inside = bytes.subarray(body, to);
      const chunk = major === BYTES || major === TEXT ? concat(head(major, value), inside) : inside;
      made.push({ what: `byte ${from}: an indefinite length`, bytes: put(from, to, open, chunk, BREAK) });
    }
    for (let i = 0; major === MAP && i + 3 < children.length; i += 2) {
      const [a, , b, end] = children.slice(i, i + 4);
      if (a === undefined || b === undefined || end === undefined) continue;
      const swapped = [bytes.subarray(b.from, end.to), bytes.subarray(a.from, b.from)];
      made.push({ what: `byte ${a.from}: two pairs swapped`, bytes: put(a.from, end.to, ...swapped) });
    }
    return made;
  });
}
