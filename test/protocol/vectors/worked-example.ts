/** The worked example of SPEC.md, drawn from the bytes of the first vector. */
import { toHex } from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S } from '../../support/people.ts';
import { chainOf, textOfBytes } from './vector.ts';

const BEGIN = '<!-- The example: `npm run vectors` writes it. -->';
const END = '<!-- End of the example. -->';

/** The document with the example written anew. */
export function withExample(spec: string): string {
  const from = spec.indexOf(BEGIN);
  const to = spec.indexOf(END);
  if (from < 0 || to < from) throw new Error('SPEC.md has no place for the example');
  return `${spec.slice(0, from)}${BEGIN}\n\n${example()}\n${spec.slice(to)}`;
}

function example(): string {
  const { delegation, token, presentation } = chainOf();
  const text = textOfBytes(presentation);
  const guest = chainOf({ guest: true });
  const named = chainOf({ named: true });
  return [
    `Audience \`${AUDIENCE}\`, now ${NOON_S} (${new Date(NOON_S * 1000).toISOString().slice(0, 19)}Z), public keys:`,
    '',
    ...(['owner', 'carrier', 'courier'] as const).map((who) => `- ${who} \`${toHex(keys[who])}\``),
    '',
    ...message('D', delegation, []),
    ...message('T', token, [['D', delegation]]),
    ...message('P', presentation, [['T', token]]),
    `Text of P, ${text.length} characters. A guest's T has ${guest.token.length} bytes, and with its P ${guest.presentation.length}; one that names its D`,
    `has ${named.token.length}, and with its P ${named.presentation.length}.`,
    '',
    '```text',
    ...wrapped(text),
    '```',
    '',
  ].join('\n');
}

type Known = readonly (readonly [name: string, bytes: Uint8Array])[];

function message(name: string, bytes: Uint8Array, known: Known): readonly string[] {
  return [
    `**${name}**, ${bytes.length} bytes:`,
    '',
    '```text',
    diagnostic(bytes, known),
    '```',
    '',
    '```text',
    ...wrapped(toHex(bytes)),
    '```',
    '',
  ];
}

const wrapped = (text: string): readonly string[] => text.match(/.{1,96}/g) ?? [];

/** CBOR diagnostic notation (RFC 8949 §8, RFC 8610 §G.3) of good bytes; a message that is known by its name. */
export function diagnostic(bytes: Uint8Array, known: Known): string {
  let at = 0;
  const length = (): number => {
    const extra = (bytes[at++] ?? 0) & 31;
    if (extra < 24) return extra;
    let value = 0;
    for (let i = 1 << (extra - 24); i > 0; i--) value = value * 256 + (bytes[at++] ?? 0);
    return value;
  };
  const take = (count: number): Uint8Array => {
    at += count;
    return bytes.subarray(at - count, at);
  };
  const item = (indent: string, wrapsCbor = false): string => {
    for (const [name, what] of known) {
      if (toHex(bytes.subarray(at, at + what.length)) === toHex(what)) {
        at += what.length;
        return name;
      }
    }
    const major = (bytes[at] ?? 0) >> 5;
    const value = length();
    const inner = `${indent}  `;
    const many = (count: number, one: () => string): string[] => Array.from({ length: count }, one);
    switch (major) {
      case 0:
        return String(value);
      case 1:
        return String(-1 - value);
      case 2: {
        const body = take(value);
        // Directly in the array stand header and payload, which are maps, and the signature of 64 bytes.
        return wrapsCbor && body.length !== 64
          ? `<<${diagnostic(body, known).replaceAll('\n', '\n  ')}>>`
          : `h'${toHex(body).replace(/(.{64})(?=.)/g, `$1\n${indent}  `)}'`;
      }
      case 3:
        return JSON.stringify(new TextDecoder().decode(take(value)));
      case 4: {
        const items = many(value, () => item(inner, indent === ''));
        return items.every((one) => /^-?\d+$/.test(one))
          ? `[${items.join(', ')}]`
          : `[\n${items.map((one) => inner + one).join(',\n')}\n${indent}]`;
      }
      case 5: {
        const pairs = many(value, () => `${item(inner)}: ${item(inner)}`);
        const line = `{${pairs.join(', ')}}`;
        return line.length < 80 && !line.includes('\n')
          ? line
          : `{\n${pairs.map((pair) => inner + pair).join(',\n')}\n${indent}}`;
      }
      default:
        return `${value}(${item(indent)})`;
    }
  };
  return item('');
}
