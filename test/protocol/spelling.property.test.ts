/**
 * One meaning, one spelling: whatever is done to a text that a lock accepts, the lock does not accept
 * what comes of it. A second spelling would be the same token to a person, and to a log another one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import {
  authenticate,
  fromText,
  isSignedBy,
  parse,
  readControl,
  toText,
  verifyStrict,
  writeControl,
  writePresentation,
} from '../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds, token } from '../support/people.ts';
import { type Respelling, respellings } from '../support/respell.ts';
import { type ChainRequest, chain, sign1 } from './vectors/raw.ts';

const pins = { audience: AUDIENCE, root: keys.owner };
const firstLook = opensslVerify();

/** As a lock does it: the quick look first, the strict one for what it leaves. */
function isPresentation(text: string): boolean {
  const parsed = parse(text);
  return [firstLook, verifyStrict].every((verify) => parsed.ok && authenticate(parsed.value, pins, verify).ok);
}
function isControl(text: string): boolean {
  const bytes = fromText(text);
  const control = bytes.ok ? readControl(bytes.value) : undefined;
  return [firstLook, verifyStrict].every(
    (verify) => control !== undefined && isSignedBy(control.signed, 'control', pins.root, verify),
  );
}

const chainOf = (change: Partial<ChainRequest> = {}) =>
  chain({
    seeds: { root: seeds.owner, carrier: seeds.carrier, courier: seeds.courier },
    audience: AUDIENCE,
    atS: NOON_S,
    ...change,
  });

const deny = writeControl(
  {
    audience: AUDIENCE,
    issuedAtS: NOON_S,
    counter: 300,
    statement: { op: 'deny-token', tokenId: new Uint8Array(16).fill(1) },
  },
  seeds.owner,
);

const TEXTS = {
  courier: toText(chainOf().presentation),
  guest: toText(chainOf({ guest: true }).presentation),
  nonce: toText(writePresentation(token(), { nonce: new Uint8Array(16).fill(3) }, seeds.courier)),
  control: toText(deny),
} as const;
const isAccepted = (text: string): boolean => isPresentation(text) || isControl(text);

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
/** Of the alphabet mostly; and what looks like it, or is left out by somebody's trimming and folding. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ALPHABET) },
  { weight: 1, arbitrary: fc.constantFrom(...'abz\t\r\n\0\u00a0\u2028\uff21\u212a\ufeff=_') },
);

/** A group of characters that comes to as much as `by` more: the same bytes to a decoder that cuts off what they cannot hold. */
function overflowing(group: string, by: number): string {
  const value = [...group].reduceRight((sum, c) => sum * 45 + ALPHABET.indexOf(c), 0) + by;
  if (value >= 45 ** group.length) return group;
  return Array.from({ length: group.length }, (_, i) => ALPHABET[Math.floor(value / 45 ** i) % 45]).join('');
}

type Edit = (text: string) => string;
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(fc.nat(), character).map(([at, c]): Edit => {
    return (text) => text.slice(0, at % text.length) + c + text.slice((at % text.length) + 1);
  }),
  fc.tuple(fc.nat(), character).map(([at, c]): Edit => {
    return (text) => text.slice(0, at % (text.length + 1)) + c + text.slice(at % (text.length + 1));
  }),
  fc.nat().map(
    (at): Edit =>
      (text) =>
        text.slice(0, at % text.length) + text.slice((at % text.length) + 1),
  ),
  fc.nat().map((at): Edit => {
    return (text) => {
      const i = at % (text.length - 1);
      return `${text.slice(0, i)}${text[i + 1]}${text[i]}${text.slice(i + 2)}`;
    };
  }),
  fc.tuple(fc.array(character, { maxLength: 4 }), fc.array(character, { maxLength: 4 })).map(
    ([before, behind]): Edit =>
      (text) =>
        before.join('') + text + behind.join(''),
  ),
  fc.nat().map(
    (at): Edit =>
      (text) =>
        text.slice(0, at % text.length).toLowerCase() + text.slice(at % text.length),
  ),
);

describe.each(Object.entries(TEXTS))('the text of a %s', (_who, text) => {
  it('is accepted as it is', () => {
    expect(isAccepted(text)).toBe(true);
  });

  it('is not accepted with anything added, taken away, changed or exchanged', () => {
    let changed = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        const other = edits.reduce((before, change) => change(before), text);
        if (other === text) return;
        changed += 1;
        expect(isAccepted(other)).toBe(false);
      }),
      { numRuns: 600 },
    );
    expect(changed).toBeGreaterThan(400);
  });

  it('is not accepted as people and programs pass texts on: folded, trimmed, padded, quoted', () => {
    const body = text.slice(4);
    const passedOn = [
      ...[text.toLowerCase(), `LS1:${body.toLowerCase()}`, `ls1:${body}`, `LS1:${encodeURIComponent(body)}`],
      ...[`"${text}"`, `${text}${text}`, `${text}${body}`, `LS1:${text}`, `LS01:${body}`, `LS1:LS1:${body}`],
      ...['\n', '\r', '\r\n', '\t', ' ', '  ', '   ', '\0', '=', '\u00a0', '\ufeff'].flatMap((blank) => [
        `${blank}${text}`,
        `LS1:${blank}${body}`,
        `${text}${blank}`,
      ]),
      ...['0', '00', '000', '000000'].map((zeros) => `${text}${zeros}`),
    ];
    expect(passedOn.filter((other) => other !== text && isAccepted(other))).toEqual([]);
  });

  it('is not accepted with any group of its base45 past what two bytes hold, or one', () => {
    const body = text.slice(4);
    let changed = 0;
    for (let at = 0; at < body.length; at += 3) {
      const group = body.slice(at, at + 3);
      const other = overflowing(group, group.length === 3 ? 0x1_0000 : 0x100);
      if (other === group) continue;
      changed += 1;
      expect(isAccepted(`LS1:${body.slice(0, at)}${other}${body.slice(at + 3)}`)).toBe(false);
    }
    expect(changed).toBeGreaterThan(20);
  });

  it('is not accepted with any other spelling of its outer CBOR, which no signature covers', () => {
    const bytes = fromText(text);
    if (!bytes.ok) throw new Error(bytes.detail);
    const others = respellings(bytes.value);
    expect(others.length).toBeGreaterThan(12);
    expect(others.filter((other) => isAccepted(toText(other.bytes))).map(({ what }) => what)).toEqual([]);
  });
});

describe('a message that its own signer has spelled in another way', () => {
  type Part = 'protectedBytes' | 'payload';
  const parts = (['d', 't', 'p'] as const).flatMap((who) =>
    (['protectedBytes', 'payload'] as const).map((part) => [who, part] as const),
  );

  /** Header or claims of D, T or P as they are. */
  function plain(who: 'd' | 't' | 'p', part: Part): Uint8Array {
    let seen = new Uint8Array();
    chainOf({
      [who]: {
        [part]: (bytes: Uint8Array) => {
          seen = bytes.slice();
          return bytes;
        },
      },
    });
    return seen;
  }

  it.each(parts)('is not accepted, right signatures and all: %s, %s', (who, part) => {
    const accepted: string[] = [];
    let made = 0;
    for (const { what, bytes } of respellings(plain(who, part))) {
      made += 1;
      if (isPresentation(toText(chainOf({ [who]: { [part]: () => bytes } }).presentation))) accepted.push(what);
    }
    expect(accepted).toEqual([]);
    expect(made).toBeGreaterThan(5);
  });

  it.each(['inD', 'inT'] as const)('is not accepted inside of the message that carries it: %s', (where) => {
    let original: readonly Respelling[] = [];
    chainOf({
      [where]: (bytes: Uint8Array) => {
        original = respellings(bytes);
        return bytes;
      },
    });
    expect(original.length).toBeGreaterThan(12);
    const accepted = original.filter(({ bytes }) =>
      isPresentation(toText(chainOf({ [where]: () => bytes }).presentation)),
    );
    expect(accepted.map(({ what }) => what)).toEqual([]);
  });
});

describe('a signature', () => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const plus = (signature: Uint8Array, k: bigint): Uint8Array | undefined => {
    let s = signature.slice(32).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) + k * L;
    if (s >= 2n ** 256n) return undefined;
    const second = signature.slice();
    for (let i = 32; i < 64; i++, s >>= 8n) second[i] = Number(s & 0xffn);
    return second;
  };

  it.each(['d', 't', 'p'] as const)('has no second form S + k L that is accepted: %s', (who) => {
    const accepted: bigint[] = [];
    for (let k = 1n; k < 16n; k++) {
      const { presentation } = chainOf({
        [who]: { signature: (signature: Uint8Array) => plus(signature, k) ?? signature },
      });
      const original = chainOf().presentation;
      if (toText(presentation) === toText(original)) break;
      // Each of the two verifiers alone, too.
      const parsed = parse(toText(presentation));
      if (!parsed.ok) continue;
      if ([firstLook, verifyStrict].some((verify) => authenticate(parsed.value, pins, verify).ok)) accepted.push(k);
    }
    expect(accepted).toEqual([]);
  });

  it('is not accepted in a longer or a shorter byte string', () => {
    for (const change of [
      (signature: Uint8Array) => new Uint8Array([...signature, 0]),
      (signature: Uint8Array) => signature.slice(0, 63),
      () => new Uint8Array(),
    ]) {
      for (const who of ['d', 't', 'p'] as const) {
        const { presentation } = chainOf({
          [who]: {
            outer: (made: Parameters<typeof sign1>[0]) => sign1({ ...made, signature: change(made.signature) }),
          },
        });
        expect(isPresentation(toText(presentation))).toBe(false);
      }
    }
  });
});
