/**
 * The wire as firmata-io sees it: what comes is filtered, what goes out goes out now or never.
 *
 * firmata-io writes each message by itself, and the system may put any time between two writes.
 * Where two of them belong together (a servo that is attached must hear its position before its
 * next pulse) `burst` makes them one.
 *
 * A board that takes a garbled byte for the beginning of a sysex swallows every word until one ends it
 * (measured), the one that lets go of a strike too. So a burst begins with such an end; a board that
 * is in none passes over it. What must be heard is said in a burst, even where it is one word.
 *
 * An Uno is reset by the opening of its port and announces itself when its bootloader is done, one
 * to two seconds later; a Leonardo, or a board behind a socket, has run for long and says nothing
 * until asked. So we ask at once: it is answered by the one and lost on the other.
 */
import { EventEmitter } from 'node:events';
import type { Transport } from '../serial/port.ts';
import { sysexFilter } from './sysex-filter.ts';

const ASK_VERSION_AND_FIRMWARE = Uint8Array.of(0xf9, 0xf0, 0x79, 0xf7);
const SYSEX_END = Uint8Array.of(0xf7);

export interface LinkListener {
  /** The wire is gone or cannot be trusted any more. May come more than once. */
  lost(reason: string): void;
  note(message: string): void;
}

export class Link extends EventEmitter<{ open: []; data: [bytes: Uint8Array] }> {
  readonly #transport: Transport;
  readonly #listener: LinkListener;
  #state: 'new' | 'open' | 'ended' = 'new';
  #burst: Uint8Array[] | undefined;
  #unsent = 0;
  #whenSent: (() => void)[] = [];

  /** `analog` are the channels that will be read. */
  constructor(transport: Transport, listener: LinkListener, analog: readonly number[] = []) {
    super();
    this.#transport = transport;
    this.#listener = listener;
    const filter = sysexFilter(analog);
    transport.on('open', () => {
      if (this.#state !== 'new') return;
      this.#state = 'open';
      this.emit('open');
      this.write(ASK_VERSION_AND_FIRMWARE);
    });
    transport.on('data', (bytes) => {
      for (const message of filter.push(bytes)) this.#deliver(message);
    });
    transport.on('close', () => this.#lost('the board was unplugged, or its port closed'));
    transport.on('error', (error) => this.#lost(error.message));
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (this.#burst !== undefined) this.#burst.push(bytes);
    else this.#send(bytes);
    done?.();
  }

  /** Everything that `write` is given meanwhile leaves in one piece, behind the end of any sysex. */
  burst(write: () => void): void {
    const parts: Uint8Array[] = [SYSEX_END];
    this.#burst = parts;
    try {
      write();
    } finally {
      this.#burst = undefined;
    }
    this.#send(Buffer.concat(parts));
  }

  /** Settles when all that was sent has left; with a wire that is stuck, never. */
  sent(): Promise<void> {
    if (this.#unsent === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSent.push(resolve));
  }

  /** From here on nothing goes in or out. */
  end(): void {
    this.#state = 'ended';
  }

  #send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#unsent++;
    this.#transport.write(bytes, (error) => {
      // The wire tells of its end by itself; this says what was lost with it.
      if (error) this.#listener.note(error.message);
      if (--this.#unsent > 0) return;
      for (const resolve of this.#whenSent.splice(0)) resolve();
    });
  }

  #deliver(message: Uint8Array): void {
    if (this.#state !== 'open') return;
    try {
      this.emit('data', message);
    } catch (error) {
      // The filter should have kept it; a board that we cannot understand is as good as gone.
      this.#lost(`the board's words could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #lost(reason: string): void {
    if (this.#state === 'ended') return;
    this.#listener.lost(reason);
  }
}
