/** Whatever may be said is read as it was written: messages, texts, a reader's lines. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACTIONS,
  type ControlRequest,
  fromText,
  HOURS_ENTRIES_MAX,
  type Hours,
  kidOf,
  lineFramer,
  OPERATING_MODES,
  type OperatingMode,
  PRESENTATION_BYTES_MAX,
  publicKeyOf,
  readControl,
  readDelegation,
  readPresentation,
  readToken,
  type Statement,
  TEXT_CHARS_MAX,
  TEXT_PREFIX,
  toText,
  type WallS,
  wallS,
  writeControl,
  writeDelegation,
  writePresentation,
  writeToken,
} from '../../protocol/index.ts';
import { delegation, keys, seeds, token } from '../support/people.ts';

/** Signing takes its time, and it is the shapes that vary. */
const MESSAGES = 60;

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
/** Whole numbers of every length that CBOR has for them, up to the largest that is exact. */
const uint: fc.Arbitrary<number> = fc.oneof(
  fc.nat(30),
  fc.constantFrom(0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
const moment: fc.Arbitrary<WallS> = uint.map(wallS);
const audience = fc
  .tuple(fc.stringMatching(/^[a-z0-9-]{3,36}$/), fc.stringMatching(/^[a-z2-7]{8}$/))
  .map(([id, suffix]) => `${id}/${suffix}`);
const window = fc
  .tuple(audience, uint, uint)
  .filter(([, from, until]) => from !== until)
  .map(([aud, a, b]) => ({
    audience: aud,
    notBeforeS: wallS(Math.min(a, b)),
    expiresS: wallS(Math.max(a, b)),
  }));
const hours: fc.Arbitrary<Hours> = fc
  .record({ weekdays: fc.integer({ min: 1, max: 127 }), startMinute: fc.nat(1440), endMinute: fc.nat(1440) })
  .filter(({ startMinute, endMinute }) => startMinute !== endMinute);
const limits = fc.record(
  {
    epoch: uint,
    actions: fc.nat(7),
    windowS: uint,
    usesPerDay: uint,
    hours: fc.array(hours, { minLength: 1, maxLength: HOURS_ENTRIES_MAX }),
  },
  { requiredKeys: ['epoch', 'actions', 'windowS', 'usesPerDay'] },
);
const statement: fc.Arbitrary<Statement> = fc.oneof(
  uint.map((epoch): Statement => ({ op: 'raise-epoch', epoch })),
  bytes(16).map((tokenId): Statement => ({ op: 'deny-token', tokenId })),
  bytes(8).map((kid): Statement => ({ op: 'deny-key', kid })),
  fc.constantFrom<Statement>({ op: 'pause' }, { op: 'resume' }),
  fc
    .constantFrom(...(Object.keys(OPERATING_MODES) as OperatingMode[]))
    .map((mode): Statement => ({ op: 'set-mode', mode })),
);
const answering: fc.Arbitrary<Statement> = fc.oneof(
  moment.map((timeS): Statement => ({ op: 'set-time', timeS })),
  uint.map((epoch): Statement => ({ op: 're-seal', epoch })),
  fc.tuple(bytes(32), bytes(64)).map(([root, proof]): Statement => ({ op: 'rotate-root', root, proof })),
);

describe('what is written is read as it was said', () => {
  it('in a delegation', () => {
    fc.assert(
      fc.property(window, bytes(8), bytes(32), limits, (within, id, carrier, allowed) => {
        const written = writeDelegation({ ...within, id, carrier, limits: allowed }, seeds.owner);
        const read = readDelegation(written);
        expect(read).toMatchObject({ ...within, id, carrier, rootKid: kidOf(keys.owner) });
        expect(read?.limits).toEqual(allowed);
        expect(read?.signed.bytes).toEqual(written);
      }),
      { numRuns: MESSAGES },
    );
  });

  it('in a token, under a delegation and for a guest', () => {
    const carried = delegation();
    fc.assert(
      fc.property(
        window,
        bytes(16),
        moment,
        bytes(32),
        fc.constantFrom(...ACTIONS),
        fc.option(uint, { nil: undefined }),
        (within, id, issuedAtS, holder, action, rootEpoch) => {
          const guest = rootEpoch !== undefined;
          const under = guest ? { rootEpoch } : { delegation: carried };
          const request = { ...within, id, issuedAtS, holder, action };
          const written = writeToken({ ...request, under }, guest ? seeds.owner : seeds.carrier);
          const read = readToken(written);
          expect(read).toMatchObject(request);
          expect(read?.epoch).toBe(rootEpoch);
          expect(read?.issuer).toEqual(guest ? { kid: kidOf(keys.owner) } : { delegation: readDelegation(carried) });
          expect(read?.signed.bytes).toEqual(written);
        },
      ),
      { numRuns: MESSAGES },
    );
  });

  it('in a presentation, and in its text', () => {
    const carried = token();
    const proof = fc.oneof(
      moment.map((drawnAtS) => ({ drawnAtS })),
      bytes(16).map((nonce) => ({ nonce })),
    );
    fc.assert(
      fc.property(proof, (said) => {
        const written = writePresentation(carried, said, seeds.courier);
        const read = readPresentation(written);
        expect(read?.proof).toEqual(said);
        expect(read?.token).toEqual(readToken(carried));
        expect(fromText(toText(written))).toEqual({ ok: true, value: written });
      }),
      { numRuns: MESSAGES },
    );
  });

  it('in a control', () => {
    const request: fc.Arbitrary<ControlRequest> = fc.oneof(
      fc.record({ audience, issuedAtS: moment, counter: uint, statement }),
      fc.record({ audience, issuedAtS: moment, counter: uint, statement: answering, nonce: bytes(16) }),
    );
    fc.assert(
      fc.property(request, (said) => {
        const { signed, signerKid, ...read } = readControl(writeControl(said, seeds.owner)) ?? {};
        expect(read).toEqual(said);
        expect(signerKid).toEqual(kidOf(publicKeyOf(seeds.owner)));
      }),
      { numRuns: MESSAGES },
    );
  });

  it('in any text of up to as many bytes as one may have', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: PRESENTATION_BYTES_MAX }), (some) => {
        expect(fromText(toText(some))).toEqual({ ok: true, value: some });
      }),
    );
    const longest = new Uint8Array(PRESENTATION_BYTES_MAX).fill(0xff);
    expect(toText(longest)).toHaveLength(TEXT_CHARS_MAX);
    expect(fromText(toText(longest))).toEqual({ ok: true, value: longest });
  });

  it('from the lines of a reader, however they end, whatever came before, and in whatever pieces they come', () => {
    const text = fc.uint8Array({ maxLength: 200 }).map(toText);
    const noise = fc
      .array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 })
      .map((codes) => String.fromCharCode(...codes).replaceAll(/[\r\n]/g, '?'))
      .filter((before) => !before.includes(TEXT_PREFIX[0] ?? ''));
    const line = fc.record({ noise, text, tail: fc.constantFrom('\r', '\n', '\r\n', '\n\n') });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.array(fc.nat(120), { maxLength: 30 }), (lines, cuts) => {
        const whole = lines.map(({ noise: before, text: shown, tail }) => before + shown + tail).join('');
        const wire = Uint8Array.from(whole, (character) => character.charCodeAt(0));
        const framer = lineFramer();
        const read: string[] = [];
        let at = 0;
        for (const cut of [...cuts, wire.length]) {
          read.push(...framer.push(wire.subarray(at, at + cut)));
          at += cut;
        }
        read.push(...framer.push(wire.subarray(at)));
        expect(read).toEqual(lines.map(({ text: shown }) => shown));
      }),
    );
  });
});
