/**
 * THE BELL: one button at the door, and what a finger on it means.
 *
 *     up ── pressed: ring ──▶ down ── released ──▶ let_go ── pressed: double press ──▶ down_again
 *      ▲                       │ elapsed: long press      └── elapsed ──▶ up
 *      │                       ▼
 *      └── released ──────── held ── elapsed: reported once ──▶ stuck ── released ──▶ up
 *
 * The ring is told at the first press, at once: whoever stands outside is not kept waiting for what
 * else the finger may do. A double and a long press are told after it, of the same ring. Rings
 * within `repeatMs` of one that was told are counted, and the next one that is told says how many.
 */
import { ignore, impossible, type Table, to } from './table.ts';

export const BELL_ROWS = ['up', 'down', 'let_go', 'down_again', 'held', 'stuck'] as const;
export type BellRow = (typeof BELL_ROWS)[number];

export const BELL_EVENTS = [
  'pressed',
  'released',
  /** Seen for the first time, and it is down: nobody has pressed it that we know of. */
  'found_pressed',
  // The row's own wait is over.
  'elapsed',
  'board.lost',
] as const;
export type BellEvent = (typeof BELL_EVENTS)[number];

export type BellWord = 'ring' | 'tell_double_press' | 'tell_long_press' | 'report_stuck';

export const BELL_WAITS = {
  up: 'none',
  down: 'long',
  let_go: 'double',
  down_again: 'long',
  held: 'stuck',
  stuck: 'none',
} as const satisfies Record<BellRow, string>;

const forget = to('up');

export const BELL: Table<BellRow, BellEvent, BellWord, never> = {
  up: {
    pressed: to('down', 'ring'),
    released: ignore, // seen for the first time
    found_pressed: to('held'),
    elapsed: impossible,
    'board.lost': ignore,
  },
  down: {
    pressed: ignore,
    released: to('let_go'),
    found_pressed: ignore,
    elapsed: to('held', 'tell_long_press'),
    'board.lost': forget,
  },
  let_go: {
    pressed: to('down_again', 'tell_double_press'),
    released: ignore,
    found_pressed: ignore,
    elapsed: to('up'),
    'board.lost': forget,
  },
  down_again: {
    pressed: ignore,
    released: to('up'),
    found_pressed: ignore,
    elapsed: to('held', 'tell_long_press'),
    'board.lost': forget,
  },
  held: {
    pressed: ignore,
    released: to('up'),
    found_pressed: ignore,
    elapsed: to('stuck', 'report_stuck'),
    'board.lost': forget,
  },
  stuck: {
    pressed: ignore,
    released: to('up'),
    found_pressed: ignore,
    elapsed: impossible,
    'board.lost': forget,
  },
};
