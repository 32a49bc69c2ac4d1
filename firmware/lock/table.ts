/**
 * The language that both tables are written in.
 *
 * A machine stands in one row. An event finds its cell in that row, and the cell says what happens:
 *
 *     to(row, …words)          go there, and do these things
 *     stay(…words)             do these things, and stand where you are
 *     when(guard, cell, cell)  one or the other, by what is observed
 *     ignore                   it may happen, and there is nothing to do
 *     impossible               only the firmware itself could cause it, and it never does here
 *
 * A row may wait: its name for the wait stands beside it, and a machine waits for one thing at a
 * time. Entering a row begins its wait, leaving the row ends it, so that no timer outlives its
 * reason. Every (row, event) has a cell, or the table does not compile.
 */
export type Cell<Row extends string, Word extends string, Guard extends string> =
  | { readonly kind: 'to'; readonly row: Row; readonly words: readonly Word[] }
  | { readonly kind: 'stay'; readonly words: readonly Word[] }
  | {
      readonly kind: 'when';
      readonly guard: Guard;
      readonly then: Cell<Row, Word, Guard>;
      readonly otherwise: Cell<Row, Word, Guard>;
    }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'impossible' };

export type Table<Row extends string, Event extends string, Word extends string, Guard extends string> = {
  readonly [R in Row]: { readonly [E in Event]: Cell<Row, Word, Guard> };
};

export const to = <Row extends string, Word extends string = never>(row: Row, ...words: readonly Word[]) =>
  ({ kind: 'to', row, words }) as const;
export const stay = <Word extends string = never>(...words: readonly Word[]) => ({ kind: 'stay', words }) as const;
export const when = <Guard extends string, Then, Otherwise>(guard: Guard, then: Then, otherwise: Otherwise) =>
  ({ kind: 'when', guard, then, otherwise }) as const;
export const ignore = { kind: 'ignore' } as const;
export const impossible = { kind: 'impossible' } as const;

/** What a cell comes to, once its guards have been asked. */
export interface Move<Row extends string, Word extends string> {
  readonly row: Row;
  readonly words: readonly Word[];
  readonly moved: boolean;
  readonly impossible: boolean;
}

export function look<Row extends string, Event extends string, Word extends string, Guard extends string>(
  table: Table<Row, Event, Word, Guard>,
  row: Row,
  event: Event,
  holds: (guard: Guard) => boolean,
): Move<Row, Word> {
  let cell = table[row][event];
  while (cell.kind === 'when') cell = holds(cell.guard) ? cell.then : cell.otherwise;
  switch (cell.kind) {
    case 'to':
      return { row: cell.row, words: cell.words, moved: cell.row !== row, impossible: false };
    case 'stay':
      return { row, words: cell.words, moved: false, impossible: false };
    case 'ignore':
      return { row, words: [], moved: false, impossible: false };
    case 'impossible':
      return { row, words: [], moved: false, impossible: true };
  }
}
