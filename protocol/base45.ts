/**
 * Base45 (RFC 9285): two bytes become three characters that a QR code stores in its dense
 * alphanumeric mode. Strict: every byte string has one spelling, and only that one is decoded.
 */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUE[ALPHABET.charCodeAt(i)] = i;

export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let n = pair ? (bytes[i] as number) * 256 + (bytes[i + 1] as number) : (bytes[i] as number);
    for (let c = 0; c < (pair ? 3 : 2); c++) {
      text += ALPHABET[n % 45];
      n = Math.floor(n / 45);
    }
  }
  return text;
}

/** The bytes, or undefined: a character outside the alphabet, a lone one, or a group past its bytes (RFC 9285 §4.2). */
export function decodeBase45(text: string): Uint8Array | undefined {
  if (text.length % 3 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0));
  let at = 0;
  for (let i = 0; i < text.length; i += 3) {
    const size = Math.min(3, text.length - i);
    let n = 0;
    for (let c = size - 1; c >= 0; c--) {
      const value = VALUE[text.charCodeAt(i + c)] ?? -1;
      if (value < 0) return undefined;
      n = n * 45 + value;
    }
    if (n > (size === 3 ? 0xffff : 0xff)) return undefined;
    if (size === 3) bytes[at++] = n >> 8;
    bytes[at++] = n & 0xff;
  }
  return bytes;
}
