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

/** Each event with what it says. */
export const BELL_EVENT_TEXTS = {
  pressed: 'the button went down',
  released: 'the button came up',
  found_pressed: 'seen for the first time, and it is down: nobody has pressed it that we know of',
  elapsed: "the row's own wait is over",
  'board.lost': 'the board is gone, with everything on it',
} as const;
export type BellEvent = keyof typeof BELL_EVENT_TEXTS;
export const BELL_EVENTS = Object.keys(BELL_EVENT_TEXTS) as readonly BellEvent[];

/** What a cell may do, each with what it means. */
export const BELL_WORDS = {
  ring: 'sound the chime, tell `ring`, and tell the visit; within the chime of the ring before it is counted instead of told',
  tell_double_press: 'tell `double_press`, of the same ring, if that was told',
  tell_long_press: 'tell `long_press`, of the same ring',
  report_stuck: 'report the stuck button, once',
} as const;
export type BellWord = keyof typeof BELL_WORDS;

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
