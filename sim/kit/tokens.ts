/** Tokens as a test has them: asked for, signed with the carrier's key, and as text that a lock's reader can be shown. */
import { randomBytes } from 'node:crypto';
import { parseAction } from '../../firmware/tools/arguments.ts';
import { fromArmour, TOKEN_PREFIX, toArmour } from '../../firmware/tools/armour.ts';
import { usage } from '../../firmware/tools/failure.ts';
import { formatTime, parseLength, parseTime } from '../../firmware/tools/times.ts';
import {
  type Action,
  fromHex,
  isSoundKey,
  KEY_BYTES,
  readToken,
  TOKEN_ID_BYTES,
  toHex,
  toWallS,
  type WallS,
  wallMs,
  wallS,
} from '../../protocol/index.ts';
import type { House } from '../house.ts';
import { checkKeys, houseError, inShort, inWords } from './house-error.ts';

/** A moment: a Date, or words as the command line takes them: `now`, `+4h`, `-1h` (s m h d w), ISO 8601 with a zone. */
export type Moment = Date | string;

export interface TokenRequest {
  /** Public key of the phone that may show it: 32 bytes, or 64 hexadecimal digits. Absent: the phone of the house's own courier. */
  readonly for?: Uint8Array | string;
  /** Absent: a minute ago, or an hour before `until` where that has passed. */
  readonly from?: Moment;
  /** Absent: an hour after `from`. */
  readonly until?: Moment;
  /** Absent: what the house's product does: `unlock` a door, `release` a key safe's key, `unlatch` a trunk. */
  readonly action?: Action;
}

export interface Token {
  /** Its identifier, 32 hexadecimal digits: `token_id` in the lock's events. */
  readonly id: string;
  /** `LST1:` and base64url, as `latchstring token` writes it. */
  readonly text: string;
  /** ISO 8601, UTC, as are all times here. */
  readonly from: string;
  readonly until: string;
  readonly action: Action;
  /** Public key of the phone, 64 hexadecimal digits. */
  readonly for: string;
}

const MINUTE_S = 60;
const HOUR_S = 3_600;

/**
 * Signs what was asked for, also where the lock will refuse it: that is what tests are about. Throws an error in words
 * for what no token can say.
 */
export function issueAt(house: House, given: TokenRequest = {}): Token {
  const { for: holder, from, until, action } = checkKeys('issue', given, ['for', 'from', 'until', 'action']);
  const nowS = house.nowS();
  const untilS = until === undefined ? undefined : momentS(until, 'until', nowS);
  const usualS = untilS !== undefined && untilS <= nowS ? untilS - HOUR_S : nowS - MINUTE_S;
  const fromS = from === undefined ? wallS(usualS) : momentS(from, 'from', nowS);
  const endS = untilS ?? wallS(fromS + HOUR_S);
  if (endS <= fromS) {
    throw houseError(
      usage(
        `until ${formatTime(endS)} is not after from ${formatTime(fromS)}`,
        'give a later until, or an earlier from',
      ),
    );
  }
  const does = action === undefined ? house.profile.action : inWords(() => parseAction(String(action), 'action'));
  const phone = holder === undefined ? house.people.keys.courier : publicKeyFrom(holder, 'for');
  const id = new Uint8Array(randomBytes(TOKEN_ID_BYTES));
  const bytes = house.people.issue({ nowS, fromS, untilS: endS, action: does, holder: phone, id });
  return {
    id: toHex(id),
    text: toArmour(TOKEN_PREFIX, bytes),
    from: formatTime(fromS),
    until: formatTime(endS),
    action: does,
    for: toHex(phone),
  };
}

/** The bytes of a token, from the object or its text. Whether a lock would take it is not looked at. */
export function tokenBytes(shown: unknown): Uint8Array {
  const text = textOf(shown);
  const bytes = text === undefined ? undefined : fromArmour(TOKEN_PREFIX, text);
  if (bytes !== undefined && readToken(bytes) !== undefined) return bytes;
  const what = text?.startsWith(TOKEN_PREFIX)
    ? `the token ${inShort(text)} is damaged`
    : `${inShort(shown)} is no token`;
  throw houseError(
    usage(what, 'give what issue() gave, or a text LST1:… of `latchstring token`; scan() shows the reader any text'),
  );
}

/** Its identifier, from a token or from the 32 digits themselves. */
export function tokenIdOf(given: unknown): Uint8Array {
  const digits = typeof given === 'string' && given.length === 2 * TOKEN_ID_BYTES ? fromHex(given) : undefined;
  if (digits !== undefined) return digits;
  const id = readToken(tokenBytes(given))?.id;
  if (id === undefined) throw new Error('a token that was read has no id');
  return id;
}

export function textOf(shown: unknown): string | undefined {
  if (typeof shown === 'string') return shown.trim();
  if (typeof shown !== 'object' || shown === null || !('text' in shown)) return undefined;
  return typeof shown.text === 'string' ? shown.text : undefined;
}

const PUBLIC_LINE = /^latchstring-pub-v1 ([0-9a-f]{64})\s*$/;
const SEED_LINE = /^latchstring-seed-v1 ([0-9a-f]{64})\s*$/;

/** 32 bytes, as bytes, as 64 hexadecimal digits, or as the line of a `.pub` file. */
export function publicKeyFrom(given: unknown, what: string): Uint8Array {
  if (typeof given === 'string' && SEED_LINE.test(given)) {
    throw houseError(usage(`${what} is a secret key, which is never handed around`, 'give its public half'));
  }
  const key = keyFrom(given, PUBLIC_LINE, `${what} is not a public key`);
  if (isSoundKey(key)) return key;
  throw houseError(usage(`${what} is no Ed25519 public key: nobody can sign for it`, 'give one that was made'));
}

/** The same of a secret key: its seed, or the line of a key file. */
export function seedFrom(given: unknown, what: string): Uint8Array {
  if (typeof given === 'string' && PUBLIC_LINE.test(given)) {
    throw houseError(usage(`${what} is a public key, and a secret one is needed to sign`, 'give the seed'));
  }
  return keyFrom(given, SEED_LINE, `${what} is not a secret key`);
}

function keyFrom(given: unknown, line: RegExp, wrong: string): Uint8Array {
  if (given instanceof Uint8Array && given.length === KEY_BYTES) return new Uint8Array(given);
  const digits = typeof given === 'string' ? (line.exec(given)?.[1] ?? given) : '';
  const key = digits.length === 2 * KEY_BYTES ? fromHex(digits.toLowerCase()) : undefined;
  if (key !== undefined) return key;
  // What is wrong may be a key all the same: it is not repeated.
  throw houseError(
    usage(wrong, `give ${KEY_BYTES} bytes, ${2 * KEY_BYTES} hexadecimal digits, or the line of a key file`),
  );
}

function momentS(given: unknown, what: string, nowS: WallS): WallS {
  if (given instanceof Date) {
    const atMs = given.getTime();
    if (Number.isFinite(atMs) && atMs >= 0) return toWallS(wallMs(atMs));
    throw houseError(usage(`${what} is an invalid Date`, 'give a valid one from 1970 on'));
  }
  if (typeof given !== 'string') {
    throw houseError(
      usage(`${what} ${inShort(given)} is not a moment`, "give a Date, '+4h', '-1h', or ISO 8601 with a zone"),
    );
  }
  return inWords(() =>
    given.startsWith('-')
      ? wallS(Math.max(0, nowS - parseLength(given.slice(1), what)))
      : parseTime(given, what, wallMs(nowS * 1000)),
  );
}
