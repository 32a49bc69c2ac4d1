/** What was shown to the lock, at the reader and from afar, as anybody may read it. */
import { fromText, type Presentation, readPresentation, toHex } from '../../protocol/index.ts';
import type { Observation } from '../observation.ts';

/** Codes kept of one token beside the one that was taken: a phone draws a new one all the time. */
const CODES_MAX = 16;
/** A code's text within whatever else a message says (RFC 9285, table 1). */
const CODE = /LS1:[0-9A-Z $%*+./:-]+/g;

/** Several checkers look at the same text, one after the other: what was read last is kept. */
let last: { readonly text: string; readonly presentation: Presentation | undefined } = {
  text: '',
  presentation: undefined,
};

/** The presentation that a text is, or undefined. Its signatures have not been looked at. */
export function presentationIn(text: string): Presentation | undefined {
  if (text !== last.text) {
    const bytes = fromText(text);
    last = { text, presentation: bytes.ok ? readPresentation(bytes.value) : undefined };
  }
  return last.presentation;
}

/** What was shown, by the id of its token: what was taken first, and the latest last. */
export interface Shown {
  see(observation: Observation): void;
  of(tokenId: string): readonly Presentation[];
}

export function whatIsShown(): Shown {
  const shown = new Map<string, readonly Presentation[]>();
  /** Its use may come to a slow disk when its phone has drawn many others since. */
  const taken = new Map<string, Presentation>();
  const keep = (text: string, isTaken = false): void => {
    const presentation = presentationIn(text);
    if (presentation === undefined) return;
    const id = toHex(presentation.token.id);
    if (isTaken) taken.set(id, presentation);
    else shown.set(id, [...(shown.get(id) ?? []), presentation].slice(-CODES_MAX));
  };
  return {
    see(observation) {
      if (observation.what === 'shown') keep(observation.text, observation.answer.kind === 'admitted');
      if (observation.what === 'sent') for (const [code] of observation.payload.matchAll(CODE)) keep(code);
    },
    of(tokenId) {
      const first = taken.get(tokenId);
      const others = shown.get(tokenId) ?? [];
      return first === undefined ? others : [first, ...others];
    },
  };
}
