import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALG_EDDSA,
  authenticate,
  fromText,
  parse,
  type Refusal,
  type Result,
  toText,
  verifyStrict,
  wallS,
  writePresentation,
} from '../../protocol/index.ts';
import { AUDIENCE, delegation, keys, NOON_S, seeds, textOf, token } from '../support/people.ts';

const pins = { audience: AUDIENCE, root: keys.owner };

const look = (text: string): Result<unknown> => {
  const parsed = parse(text);
  return parsed.ok ? authenticate(parsed.value, pins, verifyStrict) : parsed;
};
const refusalOf = (text: string): Refusal | 'accepted' => {
  const result = look(text);
  return result.ok ? 'accepted' : result.refusal;
};

describe('the chain', () => {
  it('authenticates delegation, token and presentation signed by the right people', () => {
    expect(refusalOf(textOf(token()))).toBe('accepted');
  });

  it('authenticates a token that the owner signed for a guest', () => {
    expect(refusalOf(textOf(token({ under: { rootEpoch: 1 }, signedBy: seeds.owner })))).toBe('accepted');
  });

  it('reads an issuer that writes the older algorithm number', () => {
    const text = toText(writePresentation(token(), { drawnAtS: NOON_S }, seeds.courier, ALG_EDDSA));
    expect(refusalOf(text)).toBe('accepted');
  });

  it('fits with its delegation into a version 17 QR code', () => {
    const bytes = fromText(textOf(token()));
    // Version 17 at level M holds 734 alphanumeric characters (ISO/IEC 18004, table 7): the prefix, and 486 bytes.
    expect(bytes.ok && bytes.value.length).toBeLessThanOrEqual(486);
  });

  it.each<[string, Refusal, () => string]>([
    ['nothing', 'malformed', () => ''],
    ['a text of another kind', 'malformed', () => 'https://example.org/parcel/1'],
    ['a later version', 'unsupported_version', () => textOf(token()).replace('LS1:', 'LS2:')],
    ['lower-case letters', 'malformed', () => textOf(token()).toLowerCase().replace('ls1:', 'LS1:')],
    ['half a text', 'malformed', () => textOf(token()).slice(0, 300)],
    ['ten million characters', 'malformed', () => `LS1:${'0'.repeat(10_000_000)}`],
    ['a delegation in the place of a presentation', 'malformed', () => toText(delegation())],
    ['a token that nobody presents', 'malformed', () => toText(token())],
    ['a token for another lock', 'wrong_lock', () => textOf(token({ audience: 'back-door/abcdefgh' }))],
    [
      'a token for this lock before it was enrolled again',
      'wrong_lock',
      () => textOf(token({ audience: 'front-door/aaaaaaaa' })),
    ],
    [
      'a delegation for another lock under a token for this one',
      'wrong_lock',
      () => textOf(token({ under: { delegation: delegation({ audience: 'back-door/abcdefgh' }) } })),
    ],
    [
      "another owner's delegation",
      'unknown_issuer',
      () => textOf(token({ under: { delegation: delegation({ signedBy: seeds.stranger }) } })),
    ],
    [
      'a guest token by somebody who is not the owner',
      'unknown_issuer',
      () => textOf(token({ under: { rootEpoch: 1 }, signedBy: seeds.stranger })),
    ],
    [
      'a token signed by somebody else than the carrier',
      'bad_signature',
      () => textOf(token({ signedBy: seeds.stranger })),
    ],
    ['a phone that does not hold the key', 'bad_signature', () => textOf(token(), NOON_S, seeds.stranger)],
  ])('refuses %s as %s', (_what, refusal, text) => {
    expect(refusalOf(text())).toBe(refusal);
  });

  it('refuses a presentation with any one bit turned', () => {
    const text = fromText(textOf(token()));
    if (!text.ok) throw new Error('the text is our own');
    for (let bit = 0; bit < text.value.length * 8; bit += 11) {
      const turned = text.value.slice();
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(refusalOf(toText(turned))).not.toBe('accepted');
    }
  });

  it('answers whatever bytes come, and does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (bytes) => {
        expect(refusalOf(toText(bytes))).not.toBe('accepted');
      }),
    );
  });

  it('does not take a signature that was made for another purpose', () => {
    // The courier's key signs a token that confirms itself: a presentation's signer must not pass for an issuer.
    const own = token({ under: { delegation: delegation({ carrier: keys.courier }) }, signedBy: seeds.courier });
    const presented = parse(textOf(own));
    if (!presented.ok) throw new Error('the text is our own');
    const { token: inner } = presented.value;
    const swapped = { ...presented.value, signed: inner.signed };
    expect(authenticate(swapped, pins, verifyStrict)).toMatchObject({ refusal: 'bad_signature' });
  });

  it('gives the nonce of a presentation that answers one', () => {
    const nonce = new Uint8Array(16).fill(3);
    const parsed = parse(toText(writePresentation(token(), { nonce }, seeds.courier)));
    expect(parsed.ok && parsed.value.proof).toEqual({ nonce });
  });

  it('does not let an issuer write what no lock would read', () => {
    expect(() => token({ notBeforeS: NOON_S, expiresS: NOON_S })).toThrow(/out of its bounds/);
    expect(() => textOf(token(), wallS(-1))).toThrow(/out of its bounds/);
  });
});
