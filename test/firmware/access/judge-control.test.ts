import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { type ControlContext, type ControlVerdict, judgeControl } from '../../../firmware/access/judge-control.ts';
import { emptyMemory, fold, type Memory } from '../../../firmware/journal/memory.ts';
import type { ControlRecord } from '../../../firmware/journal/records.ts';
import {
  type ControlRequest,
  DENIED_KEYS_MAX,
  DENIED_TOKENS_MAX,
  EPOCH_SAID_MAX,
  kidOf,
  publicKeyOf,
  readControl,
  rotateRoot,
  type Statement,
  TIME_SAID_MAX,
  toHex,
  wallS,
  writeControl,
} from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';

const NONCE = new Uint8Array(16).fill(9);
const TOKEN_ID = new Uint8Array(16).fill(3);
const KID = kidOf(keys.carrier);

/** What the next control of an owner says, unless it is said otherwise. */
function judged(
  statement: Statement,
  change: Partial<ControlContext> = {},
  request: Partial<ControlRequest> = {},
  seed = statement.op === 'rotate-root' ? seeds.recovery : seeds.owner,
): ControlVerdict {
  const needsNonce = ['set-time', 'rotate-root', 're-seal'].includes(statement.op);
  const bytes = writeControl(
    { audience: AUDIENCE, issuedAtS: NOON_S, counter: 1, statement, ...(needsNonce && { nonce: NONCE }), ...request },
    seed,
  );
  const control = readControl(bytes);
  if (control === undefined) throw new Error('a control that cannot be read');
  return judgeControl(control, {
    pins: { audience: AUDIENCE, root: keys.owner, recovery: publicKeyOf(seeds.recovery) },
    firstLook: opensslVerify(),
    verify: opensslVerify(),
    disk: 'ok',
    memory: emptyMemory(),
    uptime: { bootId: 'kernel', ms: 77 },
    isFreshNonce: (nonce) => toHex(nonce) === toHex(NONCE),
    ...change,
  });
}

/** What a lock remembers to which its owner has said these things, one by one. */
function remembering(...statements: ControlRecord['statement'][]): Memory {
  const memory = emptyMemory();
  statements.forEach((statement, i) => {
    fold(memory, { type: 'control', number: i + 1, statement });
  });
  return memory;
}

const answer = (verdict: ControlVerdict): string =>
  verdict.by === 'stranger' ? `stranger: ${verdict.refused.refusal}` : verdict.result;

const newRoot = (counter: number, seed = seeds.courier): Statement => rotateRoot(AUDIENCE, counter, seed);
const hex = (i: number, length: number): string => i.toString(16).padStart(length, '0');

describe('a control', () => {
  it.each<[Statement, ControlRecord['statement']]>([
    [
      { op: 'raise-epoch', epoch: 2 },
      { op: 'raise-epoch', epoch: 2 },
    ],
    [
      { op: 'deny-token', tokenId: TOKEN_ID },
      { op: 'deny-token', token_id: '03'.repeat(16) },
    ],
    [
      { op: 'deny-key', kid: KID },
      { op: 'deny-key', kid: toHex(KID) },
    ],
    [{ op: 'pause' }, { op: 'pause' }],
    [{ op: 'resume' }, { op: 'resume' }],
    [
      { op: 'set-mode', mode: 'privacy' },
      { op: 'set-mode', mode: 'privacy' },
    ],
    [
      { op: 'set-time', timeS: NOON_S },
      { op: 'set-time', time_s: NOON_S, boot_id: 'kernel', uptime_ms: 77 },
    ],
  ])('of the owner is obeyed, and written down: $op', (statement, written) => {
    expect(judged(statement)).toStrictEqual({
      by: 'owner',
      result: 'applied',
      record: { type: 'control', number: 1, statement: written },
    });
  });

  it('of the recovery key hands the lock over to a root that somebody holds', () => {
    expect(judged(newRoot(1))).toEqual({
      by: 'owner',
      result: 'applied',
      record: { type: 'control', number: 1, statement: { op: 'rotate-root', kid: toHex(kidOf(keys.courier)) } },
      root: keys.courier,
    });
    expect(answer(judged(newRoot(2)))).toBe('new_root_unproved');
  });

  it('sets no time beyond what a calendar of the lock can hold, and the last that it can', () => {
    expect(answer(judged({ op: 'set-time', timeS: wallS(TIME_SAID_MAX) }))).toBe('applied');
    expect(answer(judged({ op: 'set-time', timeS: wallS(TIME_SAID_MAX + 1) }))).toBe('too_high');
  });

  it('turns no clock back when there is no epoch left to rise to; forward, and to the same second, it may', () => {
    const setTo = (timeS: number, latestEpoch: number): string => {
      const memory = emptyMemory();
      memory.floorS = NOON_S;
      memory.owner.latestEpoch = latestEpoch;
      return answer(judged({ op: 'set-time', timeS: wallS(timeS) }, { memory }));
    };
    const last = Number.MAX_SAFE_INTEGER;
    expect([NOON_S - 1, NOON_S, NOON_S + 1].map((timeS) => setTo(timeS, last))).toEqual([
      'too_high',
      'applied',
      'applied',
    ]);
    expect(setTo(NOON_S - 1, last - 1)).toBe('applied');
  });

  it('for another lock is a stranger’s', () => {
    expect(answer(judged({ op: 'pause' }, {}, { audience: 'back-door/abcdefgh' }))).toBe('stranger: wrong_lock');
  });

  it('by a key that is not the owner’s for it is a stranger’s', () => {
    expect(answer(judged({ op: 'pause' }, {}, {}, seeds.stranger))).toBe('stranger: unknown_issuer');
    expect(answer(judged({ op: 'pause' }, {}, {}, seeds.recovery))).toBe('stranger: unknown_issuer');
    expect(answer(judged(newRoot(1), {}, {}, seeds.owner))).toBe('stranger: unknown_issuer');
  });

  it('whose signature one of the two verifiers does not take is a stranger’s', () => {
    expect(answer(judged({ op: 'pause' }, { firstLook: () => false }))).toBe('stranger: bad_signature');
    expect(answer(judged({ op: 'pause' }, { verify: () => false }))).toBe('stranger: bad_signature');
  });

  it('that is not the next one is out of order', () => {
    const memory = remembering({ op: 'pause' });
    expect(judged({ op: 'resume' }, { memory })).toEqual({ by: 'owner', result: 'out_of_order' });
    for (const counter of [1, 3])
      expect(answer(judged({ op: 'resume' }, { memory }, { counter }))).toBe('out_of_order');
    expect(answer(judged({ op: 'resume' }, { memory }, { counter: 2 }))).toBe('applied');
  });

  it.each<Statement>([{ op: 'set-time', timeS: NOON_S }, newRoot(1), { op: 're-seal', epoch: 2 }])(
    'that could do harm when it comes late answers a nonce of this minute: $op',
    (statement) => {
      expect(answer(judged(statement, { isFreshNonce: () => false }))).toBe('nonce_stale');
    },
  );

  it.each([0, 1])('cannot lower the epoch, nor repeat it: %i', (epoch) => {
    expect(answer(judged({ op: 'raise-epoch', epoch }))).toBe('not_higher');
  });

  it('cannot raise the epoch so high that nothing is left above it', () => {
    expect(answer(judged({ op: 'raise-epoch', epoch: EPOCH_SAID_MAX }))).toBe('applied');
    expect(answer(judged({ op: 'raise-epoch', epoch: EPOCH_SAID_MAX + 1 }))).toBe('too_high');
  });

  it('denies as many tokens as there is room for, and one that is denied already', () => {
    const ids = Array.from({ length: DENIED_TOKENS_MAX }, (_, i) => hex(i, 32));
    const deny = (count: number) => ({
      memory: remembering(...ids.slice(0, count).map((token_id) => ({ op: 'deny-token', token_id }) as const)),
    });
    const next = (count: number) => ({ counter: count + 1 });
    const full = ids.length;
    const statement = { op: 'deny-token', tokenId: TOKEN_ID } as const;
    expect(answer(judged(statement, deny(full - 1), next(full - 1)))).toBe('applied');
    expect(answer(judged(statement, deny(full), next(full)))).toBe('list_full');
    const again = { op: 'deny-token', tokenId: new Uint8Array(16) } as const;
    expect(answer(judged(again, deny(full), next(full)))).toBe('applied');
  });

  it('denies as many keys as there is room for, and one that is denied already', () => {
    const kids = Array.from({ length: DENIED_KEYS_MAX }, (_, i) => hex(i, 16));
    const deny = (count: number) => ({
      memory: remembering(...kids.slice(0, count).map((kid) => ({ op: 'deny-key', kid }) as const)),
    });
    const next = (count: number) => ({ counter: count + 1 });
    const full = kids.length;
    expect(answer(judged({ op: 'deny-key', kid: KID }, deny(full - 1), next(full - 1)))).toBe('applied');
    expect(answer(judged({ op: 'deny-key', kid: KID }, deny(full), next(full)))).toBe('list_full');
    expect(answer(judged({ op: 'deny-key', kid: new Uint8Array(8) }, deny(full), next(full)))).toBe('applied');
  });

  it('seals nothing anew while the journal is sound', () => {
    expect(answer(judged({ op: 're-seal', epoch: 2 }))).toBe('not_in_lockdown');
  });

  it('is not obeyed while the disk cannot be written, not even a seal', () => {
    for (const statement of [{ op: 'pause' }, { op: 're-seal', epoch: 2 }] as const)
      expect(answer(judged(statement, { disk: 'unavailable' }))).toBe('ledger_unavailable');
  });
});

describe('in lockdown', () => {
  const memory = remembering({ op: 'pause' }, { op: 'raise-epoch', epoch: 4 });
  const seal = (epoch: number, counter: number, change: Partial<ControlContext> = {}) =>
    judged({ op: 're-seal', epoch }, { disk: 'lockdown', memory, ...change }, { counter });

  it('nothing is obeyed but a seal, whatever its number above the last that is known', () => {
    expect(answer(judged({ op: 'resume' }, { disk: 'lockdown', memory }, { counter: 3 }))).toBe('lockdown');
    expect(seal(5, 3)).toEqual({
      by: 'owner',
      result: 'applied',
      record: { type: 'control', number: 3, statement: { op: 're-seal', epoch: 5 } },
    });
    expect(answer(seal(5, 40))).toBe('applied');
    expect(answer(seal(5, 2))).toBe('out_of_order');
  });

  it('a seal begins a higher epoch, and answers a nonce of this minute', () => {
    expect(answer(seal(4, 3))).toBe('not_higher');
    expect(answer(seal(5, 3, { isFreshNonce: () => false }))).toBe('nonce_stale');
  });
});
