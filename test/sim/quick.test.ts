import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, publicKeyOf, sign, toWallS, verifyStrict, wallMs, wallS } from '../../protocol/index.ts';
import { quickCrypto, quickSigner } from '../../sim/quick.ts';
import { prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';
import { BEGINNING_MS, cast } from '../../sim/world.ts';
import type { SignatureVector } from '../protocol/vectors/ed25519-vectors.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const flipped = (bytes: Uint8Array): Uint8Array => bytes.with(0, (bytes[0] ?? 0) ^ 1);

describe('a quick world', () => {
  it('judges every vector of a signature as the strict verifier does', () => {
    const vectors: readonly SignatureVector[] = JSON.parse(readFileSync('protocol/vectors/ed25519.json', 'utf8'));
    const { verify } = quickCrypto();
    // Twice: what is remembered is no other answer.
    const wrong = [...vectors, ...vectors].filter(
      ({ message, signature, public_key, valid }) =>
        verify(bytes(message), bytes(signature), bytes(public_key)) !== valid,
    );
    expect(vectors.filter(({ valid }) => !valid).length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  it('takes what it has signed itself, and nothing that differs from it by a bit', () => {
    const random = randomSeeded(prng(2));
    const { signer, firstLook, verify } = quickCrypto();
    for (let length = 1; length < 100; length += 9) {
      const [key, message] = [signer(random(32)), random(length)];
      const [signature, publicKey] = [key.sign(message), key.publicKey];
      expect(verifyStrict(message, signature, publicKey)).toBe(true);
      for (const look of [firstLook, verify]) {
        expect(look(message, signature, publicKey)).toBe(true);
        expect(look(flipped(message), signature, publicKey)).toBe(false);
        expect(look(message, flipped(signature), publicKey)).toBe(false);
        expect(look(message, signature, flipped(publicKey))).toBe(false);
      }
    }
  });

  it('signs byte for byte as tweetnacl does', () => {
    const random = randomSeeded(prng(1));
    for (let length = 0; length < 200; length += 13) {
      const [seed, message] = [random(32), random(length)];
      const quick = quickSigner(seed);
      expect(quick.publicKey).toEqual(publicKeyOf(seed));
      expect(quick.sign(message)).toEqual(sign(message, seed));
    }
  });

  it('is lived in by the same people, with the same tokens and codes', () => {
    const nowS = toWallS(wallMs(BEGINNING_MS));
    const quick = cast(5, { quick: true });
    const slow = cast(5);
    expect(quick.identity).toEqual(slow.identity);
    expect(quick.people.delegation).toEqual(slow.people.delegation);
    for (const request of [{ nowS }, { nowS, forged: true }, { nowS, audience: 'back-door/abcdefgh' }]) {
      const token = slow.people.issue(request);
      expect(quick.people.issue(request)).toEqual(token);
      expect(quick.people.show(token, wallS(nowS + 3))).toBe(slow.people.show(token, wallS(nowS + 3)));
    }
    expect(quick.people.order(1, { op: 'pause' })).toBe(slow.people.order(1, { op: 'pause' }));
  });
});
