/**
 * The owner's say from afar, as `latchstring control` has it: signed, numbered, and retained on the broker
 * until the lock has answered, so that a lock that is away takes it when it is back.
 */
import type { EventRecord } from '../../firmware/journal/records.ts';
import { usage } from '../../firmware/tools/failure.ts';
import {
  CONTROLS_AT_ONCE_MAX,
  type ControlResult,
  kidOf,
  OPERATING_MODES,
  type OperatingMode,
  type Statement,
  wallS,
} from '../../protocol/index.ts';
import type { House } from '../house.ts';
import { checkKeys, houseError, inShort } from './house-error.ts';
import { publicKeyFrom, type Token, tokenIdOf } from './tokens.ts';
import type { Waiting } from './waiting.ts';

/** What the owner can tell the lock here; what answers a nonce (`set-time`, `rotate-root`, `re-seal`) is the command line's. */
export type OwnerStatement =
  /** No token opens until `resume`. */
  | { readonly op: 'pause' | 'resume' }
  /** This token is void; if it is being used, the bolt is not withdrawn for it any more. */
  | { readonly op: 'deny-token'; readonly token: Token | string }
  /** Of a carrier, or of a phone: public key, 32 bytes or 64 hexadecimal digits. */
  | { readonly op: 'deny-key'; readonly key: Uint8Array | string }
  /** Void whatever was signed in an epoch before this one. */
  | { readonly op: 'raise-epoch'; readonly epoch: number }
  | { readonly op: 'set-mode'; readonly mode: OperatingMode };

const KEYS: Readonly<Record<OwnerStatement['op'], readonly string[]>> = {
  pause: ['op'],
  resume: ['op'],
  'deny-token': ['op', 'token'],
  'deny-key': ['op', 'key'],
  'raise-epoch': ['op', 'epoch'],
  'set-mode': ['op', 'mode'],
};
const OPS = Object.keys(KEYS) as readonly OwnerStatement['op'][];
const MODES = Object.keys(OPERATING_MODES) as readonly OperatingMode[];

/** How long the lock may take to answer a statement that has reached it. */
const ANSWER_MS_MAX = 5_000;

export interface OwnerAfar {
  /** What the lock says to it; `waiting` when it does not hear it now, and takes it later. */
  say(statement: OwnerStatement): Promise<ControlResult | 'waiting'>;
  close(): void;
}

/** A statement on its way, and what the lock says to it. */
interface Said {
  readonly text: string;
  result: ControlResult | undefined;
}

export function ownerOf(house: House, waiting: Waiting): OwnerAfar {
  const unanswered = new Map<number, Said>();
  let lastSaidAtS = 0;
  const forget = house.listen({
    onEvent({ topic, body }: EventRecord) {
      if (topic !== 'system' || body.event_type !== 'control') return;
      const counter = Number(body.counter);
      const said = unanswered.get(counter);
      if (said === undefined) return;
      unanswered.delete(counter);
      said.result = body.result as ControlResult;
      // Nobody waits for it: the lock takes no number twice, so what is left there does nothing.
      retain().catch(() => undefined);
    },
  });

  const retain = (): Promise<void> =>
    house.broker.publish(
      house.topics.control,
      unanswered.size === 0 ? '' : JSON.stringify([...unanswered.values()].map(({ text }) => text)),
      {
        retain: true,
      },
    );

  return {
    async say(given) {
      const statement = statementOf(given);
      if (unanswered.size >= CONTROLS_AT_ONCE_MAX) {
        throw houseError(
          usage(`${unanswered.size} statements wait for this lock already`, 'restore what is cut first'),
        );
      }
      // One that was refused has used no number up.
      const counter = Math.max(house.lock.document().control_counter, ...unanswered.keys()) + 1;
      // What a lock refuses it answers once a minute to the same text: no two texts of ours are the same.
      lastSaidAtS = Math.max(house.nowS(), lastSaidAtS + 1);
      const text = house.people.order(counter, statement, { saidAtS: wallS(lastSaidAtS) });
      const said: Said = { text, result: undefined };
      unanswered.set(counter, said);
      await retain();
      const isOver = (): boolean => said.result !== undefined || !house.power.isOn || !house.network.isOn;
      await waiting.soon(isOver, ANSWER_MS_MAX);
      return said.result ?? 'waiting';
    },
    close: forget,
  };
}

function statementOf(given: unknown): Statement {
  const { op } = checkKeys('control', given, ['op', 'token', 'key', 'epoch', 'mode']);
  const known = OPS.find((name) => name === op);
  if (known === undefined)
    throw houseError(usage(`control knows no op ${inShort(op)}`, `choose from ${OPS.join(', ')}`));
  const { token, key, epoch, mode } = checkKeys(known, given, KEYS[known]);
  switch (known) {
    case 'pause':
    case 'resume':
      return { op: known };
    case 'deny-token':
      return { op: known, tokenId: tokenIdOf(token) };
    case 'deny-key':
      return { op: known, kid: kidOf(publicKeyFrom(key, 'key')) };
    case 'raise-epoch':
      if (typeof epoch === 'number' && Number.isSafeInteger(epoch) && epoch > 0) return { op: known, epoch };
      throw houseError(
        usage(`epoch ${inShort(epoch)} is no epoch`, 'give a whole number above that of the delegation'),
      );
    case 'set-mode': {
      const named = MODES.find((name) => name === mode);
      if (named !== undefined) return { op: known, mode: named };
      throw houseError(usage(`there is no mode ${inShort(mode)}`, `choose from ${MODES.join(', ')}`));
    }
  }
}
