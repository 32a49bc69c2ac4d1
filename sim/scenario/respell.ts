/** Other spellings of a code, such as a lenient reader would take for the very same one. */
import { concat, fromText, toText } from '../../protocol/index.ts';

/** The order of edwards25519's group (RFC 8032 §5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Texts that differ from the given one, and mean the same to whoever is not strict. */
export function respellings(text: string): readonly string[] {
  const read = fromText(text);
  if (!read.ok) return [];
  const bytes = read.value;
  // Tag 18 in one byte, then an array of four: each head can be written longer (RFC 8949 §3).
  const longTag = concat(Uint8Array.of(0xd8, 0x12), bytes.subarray(1));
  const longArray = concat(bytes.subarray(0, 1), Uint8Array.of(0x98, 0x04), bytes.subarray(2));
  const more = concat(bytes, Uint8Array.of(0));
  return [...[1n, 2n, 8n].map((times) => toText(plusOrder(bytes, times))), toText(longTag), toText(longArray)].concat(
    toText(more),
    text.toLowerCase(),
    ` ${text}`,
    `${text} `,
  );
}

/** The signature's S, its last 32 bytes, with a multiple of the order added: the same scalar, in another spelling. */
function plusOrder(bytes: Uint8Array, times: bigint): Uint8Array {
  const from = bytes.length - 32;
  let s = 0n;
  for (let i = bytes.length - 1; i >= from; i--) s = (s << 8n) | BigInt(bytes[i] as number);
  s += times * L;
  const changed = bytes.slice();
  for (let i = from; i < bytes.length; i++) {
    changed[i] = Number(s & 0xffn);
    s >>= 8n;
  }
  return changed;
}
