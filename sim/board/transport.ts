/**
 * Two ways to the virtual board: a cable within this process, and any duplex stream of bytes (a
 * serial port, one end of a pair of pseudo-terminals, a socket).
 *
 * The cable behaves as USB does. Opening it pulls DTR, which resets an Uno; a Leonardo is not reset.
 * Pulling it out takes the board's power, and the host sees its port close; while it is out, the port
 * does not open. Bytes arrive after the call that sent them, never within it.
 */
import { EventEmitter } from 'node:events';
import type { Transport, TransportEvents } from '../../firmware/serial/port.ts';
import type { VirtualFirmata } from './virtual-firmata.ts';

export interface UsbCable {
  /** A port to the board that opens shortly; the host's `open` of a real one. */
  open(): Transport;
  /** Pulls the cable out. */
  unplug(): void;
  plug(): void;
  /** The host's port closes, and the board notices nothing: a dying hub, a killed process. */
  cut(): void;
  /** Ports that were opened since the beginning. */
  readonly opened: number;
}

export function usbCable(board: VirtualFirmata, { resetsOnOpen = true } = {}): UsbCable {
  let plugged = true;
  let opened = 0;
  let port: CablePort | undefined;
  return {
    get opened() {
      return opened;
    },
    open() {
      opened++;
      const next = new CablePort(board);
      port = next;
      queueMicrotask(() => {
        if (!plugged) next.refuse('cannot open the cable to the virtual board: it is unplugged');
        else next.begin(resetsOnOpen);
      });
      return next;
    },
    unplug() {
      plugged = false;
      board.unplug();
      port?.end();
    },
    plug() {
      plugged = true;
    },
    cut() {
      board.unwire();
      port?.end();
    },
  };
}

class CablePort extends EventEmitter<TransportEvents> implements Transport {
  readonly #board: VirtualFirmata;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(board: VirtualFirmata) {
    super();
    this.#board = board;
  }

  begin(reset: boolean): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.emit('open');
    const send = (bytes: Uint8Array) =>
      queueMicrotask(() => {
        if (this.#state === 'open') this.emit('data', bytes);
      });
    if (reset) this.#board.plug(send);
    else this.#board.rewire(send);
  }

  refuse(message: string): void {
    if (this.#state === 'new') this.emit('error', new Error(message));
    this.#state = 'closed';
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    queueMicrotask(() => this.emit('close'));
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.#state !== 'open') {
      done(new Error(`the cable is not open: ${bytes.length} bytes were dropped`));
      return;
    }
    queueMicrotask(() => {
      if (this.#state === 'open') this.#board.receive(bytes);
      done();
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#board.unwire();
    this.#state = 'closed';
  }
}

/** The board's end of a real wire: a stream of Node, or a Transport as the firmware uses it. */
export interface ByteStream {
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown;
}

/** Plugs the board into a stream that is open. What the stream does not take is told to `note`. */
export function attachStream(board: VirtualFirmata, stream: ByteStream, note: (message: string) => void): void {
  stream.on('data', (bytes) => board.receive(bytes));
  board.plug((bytes) => {
    stream.write(bytes, (error) => {
      if (error) note(`the board's words were lost: ${error.message}`);
    });
  });
}
