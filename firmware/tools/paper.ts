/**
 * A seed on paper: letters to be written down and typed back years later by somebody who is locked
 * out. Bech32m (BIP 350) was made for that: 32 characters without the look-alikes 1, b, i and o,
 * and a BCH checksum that catches every error of up to four characters, so surely any one wrong
 * character and any two that changed places.
 */
import { concat, SEED_BYTES } from '../../protocol/index.ts';

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
/** The human-readable part: `lskey`, and the separator 1. */
const PREFIX = 'lskey1';
/** 256 bits are 51.2 characters, and the checksum is six. */
const DATA_CHARS = 52;
const CHECKSUM_CHARS = 6;
const CHARS = PREFIX.length + DATA_CHARS + CHECKSUM_CHARS;
const GROUP = 4;
const BECH32M = 0x2bc830a3;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

/** What may stand between the characters, however it was written down. */
const strip = (text: string): string => text.replace(/[\s-]/g, '').toLowerCase();

/** Whether everything has been typed that a paper key has. */
export const isWholePaperKey = (text: string): boolean => strip(text).length >= CHARS;

/** `lskey1 xxxx xxxx …`, 58 characters in groups of four. */
export function toPaper(seed: Uint8Array): string {
  const values = regroup([...seed], 8, 5, true);
  const checksum = checksumOf(PREFIX.slice(0, -1), values);
  const letters = [...values, ...checksum].map((value) => CHARSET[value]).join('');
  return [PREFIX, ...(letters.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [])].join(' ');
}

/** The seed of a paper key, or one sentence about what is wrong with it. */
export function fromPaper(text: string): Uint8Array | string {
  const typed = strip(text);
  if (!typed.startsWith(PREFIX)) return `a paper key begins ${PREFIX}`;
  if (typed.length !== CHARS) return `a paper key has ${CHARS} characters, this one ${typed.length}`;
  const values: number[] = [];
  for (const letter of typed.slice(PREFIX.length)) {
    const value = CHARSET.indexOf(letter);
    if (value < 0) return `the character ${JSON.stringify(letter)} is in no paper key`;
    values.push(value);
  }
  if (!isBech32m(PREFIX.slice(0, -1), values)) return 'a character is wrong: the checksum does not match';
  const data = values.slice(0, DATA_CHARS);
  const bytes = regroup(data, 5, 8, false);
  const seed = concat(Uint8Array.from(bytes)).slice(0, SEED_BYTES);
  // The last character has four bits to spare; only zeros there make one seed have one spelling.
  const last = data[DATA_CHARS - 1] ?? 0;
  return (last & 0x0f) === 0 ? seed : 'it is not a paper key: it has bits where none belong';
}

/** Whether these values, checksum included, are Bech32m under this human-readable part. */
export const isBech32m = (hrp: string, values: readonly number[]): boolean =>
  polymod([...expand(hrp), ...values]) === BECH32M;

function checksumOf(hrp: string, values: readonly number[]): number[] {
  const rest = polymod([...expand(hrp), ...values, ...new Array<number>(CHECKSUM_CHARS).fill(0)]) ^ BECH32M;
  return Array.from({ length: CHECKSUM_CHARS }, (_, i) => (rest >>> (5 * (CHECKSUM_CHARS - 1 - i))) & 31);
}

function expand(hrp: string): number[] {
  const codes = [...hrp].map((letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((term, bit) => {
      if ((top >>> bit) & 1) sum ^= term;
    });
  }
  return sum >>> 0;
}

/** Numbers of `from` bits as numbers of `to` bits; bits left over are filled up with zeros, or dropped. */
function regroup(values: readonly number[], from: number, to: number, fill: boolean): number[] {
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  for (const value of values) {
    held = ((held << from) | value) & 0xfff;
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((held >>> bits) & ((1 << to) - 1));
    }
  }
  if (fill && bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1));
  return out;
}
