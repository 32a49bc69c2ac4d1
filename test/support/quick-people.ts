/**
 * The cast of a world, whose carrier and courier sign with OpenSSL. Ed25519 has one signature for a
 * key and a message, so that these are the very bytes that tweetnacl makes, a hundred times sooner:
 * in a world that issues a thousand tokens the people take longer than the lock.
 */
import { type KeyObject, sign as opensslSign } from 'node:crypto';
import { mintIdentity } from '../../firmware/tools/enrol.ts';
import { decodeCbor, encodeCbor, sign1, sign1Parts } from '../../protocol/cbor.ts';
import { AAD, asCarried, HEADER, type Purpose } from '../../protocol/cose.ts';
import { publicKeyOf, toText, toWallS, wallMs, wallS, writePresentation, writeToken } from '../../protocol/index.ts';
import { people, type Seeds } from '../../sim/people.ts';
import { prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';
import { BEGINNING_MS, type Cast } from '../../sim/world.ts';
import { opensslKey } from './openssl-key.ts';

/** CWT claims that differ from one token, or one code, to the next (RFC 8392 §4). */
const CLAIM = { exp: 4, nbf: 5, iat: 6, cti: 7 } as const;

/** The same people, keys, tokens and codes as `cast` of this seed gives. */
export function quickCast(seed: number): Cast {
  const random = randomSeeded(prng(seed, 'keys'));
  const seeds: Seeds = { owner: random(32), recovery: random(32), carrier: random(32), courier: random(32) };
  const identity = mintIdentity(
    { lockId: 'front-door', root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) },
    random,
  );
  const { audience } = identity;
  const nowS = toWallS(wallMs(BEGINNING_MS));
  const slow = people(seeds, audience, nowS, random);
  const token = writeToken(
    {
      audience,
      notBeforeS: nowS,
      expiresS: wallS(nowS + 1),
      issuedAtS: nowS,
      id: new Uint8Array(16),
      holder: publicKeyOf(seeds.courier),
      action: 'unlock',
      under: { delegation: slow.delegation },
    },
    seeds.carrier,
  );
  const code = writePresentation(token, { drawnAtS: nowS }, seeds.courier);
  const carrier = opensslKey(seeds.carrier);
  const courier = opensslKey(seeds.courier);
  return {
    identity,
    people: {
      ...slow,
      issue(request) {
        const { forged, audience: other, named, action } = request;
        // Only the common token has a model here; whatever is special about one is made by hand.
        if (forged === true || other !== undefined || named === true || action !== undefined)
          return slow.issue(request);
        const fromS = request.fromS ?? wallS(request.nowS - 60);
        return signedAnew(token, 'token', carrier, (_header, claims) => {
          claims.set(CLAIM.nbf, fromS).set(CLAIM.iat, fromS);
          claims.set(CLAIM.exp, request.untilS ?? fromS + 3600).set(CLAIM.cti, random(16));
        });
      },
      show: (shown, now) =>
        toText(
          signedAnew(code, 'presentation', courier, (header, claims) => {
            header.set(HEADER.kcwt, asCarried(shown));
            claims.set(CLAIM.iat, now);
          }),
        ),
    },
  };
}

/** A message like another one but for what is changed, with the signature that it then needs. */
function signedAnew(
  message: Uint8Array,
  purpose: Purpose,
  key: KeyObject,
  change: (header: Map<unknown, unknown>, claims: Map<unknown, unknown>) => void,
): Uint8Array {
  const parts = sign1Parts(decodeCbor(message)) ?? [];
  const [header, claims] = [parts[0], parts[2]].map((part) => decodeCbor(part as Uint8Array));
  if (!(header instanceof Map) || !(claims instanceof Map)) throw new Error('not a message of ours');
  change(header, claims);
  const [protectedBytes, payload] = [encodeCbor(header), encodeCbor(claims)];
  const toBeSigned = encodeCbor(['Signature1', protectedBytes, AAD[purpose], payload]);
  const signature = new Uint8Array(opensslSign(null, toBeSigned, key));
  return encodeCbor(sign1([protectedBytes, new Map(), payload, signature]));
}
