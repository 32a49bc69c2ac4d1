/**
 * From a text to an authenticated presentation: the checks that need no state but the lock's own
 * name and its owner's key. They come in this order, and nothing in the bytes is believed before
 * the signatures have been checked.
 */

import { decodeBase45, encodeBase45 } from './base45.ts';
import { equal, kidOf, toHex } from './bytes.ts';
import { isSignedBy, openSigned, type Signed } from './cose.ts';
import type { Verify } from './ed25519.ts';
import { PRESENTATION_BYTES_MAX, TEXT_CHARS_MAX, TEXT_PREFIX } from './limits.ts';
import { ok, type Result, refuse } from './refusal.ts';
import { type Presentation, presentationIn, readDelegation, type Token } from './token.ts';

/** Text of a presentation, as a QR code shows it. */
export const toText = (presentation: Uint8Array): string => TEXT_PREFIX + encodeBase45(presentation);

/** Bytes of a presentation's text. */
export function fromText(text: string): Result<Uint8Array> {
  if (text.length > TEXT_CHARS_MAX) return refuse('malformed', `longer than ${TEXT_CHARS_MAX} characters`);
  if (!text.startsWith(TEXT_PREFIX)) {
    return /^LS[0-9]+:/.test(text)
      ? refuse('unsupported_version', `the text begins ${text.slice(0, text.indexOf(':') + 1)}, not ${TEXT_PREFIX}`)
      : refuse('malformed', `the text does not begin ${TEXT_PREFIX}`);
  }
  const bytes = decodeBase45(text.slice(TEXT_PREFIX.length));
  return bytes === undefined ? refuse('malformed', 'not base45 (RFC 9285)') : ok(bytes);
}

/** The message that a text spells, of whatever kind: `presentationOf` and `controlIn` know which. Its signature has not been looked at. */
export function openText(text: string): Result<Signed> {
  const bytes = fromText(text);
  if (!bytes.ok) return bytes;
  const signed = bytes.value.length > PRESENTATION_BYTES_MAX ? undefined : openSigned(bytes.value);
  return signed === undefined ? NO_PRESENTATION : ok(signed);
}

const NO_PRESENTATION = refuse('malformed', 'not a presentation: the bytes are not deterministic CBOR of its shape');

/** A presentation of exactly the specified shape. Its signatures have not been looked at. */
export const parse = (text: string): Result<Presentation> => presentationOf(openText(text));

/** The same of a text that was opened already. */
export function presentationOf(opened: Result<Signed>): Result<Presentation> {
  const presentation = opened.ok ? presentationIn(opened.value) : undefined;
  if (presentation !== undefined) return ok(presentation);
  return opened.ok ? NO_PRESENTATION : opened;
}

/** A delegation that is remembered, by the first 8 bytes of its SHA-256 in hexadecimal. */
export type DelegationLookup = (hash: string) => Uint8Array | undefined;

/**
 * A token that names its delegation by its hash, with that delegation put in its place when it is
 * remembered. Nothing is believed of it for that: its signature is checked like that of one that was carried.
 */
export function withCachedDelegation(presentation: Presentation, remembered: DelegationLookup): Presentation {
  const { token } = presentation;
  if (!('kid' in token.issuer)) return presentation;
  const bytes = remembered(toHex(token.issuer.kid));
  const delegation = bytes === undefined ? undefined : readDelegation(bytes);
  return delegation === undefined ? presentation : { ...presentation, token: { ...token, issuer: { delegation } } };
}

/** Whom a lock believes: its own audience, and its owner's root key (32 bytes). */
export interface Pins {
  readonly audience: string;
  readonly root: Uint8Array;
}

/** Checks audience, issuer and every signature of the chain; the presentation itself comes back when all hold. */
export function authenticate(presentation: Presentation, pins: Pins, verify: Verify): Result<Presentation> {
  const { token } = presentation;
  if (token.audience !== pins.audience) return refuse('wrong_lock', 'the token is for another lock');
  const issuer = authenticateIssuer(token, pins, verify);
  if (!issuer.ok) return issuer;
  if (!isSignedBy(token.signed, 'token', issuer.value, verify)) {
    return refuse('bad_signature', 'the token is not signed by its issuer');
  }
  if (!isSignedBy(presentation.signed, 'presentation', token.holder, verify)) {
    return refuse('bad_signature', "the presentation is not signed by the token's holder");
  }
  return ok(presentation);
}

/** The public key that must have signed the token: a carrier that the root delegated to, or the root. */
function authenticateIssuer(token: Token, pins: Pins, verify: Verify): Result<Uint8Array> {
  const rootKid = kidOf(pins.root);
  if ('kid' in token.issuer) {
    return equal(token.issuer.kid, rootKid)
      ? ok(pins.root)
      : refuse('unknown_issuer', "the token names neither the owner's root nor a delegation that is remembered");
  }
  const { delegation } = token.issuer;
  if (delegation.audience !== pins.audience) {
    return refuse('wrong_lock', 'the delegation is for another lock');
  }
  if (!equal(delegation.rootKid, rootKid)) {
    return refuse('unknown_issuer', "the delegation names a key that is not the owner's root");
  }
  return isSignedBy(delegation.signed, 'delegation', pins.root, verify)
    ? ok(delegation.carrier)
    : refuse('bad_signature', "the delegation is not signed by the owner's root");
}
