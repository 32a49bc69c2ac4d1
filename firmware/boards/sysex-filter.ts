/**
 * Lets through what a Firmata board may say to us, and nothing else.
 *
 * Firmata frames as MIDI does: a byte from 0x80 up begins a message, two bytes below 0x80 follow;
 * only sysex is longer, from 0xF0 to 0xF7. A wire has noise, a bootloader talks before the firmware
 * does, a board may be cut off in the middle of a word. firmata-io takes all of it at its word:
 * malformed sysex throws inside its data handler, and one without an end is kept for ever (measured:
 * 20 MB from the wire cost 556 MB). So messages are assembled here, with a bound, and each is passed
 * on only if its handler over there has everything that it is going to look at.
 *
 * Analog values pass from the pins that were asked for, and from no other: a board that was not reset
 * may still report for the host before us. Strings, I2C and the like are dropped too.
 */
const DIGITAL = 0x90;
const ANALOG = 0xe0;
const SYSEX = 0xf0;
const SYSEX_END = 0xf7;
const VERSION = 0xf9;

const ANALOG_MAPPING = 0x6a;
const CAPABILITIES = 0x6c;
const PIN_STATE = 0x6e;
const FIRMWARE = 0x79;

const PINS_MAX = 128;
const PIN_END = 0x7f;

/** Twice the capabilities of a Mega with its 70 pins. A longer message is dropped as it comes. */
export const SYSEX_BYTES_MAX = 4096;

export interface Filter {
  /** Takes the bytes of one read; gives the whole messages that they complete. */
  push(bytes: Uint8Array): readonly Uint8Array[];
  /** Bytes that were not part of any message that passed. */
  readonly droppedBytes: number;
}

/** `analog` are the channels whose values may pass. */
export function sysexFilter(analog: readonly number[] = []): Filter {
  let pending: number[] = [];
  let droppedBytes = 0;
  let versionSeen = false;
  let pins: number | undefined;

  function drop(count: number): void {
    droppedBytes += count;
  }

  function restart(byte?: number): void {
    pending = byte === undefined ? [] : [byte];
  }

  function passes(message: readonly number[]): boolean {
    const [first, command] = message;
    if (first === VERSION) versionSeen = true;
    if (first !== undefined && (first & 0xf0) === ANALOG) return analog.includes(first & 0x0f);
    if (first !== SYSEX) return true;
    const body = message.slice(2, -1);
    // firmata-io is deaf to sysex before the version; the pins it has not heard of must not count here.
    if (!versionSeen) return false;
    switch (command) {
      case FIRMWARE:
        return body.length >= 2 && body.length % 2 === 0;
      case CAPABILITIES: {
        const count = pinsOf(body);
        if (count === undefined) return false;
        pins ??= count;
        return true;
      }
      case ANALOG_MAPPING:
        return pins !== undefined && body.length === pins;
      case PIN_STATE:
        return pins !== undefined && body.length >= 3 && body.length <= 6 && Number(body[0]) < pins;
      default:
        return false;
    }
  }

  function complete(messages: Uint8Array[]): void {
    if (passes(pending)) messages.push(Uint8Array.from(pending));
    else drop(pending.length);
    restart();
  }

  return {
    get droppedBytes() {
      return droppedBytes;
    },
    push(bytes) {
      const messages: Uint8Array[] = [];
      for (const byte of bytes) {
        const inSysex = pending[0] === SYSEX;
        if (byte === SYSEX_END && inSysex) {
          pending.push(byte);
          complete(messages);
        } else if (byte >= 0x80) {
          // A new message cuts off one that had not ended.
          drop(pending.length);
          if (begins(byte)) restart(byte);
          else {
            restart();
            drop(1);
          }
        } else if (pending.length === 0) {
          drop(1);
        } else if (pending.length === SYSEX_BYTES_MAX) {
          drop(pending.length + 1);
          restart();
        } else {
          pending.push(byte);
          if (!inSysex && pending.length === 3) complete(messages);
        }
      }
      return messages;
    },
  };
}

function begins(byte: number): boolean {
  return (byte & 0xf0) === DIGITAL || (byte & 0xf0) === ANALOG || byte === SYSEX || byte === VERSION;
}

/** How many pins a capability response lists: for each pin pairs of mode and resolution, then 0x7F. */
function pinsOf(body: readonly number[]): number | undefined {
  let pins = 0;
  let at = 0;
  while (at < body.length) {
    if (body[at] === PIN_END) {
      pins++;
      at++;
    } else at += 2;
  }
  const whole = at === body.length && body.at(-1) === PIN_END;
  return whole && pins > 0 && pins <= PINS_MAX ? pins : undefined;
}
