/** base45.json: the text form, before a single byte is looked at. */
import { chainOf, textOf, textOfBytes, type Vector, vector } from './vector.ts';

export function textVectors(): readonly Vector[] {
  const good = textOf();
  const body = good.slice(4);
  // A chain whose bytes are odd in number ends in a group of two characters, one of even bytes in three.
  const even = chainOf().presentation;
  const odd = chainOf({ limits: { epoch: 24 } }).presentation;
  if (odd.length % 2 !== 1 || even.length % 2 !== 0) throw new Error('the examples no longer end as they should');
  return [
    vector('R-10', 'a delegation, a token and a presentation', good, null),
    vector('R-10', 'a token that the owner signed for a guest', textOf({ guest: true }), null),
    vector('R-10', 'nothing', '', 'malformed'),
    vector('R-10', 'the prefix alone', 'LS1:', 'malformed'),
    vector('R-10', 'no prefix', body, 'malformed'),
    vector('R-10', "a parcel's label", '4006381333931', 'malformed'),
    vector('R-10', 'a blank before the prefix', ` ${good}`, 'malformed'),
    vector('R-10', 'a line feed behind the text', `${good}\n`, 'malformed'),
    vector('R-10', 'small letters in the prefix', `ls1:${body}`, 'malformed'),
    vector('R-11', '1540 characters of another version', `LS2:${'0'.repeat(1536)}`, 'unsupported_version'),
    vector('R-11', '1541 characters of another version', `LS2:${'0'.repeat(1537)}`, 'malformed'),
    vector('R-11', '1541 characters', `LS1:${'0'.repeat(1537)}`, 'malformed'),
    vector('R-11', '1540 characters that are no CBOR', `LS1:${'0'.repeat(1536)}`, 'malformed'),
    vector('R-11', '768 characters of two UTF-16 units', `LS2:${'\u{1f511}'.repeat(768)}`, 'unsupported_version'),
    vector('R-11', '769 characters of two UTF-16 units', `LS2:${'\u{1f511}'.repeat(769)}`, 'malformed'),
    vector('R-12', 'version 2', `LS2:${body}`, 'unsupported_version'),
    vector('R-12', 'version 0', `LS0:${body}`, 'unsupported_version'),
    vector('R-12', 'version 10', `LS10:${body}`, 'unsupported_version'),
    vector('R-12', 'version 1 with a zero before it', `LS01:${body}`, 'unsupported_version'),
    vector('R-12', 'version 2 without anything', 'LS2:', 'unsupported_version'),
    vector('R-12', 'no digit', `LS:${body}`, 'malformed'),
    vector('R-12', 'a letter for a digit', `LSA:${body}`, 'malformed'),
    vector('R-12', 'a digit that is not ASCII', `LS\u0662:${body}`, 'malformed'),
    vector('R-12', 'a minus sign', `LS-1:${body}`, 'malformed'),
    vector('R-12', 'no colon', `LS2${body}`, 'malformed'),
    vector('R-13', 'an odd number of bytes', textOfBytes(odd), null),
    vector('R-13', 'an even number of bytes', textOfBytes(even), null),
    vector('R-13', 'small letters', `LS1:${body.toLowerCase()}`, 'malformed'),
    vector('R-13', 'a character outside the alphabet', `LS1:_${body.slice(1)}`, 'malformed'),
    vector('R-13', 'a character outside ASCII', `LS1:\u00e9${body.slice(1)}`, 'malformed'),
    vector('R-13', 'a lone last character', `${textOfBytes(even)}0`, 'malformed'),
    vector('R-13', 'a group of three past 65535', `LS1::::${body.slice(3)}`, 'malformed'),
    vector('R-13', 'a group of three that is 65536', `LS1:GGW${body.slice(3)}`, 'malformed'),
    vector('R-13', 'a last group of two past 255', `${textOfBytes(odd).slice(0, -2)}::`, 'malformed'),
    vector('R-13', 'a last group of two that is its byte and 256', `${overflow(textOfBytes(odd))}`, 'malformed'),
  ];
}

/** The last byte's group with 256 added: the same byte to a decoder that cuts off what it cannot hold. */
function overflow(text: string): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  const [low = '', high = ''] = text.slice(-2);
  const value = alphabet.indexOf(low) + 45 * alphabet.indexOf(high) + 256;
  return text.slice(0, -2) + alphabet.charAt(value % 45) + alphabet.charAt(Math.floor(value / 45));
}
