/** What a lock publishes, and what a listener misses of it. What our own lock publishes is looked at in every story. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CHAIN_BEGINS,
  chainAfter,
  createListener,
  reportPayload,
  strictVerifier,
  writeReport,
} from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';
import type { GapVector } from './gap-vectors.ts';
import type { MessageVector } from './message-vectors.ts';
import { isOurs } from './published.ts';
import { GAPS, MESSAGES } from './write.ts';

const messages: readonly MessageVector[] = JSON.parse(readFileSync(MESSAGES, 'utf8'));
const gaps: readonly GapVector[] = JSON.parse(readFileSync(GAPS, 'utf8'));

describe(MESSAGES, () => {
  it.each(messages.map((vector) => [vector.section, vector.name, vector] as const))(
    '%s: %s',
    (_rule, _name, vector) => {
      expect(isOurs(vector) ? 'accept' : 'refuse').toBe(vector.expect);
    },
  );
});

/** What our listener misses when it hears these of all that the lock has said. */
function missed({ heard }: GapVector): readonly (readonly number[])[] {
  const listener = createListener({ lockKey: keys.lock, audience: AUDIENCE }, strictVerifier());
  const last = Math.max(...heard.map(({ seq }) => seq));
  let chain = CHAIN_BEGINS;
  const said = Array.from({ length: last + 1 }, (_, seq) => {
    const lost = heard.find((event) => event.seq === seq)?.lost;
    const [count, first, end] = lost ?? [];
    const body = lost === undefined ? { event_type: 'boot' } : { event_type: 'events_lost', count, first, last: end };
    const document = { id: `a-${seq}`, seq, boot: 1, ts: new Date((NOON_S + seq) * 1000).toISOString(), ...body };
    const payload = reportPayload({ audience: AUDIENCE, topic: 'event/system', document, chain });
    chain = chainAfter(payload);
    return JSON.stringify({ ...document, att: writeReport(payload, seeds.lock) });
  });
  for (const { seq } of heard) {
    listener.hear({ topic: 'event/system', payload: said[seq] ?? '', receivedMs: (NOON_S + seq) * 1000 });
  }
  return listener.missing().map(({ first, last: end }) => [first, end]);
}

describe(GAPS, () => {
  it.each(gaps.map((vector) => [vector.section, vector.name, vector] as const))('%s: %s', (_rule, _name, vector) => {
    expect(missed(vector)).toEqual(vector.missing);
  });
});
