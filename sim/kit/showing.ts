/** A text before the lock's reader, and what comes of it: what the light says at once, and what the owner alone learns. */

import type { EventRecord } from '../../firmware/journal/records.ts';
import { usage } from '../../firmware/tools/failure.ts';
import type { Refusal, Refused, VisitOutcome } from '../../protocol/index.ts';
import type { House } from '../house.ts';
import { houseError, inShort } from './house-error.ts';
import type { Waiting } from './waiting.ts';

/** Longest time for which a lock may leave an admitted token without a word, its disk included. */
const WORD_MS_MAX = 15_000;

export type Shown =
  /** The token is used up, durably, and the lock has seen its bolt withdrawn. */
  | { readonly result: 'granted'; readonly token: string }
  | {
      readonly result: 'refused';
      /** All that the light at the reader tells the bearer. */
      readonly answer: 'denied' | 'try_again';
      /** Why: for the owner's eyes. Of one kind, one a minute becomes an event on MQTT; here it is told each time. */
      readonly refusal: Refusal;
      /** One sentence; not stable, so not for comparing. */
      readonly detail: string;
    }
  /** The lock takes no notice: the code of the visit that goes on, or a statement of the owner's, which is answered otherwise. */
  | { readonly result: 'heard' }
  /**
   * Every check held, and then nobody was let in: the disk failed, the owner forbade it in between, or the bolt did not
   * arrive. It may have come to rest withdrawn all the same, for a moment: who came in is in `openings`.
   */
  | { readonly result: 'ended'; readonly token: string; readonly outcome: VisitOutcome }
  /** No light: the power is cut, or was cut while the lock was about to answer. */
  | { readonly result: 'dark' };

export interface Reader {
  show(text: string): Promise<Shown>;
  close(): void;
}

export function readerAt(house: House, waiting: Waiting): Reader {
  /** Of the text that was looked at last: while it is held up the lock gives its answer again, and does not look. */
  let looked: { readonly text: string; readonly refused: Refused } | undefined;
  let told: Refused | undefined;
  const events = new Set<(event: EventRecord) => void>();
  const forget = house.listen({
    onRefused: (refused) => {
      told = refused;
    },
    onEvent: (event) => {
      for (const listener of [...events]) listener(event);
    },
  });

  async function comesOf(token: string): Promise<Shown> {
    let shown: Shown | undefined;
    const follow = ({ topic, body }: EventRecord): void => {
      if (body.token_id !== token) return;
      if (topic === 'access' && body.event_type === 'granted') shown ??= { result: 'granted', token };
      if (topic === 'visit' && body.event_type === 'ended') {
        shown ??= { result: 'ended', token, outcome: body.outcome as VisitOutcome };
      }
    };
    events.add(follow);
    try {
      await waiting.soon(() => shown !== undefined || !house.power.isOn, WORD_MS_MAX);
    } finally {
      events.delete(follow);
    }
    return shown ?? { result: 'dark' };
  }

  return {
    async show(text) {
      told = undefined;
      const answer = house.scan(text);
      if (answer === undefined && house.power.isOn)
        throw houseError(usage(`the reader reads nothing in ${inShort(text)}`, 'show a text that is not empty'));
      if (answer === undefined) return { result: 'dark' };
      if (answer.kind === 'heard') return { result: 'heard' };
      if (answer.kind === 'admitted') return comesOf(answer.tokenId);
      if (told !== undefined) looked = { text, refused: told };
      if (looked?.text !== text) throw new Error('the lock refuses, and nobody was told why');
      const { refusal, detail } = looked.refused;
      return { result: 'refused', answer: answer.answer, refusal, detail };
    },
    close: forget,
  };
}
