/**
 * OpenSSL in the place of tweetnacl, for worlds that issue and judge thousands of tokens: a hundred
 * times sooner. Ed25519 has one signature for a key and a message (RFC 8032 §5.1.6), so that the bytes are the
 * same; and what OpenSSL is lenient about, the strict verifier's own checks refuse before it is asked.
 * A house never does this: there a grant needs both.
 *
 * A world that is played again and again, with the power cut elsewhere each time, signs and checks the
 * same bytes each time. What came of them is kept.
 */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { opensslVerify } from '../firmware/access/first-look.ts';
import { type Signer, strictVerifier, type Verify } from '../protocol/index.ts';

/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Answers that are kept. At the bound all are forgotten. */
const KEPT_MAX = 4_096;

/** Remembers the answer to each question, as far as there is room. */
function kept<A>(): (question: string, answer: () => A) => A {
  const answers = new Map<string, A>();
  return (question, answer) => {
    const before = answers.get(question);
    if (before !== undefined) return before;
    if (answers.size >= KEPT_MAX) answers.clear();
    const made = answer();
    answers.set(question, made);
    return made;
  };
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** A seed of 32 bytes as a key with which OpenSSL signs. */
export function quickSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const signatures = kept<Uint8Array>();
  return {
    publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
    sign: (message) => signatures(latin1(message), () => new Uint8Array(sign(null, message, key))),
  };
}

/** OpenSSL, for both looks. */
export function quickVerifiers(): { readonly firstLook: Verify; readonly verify: Verify } {
  const openssl = opensslVerify();
  const answers = kept<boolean>();
  const firstLook: Verify = (message, signature, publicKey) =>
    answers(`${latin1(signature)}${latin1(publicKey)}${latin1(message)}`, () => openssl(message, signature, publicKey));
  return { firstLook, verify: strictVerifier(firstLook) };
}
