/** base64url without padding (RFC 4648 §5), strict: one text for each sequence of bytes. Ours, since no browser and Node share one. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** What each ASCII character counts as; −1 for one that is no digit. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)));

export function encodeBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const characters = Math.min(bytes.length - i, 3) + 1;
    for (let at = 0; at < characters; at++) text += DIGITS[(group >> (18 - 6 * at)) & 63];
  }
  return text;
}

/** The bytes that this text spells, or undefined: another alphabet, padding, a lone character, bits that say nothing. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  for (let i = 0, to = 0; i < text.length; i += 4) {
    let group = 0;
    for (let at = 0; at < 4; at++) {
      const digit = i + at < text.length ? (VALUES[text.charCodeAt(i + at)] ?? -1) : 0;
      if (digit < 0) return undefined;
      group = (group << 6) | digit;
    }
    for (let shift = 16; shift >= 0 && to < bytes.length; shift -= 8) bytes[to++] = (group >> shift) & 255;
  }
  return encodeBase64url(bytes) === text ? bytes : undefined;
}
