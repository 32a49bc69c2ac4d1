/**
 * May this text open the door, now, here? The order of checks is part of the protocol: the first
 * that fails is the reason, and nothing that bytes say is believed before their signatures held.
 *
 *     shape ─ audience, issuer, signatures ─ disk ─ clock ─ limits ─ ledger ─ uses ─ freshness
 *           ─ signatures again, by the strict verifier ─ interlocks
 *
 * Pure: the caller reserves the token in the same turn, before anything else can ask.
 */
import {
  type Action,
  authenticate,
  type Channel,
  kidOf,
  type Pins,
  type Presentation,
  presentationOf,
  type Refusal,
  type Refused,
  type Result,
  refuse,
  type Signed,
  toHex,
  type Verify,
  withCachedDelegation,
} from '../../protocol/index.ts';
import type { JournalHealth } from '../journal/journal.ts';
import { fromBase64url, ledgerIsFull, type Memory, type Owner, usesKey } from '../journal/memory.ts';
import type { Spent } from '../journal/records.ts';
import { refusalIn, tokenOn } from '../lock/modes.ts';
import type { LockState } from '../lock/state.ts';
import type { ReadDial } from './dial.ts';
import { epochOf, withinEpoch, withinFreshness, withinLimits } from './limits.ts';
import type { TrustedTime } from './trusted-time.ts';

export interface AdmitContext {
  readonly pins: Pins;
  /** The cheap verifier that is asked first, and the strict one that decides. */
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly time: Pick<TrustedTime, 'state' | 'nowS'>;
  /** What this lock does for a token. */
  readonly action: Action;
  /** In the lock's own time zone. */
  readonly dial: ReadDial;
  readonly disk: JournalHealth;
  readonly memory: Memory;
  /** Whether the lock gave out this nonce on this channel just now. */
  readonly isFreshNonce: (nonce: Uint8Array) => boolean;
  readonly lock: LockState;
}

/** A refusal, with the token's public id when its signatures held. */
export type Verdict =
  | {
      readonly admitted: true;
      readonly spend: Spent;
      /** Kid of the phone, in hexadecimal. */
      readonly holderKid: string;
      readonly delegation: Uint8Array | undefined;
    }
  | {
      readonly admitted: false;
      readonly refused: Refused;
      readonly tokenId: string | undefined;
      /** The first look took what the strict verifier did not: somebody knows one of them too well. */
      readonly disagreement: boolean;
    };

/** Replay key of a token: who issued it, and its id. Never its bytes or its signature, which have more than one form. */
export function spendKeyOf(presentation: Presentation): string {
  const { issuer, id } = presentation.token;
  const kid = 'delegation' in issuer ? kidOf(issuer.delegation.carrier) : issuer.kid;
  return `${toHex(kid)}:${toHex(id)}`;
}

/** `opened` is the text that was shown, by `openText`. */
export function admit(opened: Result<Signed>, channel: Channel, context: AdmitContext): Verdict {
  const first = read(opened, context);
  if (!first.ok) return { admitted: false, refused: first, tokenId: undefined, disagreement: false };
  const presentation = first.value;
  const tokenId = toHex(presentation.token.id);
  const judged = judge(presentation, channel, context);
  if (judged !== undefined) return { admitted: false, refused: judged, tokenId, disagreement: false };
  const decided = authenticate(presentation, context.pins, context.verify);
  if (!decided.ok) return { admitted: false, refused: decided, tokenId: undefined, disagreement: true };
  const refused = vetoed(context.memory.owner, channel) ?? interlock(context.lock);
  if (refused !== undefined) return { admitted: false, refused, tokenId, disagreement: false };
  const { issuer, holder } = presentation.token;
  const delegation = 'delegation' in issuer ? issuer.delegation.signed.bytes : undefined;
  const spend = spendOf(presentation, channel, context);
  return { admitted: true, spend, holderKid: toHex(kidOf(holder)), delegation };
}

function read(opened: Result<Signed>, { pins, firstLook, memory }: AdmitContext): Result<Presentation> {
  const parsed = presentationOf(opened);
  if (!parsed.ok) return parsed;
  const presentation = withCachedDelegation(parsed.value, (hash) => {
    const bytes = memory.delegations.get(hash);
    return bytes === undefined ? undefined : fromBase64url(bytes);
  });
  return authenticate(presentation, pins, firstLook);
}

/** What is authenticated now, against what the lock knows. */
function judge(presentation: Presentation, channel: Channel, context: AdmitContext): Refused | undefined {
  const { disk, memory, dial, time } = context;
  if (disk === 'lockdown') return refuse('lockdown', 'the journal is damaged: the owner has to look at it');
  if (disk === 'unavailable')
    return refuse('ledger_unavailable', 'the disk has failed, or has not answered yet for the token before');
  if (time.state !== 'trusted') return refuse('clock_untrusted', UNTRUSTED[time.state]);
  const { nowS } = time;
  const beyond =
    withinEpoch(presentation, memory.owner.epoch) ??
    denied(presentation, memory.owner) ??
    withinLimits(presentation, nowS, { dial });
  if (beyond !== undefined) return beyond;
  const { action } = presentation.token;
  if (action !== context.action)
    return refuse('wrong_action', `the token is to ${action}, and this lock can ${context.action}`);
  if (memory.spent.has(spendKeyOf(presentation))) return refuse('already_used', 'this token has opened, or tried to');
  const { issuer } = presentation.token;
  if ('delegation' in issuer) {
    const { limits, id } = issuer.delegation;
    const uses = memory.usesPerDay.get(usesKey(dial(nowS).day, toHex(id))) ?? 0;
    if (uses >= limits.usesPerDay) return refuse('uses_exhausted', `${uses} uses on this day are all that it has`);
  }
  if (ledgerIsFull(memory)) return refuse('ledger_unavailable', 'no room to remember one more token');
  if (context.lock.logFull) {
    return refuse('log_full', 'so much waits for the broker that no visit could be reported any more');
  }
  const { proof } = presentation;
  if ('nonce' in proof) {
    if (context.isFreshNonce(proof.nonce)) return undefined;
    return refuse('holder_proof_failed', 'the lock gave out no such nonce on this channel within the last minute');
  }
  // Whoever sees a code drawn at the door could send it from anywhere: only who was asked just now is there.
  if (channel === 'mqtt')
    return refuse('holder_proof_failed', 'over a broker a code has to answer a nonce of the lock');
  return withinFreshness(presentation, nowS);
}

/** The owner's deny lists: this token, whoever issued it, or the phone that shows it. */
function denied(presentation: Presentation, owner: Owner): Refused | undefined {
  const { id, holder, issuer } = presentation.token;
  if (owner.deniedTokens.has(toHex(id))) return refuse('revoked', 'the owner has denied this token');
  if ('delegation' in issuer && owner.deniedKeys.has(toHex(kidOf(issuer.delegation.carrier)))) {
    return refuse('issuer_revoked', 'the owner has denied the key of this carrier');
  }
  if (owner.deniedKeys.has(toHex(kidOf(holder))))
    return refuse('revoked', 'the owner has denied the key of this phone');
  return undefined;
}

/** What the owner has said about every token. */
function vetoed({ paused, mode }: Owner, channel: Channel): Refused | undefined {
  if (paused) return refuse('owner_veto', 'the owner has paused the lock');
  return refusalIn(mode, tokenOn(channel));
}

/** What the door itself has to say. A token that it refuses is not used up. */
function interlock({ board, bolt, door, visit, interlock: byProfile }: LockState): Refused | undefined {
  if (board !== 'ready') return refuse('board_lost', 'the board does not answer');
  if (visit.row !== 'idle' && visit.row !== 'arrived') return refuse('actuator_busy', `a visit is ${visit.row}`);
  const byRow: Partial<Record<typeof bolt.row, Refusal>> = {
    unknown: 'board_lost',
    jammed: 'jammed',
    locking: 'actuator_busy',
    unlocking: 'actuator_busy',
  };
  const refusal = byRow[bolt.row];
  if (refusal !== undefined) return refuse(refusal, `the bolt is ${bolt.row}`);
  if (door !== 'closed') return refuse('door_open', `the door is ${door}`);
  return byProfile;
}

const UNTRUSTED = {
  floor_only: 'nobody vouches for the clock: no RTC, and no time from the network',
  insane: 'the clock went back, or jumped',
} as const;

function spendOf(presentation: Presentation, channel: Channel, { time, dial, memory }: AdmitContext): Spent {
  const { token } = presentation;
  const epoch = epochOf(presentation) ?? memory.owner.epoch;
  const spend: Spent = {
    type: 'spent',
    key: spendKeyOf(presentation),
    token_id: toHex(token.id),
    channel,
    at_s: time.nowS,
    expires_s: token.expiresS,
    day: dial(time.nowS).day,
    ...(epoch > memory.owner.epoch ? { epoch } : {}),
  };
  return 'delegation' in token.issuer ? { ...spend, delegation: toHex(token.issuer.delegation.id) } : spend;
}
