import { readFileSync, writeFileSync } from 'node:fs';
import { cborVectors } from './cbor-vectors.ts';
import { chainVectors } from './chain-vectors.ts';
import { signatureVectors } from './ed25519-vectors.ts';
import { limitVectors } from './limit-vectors.ts';
import { refusalVectors } from './refusal-vectors.ts';
import { textVectors } from './text-vectors.ts';
import type { Vector } from './vector.ts';
import { withExample } from './worked-example.ts';

/** As the files stand beside the protocol: one field to a line, as Biome would write it. */
export function asFile(vectors: readonly object[]): string {
  const fieldOf = ([key, value]: [string, unknown]): string => `    ${JSON.stringify(key)}: ${inOneLine(value)}`;
  const blocks = vectors.map((vector) => `  {\n${Object.entries(vector).map(fieldOf).join(',\n')}\n  }`);
  return `[\n${blocks.join(',\n')}\n]\n`;
}

/** A list, too, which JSON.stringify would spread; a long one goes to several lines. */
function inOneLine(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const line = `[${value.map(inOneLine).join(', ')}]`;
  return line.length <= 90 ? line : `[\n${value.map((item) => `      ${inOneLine(item)}`).join(',\n')}\n    ]`;
}

/** What judges a presentation. The vectors of signatures alone have another shape. */
export const PRESENTATIONS: Readonly<Record<string, () => readonly Vector[]>> = {
  'protocol/vectors/base45.json': textVectors,
  'protocol/vectors/cbor.json': cborVectors,
  'protocol/vectors/chain.json': chainVectors,
  'protocol/vectors/limits.json': limitVectors,
  'protocol/vectors/refusals.json': refusalVectors,
};

export const SPEC = 'protocol/SPEC.md';

export const FILES: Readonly<Record<string, () => string>> = {
  'protocol/vectors/ed25519.json': () => asFile(signatureVectors()),
  ...Object.fromEntries(Object.entries(PRESENTATIONS).map(([path, vectors]) => [path, () => asFile(vectors())])),
  [SPEC]: () => withExample(readFileSync(SPEC, 'utf8')),
};

if (process.argv.includes('--write')) {
  for (const [path, text] of Object.entries(FILES)) {
    writeFileSync(path, text());
    process.stdout.write(`${path} is written\n`);
  }
}
