/**
 * Records of a journal in the bytes that go to a disk, found by what they look like: a checker does not ask the
 * firmware's own reader, which may be what is wrong.
 */

/** Records of one type. Their JSON stands in the file as text, without line ends, one behind the other. */
export function recordsIn(bytes: Uint8Array, type: string): readonly Readonly<Record<string, unknown>>[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = `"type":"${type}"`;
  if (!buffer.includes(mark)) return [];
  const text = buffer.toString('latin1');
  const found: Readonly<Record<string, unknown>>[] = [];
  for (const { index } of text.matchAll(BEGINNING)) {
    const to = endOf(text, index);
    if (to === undefined) continue;
    const record = JSON.parse(text.slice(index, to)) as Readonly<Record<string, unknown>>;
    if (record.type === type) found.push(record);
  }
  return found;
}

/** How a record begins: with its type, or with the visit that its event ends. */
const BEGINNING = /\{"(?:type|ends)":/g;

/** Behind the brace that closes the one at `from`; braces within strings do not count. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}
