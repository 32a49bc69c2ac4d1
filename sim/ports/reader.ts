/**
 * A code reader at the end of a test's arm: what it reads is fed as bytes, through the same framing
 * as the real one's.
 */
import type { Cancel, Clock, ReaderEvent, TokenReader } from '../../firmware/ports/index.ts';
import { lineFramer } from '../../protocol/index.ts';

export interface SimReader extends TokenReader {
  /** The reader's wire carries these bytes; nobody hears them before the start, while it is lost, or after the end. */
  feed(bytes: Uint8Array): void;
  /** Somebody holds a code in front of it: the text, and the tail that the module puts behind. */
  scan(text: string): void;
  lose(reason: string): void;
  restore(): void;
}

export function simReader({ clock }: { readonly clock: Pick<Clock, 'after'> }): SimReader {
  let tell: ((event: ReaderEvent) => void) | undefined;
  let framer = lineFramer();
  let there = true;
  let ready = false;
  let closed = false;
  let coming: Cancel | undefined;

  function come(): void {
    if (tell === undefined || closed) return;
    framer = lineFramer();
    coming = clock.after(0, () => {
      ready = true;
      tell?.({ type: 'reader.ready' });
    });
  }

  function go(): void {
    ready = false;
    coming?.();
  }

  function feed(bytes: Uint8Array): void {
    if (!ready) return;
    for (const text of framer.push(bytes)) tell?.({ type: 'reader.text', text });
  }

  return {
    start(listener) {
      if (tell !== undefined) throw new Error('the reader was started before');
      tell = listener;
      if (there) come();
      else tell({ type: 'reader.lost', reason: 'the reader is not there' });
    },
    async close() {
      closed = true;
      go();
    },
    feed,
    scan: (text) => feed(Buffer.from(`${text}\r`, 'latin1')),
    lose(reason) {
      if (!there || closed) return;
      there = false;
      go();
      tell?.({ type: 'reader.lost', reason });
    },
    restore() {
      if (there || closed) return;
      there = true;
      come();
    },
  };
}
