/** Keys for OpenSSL, which signs as tweetnacl does and a hundred times sooner. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { toHex } from '../../protocol/index.ts';

/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key object takes longer to make than a signature: one is kept for each of the few seeds that a test has. */
const kept = new Map<string, KeyObject>();

export function opensslKey(seed: Uint8Array): KeyObject {
  const name = toHex(seed);
  const before = kept.get(name);
  if (before !== undefined) return before;
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  kept.set(name, key);
  return key;
}
