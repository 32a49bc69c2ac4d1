/**
 * Keys as files: one line of text that says what it is.
 *
 *     F       latchstring-seed-v1 <64 hex>   mode 0600   the secret, 32 bytes
 *     F.pub   latchstring-pub-v1 <64 hex>    mode 0644   what others need to know
 *
 * A seed is kept, never the 64-byte secret key: see ed25519. A secret that others on the machine
 * can read is refused, as ssh does, because a warning would be read by nobody.
 */
import { fromHex, isSoundKey, KEY_BYTES, kidOf, publicKeyOf, SEED_BYTES, toHex } from '../../protocol/index.ts';
import { usage } from './failure.ts';
import { createFiles, readSmallFile } from './files.ts';
import { type Io, readStdin, say, withoutLineEnd } from './io.ts';
import { fromPaper, isWholePaperKey, toPaper } from './paper.ts';

const SEED_PREFIX = 'latchstring-seed-v1 ';
const PUBLIC_PREFIX = 'latchstring-pub-v1 ';
const PAPER_CHARS_MAX = 4096;

const seedText = (seed: Uint8Array): string => `${SEED_PREFIX}${toHex(seed)}\n`;
const publicText = (publicKey: Uint8Array): string => `${PUBLIC_PREFIX}${toHex(publicKey)}\n`;

/** Writes F and F.pub. Neither may exist. */
export async function writeKeyFiles(path: string, seed: Uint8Array): Promise<void> {
  await createFiles([
    { path, text: seedText(seed), mode: 0o600 },
    { path: `${path}.pub`, text: publicText(publicKeyOf(seed)), mode: 0o644 },
  ]);
}

/** The seed in a key file, 32 bytes. Throws a failure that says what to do. */
export async function readSeed(path: string): Promise<Uint8Array> {
  const { text, mode } = await readSmallFile(path);
  const line = withoutLineEnd(text);
  if (line.startsWith(PUBLIC_PREFIX)) {
    throw usage(`${path} is a public key, and a secret one is needed to sign`, 'name the file without .pub');
  }
  const seed = line.startsWith(SEED_PREFIX) ? fromHex(line.slice(SEED_PREFIX.length)) : undefined;
  if (seed?.length !== SEED_BYTES) {
    throw usage(`${path} is not a key file`, `make one with: latchstring key new --out ${path}`);
  }
  // Windows has no such bits: what Node shows there says nothing.
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw usage(
      `others on this machine may read the secret key in ${path} (mode ${mode.toString(8).padStart(4, '0')})`,
      `run: chmod 600 ${path}; if others use this machine, make a new key instead`,
    );
  }
  return seed;
}

/** A public key, 32 bytes, from 64 hexadecimal digits or from the .pub file of that name. */
export async function readPublicKey(text: string): Promise<Uint8Array> {
  const typed = /^[0-9a-fA-F]{64}$/.test(text) ? fromHex(text) : undefined;
  if (typed !== undefined) return sound(typed, text);
  const line = withoutLineEnd((await readSmallFile(text)).text);
  if (line.startsWith(SEED_PREFIX)) {
    throw usage(`${text} is a secret key, which is never handed around`, `name its public half: ${text}.pub`);
  }
  const key = line.startsWith(PUBLIC_PREFIX) ? fromHex(line.slice(PUBLIC_PREFIX.length)) : undefined;
  if (key?.length === KEY_BYTES) return sound(key, text);
  throw usage(`${text} is not a public key file`, 'name a .pub file that key new wrote, or give 64 hexadecimal digits');
}

/** Fifteen of sixteen typing errors make no key at all, with which the door would refuse everybody. */
function sound(key: Uint8Array, name: string): Uint8Array {
  if (isSoundKey(key)) return key;
  throw usage(`${name} is no Ed25519 public key: nobody can sign for it`, 'compare it with what key pub prints');
}

export async function keyNew(options: { out: string; paper: boolean; json: boolean }, io: Io): Promise<number> {
  const seed = io.random(SEED_BYTES);
  await writeKeyFiles(options.out, seed);
  const paper = options.paper ? toPaper(seed) : undefined;
  const lines = paper === undefined ? [] : ['', 'On paper (whoever reads this has the key):', `  ${paper}`];
  const value = { out: options.out, ...sayable(seed), ...(paper === undefined ? {} : { paper }) };
  say(io, options.json, value, [
    `wrote ${options.out} (keep it secret) and ${options.out}.pub`,
    ...inWords(seed),
    ...lines,
  ]);
  return 0;
}

export async function keyPub(file: string, options: { json: boolean }, io: Io): Promise<number> {
  const seed = await readSeed(file);
  say(io, options.json, sayable(seed), [toHex(publicKeyOf(seed))]);
  return 0;
}

export async function keyRestore(options: { out: string; json: boolean }, io: Io): Promise<number> {
  if (io.stdinIsTerminal && !options.json) io.err('Type the paper key, spaces and capitals as you like, then Enter:\n');
  const text = await readStdin(io, PAPER_CHARS_MAX, isWholePaperKey);
  const seed = text === undefined ? 'that is far too long for a paper key' : fromPaper(text);
  if (typeof seed === 'string') throw usage(seed, 'compare each group with the paper, and type it again');
  await writeKeyFiles(options.out, seed);
  const said = [`wrote ${options.out} (keep it secret) and ${options.out}.pub`, ...inWords(seed)];
  say(io, options.json, { out: options.out, ...sayable(seed) }, said);
  return 0;
}

/** What may be said about a seed: its public half. */
function sayable(seed: Uint8Array): { readonly public_key: string; readonly kid: string } {
  const publicKey = publicKeyOf(seed);
  return { public_key: toHex(publicKey), kid: toHex(kidOf(publicKey)) };
}

function inWords(seed: Uint8Array): readonly string[] {
  const { public_key, kid } = sayable(seed);
  return [`public key  ${public_key}`, `kid         ${kid}`];
}
