/** Tables and diagrams in Markdown, drawn from the tables that run. */
import type { Cell, Table } from './table.ts';

type AnyCell = Cell<string, string, string>;
type AnyTable = Table<string, string, string, string>;

export const spaced = (word: string): string => word.replaceAll('_', ' ');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const rows = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');

/** Words with what they mean, spelled as the grids spell them. */
export const list = (head: string, texts: Readonly<Record<string, string>>): string =>
  rows(
    [head, 'which means'],
    Object.entries(texts).map(([word, text]) => [head === 'event' ? `\`${word}\`` : spaced(word), text]),
  );

function cellText(cell: AnyCell): string {
  switch (cell.kind) {
    case 'to':
      return [`**→ ${cell.row}**`, ...cell.words.map(spaced)].join('<br>');
    case 'stay':
      return cell.words.length === 0 ? '·' : cell.words.map(spaced).join('<br>');
    case 'when':
      return guardedText(cell);
    case 'ignore':
      return '·';
    case 'impossible':
      return '✗';
  }
}

/** Guards that lead to the same place when they fail are one condition. */
function guardedText(cell: Extract<AnyCell, { kind: 'when' }>): string {
  const otherwise = cellText(cell.otherwise);
  const guards = [cell.guard];
  let { then } = cell;
  while (then.kind === 'when' && cellText(then.otherwise) === otherwise) {
    guards.push(then.guard);
    then = then.then;
  }
  const condition = guards.map((guard) => `*${spaced(guard)}*`).join(' and ');
  return `if ${condition}: ${cellText(then)}${otherwise === '·' ? '' : `<br>else: ${otherwise}`}`;
}

export function grid(
  table: AnyTable,
  columns: readonly string[],
  events: readonly string[],
  waits: Readonly<Record<string, string>>,
): string {
  const cell = (row: string, event: string): string => {
    const found = table[row]?.[event];
    if (found === undefined) throw new Error(`no cell for ${event} in ${row}`);
    return cellText(found);
  };
  return rows(
    ['', ...columns.map((row) => `\`${row}\``)],
    [
      ['*waits for*', ...columns.map((row) => (waits[row] === 'none' ? '' : `*${waits[row]}*`))],
      ...events.map((event) => [`\`${event}\``, ...columns.map((row) => cell(row, event))]),
    ],
  );
}

/** Every row that a cell may lead to. */
function targets(cell: AnyCell): readonly string[] {
  if (cell.kind === 'to') return [cell.row];
  return cell.kind === 'when' ? [...targets(cell.then), ...targets(cell.otherwise)] : [];
}

export function diagram(table: AnyTable, columns: readonly string[], events: readonly string[], first: string): string {
  const arrows = new Map<string, string[]>();
  for (const row of columns) {
    for (const event of events) {
      const cell = table[row]?.[event];
      for (const target of cell === undefined ? [] : new Set(targets(cell))) {
        const key = `${row} --> ${target}`;
        arrows.set(key, [...(arrows.get(key) ?? []), event]);
      }
    }
  }
  const lines = [...arrows].map(([arrow, causes]) => `    ${arrow}: ${causes.join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', `    [*] --> ${first}`, ...lines, '```'].join('\n');
}
