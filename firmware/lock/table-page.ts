/**
 * TABLE.md, drawn from the tables themselves: what people review is what runs. `npm run table`
 * writes it, and a test fails when it is stale.
 */
import { BOLT, BOLT_EVENTS, BOLT_ROWS, BOLT_WAITS } from './bolt.ts';
import type { Cell, Table } from './table.ts';
import { VISIT, VISIT_EVENTS, VISIT_ROWS, VISIT_WAITS } from './visit.ts';

type AnyCell = Cell<string, string, string>;

const spaced = (word: string): string => word.replaceAll('_', ' ');

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

type AnyTable = Table<string, string, string, string>;

function grid(
  table: AnyTable,
  rows: readonly string[],
  events: readonly string[],
  waits: Record<string, string>,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cell = (row: string, event: string): string => {
    const found = table[row]?.[event];
    if (found === undefined) throw new Error(`no cell for ${event} in ${row}`);
    return cellText(found);
  };
  return [
    line(['', ...rows.map((row) => `\`${row}\``)]),
    line(['---', ...rows.map(() => '---')]),
    line(['*waits for*', ...rows.map((row) => (waits[row] === 'none' ? '' : `*${waits[row]}*`))]),
    ...events.map((event) => line([`\`${event}\``, ...rows.map((row) => cell(row, event))])),
  ].join('\n');
}

/** Every row that a cell may lead to. */
function targets(cell: AnyCell): readonly string[] {
  if (cell.kind === 'to') return [cell.row];
  return cell.kind === 'when' ? [...targets(cell.then), ...targets(cell.otherwise)] : [];
}

function diagram(table: AnyTable, rows: readonly string[], events: readonly string[], first: string): string {
  const arrows = new Map<string, string[]>();
  for (const row of rows) {
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

export function tablePage(): string {
  return `# What the lock does

Drawn by \`npm run table\` from [bolt.ts](bolt.ts) and [visit.ts](visit.ts), which also say why. Do not edit.

Read a column as "while it is …", a row as "when … happens". **→ row** is where it goes, the words below are what it
does. \`·\` may happen, and there is nothing to do. ✗ only the firmware itself could cause it, and it never does here;
should it happen all the same, the lock lets go of the bolt and knows nothing until it observes again.
*Waits for* names the one wait of a row, which begins when the row is entered and ends when it is left; \`elapsed\` is
its end. How long each wait is stands in the [profile](profiles/door.ts).

An event from outside goes to the bolt, then to the visit. The visit moves the bolt by \`withdraw\` and \`throw\`, and
hears what was observed of it as \`lock.*\`.

## The bolt

${grid(BOLT, BOLT_ROWS, BOLT_EVENTS, BOLT_WAITS)}

${diagram(BOLT, BOLT_ROWS, BOLT_EVENTS, 'unknown')}

## The visit

${grid(VISIT, VISIT_ROWS, VISIT_EVENTS, VISIT_WAITS)}

${diagram(VISIT, VISIT_ROWS, VISIT_EVENTS, 'idle')}
`;
}
