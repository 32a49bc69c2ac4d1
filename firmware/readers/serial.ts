/**
 * A code reader on a serial port: a QR module (GM65 and its kin: 9600 baud, 8N1) sends the text of
 * what it saw and a tail that was chosen when it was set up. It does not say that it is there, and a
 * line without scans looks like a line without reader; what we can tell is that the port is open.
 *
 * A read may end anywhere in a text, or hold two. What a lost port had begun to say is forgotten.
 */
import { lineFramer } from '../../protocol/index.ts';
import type { Cancel, Clock, ReaderEvent, TokenReader } from '../ports/index.ts';
import { type BackoffOptions, backoff, RETRY } from '../serial/backoff.ts';
import type { Transport } from '../serial/port.ts';

export interface SerialReaderOptions {
  readonly clock: Clock;
  /** Gives a wire that has not opened yet, each time another one. */
  readonly open: () => Transport;
  readonly log?: (message: string) => void;
  readonly retry?: BackoffOptions;
}

export function serialReader({ clock, open, log = () => undefined, retry = RETRY }: SerialReaderOptions): TokenReader {
  const wait = backoff(retry);
  let tell: ((event: ReaderEvent) => void) | undefined;
  let wire: Transport | undefined;
  let cancel: Cancel | undefined;
  let closed = false;
  let toldLost = false;

  function next(): void {
    const transport = open();
    const framer = lineFramer();
    wire = transport;
    const current = () => wire === transport && !closed;

    transport.on('open', () => {
      if (!current()) return;
      wait.reset();
      toldLost = false;
      tell?.({ type: 'reader.ready' });
    });
    transport.on('data', (bytes) => {
      if (!current()) return;
      for (const text of framer.push(bytes)) tell?.({ type: 'reader.text', text });
    });
    transport.on('close', () => lost('the reader was unplugged, or its port closed'));
    transport.on('error', (error) => lost(error.message));

    function lost(reason: string): void {
      if (!current()) return;
      wire = undefined;
      transport.close().catch((error: Error) => log(error.message));
      const delayMs = wait.nextMs();
      log(`reader lost: ${reason}; next try in ${delayMs} ms`);
      cancel = clock.after(delayMs, next);
      // A night without a reader is one event; the log has every try.
      if (toldLost) return;
      toldLost = true;
      tell?.({ type: 'reader.lost', reason });
    }
  }

  return {
    start(listener) {
      if (tell !== undefined) throw new Error('the reader was started before');
      tell = listener;
      next();
    },
    async close() {
      closed = true;
      cancel?.();
      await wire?.close();
    },
  };
}
