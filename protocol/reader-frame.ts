/**
 * From the bytes of a code reader to texts. A reader module sends what it scanned and a tail (CR,
 * LF or both, as it was set up); noise on the line comes before a text, never inside one that scans.
 */
import { TEXT_CHARS_MAX, TEXT_PREFIX } from './limits.ts';

/** A line longer than this cannot be a presentation, whatever noise came before it. */
const LINE_CHARS_MAX = 2 * TEXT_CHARS_MAX;

const CR = 0x0d;
const LF = 0x0a;

export interface Framer {
  /** Takes the bytes of one read, any number of them; gives the texts that they complete. */
  push(bytes: Uint8Array): readonly string[];
}

/** At the bound the rest of a line is dropped; its first TEXT_CHARS_MAX + 1 characters go on, to be refused as malformed. */
export function lineFramer(): Framer {
  let line = '';
  return {
    push(bytes) {
      const texts: string[] = [];
      for (const byte of bytes) {
        if (byte === CR || byte === LF) {
          if (line !== '') texts.push(fromPrefix(line));
          line = '';
        } else if (line.length < LINE_CHARS_MAX) {
          line += String.fromCharCode(byte);
        }
      }
      return texts;
    },
  };
}

/** The line from our prefix on, so that noise before it costs no courier a second scan; else the whole line. */
function fromPrefix(line: string): string {
  const at = line.indexOf(TEXT_PREFIX);
  return (at > 0 ? line.slice(at) : line).slice(0, TEXT_CHARS_MAX + 1);
}
