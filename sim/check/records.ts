/**
 * Records of a journal in the bytes that go to a disk, found by what they look like: a checker does not ask the
 * firmware's own reader, which may be what is wrong.
 */

export type FoundRecord = Readonly<Record<string, unknown>>;

/** A frame's header before the record: number, length, checksum; four bytes each (firmware/DESIGN.md). */
const HEADER_BYTES = 12;
const LENGTH_AT = 4;

/** How a record begins: with its type, or with the visit that its event ends. */
const BEGINNING = /\{"(?:type|ends)":/g;

/** Records of these types, in the order in which they stand there. */
export function recordsIn(bytes: Uint8Array, types: readonly string[]): readonly FoundRecord[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marks = types.map((type) => `"type":"${type}"`);
  if (!marks.some((mark) => buffer.includes(mark))) return [];
  const found: FoundRecord[] = [];
  for (const { index } of buffer.toString('latin1').matchAll(BEGINNING)) {
    const headerAt = index - HEADER_BYTES;
    if (headerAt < 0) continue;
    const text = buffer.toString('utf8', index, index + buffer.readUInt32BE(headerAt + LENGTH_AT));
    if (!marks.some((mark) => text.includes(mark))) continue;
    const record = JSON.parse(text) as FoundRecord;
    if (types.includes(String(record.type))) found.push(record);
  }
  return found;
}
