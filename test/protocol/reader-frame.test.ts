import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineFramer, TEXT_CHARS_MAX } from '../../protocol/index.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const read = (...reads: readonly string[]): readonly string[] => {
  const framer = lineFramer();
  return reads.flatMap((part) => framer.push(bytesOf(part)));
};

describe('a code reader on a wire', () => {
  it.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['both', '\r\n'],
  ])('ends a text with %s', (_name, tail) => {
    expect(read(`LS1:AB${tail}LS1:CD${tail}`)).toEqual(['LS1:AB', 'LS1:CD']);
  });

  it('puts a text together from reads of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 20 }), (cuts) => {
        const whole = 'noise\u00ffLS1:ABCDEF\r\nLS1:GH\r\n';
        const parts: string[] = [];
        let rest = whole;
        for (const cut of cuts) {
          parts.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        expect(read(...parts, rest)).toEqual(['LS1:ABCDEF', 'LS1:GH']);
      }),
    );
  });

  it('keeps the prefix that a text has inside', () => {
    expect(read('LS1:ABLS1:CD\r')).toEqual(['LS1:ABLS1:CD']);
  });

  it('gives the label of a parcel as it is', () => {
    expect(read('4006381333931\r')).toEqual(['4006381333931']);
  });

  it('drops the rest of a line without end, and reads the next one', () => {
    const texts = read(...Array.from({ length: 100 }, () => 'A'.repeat(1000)), '\rLS1:AB\r');
    expect(texts).toHaveLength(2);
    expect(texts[0]?.length).toBe(TEXT_CHARS_MAX + 1);
    expect(texts[1]).toBe('LS1:AB');
  });
});
