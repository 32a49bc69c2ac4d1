/**
 * Delegations and tokens as text, for files, mails and chats:
 *
 *     LSD1:<base64url>   a delegation      LST1:<base64url>   a token
 *
 * base64url (RFC 4648 §5, no padding), because base45's spaces and `$` do not survive a shell or a
 * mail; only what a lock's reader scans, a presentation, is base45 behind `LS1:`.
 */
import { type Delegation, readDelegation, readToken, type Token } from '../../protocol/index.ts';
import { usage } from './failure.ts';
import { createFiles, readSmallFile } from './files.ts';
import { withoutLineEnd } from './io.ts';

export const DELEGATION_PREFIX = 'LSD1:';
export const TOKEN_PREFIX = 'LST1:';
type Prefix = typeof DELEGATION_PREFIX | typeof TOKEN_PREFIX;

const NAMES: Readonly<Record<string, string>> = {
  [DELEGATION_PREFIX]: 'a delegation (grant wrote it)',
  [TOKEN_PREFIX]: 'a token (token wrote it)',
  'LS1:': 'a presentation (present wrote it)',
};

/** Longest text of either: far more than a presentation could carry. */
const TEXT_CHARS_MAX = 4096;

export const toArmour = (prefix: Prefix, bytes: Uint8Array): string =>
  prefix + Buffer.from(bytes).toString('base64url');

/** The bytes behind a prefix, or undefined. Strict: one spelling for one byte string. */
export function fromArmour(prefix: Prefix, text: string): Uint8Array | undefined {
  if (!text.startsWith(prefix) || text.length > TEXT_CHARS_MAX) return undefined;
  const bytes = new Uint8Array(Buffer.from(text.slice(prefix.length), 'base64url'));
  return toArmour(prefix, bytes) === text ? bytes : undefined;
}

/** Writes the text to a new file, readable by its owner alone: not a secret, but nobody else's business either. */
export const createArmoured = (path: string, prefix: Prefix, bytes: Uint8Array): Promise<void> =>
  createFiles([{ path, text: `${toArmour(prefix, bytes)}\n`, mode: 0o600 }]);

export const readDelegationFile = (path: string): Promise<Delegation> =>
  readArmoured(path, DELEGATION_PREFIX, readDelegation, 'delegation', 'latchstring grant');

export const readTokenFile = (path: string): Promise<Token> =>
  readArmoured(path, TOKEN_PREFIX, readToken, 'token', 'latchstring token');

async function readArmoured<T>(
  path: string,
  prefix: Prefix,
  read: (bytes: Uint8Array) => T | undefined,
  what: string,
  verb: string,
): Promise<T> {
  const text = withoutLineEnd((await readSmallFile(path)).text);
  if (!text.startsWith(prefix)) {
    const other = Object.keys(NAMES).find((known) => text.startsWith(known));
    const is = other === undefined ? `no ${what}` : `${NAMES[other]}, not a ${what}`;
    throw usage(`${path} is ${is}`, `name the file that ${verb} wrote; it begins ${prefix}`);
  }
  const bytes = fromArmour(prefix, text);
  const value = bytes === undefined ? undefined : read(bytes);
  if (value !== undefined) return value;
  throw usage(`the ${what} in ${path} is damaged`, 'get it again from whoever made it');
}
