import { readFileSync, writeFileSync } from 'node:fs';
import { cborVectors } from './cbor-vectors.ts';
import { chainVectors } from './chain-vectors.ts';
import { controlVectors } from './control-vectors.ts';
import { signatureVectors } from './ed25519-vectors.ts';
import { gapVectors } from './gap-vectors.ts';
import { limitVectors } from './limit-vectors.ts';
import { memoryVectors } from './memory-vectors.ts';
import { messageVectors } from './message-vectors.ts';
import { refusalVectors } from './refusal-vectors.ts';
import { reportVectors } from './report-vectors.ts';
import { storyVectors } from './story-vectors.ts';
import { textVectors } from './text-vectors.ts';
import type { Vector } from './vector.ts';
import { withExample } from './worked-example.ts';

/** As the files stand beside the protocol: one field to a line, as Biome would write it. */
export function asFile(vectors: readonly object[]): string {
  const fieldOf = ([key, value]: [string, unknown]): string => {
    const name = `    ${JSON.stringify(key)}: `;
    return name + fitted(value, '    ', `${name},`.length);
  };
  const blocks = vectors.map((vector) => `  {\n${Object.entries(vector).map(fieldOf).join(',\n')}\n  }`);
  return `[\n${blocks.join(',\n')}\n]\n`;
}

const LINE_CHARS_MAX = 120;

/** A list or an object goes to several lines when it is too long for one, `taken` of which are written. */
function fitted(value: unknown, indent: string, taken: number): string {
  const line = inOneLine(value);
  if (typeof value !== 'object' || value === null || taken + line.length <= LINE_CHARS_MAX) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => inner + fitted(item, inner, inner.length + 1))
    : Object.entries(value).map(([key, field]) => {
        const name = `${inner}${JSON.stringify(key)}: `;
        return name + fitted(field, inner, name.length + 1);
      });
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

/** Lists and objects, too, which JSON.stringify would spread. */
function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Object.keys(value).length === 0) return '{}';
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${inOneLine(field)}`);
  return `{ ${fields.join(', ')} }`;
}

/** What judges a presentation. The vectors of controls, and of signatures alone, have other shapes. */
export const PRESENTATIONS: Readonly<Record<string, () => readonly Vector[]>> = {
  'protocol/vectors/base45.json': textVectors,
  'protocol/vectors/cbor.json': cborVectors,
  'protocol/vectors/chain.json': chainVectors,
  'protocol/vectors/limits.json': limitVectors,
  'protocol/vectors/memory.json': memoryVectors,
  'protocol/vectors/refusals.json': refusalVectors,
};

export const CONTROLS = 'protocol/vectors/controls.json';

export const REPORTS = 'protocol/vectors/reports.json';

export const MESSAGES = 'protocol/vectors/messages.json';

export const GAPS = 'protocol/vectors/gaps.json';

/** Rules about what a lock does in time. */
export const STORIES = 'protocol/vectors/stories.json';

export const SPEC = 'protocol/SPEC.md';

export const FILES: Readonly<Record<string, () => string>> = {
  'protocol/vectors/ed25519.json': () => asFile(signatureVectors()),
  [CONTROLS]: () => asFile(controlVectors()),
  [REPORTS]: () => asFile(reportVectors()),
  [MESSAGES]: () => asFile(messageVectors()),
  [GAPS]: () => asFile(gapVectors()),
  [STORIES]: () => asFile(storyVectors()),
  ...Object.fromEntries(Object.entries(PRESENTATIONS).map(([path, vectors]) => [path, () => asFile(vectors())])),
  [SPEC]: () => withExample(readFileSync(SPEC, 'utf8')),
};

if (process.argv.includes('--write')) {
  for (const [path, text] of Object.entries(FILES)) {
    writeFileSync(path, text());
    process.stdout.write(`${path} is written\n`);
  }
}
