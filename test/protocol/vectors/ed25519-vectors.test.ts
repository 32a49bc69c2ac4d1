import { readFileSync } from 'node:fs';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { fromHex, strictVerifier, type Verify, verifyStrict } from '../../../protocol/index.ts';
import { type SignatureVector, signatureVectors } from './ed25519-vectors.ts';
import { FILES } from './write.ts';

const PATH = 'protocol/vectors/ed25519.json';
const vectors: readonly SignatureVector[] = JSON.parse(readFileSync(PATH, 'utf8'));
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
const answer = (verify: Verify, { message, signature, public_key }: SignatureVector): boolean =>
  verify(bytes(message), bytes(signature), bytes(public_key));

describe('adversarial signatures', () => {
  it('stand in the file as they are made (npm run vectors writes it)', () => {
    expect(readFileSync(PATH, 'utf8')).toBe(FILES[PATH]?.());
  });

  it.each(vectors.map((vector) => [vector.flag, vector.comment, vector] as const))(
    '%s: %s',
    (_flag, _comment, vector) => {
      expect(answer(verifyStrict, vector)).toBe(vector.valid);
    },
  );

  it('get the same answer from a verifier that remembers keys, asked twice', () => {
    const verify = strictVerifier();
    for (const _round of [1, 2]) for (const vector of vectors) expect(answer(verify, vector)).toBe(vector.valid);
  });

  it('are needed: tweetnacl alone takes one of each of these flags', () => {
    const lenient: Verify = (message, signature, key) =>
      signature.length === 64 && key.length === 32 && nacl.sign.detached.verify(message, signature, key);
    const taken = new Set(
      signatureVectors()
        .filter((vector) => !vector.valid && answer(lenient, vector))
        .map(({ flag }) => flag),
    );
    expect([...taken].sort()).toEqual([
      'bad_a',
      'mixed_order_a',
      'mixed_order_a_r',
      'r_identity',
      's_plus_kl',
      'small_order_a',
      'small_order_a_r',
    ]);
  });
});
