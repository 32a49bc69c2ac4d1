/**
 * The one place that knows johnny-five and firmata-io, and what it takes to live with them:
 *
 * - A board is built on a wire that opens later, and needs `repl`, `debug` and `sigint` off, or it
 *   takes over the terminal and the signals of the process.
 * - firmata-io waits 5 s before it asks a silent board who it is. We ask at once (see link.ts), and
 *   end that wait, since an armed timer keeps the process alive.
 * - johnny-five lists every board in a cache of the module: 22 KB each, never freed (measured). A
 *   lock that reconnects all night takes its boards out again.
 * - Its `Servo` keeps each instance in a map of the module for ever, attaches the pin in its
 *   constructor, and sends nothing when told the angle that it was last told: after a detach the
 *   pin would pulse at the middle, with the bolt. So the servo is driven through the board's own
 *   `servoConfig` and `servoWrite`.
 * - Its `Relay` never sends a pin's mode, and `Motor` writes when it is constructed: see output.ts.
 */
import firmataIo from 'firmata-io';
import five, { type Board } from 'johnny-five';
import type { Link } from './link.ts';

export type { Board } from 'johnny-five';

/** Pin modes of the Firmata protocol. */
export const MODE = { output: 0x01, analog: 0x02, servo: 0x04, pullup: 0x0b } as const;

export interface BoardListener {
  /** The handshake is through: pins and their capabilities are known. */
  ready(board: Board): void;
  /** The microcontroller said its version again: it has been reset, and has forgotten its pins. */
  reset(): void;
  /** johnny-five gave up. */
  failed(message: string): void;
}

export interface LiveBoard {
  readonly board: Board;
  /** Takes the board out of the list and stops its timers. The link has ended: nothing is heard of it any more. */
  dispose(): void;
}

export function johnnyFive(link: Link, listener: BoardListener): LiveBoard {
  const io = new firmataIo.Firmata(link);
  clearTimeout(io.reportVersionTimeoutId);
  const board = new five.Board({ io, repl: false, debug: false, sigint: false });
  let ready = false;
  board.on('error', (error: { readonly message: string }) => listener.failed(error.message));
  io.on('reportversion', () => {
    // Until the handshake is through, a version may be the answer to our question or the board's own
    // announcement, or both; no pin has been set up yet that a reset could undo.
    if (ready) listener.reset();
  });
  board.on('ready', () => {
    ready = true;
    listener.ready(board);
  });
  return {
    board,
    dispose() {
      if (board.timer !== null) clearTimeout(board.timer);
      const { cache } = five.Board;
      const at = cache.indexOf(board);
      if (at !== -1) cache.splice(at, 1);
    },
  };
}
