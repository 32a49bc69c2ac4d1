/**
 * The words that a host says to a Firmata board, taken apart as StandardFirmata does it: one byte at
 * a time, and in sysex whatever comes, other words too, until the byte that ends it. Noise that looks
 * like its beginning so swallows all that is said after it (measured). Of a long one the first 64 bytes
 * are kept, and taken for the message.
 *
 * Source: the Firmata protocol 2.6 (firmata/protocol, protocol.md), and an emulated Uno whose answers
 * to the same bytes were laid beside these. Written apart from the firmware's own filter, so that one
 * does not hide a fault of the other.
 */
export const WORD = {
  digital: 0x90,
  reportAnalog: 0xc0,
  reportDigital: 0xd0,
  analog: 0xe0,
  sysex: 0xf0,
  pinMode: 0xf4,
  digitalPin: 0xf5,
  sysexEnd: 0xf7,
  version: 0xf9,
  reset: 0xff,
} as const;

export const SYSEX = {
  analogMappingQuery: 0x69,
  analogMapping: 0x6a,
  capabilityQuery: 0x6b,
  capabilities: 0x6c,
  pinStateQuery: 0x6d,
  pinState: 0x6e,
  extendedAnalog: 0x6f,
  servoConfig: 0x70,
  firmware: 0x79,
  samplingInterval: 0x7a,
} as const;

export const MODE = { input: 0, output: 1, analog: 2, pwm: 3, servo: 4, i2c: 6, pullup: 11 } as const;

const SYSEX_BYTES_MAX = 64;

export interface HostWords {
  /** A message of up to two data bytes; `word` has the channel masked off for words below 0xF0. */
  short(word: number, channel: number, first: number, second: number): void;
  sysex(command: number, body: readonly number[]): void;
}

/** Gives a function that takes the host's bytes as they come. */
export function hostWords(words: HostWords): (bytes: Uint8Array) => void {
  let word = 0;
  let data: number[] = [];

  function dataBytes(): number {
    switch (word) {
      case WORD.digital:
      case WORD.analog:
      case WORD.pinMode:
      case WORD.digitalPin:
        return 2;
      case WORD.reportAnalog:
      case WORD.reportDigital:
        return 1;
      default:
        return 0;
    }
  }

  let channel = 0;
  return (bytes) => {
    for (const byte of bytes) {
      if (byte === WORD.sysexEnd) {
        const [command, ...body] = data;
        if (word === WORD.sysex && command !== undefined) words.sysex(command, body);
        word = 0;
      } else if (word === WORD.sysex) {
        if (data.length < SYSEX_BYTES_MAX) data.push(byte);
      } else if (byte >= 0x80) {
        word = byte < 0xf0 ? byte & 0xf0 : byte;
        channel = byte & 0x0f;
        data = [];
        if (word === WORD.version || word === WORD.reset) words.short(word, 0, 0, 0);
      } else if (dataBytes() > 0) {
        data.push(byte);
        if (data.length < dataBytes()) continue;
        words.short(word, channel, data[0] ?? 0, data[1] ?? 0);
        word = 0;
      }
    }
  };
}
