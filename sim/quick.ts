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
function memory<A>(): { get(question: string): A | undefined; set(question: string, answer: A): A } {
  const answers = new Map<string, A>();
  return {
    get: (question) => answers.get(question),
    set(question, answer) {
      if (answers.size >= KEPT_MAX) answers.clear();
      answers.set(question, answer);
      return answer;
    },
  };
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** A seed of 32 bytes as a key with which OpenSSL signs. `onSigned` hears of each signature that it makes. */
export function quickSigner(seed: Uint8Array, onSigned?: (...signed: Parameters<Verify>) => void): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  const signatures = memory<Uint8Array>();
  return {
    publicKey,
    sign(message) {
      const question = latin1(message);
      const before = signatures.get(question);
      if (before !== undefined) return before;
      const signature = signatures.set(question, new Uint8Array(sign(null, message, key)));
      onSigned?.(message, signature, publicKey);
      return signature;
    },
  };
}

export interface QuickCrypto {
  signer(seed: Uint8Array): Signer;
  /** OpenSSL, for both looks. */
  readonly firstLook: Verify;
  readonly verify: Verify;
}

/**
 * Signers and verifiers of one world. What one of the signers has signed needs no second computation: a signature made
 * by RFC 8032 §5.1.6 holds by §5.1.7, and whoever changes one bit of it, of the message or of the key asks OpenSSL.
 */
export function quickCrypto(): QuickCrypto {
  const openssl = opensslVerify();
  const answers = memory<boolean>();
  const asked = (...[message, signature, publicKey]: Parameters<Verify>): string =>
    `${latin1(signature)}${latin1(publicKey)}${latin1(message)}`;
  const firstLook: Verify = (...question) =>
    answers.get(asked(...question)) ?? answers.set(asked(...question), openssl(...question));
  return {
    signer: (seed) => quickSigner(seed, (...signed) => void answers.set(asked(...signed), true)),
    firstLook,
    verify: strictVerifier(firstLook),
  };
}
