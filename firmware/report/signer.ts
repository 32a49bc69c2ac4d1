/**
 * The lock's own signature, by OpenSSL: 0.1 ms where tweetnacl takes 5, and the very same 64 bytes, since
 * Ed25519 is deterministic (RFC 8032 §5.1.6). Reports are signed when they are published, between two turns of the
 * loop: what a person at the door waits for never waits for this.
 */
import { createPrivateKey, sign } from 'node:crypto';
import { publicKeyOf, type Signer } from '../../protocol/index.ts';

/** PKCS #8 around a raw Ed25519 seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function opensslSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey: publicKeyOf(seed), sign: (message) => new Uint8Array(sign(null, message, key)) };
}
