import { beforeAll, describe, expect, it } from 'vitest';
import { type AdmitContext, admit, spendKeyOf } from '../../../firmware/access/admit.ts';
import { emptyMemory, fold, type Memory } from '../../../firmware/journal/memory.ts';
import type { ControlRecord } from '../../../firmware/journal/records.ts';
import type { LockState } from '../../../firmware/lock/state.ts';
import {
  kidOf,
  LEDGER_ENTRIES_MAX,
  openText,
  parse,
  type Refusal,
  toHex,
  toText,
  wallS,
  writePresentation,
} from '../../../protocol/index.ts';
import { admissionContext, locked, refusalOf } from '../../support/admission.ts';
import { delegation, keys, NOON_S, seeds, textOf, token } from '../../support/people.ts';

/** What a lock remembers to which its owner has said one thing. */
function told(statement: ControlRecord['statement']): Memory {
  const memory = emptyMemory();
  fold(memory, { type: 'control', number: 1, statement });
  return memory;
}

let text: string;
beforeAll(() => {
  text = textOf(token());
});

describe('admit', () => {
  it('admits a good token, and says what is to be written', () => {
    const verdict = admit(openText(text), 'reader', admissionContext());
    expect(verdict).toMatchObject({
      admitted: true,
      spend: {
        type: 'spent',
        channel: 'reader',
        at_s: NOON_S,
        expires_s: NOON_S + 3600,
        day: '2026-06-01',
        delegation: '07'.repeat(8),
      },
    });
  });

  it('knows a used token by issuer and id, under whatever signature and whatever code', () => {
    const ctx = admissionContext();
    const verdict = admit(openText(text), 'reader', ctx);
    if (!verdict.admitted) throw new Error('not admitted');
    fold(ctx.memory, verdict.spend);
    expect(refusalOf(admit(openText(textOf(token(), NOON_S + 5)), 'mqtt', ctx))).toBe('already_used');
    expect(refusalOf(admit(openText(textOf(token({ expiresS: NOON_S + 1800 }))), 'reader', ctx))).toBe('already_used');
    expect(refusalOf(admit(openText(textOf(token({ id: 2 }))), 'reader', ctx))).toBe('admitted');
  });

  it('writes down an epoch above the lock’s own, so that a clock that goes back can rise beyond it', () => {
    const spent = (epoch: number) => {
      const under = { delegation: delegation({ limits: { epoch } }) };
      const verdict = admit(openText(textOf(token({ under }))), 'reader', admissionContext());
      if (!verdict.admitted) throw new Error('not admitted');
      return verdict.spend;
    };
    expect(spent(emptyMemory().owner.epoch)).not.toHaveProperty('epoch');
    expect(spent(emptyMemory().owner.epoch + 1)).toHaveProperty('epoch', emptyMemory().owner.epoch + 1);
  });

  it('does not take the same id from another issuer for the same token', () => {
    const other = textOf(token({ under: { rootEpoch: 1 }, signedBy: seeds.owner }));
    const keyOf = (what: string): string => {
      const parsed = parse(what);
      if (!parsed.ok) throw new Error(parsed.detail);
      return spendKeyOf(parsed.value);
    };
    expect(keyOf(other)).not.toBe(keyOf(text));
  });

  it('counts the uses of one delegation on one local day', () => {
    const ctx = admissionContext();
    const under = { delegation: delegation({ limits: { usesPerDay: 2 } }) };
    for (const id of [1, 2]) {
      const verdict = admit(openText(textOf(token({ id, under }))), 'reader', ctx);
      if (!verdict.admitted) throw new Error('not admitted');
      fold(ctx.memory, verdict.spend);
    }
    expect(refusalOf(admit(openText(textOf(token({ id: 3, under }))), 'reader', ctx))).toBe('uses_exhausted');
    const tomorrowS = NOON_S + 14 * 3600;
    const later = textOf(token({ id: 4, under, notBeforeS: tomorrowS - 60, expiresS: tomorrowS + 60 }), tomorrowS);
    expect(
      refusalOf(admit(openText(later), 'reader', { ...ctx, time: { state: 'trusted', nowS: wallS(tomorrowS) } })),
    ).toBe('admitted');
  });

  it.each<[Refusal, Partial<AdmitContext>]>([
    ['lockdown', { disk: 'lockdown' }],
    ['ledger_unavailable', { disk: 'unavailable' }],
    ['clock_untrusted', { time: { state: 'floor_only', nowS: NOON_S } }],
    ['clock_untrusted', { time: { state: 'insane', nowS: NOON_S } }],
    ['epoch_stale', { memory: told({ op: 'raise-epoch', epoch: 2 }) }],
    ['owner_veto', { memory: told({ op: 'pause' }) }],
    ['privacy_mode', { memory: told({ op: 'set-mode', mode: 'privacy' }) }],
    ['revoked', { memory: told({ op: 'deny-token', token_id: `${'0'.repeat(31)}1` }) }],
    ['issuer_revoked', { memory: told({ op: 'deny-key', kid: toHex(kidOf(keys.carrier)) }) }],
    ['revoked', { memory: told({ op: 'deny-key', kid: toHex(kidOf(keys.courier)) }) }],
    ['wrong_action', { action: 'release' }],
    ['board_lost', { lock: { ...locked, board: 'away' } }],
    ['board_lost', { lock: { ...locked, board: 'awaited' } }],
    ['board_lost', { lock: { ...locked, bolt: { ...locked.bolt, row: 'unknown' } } }],
    ['jammed', { lock: { ...locked, bolt: { ...locked.bolt, row: 'jammed' } } }],
    ['actuator_busy', { lock: { ...locked, bolt: { ...locked.bolt, row: 'locking' } } }],
    ['actuator_busy', { lock: { ...locked, bolt: { ...locked.bolt, row: 'unlocking' } } }],
    ['log_full', { lock: { ...locked, logFull: true } }],
    ['actuator_busy', { lock: { ...locked, visit: { ...locked.visit, row: 'spending' } } }],
    ['actuator_busy', { lock: { ...locked, visit: { ...locked.visit, row: 'relocking' } } }],
    ['door_open', { lock: { ...locked, door: 'open' } }],
    ['door_open', { lock: { ...locked, door: 'unknown' } }],
    ['door_open', { lock: { ...locked, door: 'forced_open' } }],
  ])('refuses with %s, and names the token that it knows to be true', (refusal, change) => {
    const verdict = admit(openText(text), 'reader', admissionContext(change));
    expect(refusalOf(verdict)).toBe(refusal);
    expect(verdict).toMatchObject({ tokenId: '0'.repeat(31).concat('1') });
  });

  it.each(['unlocked', 'not_fully_locked'] as const)('admits whoever rang before a bolt that is %s', (row) => {
    const lock: LockState = {
      ...locked,
      bolt: { ...locked.bolt, row },
      visit: { ...locked.visit, row: 'arrived' },
    };
    expect(refusalOf(admit(openText(text), 'reader', admissionContext({ lock })))).toBe('admitted');
  });

  it('calls no refusal a disagreement of its verifiers that is none', () => {
    for (const verdict of [
      admit(openText('nonsense'), 'reader', admissionContext()),
      admit(openText(text), 'reader', admissionContext({ disk: 'lockdown' })),
      admit(openText(text), 'reader', admissionContext({ memory: told({ op: 'pause' }) })),
    ])
      expect(verdict).toMatchObject({ admitted: false, disagreement: false });
  });

  it('hands on the delegation of a carrier, to be remembered, and none for a guest', () => {
    const under = delegation();
    expect(
      admit(openText(textOf(token({ under: { delegation: under } }))), 'reader', admissionContext()),
    ).toMatchObject({
      delegation: under,
    });
    const guest = textOf(token({ under: { rootEpoch: 1 }, signedBy: seeds.owner }));
    const verdict = admit(openText(guest), 'reader', admissionContext());
    expect(verdict).toMatchObject({ admitted: true, delegation: undefined });
    expect(verdict.admitted && 'delegation' in verdict.spend).toBe(false);
  });

  it('finds the delegation that a token only names where the lock remembers it', () => {
    const under = delegation();
    const named = textOf(token({ under: { delegation: under, named: true } }));
    expect(refusalOf(admit(openText(named), 'reader', admissionContext()))).toBe('unknown_issuer');
    const memory = emptyMemory();
    fold(memory, { type: 'delegation', bytes: Buffer.from(under).toString('base64url') });
    const verdict = admit(openText(named), 'reader', admissionContext({ memory }));
    expect(verdict.admitted && toHex(verdict.delegation ?? new Uint8Array())).toBe(toHex(under));
  });

  it('takes a drawn code at the door only: over a broker it has to answer a nonce', () => {
    expect(refusalOf(admit(openText(text), 'mqtt', admissionContext()))).toBe('holder_proof_failed');
    const answer = toText(writePresentation(token(), { nonce: new Uint8Array(16) }, seeds.courier));
    expect(refusalOf(admit(openText(answer), 'mqtt', admissionContext({ isFreshNonce: () => true })))).toBe('admitted');
  });

  it('names no token of a chain whose signatures do not hold', () => {
    const verdict = admit(openText(textOf(token({ signedBy: seeds.stranger }))), 'reader', admissionContext());
    expect(verdict).toMatchObject({ admitted: false, tokenId: undefined, refused: { refusal: 'bad_signature' } });
  });

  it('refuses a nonce, since it has given none out', () => {
    const answer = toText(writePresentation(token(), { nonce: new Uint8Array(16) }, seeds.courier));
    expect(refusalOf(admit(openText(answer), 'reader', admissionContext()))).toBe('holder_proof_failed');
  });

  it('refuses when there is no room to remember one more token', () => {
    const ctx = admissionContext();
    for (let i = 0; i < LEDGER_ENTRIES_MAX; i++) {
      const record = {
        type: 'spent',
        key: `k:${i}`,
        token_id: '',
        channel: 'reader',
        at_s: 0,
        expires_s: 0,
        day: '',
      } as const;
      fold(ctx.memory, record);
    }
    expect(refusalOf(admit(openText(text), 'reader', ctx))).toBe('ledger_unavailable');
  });

  it('verifies nothing of a token for another lock', () => {
    let checks = 0;
    const verify = () => {
      checks += 1;
      return true;
    };
    expect(
      refusalOf(
        admit(
          openText(textOf(token({ audience: 'back-door/abcdefgh' }))),
          'reader',
          admissionContext({ verify, firstLook: verify }),
        ),
      ),
    ).toBe('wrong_lock');
    expect(checks).toBe(0);
  });

  it('asks the strict verifier nothing about a forgery, and nothing about a token that is refused for a fact', () => {
    let asked = 0;
    const verify = (): boolean => {
      asked += 1;
      return true;
    };
    admit(openText(textOf(token({ signedBy: seeds.stranger }))), 'reader', admissionContext({ verify }));
    admit(openText(text), 'reader', admissionContext({ verify, disk: 'lockdown' }));
    expect(asked).toBe(0);
    expect(refusalOf(admit(openText(text), 'reader', admissionContext({ verify })))).toBe('admitted');
    expect(asked).toBe(3);
  });

  it('denies and says so when the two verifiers disagree', () => {
    const verdict = admit(openText(text), 'reader', admissionContext({ verify: () => false }));
    expect(verdict).toMatchObject({ admitted: false, refused: { refusal: 'bad_signature' }, disagreement: true });
  });

  it('refuses a photograph: a code drawn more than 30 s ago', () => {
    expect(refusalOf(admit(openText(textOf(token(), NOON_S - 31)), 'reader', admissionContext()))).toBe(
      'holder_proof_failed',
    );
    expect(refusalOf(admit(openText(textOf(token(), NOON_S + 31)), 'reader', admissionContext()))).toBe(
      'holder_proof_failed',
    );
  });

  it('counts uses by the day of the lock, not of Greenwich', () => {
    const nowS = wallS(Date.parse('2026-06-01T22:30:00Z') / 1000);
    const ctx = admissionContext({ time: { state: 'trusted', nowS } });
    const under = { delegation: delegation({ limits: { usesPerDay: 1 } }) };
    const show = (id: number) => textOf(token({ id, under, notBeforeS: nowS - 60, expiresS: nowS + 60 }), nowS);
    const verdict = admit(openText(show(1)), 'reader', ctx);
    if (!verdict.admitted) throw new Error('not admitted');
    fold(ctx.memory, verdict.spend);
    expect(refusalOf(admit(openText(show(2)), 'reader', ctx))).toBe('uses_exhausted');
  });

  it('asks for the hours of the lock', () => {
    const hours = [{ weekdays: 0b1, startMinute: 10 * 60, endMinute: 11 * 60 }];
    const under = { delegation: delegation({ limits: { hours } }) };
    // 10:00 UTC is noon in Berlin.
    expect(refusalOf(admit(openText(textOf(token({ under }))), 'reader', admissionContext()))).toBe('outside_hours');
  });

  it('judges the token before the door: a used one is used, whatever the door does', () => {
    const ctx = admissionContext();
    const verdict = admit(openText(textOf(token())), 'reader', ctx);
    if (!verdict.admitted) throw new Error('not admitted');
    fold(ctx.memory, verdict.spend);
    expect(refusalOf(admit(openText(textOf(token())), 'reader', { ...ctx, lock: { ...locked, door: 'open' } }))).toBe(
      'already_used',
    );
  });
});
