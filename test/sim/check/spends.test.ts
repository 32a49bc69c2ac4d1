/** A bolt that is withdrawn for nobody: what somebody sees who watches a drive. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../../firmware/ports/index.ts';
import { spendBeforeMotion } from '../../../sim/check/spends.ts';
import type { Observation } from '../../../sim/observation.ts';

const REST = {
  bolt: 1000,
  driven: 'none',
  doorOpen: false,
  withdrawals: 0,
  doorOpenings: 0,
  itemPresent: true,
} as const;

/** What is complained of when the button was released `releasedMs` ago, and the drive then does this, a moment each. */
function complaints(
  steps: readonly (readonly [afterMs: number, driven: 'withdraw' | 'none'])[],
  { releasedMs = Number.POSITIVE_INFINITY, isStalled = false } = {},
): readonly string[] {
  const complained: string[] = [];
  let nowMs = 0;
  const view = {
    profile: CAR_TRUNK,
    plant: { truth: () => REST, contact: () => true },
    recordsIn: () => [],
    now: {
      nowMs: () => nowMs,
      truth: () => REST,
      lastShownMs: () => -releasedMs,
      isTroubled: () => isStalled,
    },
  };
  const watch = spendBeforeMotion.watch(view as never, (what) => complained.push(what));
  for (const [afterMs, driven] of steps) {
    nowMs += afterMs;
    const seen: Observation = { what: 'truth', truth: { ...REST, driven } };
    watch.see(seen);
  }
  nowMs += 1;
  watch.end?.();
  return complained;
}

const NOBODY = ['the bolt is withdrawn, and nobody has pressed a button or spent a token'];

describe('spend before motion', () => {
  it('complains of a drive that pulls for nobody, however soon it lets go', () => {
    expect(complaints([[10, 'withdraw']])).toEqual(NOBODY);
    expect(
      complaints([
        [10, 'withdraw'],
        [1, 'none'],
      ]),
    ).toEqual(NOBODY);
  });

  it('does not of one that is let go in the very moment: it came over a wire late, and moves nothing', () => {
    expect(
      complaints([
        [10, 'withdraw'],
        [0, 'none'],
        [500, 'none'],
      ]),
    ).toEqual([]);
  });

  it('knows who has pressed the button, and that a wire may have kept what he asked for', () => {
    expect(complaints([[10, 'withdraw']], { releasedMs: 500 })).toEqual([]);
    expect(complaints([[10, 'withdraw']], { releasedMs: 700 })).toEqual(NOBODY);
    const longestMs = Math.max(CAR_TRUNK.travelMsMax, CAR_TRUNK.pulseMs ?? 0);
    expect(complaints([[0, 'withdraw']], { releasedMs: longestMs + 600, isStalled: true })).toEqual([]);
    expect(complaints([[0, 'withdraw']], { releasedMs: longestMs + 601, isStalled: true })).toEqual(NOBODY);
  });

  it.each([
    ['has been locked in for a while', 66_000, undefined, NOBODY],
    ['was locked in just now', 64_000, undefined, []],
    ['has been locked in, and whose lid was opened since', 66_000, 'door_closed', []],
    ['has been locked in, and whose bolt was withdrawn since', 66_000, 'bolt_thrown', []],
  ] as const)('lets no broken contact open a safe whose key %s', (_what, afterMs, opens, expected) => {
    const open = new Set<Contact>();
    let nowMs = 0;
    const complained: string[] = [];
    const view = {
      profile: KEY_SAFE,
      plant: { truth: () => REST, contact: (contact: Contact) => !open.has(contact) },
      recordsIn: () => [],
      now: {
        nowMs: () => nowMs,
        truth: () => REST,
        lastShownMs: () => Number.NEGATIVE_INFINITY,
        isTroubled: () => false,
      },
    };
    const watch = spendBeforeMotion.watch(view as never, (what) => complained.push(what));
    const see = (driven: 'withdraw' | 'none'): void => watch.see({ what: 'truth', truth: { ...REST, driven } });
    see('none');
    nowMs += afterMs;
    see('none');
    if (opens !== undefined) open.add(opens);
    see('none');
    open.clear();
    open.add('item_present');
    nowMs += 10;
    see('withdraw');
    nowMs += 10;
    watch.end?.();
    expect(complained).toEqual(expected);
  });
});
