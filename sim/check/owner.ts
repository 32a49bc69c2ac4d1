/** The owner's word: whose it is, in which order, and that it holds. Judged by what was said, and by the keys of who said it. */
import {
  CONTROL_DOCUMENT,
  type Control,
  fromText,
  isSignedBy,
  kidOf,
  type OperatingMode,
  type PublishedState,
  readControl,
  type Statement,
  toHex,
} from '../../protocol/index.ts';
import type { Checker } from './checker.ts';
import { isHolding } from './circumstances.ts';
import type { FoundRecord } from './records.ts';
import { whatIsShown } from './shown.ts';
import { isForPeople, seemsOpen } from './spends.ts';

/** What somebody has to find in the state who knows what was said; undefined where nobody can know. */
interface Said {
  paused: boolean | undefined;
  mode: OperatingMode | undefined;
  epoch: number | undefined;
}

/** What a token may not be of any more, since the lock has said that it knows. */
interface Void {
  readonly keys: Set<string>;
  epoch: number;
  rotated: boolean;
}

/** From a mode that is told to one for which no use is on its way to the disk any more. */
const MODE_MS = 6_000;

export const ownerIsObeyed: Checker = {
  name: 'the owner is obeyed',
  promises:
    'the lock says of its owner what he has said, in his numbers, and nobody else; and what it has told to be applied holds for ever',
  tiers: ['a'],
  watch(view, complain) {
    const { now, profile, ownersKeys, verify, reportPins } = view;
    /** By number, what the owner has said under it. */
    const said = new Map<number, Control[]>();
    const texts = new Set<string>();
    const shown = whatIsShown();
    const dead: Void = { keys: new Set(), epoch: 0, rotated: false };
    /** The last number of which the lock has told that it is applied: it is on the disk. */
    let appliedNumber = 0;
    let told: PublishedState | undefined;
    let modeSinceMs = 0;
    let driven = now.truth().driven;
    const isKnown = (): boolean => !now.tampered() && !now.wasTroubled('disk');

    const hear = (text: string): void => {
      if (texts.has(text)) return;
      const bytes = fromText(text);
      const control = bytes.ok ? readControl(bytes.value) : undefined;
      if (control === undefined || control.audience !== reportPins.audience) return;
      const signer = control.statement.op === 'rotate-root' ? ownersKeys.recovery : ownersKeys.root;
      if (!isSignedBy(control.signed, 'control', signer, verify) || control.counter <= appliedNumber) return;
      // What a root says that was rotated is nobody's word.
      if (dead.rotated) return;
      texts.add(text);
      said.set(control.counter, [...(said.get(control.counter) ?? []), control]);
    };
    const compare = (state: PublishedState): void => {
      const number = state.control_counter;
      if (number < appliedNumber)
        return complain(`the lock has told number ${appliedNumber} to be applied, and now says ${number}`);
      const found: Said = { paused: false, mode: 'normal', epoch: 1 };
      // A seal may have any number above the last.
      const isSealed = [...said].some(
        ([at, all]) => at <= number && all.some(({ statement }) => statement.op === 're-seal'),
      );
      for (let at = 1; at <= number; at++) {
        const all = said.get(at) ?? [];
        if (all.length === 0 && !isSealed)
          return complain(`the lock says that it has the owner's number ${at}, and he has said nothing under it`);
        for (const { statement } of all) say(found, statement, all.length === 1);
      }
      for (const name of ['paused', 'mode', 'epoch'] as const)
        if (found[name] !== undefined && state[name] !== found[name])
          complain(`after number ${number} of the owner's ${name} is ${found[name]}, and the lock says ${state[name]}`);
    };
    const hearAnswer = (payload: string): void => {
      const { event_type: type, result, counter } = view.read(payload);
      if (type !== 'control' || result !== 'applied') return;
      appliedNumber = Math.max(appliedNumber, Number(counter));
      const [control, another] = said.get(Number(counter)) ?? [];
      if (control === undefined || another !== undefined) return;
      const { statement } = control;
      if (statement.op === 'deny-key') dead.keys.add(toHex(statement.kid));
      if (statement.op === 'raise-epoch') {
        dead.epoch = Math.max(dead.epoch, statement.epoch);
        // Whatever was denied is of an older one.
        dead.keys.clear();
      }
      if (statement.op === 'rotate-root') dead.rotated = true;
    };
    const judge = (record: FoundRecord): void => {
      const id = String(record.token_id);
      const isSwitchedOff = told?.mode === 'no_remote_lock_unlock' || told?.mode === 'privacy';
      if (record.channel === 'mqtt' && isSwitchedOff && now.nowMs() - modeSinceMs > MODE_MS && isKnown())
        complain(`the token ${id} is used from afar, and the owner has switched that off`);
      const presentation = shown.of(id).at(-1);
      if (presentation === undefined || !isKnown()) return;
      const { issuer, holder, epoch } = presentation.token;
      const carried = 'delegation' in issuer ? issuer.delegation : undefined;
      const ofEpoch = carried?.limits.epoch ?? epoch;
      if (dead.rotated) complain(`the token ${id} is used, and its root was rotated`);
      else if (dead.keys.has(toHex(kidOf(holder))))
        complain(`the token ${id} is used, and the owner has denied its phone`);
      else if (carried !== undefined && dead.keys.has(toHex(kidOf(carried.carrier))))
        complain(`the token ${id} is used, and the owner has denied its carrier`);
      else if (ofEpoch !== undefined && ofEpoch < dead.epoch)
        complain(`the token ${id} is used, and its epoch is over`);
    };
    return {
      see(observation) {
        shown.see(observation);
        switch (observation.what) {
          case 'sent':
            if (observation.topic === view.controlTopic) for (const text of textsIn(observation.payload)) hear(text);
            return;
          case 'shown':
            return hear(observation.text);
          case 'published':
            if (view.eventTopicOf(observation.topic) === 'system') return hearAnswer(observation.payload);
            if (observation.topic !== view.stateTopic) return;
            if (told?.mode !== view.readState(observation.payload).mode) modeSinceMs = now.nowMs();
            told = view.readState(observation.payload);
            if (isKnown()) compare(told);
            return;
          case 'disk':
            if (observation.kind !== 'append' || observation.phase !== 'issued') return;
            for (const record of view.recordsIn(observation.bytes ?? new Uint8Array(), 'spent')) judge(record);
            return;
          case 'truth': {
            const { truth } = observation;
            const began = truth.driven === 'withdraw' && driven !== 'withdraw';
            driven = truth.driven;
            if (!began || truth.doorOpen || !isHolding(truth) || isForPeople(view) || seemsOpen(view)) return;
            // A wire that stalled brings late what was called off meanwhile.
            const isLate = now.isTroubled('serial', profile.travelMsMax);
            if (told?.paused === true && !isLate && !now.isTroubled('network') && isKnown())
              complain('the bolt is withdrawn, and the lock has said before that it is paused');
            return;
          }
        }
      },
    };
  },
};

/** What one statement makes of it; of several under one number nobody knows which was taken. */
function say(found: Said, statement: Statement, isSure: boolean): void {
  switch (statement.op) {
    case 'pause':
    case 'resume':
      found.paused = isSure ? statement.op === 'pause' : undefined;
      return;
    case 'set-mode':
      found.mode = isSure ? statement.mode : undefined;
      return;
    case 'raise-epoch':
    case 're-seal':
      found.epoch = isSure ? statement.epoch : undefined;
      return;
    case 'set-time':
      // A clock that goes back begins another epoch.
      found.epoch = undefined;
      return;
  }
}

/** On the control topic, whoever has sent them. */
function textsIn(payload: string): readonly string[] {
  try {
    return CONTROL_DOCUMENT.parse(JSON.parse(payload));
  } catch {
    // Anybody may send anything.
    return [];
  }
}
