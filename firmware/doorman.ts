/**
 * What becomes of a text that somebody shows: who is listened to, who is let in, what the owner
 * says. It decides and writes down; nothing moves in here. Whatever it admits goes to the loop.
 *
 *     text ─ seen just now? ─ channel listened to? ─┬─ a control ──────▶ obeyed, or answered
 *                                                   └─ a presentation ─▶ admitted, or refused and counted
 */
import {
  type Action,
  type Channel,
  type Control,
  type ControlResult,
  type EventBody,
  fromText,
  type MonoMs,
  type Pins,
  REFUSALS,
  type Refusal,
  type Refused,
  readControl,
  refuse,
  type Verify,
} from '../protocol/index.ts';
import { admit } from './access/admit.ts';
import { judgeControl } from './access/judge-control.ts';
import { refusalLog } from './access/refusal-log.ts';
import { throttle } from './access/throttle.ts';
import type { TrustedTime } from './access/trusted-time.ts';
import { clip } from './clip.ts';
import type { Journal } from './journal/journal.ts';
import type { ControlRecord, Spent } from './journal/records.ts';
import type { LockEvent, LockState } from './lock/state.ts';
import type { Clock } from './ports/index.ts';

/** A reader that sees one code shows it many times a second: a refused text is not looked at again within this time. */
const SAME_TEXT_MS = 3_000;

/** Wrong codes in a row, as Matter's WrongCodeEntryLimit counts them, before a channel is locked out. */
const WRONG_CODES_MAX = 5;

export interface DoormanOptions {
  readonly pins: Pins;
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly timezone: string;
  readonly action: Action;
  readonly clock: Pick<Clock, 'monoMs'>;
  readonly journal: Pick<Journal, 'memory' | 'append'>;
  state(): LockState;
  time(): TrustedTime;
  disk(): 'ok' | 'unavailable' | 'lockdown';
  /** A spend is on its way to the disk: until that has answered, no other begins. */
  spendInDoubt(): boolean;
  /** Every check held: reserve it, now. */
  admit(record: Spent): void;
  post(event: LockEvent): void;
  tell(event: EventBody): void;
  fault(fault: string, detail: string): void;
  loseLedger(error: unknown): void;
  /** The owner has said something that the state shows. */
  onOwner(): void;
}

export interface Doorman {
  /** Somebody shows a text. What comes of it is told by events and by the light. */
  present(text: string, channel: Channel): void;
}

export function createDoorman(options: DoormanOptions): Doorman {
  const { clock, journal, state, time, disk, post, tell, fault, loseLedger } = options;
  const { memory } = journal;
  const refusals = refusalLog();
  const rate = throttle();
  /** The text that the visit in progress was granted for. */
  let granted: string | undefined;
  const lastRefused = new Map<Channel, { readonly text: string; at: MonoMs; readonly passes: boolean }>();

  function present(text: string, channel: Channel): void {
    const last = lastRefused.get(channel);
    if (last?.text === text && clock.monoMs() - last.at < SAME_TEXT_MS) {
      // What was wrong with it stays wrong for as long as it is held up; what was wrong with the door may pass.
      if (!last.passes) last.at = clock.monoMs();
      return;
    }
    // The courier still holds the code before the reader.
    if (state().visit.grant !== undefined && text === granted) return;
    const unheard = listen(channel);
    if (unheard !== undefined) return refuseText(text, channel, unheard, undefined);
    const control = controlIn(text);
    if (control !== undefined) return obey(text, channel, control);
    const verdict = admit(text, channel, {
      pins: options.pins,
      firstLook: options.firstLook,
      verify: options.verify,
      time: time(),
      action: options.action,
      timezone: options.timezone,
      // While one spend is in doubt no other begins.
      disk: options.spendInDoubt() && disk() === 'ok' ? 'unavailable' : disk(),
      memory,
      lock: state(),
    });
    if (verdict.admitted) {
      const { spend: record } = verdict;
      lastRefused.delete(channel);
      granted = text;
      rate.refill(channel);
      return options.admit(record);
    }
    const { refused, tokenId } = verdict;
    if (verdict.disagreement) fault('verifiers_disagree', refused.detail);
    // The courier's screen has redrawn it: it is the token of this very visit.
    if (tokenId !== undefined && tokenId === state().visit.grant?.tokenId) {
      granted = text;
      return;
    }
    if (isWrongCode(refused.refusal)) countWrongCode(channel);
    refuseText(text, channel, refused, tokenId);
  }

  function obey(text: string, channel: Channel, control: Control): void {
    const { owner } = memory;
    const verdict = judgeControl(control, {
      pins: options.pins,
      firstLook: options.firstLook,
      verify: options.verify,
      disk: disk(),
      owner,
    });
    if (verdict.by === 'stranger') {
      countWrongCode(channel);
      return refuseText(text, channel, verdict.refused, undefined);
    }
    // Held up before a reader, it would be judged again and again.
    lastRefused.set(channel, { text, at: clock.monoMs(), passes: false });
    const answer = (result: ControlResult): void => {
      const { op } = control.statement;
      tell({ topic: 'system', body: { event_type: 'control', op, result, expected: owner.number + 1 } });
    };
    if (verdict.result !== 'applied') return answer(verdict.result);
    // Folded in at once: it holds from this very moment; it is told when it is durable.
    journal.append(verdict.record).then(() => answer('applied'), loseLedger);
    if (isVeto(verdict.record.statement)) post({ type: 'vetoed' });
    options.onOwner();
  }

  /** Whether a control stops the visit in progress. */
  function isVeto(statement: ControlRecord['statement']): boolean {
    const { grant } = state().visit;
    if (grant === undefined) return false;
    if (statement.op === 'pause' || statement.op === 'raise-epoch') return true;
    if (statement.op === 'deny-token') return statement.token_id === grant.tokenId;
    return statement.op === 'deny-key' && grant.spendKey.startsWith(`${statement.kid}:`);
  }

  /** Before anything is read: why a channel is not listened to now. */
  function listen(channel: Channel): Refused | undefined {
    if (memory.lockedOut.has(channel)) return refuse('locked_out', 'too many wrong codes came on this channel');
    if (!rate.take(channel, clock.monoMs())) return refuse('throttled', 'too many codes came on this channel at once');
    return undefined;
  }

  /** Durable, so that no reboot forgives it. */
  function countWrongCode(channel: Channel): void {
    journal.append({ type: 'wrong_code', channel }).catch(loseLedger);
    if ((memory.wrongCodes.get(channel) ?? 0) < WRONG_CODES_MAX) return;
    journal.append({ type: 'lockout', channel }).catch(loseLedger);
    post({ type: 'lockout.began', channel });
  }

  function refuseText(text: string, channel: Channel, refused: Refused, tokenId: string | undefined): void {
    const { error, bearer } = REFUSALS[refused.refusal];
    lastRefused.set(channel, { text, at: clock.monoMs(), passes: error !== 1 && bearer === 'try_again' });
    const repeats = refusals.note(channel, refused.refusal, clock.monoMs());
    if (repeats !== undefined) {
      const body = {
        event_type: 'refused',
        channel,
        refusal: refused.refusal,
        operation_error: REFUSALS[refused.refusal].error,
        detail: clip(refused.detail),
        repeats,
      } as const;
      tell({ topic: 'access', body: tokenId === undefined ? body : { ...body, token_id: tokenId } });
    }
    post({ type: 'token.refused', refusal: refused.refusal });
  }

  return { present };
}

/** The control that a text spells, if it spells one. Its signature has not been looked at. */
function controlIn(text: string): Control | undefined {
  const bytes = fromText(text);
  return bytes.ok ? readControl(bytes.value) : undefined;
}

/** Only what reads as a presentation counts toward lockout: the label of a parcel is a code, too. */
const isWrongCode = (refusal: Refusal): boolean =>
  REFUSALS[refusal].error === 1 && refusal !== 'malformed' && refusal !== 'unsupported_version';
