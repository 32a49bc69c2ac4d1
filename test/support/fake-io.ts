/** The world of a command as a test holds it: what it printed, and a Ctrl-C to press. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../firmware/clock/system.ts';
import type { Interrupt, Io } from '../../firmware/tools/io.ts';

export interface FakeIo extends Io {
  readonly printed: { out: string; err: string };
  interrupt(interrupt?: Interrupt): void;
  /** What was printed as JSON lines on stdout. */
  lines(): readonly Record<string, unknown>[];
}

export function fakeIo(stdin: AsyncIterable<Uint8Array> = silence()): FakeIo {
  const printed = { out: '', err: '' };
  const listeners = new Set<(interrupt: Interrupt) => void>();
  return {
    stdin,
    stdinIsTerminal: false,
    printed,
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    unread: () => 0,
    rawKeys: () => () => undefined,
    closeInput: () => undefined,
    terminal: () => undefined,
    clock: async () => systemClock(),
    random: (length) => new Uint8Array(randomBytes(length)),
    onInterrupt: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    interrupt: (interrupt = 'SIGINT') => {
      for (const listener of [...listeners]) listener(interrupt);
    },
    lines: () =>
      printed.out
        .split('\n')
        .filter((line) => line !== '')
        .map((line): Record<string, unknown> => JSON.parse(line)),
  };
}

async function* silence(): AsyncIterable<Uint8Array> {
  // Nobody types anything.
}
