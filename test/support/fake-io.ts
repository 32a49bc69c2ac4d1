/** The world of a command as a test holds it: what it printed, and a Ctrl-C to press. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../firmware/clock/system.ts';
import type { Io } from '../../firmware/tools/io.ts';

export interface FakeIo extends Io {
  readonly printed: { out: string; err: string };
  interrupt(): void;
  /** What was printed as JSON lines on stdout. */
  lines(): readonly Record<string, unknown>[];
}

export function fakeIo(stdin: AsyncIterable<Uint8Array> = silence()): FakeIo {
  const printed = { out: '', err: '' };
  const listeners = new Set<() => void>();
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
    rawKeys: () => () => undefined,
    closeInput: () => undefined,
    terminal: () => undefined,
    clock: async () => systemClock(),
    random: (length) => new Uint8Array(randomBytes(length)),
    onInterrupt: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    interrupt: () => {
      for (const listener of [...listeners]) listener();
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
