/**
 * What we use of johnny-five 2.1 and firmata-io 2.3, by hand: neither brings types, and the ones
 * that others publish describe more than there is. Both are CommonJS; only the default import is
 * there at run time.
 */
declare module 'firmata-io' {
  import type { EventEmitter } from 'node:events';

  /** What firmata-io asks of a wire. */
  export interface FirmataTransport {
    on(event: string, listener: (...args: never[]) => void): unknown;
    write(bytes: Uint8Array, done: () => void): void;
  }

  export interface FirmataPin {
    readonly supportedModes: readonly number[];
    readonly mode: number | undefined;
    readonly value: number;
    /** As the board said when it was last asked. */
    readonly state?: number;
  }

  export class Firmata extends EventEmitter {
    constructor(transport: FirmataTransport);
    readonly pins: readonly FirmataPin[];
    /** Pin of each analog channel. */
    readonly analogPins: readonly number[];
    readonly firmware: { readonly name?: string };
    /** 1 begins the reports of the pin's port of eight, or begins them anew: the board tells its levels at once. */
    reportDigitalPin(pin: number, value: 0 | 1): void;
    /** Time between two reports of the analog pins. */
    setSamplingInterval(ms: number): void;
    /** Runs from construction until the version has come. */
    readonly reportVersionTimeoutId: NodeJS.Timeout;
  }

  const library: { readonly Firmata: typeof Firmata };
  export default library;
}

declare module 'johnny-five' {
  import type { EventEmitter } from 'node:events';
  import type { Firmata } from 'firmata-io';

  export interface BoardOptions {
    readonly io: Firmata;
    readonly repl: false;
    readonly debug: false;
    readonly sigint: false;
  }

  export class Board extends EventEmitter {
    constructor(options: BoardOptions);
    /** Every board there ever was: the very array, not a copy. */
    static readonly cache: Board[];
    readonly io: Firmata;
    /** Runs from `connect` until `ready`. */
    readonly timer: NodeJS.Timeout | null;
    pinMode(pin: number, mode: number): this;
    digitalWrite(pin: number, value: 0 | 1): this;
    digitalRead(pin: number, listener: (value: number) => void): this;
    /** Takes the channel, not the pin: 0 is A0. */
    analogRead(channel: number, listener: (value: number) => void): this;
    servoConfig(pin: number, minUs: number, maxUs: number): this;
    servoWrite(pin: number, value: number): this;
    queryPinState(pin: number, listener: () => void): this;
  }

  const five: { readonly Board: typeof Board };
  export default five;
}
