/**
 * OpenSSL in the place of tweetnacl, for worlds that issue and judge thousands of tokens: a hundred
 * times sooner. Ed25519 has one signature for a key and a message (RFC 8032 §5.1.6), so that the bytes are the
 * same; and what OpenSSL is lenient about, the strict verifier's own checks refuse before it is asked.
 * A house never does this: there a grant needs both.
 */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { opensslVerify } from '../firmware/access/first-look.ts';
import { type Signer, strictVerifier, type Verify } from '../protocol/index.ts';

/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A seed of 32 bytes as a key with which OpenSSL signs. */
export function quickSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

export const quickVerifier = (): Verify => strictVerifier(opensslVerify());
