import { describe, expect, it } from 'vitest';
import { parseEvent, REFUSALS, topicsOf } from '../../protocol/index.ts';

const stamp = { id: '1-0', seq: 0, boot: 1, ts: '2026-06-01T10:00:00.000Z', att: 'abcd' };

describe('events', () => {
  it('are checked by their topic', () => {
    expect(parseEvent('doorbell', { ...stamp, event_type: 'ring' })).toMatchObject({ event_type: 'ring', seq: 0 });
    expect(() => parseEvent('doorbell', { ...stamp, event_type: 'rang' })).toThrow();
  });

  it('carry nothing that the schema does not know: a token would not pass', () => {
    expect(() => parseEvent('doorbell', { ...stamp, event_type: 'ring', token: 'LS1:AB' })).toThrow(/token/);
  });
});

describe('topics', () => {
  it('lie below the tree of one lock', () => {
    const topics = topicsOf('front-door');
    expect(topics.availability).toBe('latchstring/v1/front-door/availability');
    expect(topics.event.access).toBe('latchstring/v1/front-door/event/access');
  });

  it.each(['a', 'Front', 'a/b', '+', '#', 'a b', 'x'.repeat(37)])('are not made of the id %j', (id) => {
    expect(() => topicsOf(id)).toThrow(/not a lock id/);
  });

  it.each(['+', 'a/+', '#', '$share/x', '', 'a//b', 'a b', 'x'.repeat(65)])('are not made of the root %j', (root) => {
    expect(() => topicsOf('front-door', root)).toThrow(/not a topic root/);
  });
});

describe('refusals', () => {
  it('count toward lockout only when the credential itself was wrong', () => {
    const counted = Object.entries(REFUSALS).filter(([, { error }]) => error === 1);
    expect(counted.map(([name]) => name)).toEqual([
      'malformed',
      'unsupported_version',
      'unknown_issuer',
      'bad_signature',
      'wrong_lock',
      'chain_invalid',
      'holder_proof_failed',
    ]);
  });
});
