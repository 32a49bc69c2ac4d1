/** The world of a command as a process has it: its streams, its signals, its machine's clock. */
import { randomBytes } from 'node:crypto';
import { EXIT, systemCode } from './failure.ts';
import type { Io } from './io.ts';

/**
 * Takes charge of the process's streams. When the reader of stdout has gone (`| head`), that is no
 * error: what is written from then on goes nowhere, and verbs that never end by themselves are told.
 */
export function processIo(): Io {
  const onStdoutGone = new Set<() => void>();
  let stdoutGone = false;
  process.stdout.on('error', (error: Error) => {
    if (systemCode(error) !== 'EPIPE') {
      process.stderr.write(`latchstring: cannot write the result: ${error.message}\n`);
      process.exit(EXIT.io);
    }
    stdoutGone = true;
    for (const callback of [...onStdoutGone]) callback();
  });
  // Nowhere is left to tell it to.
  process.stderr.on('error', () => undefined);
  return {
    stdin: process.stdin,
    stdinIsTerminal: process.stdin.isTTY === true,
    out: (text) => {
      if (!stdoutGone) process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
    rawKeys: () => {
      process.stdin.setRawMode(true);
      return () => process.stdin.setRawMode(false);
    },
    closeInput: () => {
      process.stdin.destroy();
    },
    terminal: () => (process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : undefined),
    clock: async () => (await import('../clock/system.ts')).systemClock(),
    random: (length) => new Uint8Array(randomBytes(length)),
    onInterrupt: (callback) => {
      process.on('SIGINT', callback);
      process.on('SIGTERM', callback);
      onStdoutGone.add(callback);
      return () => {
        process.off('SIGINT', callback);
        process.off('SIGTERM', callback);
        onStdoutGone.delete(callback);
      };
    },
  };
}
