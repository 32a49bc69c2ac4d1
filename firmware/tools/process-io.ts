/** The world of a command as a process has it: its streams, its signals, its machine's clock. */
import { randomBytes } from 'node:crypto';
import { EXIT, systemCode } from './failure.ts';
import type { Interrupt, Io } from './io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How long a verb that was told to end and has ended waits for whoever does not read its last lines. */
const UNREAD_MS_MAX = 1_000;

export interface ProcessIo extends Io {
  /** The verb is over. Once a signal has ended it, a reader who has stopped keeps the process no longer. */
  over(): Promise<void>;
}

/**
 * Node writes to a terminal until it has taken everything, and does nothing else meanwhile: one that is held (Ctrl-S) or
 * hangs on a dead line would stop the lock (measured: after 17 kB). This is a pipe's way, and Node has no other word for it.
 */
function waitForNoTerminal(stream: object): void {
  const { _handle: handle } = stream as { readonly _handle?: { setBlocking?(isBlocking: boolean): void } };
  handle?.setBlocking?.(false);
}

/**
 * Takes charge of the process's streams. When the reader of stdout has gone (`| head`, a terminal that
 * was closed), that is no error: what is written from then on goes nowhere, and verbs are told. So they are when
 * what is written cannot be kept, on a full disk: they end in order, and the exit code says it.
 */
export function processIo(): ProcessIo {
  const onStdoutGone = new Set<(interrupt: Interrupt) => void>();
  let stdoutGone = false;
  let signalled = false;
  // Then Node 20 aborts at its end, when it gives the terminal back (measured): it ends by the hang-up instead.
  let hungUp = false;
  for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) waitForNoTerminal(stream);
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
        signalled = true;
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
    async over() {
      const unread = process.stdout.writableLength + process.stderr.writableLength;
      if (!signalled || unread === 0) return;
      (await import('../clock/system.ts')).systemClock().after(UNREAD_MS_MAX, () => process.exit());
    },
  };
}
