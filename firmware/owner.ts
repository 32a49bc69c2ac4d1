/**
 * What becomes of a control: the owner's word, by whatever channel it comes. Most of them are a record
 * in the journal and hold from the moment in which they were judged; they are told when they are durable.
 *
 * Two reach further. A new root goes into `identity` first, durably, and into the journal after it: a
 * power cut in between leaves the new root and the old count, and no moment has two roots. A new seal is
 * the first record of a new journal, and ends the lockdown. While one of them is on its way nobody may be
 * obeyed, and no token is taken: doorman.ts keeps the controls that come meanwhile.
 */
import {
  type Control,
  type ControlResult,
  type EventBody,
  kidOf,
  type MonoMs,
  type Refused,
  toHex,
  type Verify,
} from '../protocol/index.ts';
import { type ControlPins, judgeControl } from './access/judge-control.ts';
import type { Journal } from './journal/journal.ts';
import type { ControlRecord } from './journal/records.ts';
import { refusalIn, tokenOn } from './lock/modes.ts';
import type { Grant, LockEvent, LockState } from './lock/state.ts';
import type { Clock, Uptime } from './ports/index.ts';

const MINUTE_MS = 60_000;

export interface OwnerOptions {
  readonly pins: ControlPins;
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly journal: Pick<Journal, 'memory' | 'health'>;
  readonly clock: Pick<Clock, 'monoMs'>;
  state(): LockState;
  uptime(): Uptime;
  isFreshNonce(nonce: Uint8Array): boolean;
  /** Folds it in now, and settles when it is durable: on the disk, and with a witness if there is one. */
  keep(record: ControlRecord): Promise<void>;
  /** Makes another key the owner's root, durably. Rejects when the old one still is. */
  rotate(root: Uint8Array): Promise<void>;
  /** Begins a new journal with this record. Rejects when it could not be made. */
  reseal(record: ControlRecord): Promise<void>;
  post(event: LockEvent): void;
  tell(event: EventBody): void;
  fault(fault: string, detail: string): void;
  loseLedger(error: unknown): void;
  /** The owner has said something that the state shows. */
  onOwner(): void;
  /** What was on its way has come to the disk, or has not: the next control can be judged. */
  onFree(): void;
}

export interface Owner {
  /** Obeys, or answers why not; a control that is not the owner's comes back as refused, to be counted. */
  obey(control: Control): Refused | 'obeyed' | 'answered';
  /** A root or a seal is on its way to the disk: until that has answered, nobody may be obeyed, and no token taken. */
  isBusy(): boolean;
}

export function createOwner(options: OwnerOptions): Owner {
  const { journal, state, post, tell, fault, loseLedger } = options;
  const { memory } = journal;
  let busy = false;
  /** Answers of the last minute, with when they were given. As few as the doorman listens to controls in a minute. */
  const answered = new Map<string, MonoMs>();

  function obey(control: Control): Refused | 'obeyed' | 'answered' {
    if (busy) throw new Error('a control behind a root or a seal that is on its way');
    const verdict = judgeControl(control, {
      ...options,
      disk: journal.health,
      memory,
      uptime: options.uptime(),
      isFreshNonce: options.isFreshNonce,
    });
    if (verdict.by === 'stranger') return verdict.refused;
    const answer = (result: ControlResult): void => {
      const { op } = control.statement;
      const { counter } = control;
      tell({
        topic: 'system',
        body: { event_type: 'control', op, result, counter, expected: memory.owner.number + 1 },
      });
    };
    if (verdict.result !== 'applied') {
      if (isNews(control, verdict.result)) answer(verdict.result);
      return 'answered';
    }
    const { record, root } = verdict;
    if (root !== undefined) rotate(record, root, answer);
    else if (record.statement.op === 're-seal') reseal(record, answer);
    else write(record, answer);
    return 'obeyed';
  }

  /**
   * Whether an answer was not given within the last minute. Whoever has seen a statement of the owner's can repeat it for
   * ever, and every answer is a record that must be kept: so all that lie behind the count are one, and each of the others is one.
   */
  function isNews({ counter, signed }: Control, result: ControlResult): boolean {
    const now = options.clock.monoMs();
    for (const [name, at] of answered) if (now - at >= MINUTE_MS) answered.delete(name);
    const which = counter <= memory.owner.number ? 'past' : toHex(kidOf(signed.bytes));
    const name = `${result} ${which}`;
    if (answered.has(name)) return false;
    answered.set(name, now);
    return true;
  }

  /** Folded in at once: it holds from this very moment; it is told when it is durable. */
  function write(record: ControlRecord, answer: (result: ControlResult) => void): void {
    const epochBefore = memory.owner.epoch;
    options.keep(record).then(
      () => answer('applied'),
      (error: unknown) => {
        loseLedger(error);
        // It holds until the next start, and nobody knows whether it does then.
        answer('ledger_unavailable');
      },
    );
    if (memory.owner.epoch > epochBefore || isVeto(record.statement)) post({ type: 'vetoed' });
    options.onOwner();
  }

  function rotate(record: ControlRecord, root: Uint8Array, answer: (result: ControlResult) => void): void {
    busy = true;
    // Not when the disk has it: a spend of the old root's could be there first.
    post({ type: 'vetoed' });
    options
      .rotate(root)
      .then(
        () => write(record, answer),
        (error: unknown) => {
          fault('root_not_rotated', String(error));
          answer('ledger_unavailable');
        },
      )
      .finally(free);
  }

  function reseal(record: ControlRecord, answer: (result: ControlResult) => void): void {
    busy = true;
    options
      .reseal(record)
      .then(
        () => {
          post({ type: 'ledger.resealed' });
          answer('applied');
          options.onOwner();
        },
        (error: unknown) => {
          fault('not_resealed', String(error));
          answer('ledger_unavailable');
        },
      )
      .finally(free);
  }

  function free(): void {
    busy = false;
    options.onFree();
  }

  /** Whether a control would refuse the token of the visit in progress, were it shown now. */
  function isVeto(statement: ControlRecord['statement']): boolean {
    const { grant } = state().visit;
    if (grant === undefined) return false;
    switch (statement.op) {
      case 'pause':
        return true;
      case 'set-mode':
        return refusalIn(statement.mode, tokenOn(grant.channel)) !== undefined;
      case 'deny-token':
        return statement.token_id === grant.tokenId;
      case 'deny-key':
        return (
          statement.kid === grant.holderKid || (isOfCarrier(grant) && grant.spendKey.startsWith(`${statement.kid}:`))
        );
      default:
        return false;
    }
  }

  /** A guest's token is signed by the root, whom nobody denies. */
  const isOfCarrier = ({ spendKey }: Grant): boolean => memory.spent.get(spendKey)?.delegation !== undefined;

  return { obey, isBusy: () => busy };
}
