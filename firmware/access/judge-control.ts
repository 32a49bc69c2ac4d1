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
  EPOCH_SAID_MAX,
  equal,
  isSignedBy,
  kidOf,
  NONCE_OPS,
  newRootProves,
  type Pins,
  type Refusal,
  type Refused,
  refuse,
  type Statement,
  TIME_SAID_MAX,
  toHex,
  type Verify,
} from '../../protocol/index.ts';
import type { JournalHealth } from '../journal/journal.ts';
import { latestEpochOf, type Memory } from '../journal/memory.ts';
import type { ControlRecord } from '../journal/records.ts';
import type { Uptime } from '../ports/index.ts';

/** Whom a lock obeys: its owner's root in everything but one thing, and the recovery key in that one. */
export interface ControlPins extends Pins {
  readonly recovery: Uint8Array;
}

export interface ControlContext {
  readonly pins: ControlPins;
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly disk: JournalHealth;
  readonly memory: Pick<Memory, 'owner' | 'floorS'>;
  readonly uptime: Uptime;
  /** Whether the lock gave out this nonce, on whatever channel, within the last minute. */
  readonly isFreshNonce: (nonce: Uint8Array) => boolean;
}

export type ControlVerdict =
  /** Not the owner's: refused like any other text, and counted. */
  | { readonly by: 'stranger'; readonly refused: Refused }
  | {
      readonly by: 'owner';
      readonly result: 'applied';
      readonly record: ControlRecord;
      /** The root that comes in the place of the old one, before the record is written. */
      readonly root?: Uint8Array;
    }
  | { readonly by: 'owner'; readonly result: Exclude<ControlResult, 'applied'> };

type Refusing = Exclude<ControlResult, 'applied'>;

export function judgeControl(control: Control, context: ControlContext): ControlVerdict {
  const { pins, firstLook, verify, disk } = context;
  const { op } = control.statement;
  const stranger = (refusal: Refusal, detail: string): ControlVerdict => ({
    by: 'stranger',
    refused: refuse(refusal, detail),
  });
  // Policy: a stolen root must not be able to put itself beyond the owner's reach, so only the paper key rotates it.
  const [signer, name] = op === 'rotate-root' ? [pins.recovery, 'recovery key'] : [pins.root, "owner's root"];
  if (control.audience !== pins.audience) return stranger('wrong_lock', 'the control is for another lock');
  if (!equal(control.signerKid, kidOf(signer)))
    return stranger('unknown_issuer', `the control names a key that is not the ${name}`);
  for (const check of [firstLook, verify]) {
    if (!isSignedBy(control.signed, 'control', signer, check))
      return stranger('bad_signature', `the control is not signed by the ${name}`);
  }
  // From here on it is the owner who speaks.
  const refusing = disk === 'ok' ? whyNot(control, context) : whyNotOnDisk(disk, control, context);
  if (refusing !== undefined) return { by: 'owner', result: refusing };
  const record: ControlRecord = {
    type: 'control',
    number: control.counter,
    statement: statementOf(control.statement, context.uptime),
  };
  const { statement } = control;
  return statement.op === 'rotate-root'
    ? { by: 'owner', result: 'applied', record, root: statement.root }
    : { by: 'owner', result: 'applied', record };
}

/** With a disk that cannot be written nothing can be obeyed; in lockdown one thing can, which ends it. */
function whyNotOnDisk(disk: JournalHealth, control: Control, context: ControlContext): Refusing | undefined {
  if (disk === 'unavailable') return 'ledger_unavailable';
  const { counter, statement } = control;
  if (statement.op !== 're-seal') return 'lockdown';
  const { owner } = context.memory;
  // The last number may be lost with the journal: any above the last that is known may be the next.
  if (counter <= owner.number) return 'out_of_order';
  if (!answersNonce(control, context)) return 'nonce_stale';
  return whyNotEpoch(statement.epoch, latestEpochOf(owner));
}

function whyNot(control: Control, context: ControlContext): Refusing | undefined {
  const { owner } = context.memory;
  const { counter, statement } = control;
  if (counter !== owner.number + 1) return 'out_of_order';
  if (NONCE_OPS.includes(statement.op) && !answersNonce(control, context)) return 'nonce_stale';
  switch (statement.op) {
    case 'raise-epoch':
      return whyNotEpoch(statement.epoch, owner.epoch);
    case 'deny-token':
      return hasRoom(owner.deniedTokens, toHex(statement.tokenId), DENIED_TOKENS_MAX) ? undefined : 'list_full';
    case 'deny-key':
      return hasRoom(owner.deniedKeys, toHex(statement.kid), DENIED_KEYS_MAX) ? undefined : 'list_full';
    case 'rotate-root':
      return newRootProves(control, context.verify) ? undefined : 'new_root_unproved';
    case 're-seal':
      return 'not_in_lockdown';
    case 'pause':
    case 'resume':
    case 'set-mode':
      return undefined;
    case 'set-time':
      return whyNotTime(statement.timeS, context.memory);
  }
}

const answersNonce = ({ nonce }: Control, { isFreshNonce }: ControlContext): boolean =>
  nonce !== undefined && isFreshNonce(nonce);

/** One that left no room above it could never be raised again, not even by a clock that goes back. */
function whyNotEpoch(next: number, present: number): Refusing | undefined {
  if (next <= present) return 'not_higher';
  return next > EPOCH_SAID_MAX ? 'too_high' : undefined;
}

/** A calendar of four digits has to last for as long as the lock runs; and a clock that goes back needs an epoch to rise to. */
function whyNotTime(timeS: number, { owner, floorS }: ControlContext['memory']): Refusing | undefined {
  if (timeS > TIME_SAID_MAX) return 'too_high';
  return timeS < floorS && latestEpochOf(owner) >= Number.MAX_SAFE_INTEGER ? 'too_high' : undefined;
}

const hasRoom = (list: ReadonlySet<string>, id: string, max: number): boolean => list.size < max || list.has(id);

/** The statement as it stands in the journal: ids in hexadecimal, and a time together with when it was said. */
function statementOf(statement: Statement, uptime: Uptime): ControlRecord['statement'] {
  switch (statement.op) {
    case 'raise-epoch':
    case 're-seal':
      return { op: statement.op, epoch: statement.epoch };
    case 'deny-token':
      return { op: 'deny-token', token_id: toHex(statement.tokenId) };
    case 'deny-key':
      return { op: 'deny-key', kid: toHex(statement.kid) };
    case 'pause':
    case 'resume':
      return { op: statement.op };
    case 'set-mode':
      return { op: 'set-mode', mode: statement.mode };
    case 'set-time':
      return { op: 'set-time', time_s: statement.timeS, boot_id: uptime.bootId, uptime_ms: uptime.ms };
    case 'rotate-root':
      return { op: 'rotate-root', kid: toHex(kidOf(statement.root)) };
  }
}
