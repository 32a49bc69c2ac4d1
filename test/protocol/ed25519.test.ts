import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex, publicKeyOf, sign, toHex, verifyStrict } from '../../protocol/index.ts';
import { seeds } from '../support/people.ts';

const message = new TextEncoder().encode('one courier, once');
const publicKey = publicKeyOf(seeds.courier);
const signature = sign(message, seeds.courier);

describe('Ed25519', () => {
  it('makes the key and the signature that OpenSSL makes of the same seed', () => {
    const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seeds.courier]);
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    expect(toHex(signature)).toBe(nodeSign(null, message, key).toString('hex'));
    expect(nodeVerify(null, message, createPublicKey(key), signature)).toBe(true);
    expect(createPublicKey(key).export({ format: 'jwk' }).x).toBe(Buffer.from(publicKey).toString('base64url'));
  });

  it('accepts its own signature', () => {
    expect(verifyStrict(message, signature, publicKey)).toBe(true);
  });

  it('refuses the signature with any one bit turned', () => {
    for (let bit = 0; bit < signature.length * 8; bit += 7) {
      const turned = signature.slice();
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyStrict(message, turned, publicKey)).toBe(false);
    }
  });

  it('refuses S + L, the second form of a signature that tweetnacl alone would accept (RFC 8032 §5.1.7)', () => {
    const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010') ?? new Uint8Array();
    const second = signature.slice();
    let carry = 0;
    for (let i = 0; i < 32; i++) {
      const sum = (second[32 + i] ?? 0) + (order[i] ?? 0) + carry;
      second[32 + i] = sum & 0xff;
      carry = sum >> 8;
    }
    expect(carry).toBe(0);
    expect(verifyStrict(message, second, publicKey)).toBe(false);
  });

  it.each([0, 31, 33, 63, 65, 1_000_000])(
    'answers false, and does not throw, for keys and signatures of %i bytes',
    (length) => {
      expect(verifyStrict(message, new Uint8Array(length), publicKey)).toBe(false);
      expect(verifyStrict(message, signature, new Uint8Array(length))).toBe(false);
    },
  );
});

describe('verifyStrict', () => {
  it.each([undefined, null, 'text', [1, 2, 3], {}, new DataView(new ArrayBuffer(64)), new Float64Array(64)])(
    'says no to %o in the place of bytes, and does not throw',
    (thing) => {
      const bytes = new Uint8Array(64);
      expect(verifyStrict(thing as never, bytes, bytes.subarray(32))).toBe(false);
      expect(verifyStrict(bytes, thing as never, bytes.subarray(32))).toBe(false);
      expect(verifyStrict(bytes, bytes, thing as never)).toBe(false);
    },
  );
});
