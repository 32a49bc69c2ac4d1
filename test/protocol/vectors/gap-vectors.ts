/** gaps.json: what a listener misses, and what the lock itself has said that it could not keep. */

/** An event that is heard; where it is `events_lost`, how many were lost, between which numbers. */
export interface HeardEvent {
  readonly seq: number;
  readonly lost?: readonly [count: number, first: number, last: number];
}

export interface GapVector {
  readonly name: string;
  readonly section: string;
  readonly heard: readonly HeardEvent[];
  /** What is missing at the end, and was not lost by the lock: ranges of seq, ascending. */
  readonly missing: readonly (readonly [first: number, last: number])[];
  readonly expect: 'accept' | 'refuse';
}

function heard(name: string, events: readonly (number | HeardEvent)[], missing: GapVector['missing']): GapVector {
  return {
    name,
    section: 'R-207',
    heard: events.map((one) => (typeof one === 'number' ? { seq: one } : one)),
    missing,
    expect: missing.length === 0 ? 'accept' : 'refuse',
  };
}

export function gapVectors(): readonly GapVector[] {
  return [
    heard('one after the other', [0, 1, 2, 3], []),
    heard('the first that is heard is no gap', [7, 8], []),
    heard('one is missing', [0, 2], [[1, 1]]),
    heard('three are missing', [4, 8], [[5, 7]]),
    heard(
      'two gaps',
      [0, 2, 3, 6],
      [
        [1, 1],
        [4, 5],
      ],
    ),
    heard('what was missing comes', [0, 3, 1, 2], []),
    heard(
      'a part of what was missing comes',
      [0, 5, 2],
      [
        [1, 1],
        [3, 4],
      ],
    ),
    heard('a repetition fills nothing', [0, 2, 2, 0], [[1, 1]]),
    heard('as many are missing as the lock has lost', [0, 4, { seq: 5, lost: [3, 1, 3] }], []),
    heard('fewer are missing than the lock has lost', [0, 2, 4, { seq: 5, lost: [3, 1, 3] }], []),
    heard('more are missing than the lock has lost', [0, 5, { seq: 6, lost: [3, 1, 4] }], [[1, 4]]),
    heard('others are missing than the lock has lost', [0, 2, 3, 6, { seq: 7, lost: [2, 4, 5] }], [[1, 1]]),
    heard('the lock has lost some between those that it has kept', [0, 2, 4, { seq: 5, lost: [2, 1, 3] }], []),
    heard('what comes behind the word of the lock is another gap', [0, 3, { seq: 4, lost: [2, 1, 2] }, 6], [[5, 5]]),
  ];
}
