/**
 * Answers on their way to whoever asked. Nothing of it is durable: an asker who hears nothing asks again, under
 * another `cid`. So what a flood of questions leaves waiting has a bound, and what comes beyond it gets no answer.
 */
import type { ResultDocument } from '../../protocol/index.ts';
import type { Log } from '../log.ts';
import type { Broker, Reply } from '../ports/index.ts';

/** Answers that the broker may owe an acknowledgement at once. */
const ABREAST_MAX = 8;

/** Answers that wait for those: one for each question that is remembered. */
export const ANSWERS_WAITING_MAX = 256;

export function createAnswers({ broker, log }: { readonly broker: Broker | undefined; readonly log: Log }) {
  const waiting: { readonly topic: string; readonly payload: string; readonly correlationData?: Uint8Array }[] = [];
  let abreast = 0;

  function next(): void {
    while (abreast < ABREAST_MAX) {
      const answer = waiting.shift();
      if (answer === undefined || broker === undefined) return;
      const { topic, payload, correlationData } = answer;
      abreast += 1;
      broker
        .publish(topic, payload, { retain: false, ...(correlationData && { correlationData }) })
        .catch((error: unknown) => log('warn', `an answer was not published: ${String(error)}`))
        .finally(() => {
          abreast -= 1;
          next();
        });
    }
  }

  /** Publishes it where `reply` says, as soon as the broker takes it. */
  return function answer(result: ResultDocument, { topic, correlationData }: Reply): void {
    if (waiting.length >= ANSWERS_WAITING_MAX) {
      log('warn', `an answer was dropped: ${ANSWERS_WAITING_MAX} wait for the broker`);
      return;
    }
    waiting.push({ topic, payload: JSON.stringify(result), ...(correlationData && { correlationData }) });
    next();
  };
}
