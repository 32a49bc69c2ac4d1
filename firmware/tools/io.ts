/**
 * The world of a command: its three streams, the time, chance and Ctrl-C. Verbs take it as an
 * argument, so that a test can hold every one of them.
 */
import type { Cancel, Clock } from '../ports/index.ts';
import type { Failure } from './failure.ts';
import { printable } from './printable.ts';

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether a person types what comes in on stdin. */
  readonly stdinIsTerminal: boolean;
  out(text: string): void;
  /** Bytes that `out` took and the reader of stdout has not: they wait in memory. */
  unread(): number;
  err(text: string): void;
  /** Keys come as they are pressed, unseen and without a line end, Ctrl-C among them. Returns how to go back. */
  rawKeys(): Cancel;
  /** Nothing more is read: a process that waits for input can end. */
  closeInput(): void;
  /** Size of the terminal that stdout is, in characters; undefined when it is none. */
  terminal(): { readonly columns: number; readonly rows: number } | undefined;
  /** Given when asked for: loading it costs more than printing a page of help. */
  clock(): Promise<Clock>;
  /** Unpredictable bytes, fit for keys. */
  random(length: number): Uint8Array;
  /** Calls back at Ctrl-C, at SIGTERM, when the terminal hangs up, and when nothing takes what is written to stdout any more. */
  onInterrupt(callback: (interrupt: Interrupt) => void): Cancel;
}

/** Why a verb is to end now. Nobody sends us SIGPIPE: it stands for a reader of stdout that has gone, or a disk that is full. */
export type Interrupt = keyof typeof SIGNAL_NUMBERS;

/** POSIX, `kill`: these numbers are the same everywhere. */
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

/** The exit code of a verb that was cut short, as a shell would show it. One that only ends when it is told to is done. */
export const interruptedCode = (interrupt: Interrupt): number => 128 + SIGNAL_NUMBERS[interrupt];

/** A result: one JSON object, or lines for people. */
export function say(io: Io, json: boolean, value: object, lines: readonly string[]): void {
  io.out(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** What went wrong, on stderr: one JSON object, or two lines for people. `file` is given where several are worked on. */
export function complain(io: Io, json: boolean, { code, message, next }: Failure, file?: string): void {
  io.err(
    json
      ? `${JSON.stringify({ ...(file === undefined ? {} : { file }), error: { code, message, next } })}\n`
      : `latchstring: ${printable(message)}\n  ${printable(next)}\n`,
  );
}

/**
 * Stdin as text, one character for each byte, up to its end or `bytesMax`; undefined when there is
 * more. It stops reading there: an endless input costs no memory and no time.
 */
export async function readStdin(io: Io, bytesMax: number, isEnough?: (text: string) => boolean) {
  let text = '';
  for await (const chunk of io.stdin) {
    if (text.length + chunk.length > bytesMax) return undefined;
    for (const byte of chunk) text += String.fromCharCode(byte);
    if (isEnough?.(text)) break;
  }
  return text;
}

/** Text without the one line end that an editor or `echo` adds. Nothing more: base45 may end with a space. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');
