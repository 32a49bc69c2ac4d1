/** Longest detail of a refusal or a fault in an event, so that a record fits into one sector. */
const DETAIL_CHARS_MAX = 100;

/** One byte for each character, quoted or not: a record has to fit into a sector whatever a system's error says. */
export function clip(detail: string): string {
  const plain = detail.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?');
  return plain.length <= DETAIL_CHARS_MAX ? plain : `${plain.slice(0, DETAIL_CHARS_MAX - 3)}...`;
}
