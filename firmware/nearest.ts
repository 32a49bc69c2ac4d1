/** The word that somebody who mistyped one most probably meant. */

export interface Near {
  readonly word: string;
  /** Letters to put in, take out or change: Levenshtein's distance. */
  readonly changes: number;
}

export function nearest(typed: string, known: readonly string[]): Near | undefined {
  let best: Near | undefined;
  for (const word of known) {
    const changes = changesBetween(typed, word);
    if (best === undefined || changes < best.changes) best = { word, changes };
  }
  return best;
}

function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
