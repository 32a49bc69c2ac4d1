/**
 * A serial port for one life: it opens once, and once it has gone it stays gone.
 *
 * serialport keeps what is written to a closed port and delivers it when the same object is opened
 * again (measured: a stale command drove a relay). So nobody reopens here: whoever lost a port
 * builds a new one, and what is written while the port is not open is dropped and reported so.
 *
 * A terminal that hung up may be read for ever with nothing in it, and serialport reads on without a
 * word (measured, with the other end of a pseudo-terminal gone). So once a second we look whether the
 * name still leads to the device that was opened: a device that was pulled out takes its name along.
 *
 * The list of ports is never asked for: without udevadm, which small systems lack, that ends the
 * process. Ports are named in the configuration, best by /dev/serial/by-id, which does not change
 * with the order of plugging in as ttyUSB0 does.
 */
import { EventEmitter } from 'node:events';
import { stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import { systemClock } from '../clock/system.ts';
import type { Cancel, Clock } from '../ports/index.ts';

export interface TransportEvents {
  open: [];
  data: [bytes: Uint8Array];
  close: [];
  error: [error: Error];
}

/**
 * A wire to a device. `open` comes after construction, at most once; after `error` or `close` there
 * comes nothing that counts. `error` carries a sentence for the person who has to mend it.
 */
export interface Transport {
  on<E extends keyof TransportEvents>(event: E, listener: (...args: TransportEvents[E]) => void): unknown;
  /** Calls back once the bytes are on their way, or with an error when they were dropped. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  /** Lets go of the wire, open or not. Settles when it is free for another. */
  close(): Promise<void>;
}

export interface SerialOptions {
  /** As the system names it: /dev/serial/by-id/…, /dev/ttyACM0, COM3. */
  readonly path: string;
  readonly baudRate: number;
  readonly clock?: Clock;
}

const LOOK_EVERY_MS = 1_000;

/** Opens at once; a port that does not open tells so by `error`, never by an exception. */
export function serialTransport({ path, baudRate, clock = systemClock() }: SerialOptions): Transport {
  return new SerialTransport(new SerialPort({ path, baudRate, autoOpen: false }), clock);
}

class SerialTransport extends EventEmitter<TransportEvents> implements Transport {
  readonly #port: SerialPort;
  readonly #opened: Promise<boolean>;
  readonly #clock: Clock;
  #closing = false;
  #cancelLook: Cancel = () => undefined;

  constructor(port: SerialPort, clock: Clock) {
    super();
    this.#port = port;
    this.#clock = clock;
    this.#opened = new Promise((resolve) => {
      port.open((error) => {
        resolve(error === null);
        if (error !== null) this.#fail(openingFailed(port.path, error.message));
        else if (!this.#closing) {
          void deviceAt(port.path).then((device) => this.#look(device));
          this.emit('open');
        }
      });
    });
    port.on('data', (bytes: Uint8Array) => this.emit('data', bytes));
    port.on('close', () => this.emit('close'));
    // A hang-up may also show as an end of the data; the descriptor is still ours then.
    port.on('end', () => this.emit('close'));
    port.on('error', (error) => this.#fail(`${port.path}: ${error.message}`));
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.#port.isOpen && !this.#closing) this.#port.write(Buffer.from(bytes), undefined, done);
    else done(new Error(`${this.#port.path} is not open: ${bytes.length} bytes were dropped`));
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelLook();
    // Unplugged or never opened: there is nothing to let go of.
    if (!(await this.#opened) || !this.#port.isOpen) return;
    await new Promise<void>((resolve, reject) => {
      this.#port.close((error) => {
        if (error === null) resolve();
        else reject(new Error(`${this.#port.path}: ${error.message}`));
      });
    });
  }

  /** Once a second: is the device still the one that was opened? */
  #look(opened: string): void {
    if (this.#closing) return;
    this.#cancelLook = this.#clock.after(LOOK_EVERY_MS, () => {
      void deviceAt(this.#port.path).then((now) => {
        if (now === opened) this.#look(opened);
        else this.#fail(`${this.#port.path} is gone: it was pulled out`);
      });
    });
  }

  /** Whoever has let go of the wire wants to hear no more of it. */
  #fail(message: string): void {
    if (!this.#closing) this.emit('error', new Error(message));
  }
}

/** Which device a name leads to, or that it leads to none. On Windows a port has no name among the files: always the same. */
async function deviceAt(path: string): Promise<string> {
  try {
    const { dev, ino, rdev } = await stat(path);
    return `${dev} ${ino} ${rdev}`;
  } catch {
    // Whatever the reason, it is not the device that was there; where it never was, nothing has changed.
    return 'none';
  }
}

/** What the system says about a port that does not open, and what a person can do about it. */
function openingFailed(path: string, message: string): string {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(message))?.[1];
  return `cannot open ${path}: ${remedy ?? message}`;
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /no such file/i,
    'there is no such port. Is the board plugged in? `ls /dev/serial/by-id` shows what is; put that path into the configuration',
  ],
  [
    /permission denied|access denied/i,
    'this user may not. Add it to the group that owns the port (`sudo usermod -aG dialout $USER`) and log in again',
  ],
  [
    /lock|busy|temporarily unavailable/i,
    "another program holds it. Stop that one; the Arduino IDE's serial monitor is a usual one",
  ],
];
