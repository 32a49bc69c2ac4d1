/**
 * The first look at a signature: OpenSSL's Ed25519, a hundred times faster than the verifier that
 * decides. A forgery dies here, cheaply. What passes is not believed yet: OpenSSL takes keys and
 * signatures that the strict verifier does not, so that a grant needs both to agree.
 *
 * A key object costs as much to make as a signature to check, and is kept.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { KEY_BYTES, SIGNATURE_BYTES, toHex, type Verify } from '../../protocol/index.ts';

/** Key objects that are kept. At the bound all are made anew. */
const KEYS_MAX = 64;

export function opensslVerify(): Verify {
  const keys = new Map<string, KeyObject>();
  return (message, signature, publicKey) => {
    if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
    const name = toHex(publicKey);
    let key = keys.get(name);
    if (key === undefined) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') };
      key = createPublicKey({ key: jwk, format: 'jwk' });
      if (keys.size >= KEYS_MAX) keys.clear();
      keys.set(name, key);
    }
    return verify(null, message, key, signature);
  };
}
