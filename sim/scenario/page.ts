/** The tables of `docs/scenarios.md`, drawn from the words, conditions, faults and promises themselves. */
import { REFUSALS, type Refusal } from '../../protocol/index.ts';
import { CHECKERS } from '../check/index.ts';
import { GROUPS } from '../faults/catalogue.ts';
import { CONDITION_NAMES, CONDITIONS } from './conditions.ts';
import { isMap } from './kinds.ts';
import { TIERS } from './stage.ts';
import { WORDS } from './words/index.ts';

/** What a page may have drawn for it, by the name in its marks. */
const TABLES: Readonly<Record<string, () => string>> = { words, expectations, answers, faults, promises };

const mark = (name: string, end: boolean): string => `<!-- ${end ? 'end of ' : ''}${name} -->`;

/** The page with its tables drawn anew between their marks. Asserts that it has them. */
export function redrawn(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, draw]) => {
    const from = text.indexOf(mark(name, false));
    const to = text.indexOf(mark(name, true));
    if (from < 0 || to < from) throw new Error(`docs/scenarios.md has no place for ${name}`);
    return `${text.slice(0, from)}${mark(name, false)}\n${draw()}\n${text.slice(to)}`;
  }, page);
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

function words(): string {
  return table(
    ['word', 'which means', 'for example'],
    Object.entries(WORDS).map(([word, { help, examples }]) => [
      `\`${word}\``,
      help,
      examples.map((one) => `\`- ${one}\``).join('<br>'),
    ]),
  );
}

function expectations(): string {
  return table(
    ['expected', 'which is', 'one of'],
    CONDITION_NAMES.map((name) => {
      const { help, schema } = CONDITIONS[name];
      return [`\`${name}\``, help, Array.isArray(schema.enum) ? schema.enum.map((one) => `\`${one}\``).join(' ') : ''];
    }),
  );
}

function answers(): string {
  const refusals = Object.keys(REFUSALS) as Refusal[];
  return table(
    ['`answer`', 'when it is `refused`'],
    (['denied', 'try_again'] as const).map((answer) => [
      `\`${answer}\``,
      refusals
        .filter((refusal) => REFUSALS[refusal].bearer === answer)
        .map((refusal) => `\`${refusal}\``)
        .join(' '),
    ]),
  );
}

function faults(): string {
  const rows = Object.values(GROUPS).flatMap((group) =>
    Object.entries(group).map(([name, { help, must, tiers, schema }]) => [
      `\`${name}\``,
      [...(isMap(schema.properties) ? Object.keys(schema.properties) : [])].map((one) => `\`${one}\``).join(' '),
      tiers.length === TIERS.length ? '' : tiers.join(' '),
      help,
      must,
    ]),
  );
  return table(['fault', 'with', 'tier', 'what happens', 'what the lock must do'], rows);
}

function promises(): string {
  const rows = CHECKERS.map(({ name, promises: promise, tiers = TIERS }) => [
    `\`${name}\``,
    tiers.length === TIERS.length ? '' : tiers.join(' '),
    promise,
  ]);
  return table(['promise', 'tier', 'what every run is watched for'], rows);
}
