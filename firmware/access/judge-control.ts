/**
 * May this control be obeyed? It comes by any channel, and none of them is trusted: the signature
 * says that it is the owner's, the number says that it is the next one. A broker that keeps
 * yesterday's statements, or leaves one out, changes nothing.
 */
import {
  type Control,
  type ControlResult,
  DENIED_KEYS_MAX,
  DENIED_TOKENS_MAX,
  equal,
  isSignedBy,
  kidOf,
  NONCE_OPS,
  type Pins,
  type Refusal,
  type Refused,
  refuse,
  toHex,
  type Verify,
} from '../../protocol/index.ts';
import type { Owner } from '../journal/memory.ts';
import type { ControlRecord } from '../journal/records.ts';

export interface ControlContext {
  readonly pins: Pins;
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly disk: 'ok' | 'unavailable' | 'lockdown';
  readonly owner: Owner;
}

export type ControlVerdict =
  /** Not the owner's: refused like any other text, and counted. */
  | { readonly by: 'stranger'; readonly refused: Refused }
  | { readonly by: 'owner'; readonly result: 'applied'; readonly record: ControlRecord }
  | { readonly by: 'owner'; readonly result: Exclude<ControlResult, 'applied'> };

export function judgeControl(control: Control, context: ControlContext): ControlVerdict {
  const { pins, firstLook, verify, disk, owner } = context;
  const stranger = (refusal: Refusal, detail: string): ControlVerdict => ({
    by: 'stranger',
    refused: refuse(refusal, detail),
  });
  const refused = (result: Exclude<ControlResult, 'applied'>): ControlVerdict => ({ by: 'owner', result });
  if (control.audience !== pins.audience) return stranger('wrong_lock', 'the control is for another lock');
  if (!equal(control.signerKid, kidOf(pins.root)))
    return stranger('unknown_issuer', "the control names a key that is not the owner's root");
  for (const check of [firstLook, verify]) {
    if (!isSignedBy(control.signed, 'control', pins.root, check))
      return stranger('bad_signature', "the control is not signed by the owner's root");
  }
  // From here on it is the owner who speaks.
  if (disk === 'lockdown') return refused('lockdown');
  if (disk === 'unavailable') return refused('ledger_unavailable');
  if (control.counter !== owner.number + 1) return refused('out_of_order');
  // No nonce is given out yet, so none can be answered.
  if (NONCE_OPS.includes(control.statement.op)) return refused('nonce_stale');
  const statement = statementOf(control, owner);
  return typeof statement === 'string'
    ? refused(statement)
    : { by: 'owner', result: 'applied', record: { type: 'control', number: control.counter, statement } };
}

function statementOf(
  { statement }: Control,
  owner: Owner,
): ControlRecord['statement'] | 'not_higher' | 'list_full' | 'nonce_stale' {
  switch (statement.op) {
    case 'raise-epoch':
      return statement.epoch > owner.epoch ? { op: 'raise-epoch', epoch: statement.epoch } : 'not_higher';
    case 'deny-token': {
      const token_id = toHex(statement.tokenId);
      const isFull = owner.deniedTokens.size >= DENIED_TOKENS_MAX && !owner.deniedTokens.has(token_id);
      return isFull ? 'list_full' : { op: 'deny-token', token_id };
    }
    case 'deny-key': {
      const kid = toHex(statement.kid);
      const isFull = owner.deniedKeys.size >= DENIED_KEYS_MAX && !owner.deniedKeys.has(kid);
      return isFull ? 'list_full' : { op: 'deny-key', kid };
    }
    case 'pause':
    case 'resume':
      return { op: statement.op };
    case 'set-mode':
      return { op: 'set-mode', mode: statement.mode };
    case 'set-time':
    case 'rotate-root':
    case 're-seal':
      return 'nonce_stale';
  }
}
