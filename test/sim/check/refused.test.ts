/** A token that the owner has denied: what somebody sees who watches a lock that takes it all the same. */
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { refusedWhen } from '../../../sim/check/refused.ts';
import type { Observation } from '../../../sim/observation.ts';
import { people } from '../../support/home.ts';

const TOKEN = 'ab'.repeat(16);

/** What is complained of when the token is taken after this. */
const complaintsAfter = (...observations: readonly Observation[]): readonly string[] => complaintsBy({}, observations);

/** The same, by a clock that somebody vouches for and that shows what it shows. */
function complaintsBy(
  { vouchedBy = 'rtc', wallS = 0, doorOpen = false, itemPresent = true, isItemUnseen = false, profile = DOOR },
  observations: readonly Observation[],
): readonly string[] {
  const complained: string[] = [];
  let nowMs = 0;
  const view = {
    profile,
    controlTopic: 'control',
    stateTopic: 'state',
    eventTopicOf: (topic: string) => (topic === 'event/system' ? 'system' : undefined),
    read: (payload: string) => JSON.parse(payload),
    plant: { surroundings: () => ({ mounted: true, upright: true, ignition: false }) },
    vouchedBy: () => vouchedBy,
    wallS: () => wallS,
    recordsIn: (bytes: Uint8Array) => [{ type: 'floor', at_s: bytes[0] }],
    now: {
      truth: () => ({ doorOpen, itemPresent }),
      nowMs: () => nowMs,
      isTroubled: () => false,
      wasTroubled: () => false,
      tampered: () => false,
      isItemUnseen: () => isItemUnseen,
      upSinceMs: () => 0,
      boardSinceMs: () => 0,
    },
  };
  const watch = refusedWhen.watch(view as never, (what) => complained.push(what));
  const taken = { what: 'shown', channel: 'reader', text: '', answer: { kind: 'admitted', tokenId: TOKEN } } as const;
  for (const observation of [...observations, { what: 'rest' } as const]) watch.see(observation);
  // Long enough for a lock to have seen what is so.
  nowMs = 5_000;
  watch.see(taken);
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

  it('complains of a token that is taken while nobody vouches for the clock, unless the owner has set it', () => {
    const set = (result: string): Observation => ({
      what: 'published',
      topic: 'event/system',
      retain: false,
      payload: JSON.stringify({ event_type: 'control', op: 'set-time', counter: 1, result }),
    });
    expect(complaintsBy({ vouchedBy: 'none' }, [])).toEqual(['a token is taken, and nobody vouches for its clock']);
    expect(complaintsBy({ vouchedBy: 'none' }, [set('out_of_order')])).toHaveLength(1);
    expect(complaintsBy({ vouchedBy: 'none' }, [set('applied')])).toEqual([]);
    expect(complaintsBy({ vouchedBy: 'host' }, [])).toEqual([]);
  });

  it('complains of a token that is taken below the floor that is durable', () => {
    const disk = { what: 'disk', index: 1, name: 'journal' } as const;
    const floor: Observation = { ...disk, kind: 'append', phase: 'issued', bytes: Uint8Array.of(100) };
    const synced: Observation = { ...disk, kind: 'sync', phase: 'done' };
    const below = ['a token is taken, and its clock shows less than it has shown'];
    expect(complaintsBy({ wallS: 99 }, [floor, synced])).toEqual(below);
    expect(complaintsBy({ wallS: 100 }, [floor, synced])).toEqual([]);
    expect(complaintsBy({ wallS: 99 }, [floor])).toEqual([]);
    expect(complaintsBy({ wallS: 99 }, [floor, { what: 'lock', is: 'dark' }, synced])).toEqual([]);
  });

  it('complains of a token that is taken while the door stands open, or what a safe keeps is out', () => {
    expect(complaintsBy({ doorOpen: true }, [])).toEqual(['a token is taken, and the door stands open']);
    expect(complaintsBy({ itemPresent: false }, [])).toEqual([]);
    const safe = { ...DOOR, contacts: [...DOOR.contacts, 'item_present' as const] };
    expect(complaintsBy({ itemPresent: false, profile: safe }, [])).toEqual([
      'a token is taken, and what it keeps is out',
    ]);
    // Taken through a lid that was open for no time at all.
    expect(complaintsBy({ itemPresent: false, isItemUnseen: true, profile: safe }, [])).toEqual([]);
    const unseen = { ...DOOR, contacts: [] };
    expect(complaintsBy({ doorOpen: true, profile: unseen }, [])).toEqual([]);
  });
});
