/** A token that the owner has denied: what somebody sees who watches a lock that takes it all the same. */
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { refusedWhen } from '../../../sim/check/refused.ts';
import type { Observation } from '../../../sim/observation.ts';
import { people } from '../../support/home.ts';

const TOKEN = 'ab'.repeat(16);

/** What is complained of when the token is taken after this. */
function complaintsAfter(...observations: readonly Observation[]): readonly string[] {
  const complained: string[] = [];
  const view = {
    profile: DOOR,
    controlTopic: 'control',
    stateTopic: 'state',
    eventTopicOf: (topic: string) => (topic === 'event/system' ? 'system' : undefined),
    read: (payload: string) => JSON.parse(payload),
    plant: { surroundings: () => ({ mounted: true, upright: true, ignition: false }) },
    now: {
      nowMs: () => 0,
      isTroubled: () => false,
      wasTroubled: () => false,
      tampered: () => false,
      upSinceMs: () => 0,
      boardSinceMs: () => 0,
    },
  };
  const watch = refusedWhen.watch(view as never, (what) => complained.push(what));
  const taken = { what: 'shown', channel: 'reader', text: '', answer: { kind: 'admitted', tokenId: TOKEN } } as const;
  for (const observation of [...observations, taken]) watch.see(observation);
  return complained;
}

const denies = (counter: number, digits: string): Observation => ({
  what: 'sent',
  topic: 'control',
  retain: true,
  payload: JSON.stringify([
    people.people.order(counter, { op: 'deny-token', tokenId: new Uint8Array(Buffer.from(digits, 'hex')) }),
  ]),
});
const answers = (counter: number, result: string): Observation => ({
  what: 'published',
  topic: 'event/system',
  retain: false,
  payload: JSON.stringify({ event_type: 'control', op: 'deny-token', counter, result }),
});

describe('nobody is let in', () => {
  it('complains of a token that is taken after the lock has said that it knows it to be denied', () => {
    expect(complaintsAfter(denies(1, TOKEN), answers(1, 'applied'))).toEqual([
      'a token is taken, and the owner has denied it',
    ]);
  });

  it('does not where the lock has not taken that statement, or nobody knows which it was', () => {
    expect(complaintsAfter(denies(1, TOKEN))).toEqual([]);
    expect(complaintsAfter(denies(1, TOKEN), answers(1, 'out_of_order'))).toEqual([]);
    expect(complaintsAfter(denies(1, 'cd'.repeat(16)), answers(1, 'applied'))).toEqual([]);
    expect(complaintsAfter(denies(1, TOKEN), denies(1, 'cd'.repeat(16)), answers(1, 'applied'))).toEqual([]);
    expect(complaintsAfter({ what: 'sent', topic: 'control', payload: 'nonsense', retain: false })).toEqual([]);
  });
});
