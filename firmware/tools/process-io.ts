/** The world of a command as a process has it: its streams, its signals, its machine's clock. */
import { randomBytes } from 'node:crypto';
import { EXIT, systemCode } from './failure.ts';
import type { Interrupt, Io } from './io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Takes charge of the process's streams. When the reader of stdout has gone (`| head`, a terminal that
 * was closed), that is no error: what is written from then on goes nowhere, and verbs are told. So they are when
 * what is written cannot be kept, on a full disk: they end in order, and the exit code says it.
 */
export function processIo(): Io {
  const onStdoutGone = new Set<(interrupt: Interrupt) => void>();
  let stdoutGone = false;
  // Then Node 20 aborts at its end, when it gives the terminal back (measured): it ends by the hang-up instead.
  let hungUp = false;
  process.stdout.on('error', (error: Error) => {
    if (stdoutGone) return;
    if (process.stdout.isTTY && systemCode(error) === 'EIO') hungUp = true;
    else if (systemCode(error) !== 'EPIPE') {
      process.stderr.write(`latchstring: cannot write the result: ${error.message}\n`);
      process.once('exit', () => {
        process.exitCode = EXIT.io;
      });
    }
    stdoutGone = true;
    for (const callback of [...onStdoutGone]) callback('SIGPIPE');
  });
  // Nowhere is left to tell it to.
  process.stderr.on('error', () => undefined);
  // Whoever reads is told by the reading. Without this a terminal that is given back to nobody would be a bug.
  process.stdin.on('error', () => undefined);
  process.once('exit', () => {
    if (!hungUp) return;
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  });
  return {
    stdin: process.stdin,
    stdinIsTerminal: process.stdin.isTTY === true,
    out: (text) => {
      if (!stdoutGone) process.stdout.write(text);
    },
    unread: () => process.stdout.writableLength,
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
      const hear = (signal: Interrupt): void => {
        if (signal === 'SIGHUP') hungUp = process.stdin.isTTY || process.stdout.isTTY;
        callback(signal);
      };
      for (const signal of SIGNALS) process.on(signal, hear);
      onStdoutGone.add(callback);
      return () => {
        for (const signal of SIGNALS) process.off(signal, hear);
        onStdoutGone.delete(callback);
      };
    },
  };
}
