/**
 * What becomes of a text that somebody shows: who is listened to, who is let in, what the owner
 * says. It decides and writes down; nothing moves in here. Whatever it admits goes to the loop.
 *
 *     text ─ seen just now? ─┬─ a control ────── listened to? ─▶ owner.ts, or refused and counted
 *                            └─ a presentation ─ listened to? ─▶ admitted, or refused and counted
 */
import {
  type Action,
  type Channel,
  CONTROLS_AT_ONCE_MAX,
  type Control,
  controlIn,
  type EventBody,
  kidOf,
  type MonoMs,
  openText,
  REFUSALS,
  type Refusal,
  type Refused,
  refuse,
  toHex,
  type Verify,
} from '../protocol/index.ts';
import { admit } from './access/admit.ts';
import type { ReadDial } from './access/dial.ts';
import type { ControlPins } from './access/judge-control.ts';
import { refusalLog } from './access/refusal-log.ts';
import { throttle } from './access/throttle.ts';
import type { TrustedTime } from './access/trusted-time.ts';
import { clip } from './clip.ts';
import type { Journal } from './journal/journal.ts';
import { toBase64url } from './journal/memory.ts';
import type { Spent } from './journal/records.ts';
import type { LockEvent, LockState } from './lock/state.ts';
import type { Owner } from './owner.ts';
import type { Clock } from './ports/index.ts';

/** A reader that sees one code shows it many times a second: a refused text is not looked at again within this time. */
const SAME_TEXT_MS = 3_000;

/** Wrong codes in a row, as Matter's WrongCodeEntryLimit counts them, before a channel is locked out. */
const WRONG_CODES_MAX = 5;

export interface DoormanOptions {
  readonly pins: ControlPins;
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly dial: ReadDial;
  readonly action: Action;
  readonly clock: Pick<Clock, 'monoMs'>;
  readonly journal: Pick<Journal, 'memory' | 'append' | 'health'>;
  readonly owner: Owner;
  state(): LockState;
  time(): TrustedTime;
  isFreshNonce(channel: Channel, nonce: Uint8Array): boolean;
  /**
   * A spend, a root or a seal is on its way to the disk: until that has answered, no token is taken. Or something did
   * not become durable, and be it that a witness was not told of it: then none is until the next start.
   */
  diskInDoubt(): boolean;
  /** Every check held: reserve it, now. */
  admit(record: Spent, holderKid: string): void;
  post(event: LockEvent): void;
  tell(event: EventBody): void;
  fault(fault: string, detail: string): void;
  loseLedger(error: unknown): void;
  /** Each text that was looked at and refused, with the reason: for the owner's eyes, not the bearer's. */
  readonly onRefused?: ((refused: Refused, channel: Channel) => void) | undefined;
}

/** What whoever showed a text may know of it at once. */
export type Answer =
  /** It is being spent; what comes of it is told by events of this token. */
  | { readonly kind: 'admitted'; readonly tokenId: string }
  | { readonly kind: 'refused'; readonly answer: 'denied' | 'try_again' }
  /** A control, or the code of the visit in progress, shown again. */
  | { readonly kind: 'heard' };

const HEARD: Answer = { kind: 'heard' };

export interface Doorman {
  /** Somebody shows a text. What comes of it is told by events and by the light. */
  present(text: string, channel: Channel): Answer;
  /** Statements of the owner in order, those that were obeyed already perhaps among them. */
  controls(texts: readonly string[], channel: Channel): void;
  /** The owner's root, or the journal, is there: judges the controls that waited for it. */
  resume(): void;
}

interface Seen {
  readonly text: string;
  at: MonoMs;
  /** What was wrong may pass by itself. */
  readonly passes: boolean;
  readonly answer: Answer;
}

export function createDoorman(options: DoormanOptions): Doorman {
  const { clock, journal, state, post, tell, fault, loseLedger } = options;
  const { memory } = journal;
  const refusals = refusalLog();
  const rate = throttle(memory.throttled, clock.monoMs());
  /** The text that the visit in progress was granted for. */
  let granted: string | undefined;
  const lastSeen = new Map<Channel, Seen>();
  /** Controls that came behind a new root or a new seal, which is on its way. At most CONTROLS_AT_ONCE_MAX. */
  const waiting: { readonly text: string; readonly channel: Channel; readonly control: Control }[] = [];

  function present(text: string, channel: Channel): Answer {
    const last = lastSeen.get(channel);
    if (last?.text === text && clock.monoMs() - last.at < SAME_TEXT_MS) {
      // What was wrong with it stays wrong for as long as it is held up; what was wrong with the door may pass.
      if (!last.passes) last.at = clock.monoMs();
      return last.answer;
    }
    // The courier still holds the code before the reader.
    if (state().visit.grant !== undefined && text === granted) return HEARD;
    const opened = openText(text);
    const control = opened.ok ? controlIn(opened.value) : undefined;
    if (control !== undefined) return obey(text, channel, control);
    const unheard = listen(channel);
    if (unheard !== undefined) return refuseText(text, channel, unheard, undefined);
    const verdict = admit(opened, channel, {
      pins: options.pins,
      firstLook: options.firstLook,
      verify: options.verify,
      time: options.time(),
      action: options.action,
      dial: options.dial,
      disk: options.diskInDoubt() && journal.health === 'ok' ? 'unavailable' : journal.health,
      memory,
      isFreshNonce: (nonce) => options.isFreshNonce(channel, nonce),
      lock: state(),
    });
    if (verdict.admitted) {
      const { spend, holderKid, delegation } = verdict;
      lastSeen.delete(channel);
      granted = text;
      rate.refill(channel);
      options.admit(spend, holderKid);
      if (delegation !== undefined) remember(delegation);
      return { kind: 'admitted', tokenId: spend.token_id };
    }
    const { refused, tokenId } = verdict;
    if (verdict.disagreement) fault('verifiers_disagree', refused.detail);
    // The courier's screen has redrawn it: it is the token of this very visit.
    if (tokenId !== undefined && tokenId === state().visit.grant?.tokenId) {
      granted = text;
      return HEARD;
    }
    if (isWrongCode(refused.refusal)) countWrongCode(channel);
    return refuseText(text, channel, refused, tokenId);
  }

  /** So that the next token under it need not carry it. Too large for a record: then each carries it. */
  function remember(delegation: Uint8Array): void {
    const bytes = toBase64url(delegation);
    if (bytes.length > REMEMBERED_CHARS_MAX || memory.delegations.has(toHex(kidOf(delegation)))) return;
    journal.append({ type: 'delegation', bytes }).catch(loseLedger);
  }

  function controls(texts: readonly string[], channel: Channel): void {
    for (const text of texts) {
      const opened = openText(text);
      const control = opened.ok ? controlIn(opened.value) : undefined;
      if (control === undefined) {
        // It is a text like any other on this channel: whoever sends sixteen at once is not listened to sixteen times.
        const refused = listen(channel) ?? refuse('malformed', 'not a control');
        refuseText(text, channel, refused, undefined);
        continue;
      }
      // A retained document holds what was obeyed already: that is no attempt of anybody's.
      if (control.counter > memory.owner.number) obey(text, channel, control);
    }
  }

  /** The controls that came while a root or a seal was on its way, in their order. */
  function resume(): void {
    while (waiting.length > 0 && !options.owner.isBusy()) {
      const next = waiting.shift();
      if (next !== undefined && next.control.counter > memory.owner.number) obey(next.text, next.channel, next.control);
    }
  }

  /** A lockout is no answer to the owner: who floods a channel with codes must not keep him from pausing the lock. */
  function obey(text: string, channel: Channel, control: Control): Answer {
    // Whose word counts is what the disk has not said yet: nothing is judged, and nothing of the owner's is lost.
    if (options.owner.isBusy()) return keepWaiting(text, channel, control);
    const bucket = `control ${channel}`;
    if (!rate.take(bucket, clock.monoMs())) {
      return refuseText(
        text,
        channel,
        refuse('throttled', 'too many controls came on this channel at once'),
        undefined,
      );
    }
    const outcome = options.owner.obey(control);
    if (typeof outcome !== 'string') {
      countWrongCode(channel);
      return refuseText(text, channel, outcome, undefined);
    }
    // Only what was obeyed is new: whoever repeats old statements of the owner's is listened to less and less.
    if (outcome === 'obeyed') rate.refill(bucket);
    // Held up before a reader, it would be judged again and again.
    lastSeen.set(channel, { text, at: clock.monoMs(), passes: false, answer: HEARD });
    return HEARD;
  }

  function keepWaiting(text: string, channel: Channel, control: Control): Answer {
    if (waiting.some((other) => other.text === text)) return HEARD;
    if (waiting.length >= CONTROLS_AT_ONCE_MAX) {
      const refused = refuse(
        'throttled',
        'a new root or a new journal is on its way, and too many controls wait for it',
      );
      return refuseText(text, channel, refused, undefined);
    }
    waiting.push({ text, channel, control });
    return HEARD;
  }

  /** Before anything is read: why a channel is not listened to now. */
  function listen(channel: Channel): Refused | undefined {
    if (memory.lockedOut.has(channel)) return refuse('locked_out', 'too many wrong codes came on this channel');
    if (rate.take(channel, clock.monoMs())) return undefined;
    // Written by itself, and once until a token is spent there: of its refusals, one a minute is an event.
    if (!memory.throttled.has(channel)) journal.append({ type: 'throttled', channel }).catch(loseLedger);
    return refuse('throttled', 'too many codes came on this channel at once');
  }

  /** Durable, so that no reboot forgives it. The last is the lockout itself: no power cut comes between. */
  function countWrongCode(channel: Channel): void {
    if (memory.lockedOut.has(channel)) return;
    const times = (memory.wrongCodes.get(channel) ?? 0) + 1;
    if (times < WRONG_CODES_MAX) {
      journal.append({ type: 'wrong_code', channel }).catch(loseLedger);
      return;
    }
    journal.append({ type: 'lockout', channel }).catch(loseLedger);
    post({ type: 'lockout.began', channel });
  }

  function refuseText(text: string, channel: Channel, refused: Refused, tokenId: string | undefined): Answer {
    const { error, bearer } = REFUSALS[refused.refusal];
    const answer: Answer = { kind: 'refused', answer: bearer };
    lastSeen.set(channel, { text, at: clock.monoMs(), passes: error !== 1 && bearer === 'try_again', answer });
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
    options.onRefused?.(refused, channel);
    return answer;
  }

  return { present, controls, resume };
}

/** Longest delegation that fits into a record of the journal, base64url. */
const REMEMBERED_CHARS_MAX = 440;

/** Only what reads as a presentation counts toward lockout: the label of a parcel is a code, too. */
const isWrongCode = (refusal: Refusal): boolean =>
  REFUSALS[refusal].error === 1 && refusal !== 'malformed' && refusal !== 'unsupported_version';
