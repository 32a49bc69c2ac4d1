/** What can be cut from outside: the power of the lock's machine and board, the board's cable, the broker's network. */
import { failure, usage } from '../../firmware/tools/failure.ts';
import type { House, Switch } from '../house.ts';
import { checkKeys, houseError, inShort, settledInWords } from './house-error.ts';
import { checkMs, type Waiting } from './waiting.ts';

/** `true`: until `restore()`. Otherwise for that many milliseconds. */
export type CutLength = true | { readonly forMs: number };

/** One of them at a time. */
export interface Cut {
  /** Mains: the firmware dies between two instructions, the disk loses what was not synced, the servo lets go; the broker publishes the lock's will. */
  readonly power?: CutLength;
  /** The board's cable, and with it the board's power: the firmware lives and knows nothing of the door. */
  readonly serial?: CutLength;
  /** The broker's network, for the lock and for everybody else; what was retained is there when it is back. */
  readonly broker?: CutLength;
}
export type Cuttable = keyof Cut;
export const CUTTABLES = ['power', 'serial', 'broker'] as const satisfies readonly Cuttable[];

/** Longest time that a lock needs to be itself again: a board's handshake after some tries, a broker found again. */
const BACK_MS_MAX = 20_000;

const switchOf = (house: House, what: Cuttable): Switch =>
  ({ power: house.power, serial: house.serial, broker: house.network })[what];

export async function cutAt(house: House, waiting: Waiting, given: Cut): Promise<void> {
  const cut = checkKeys('cut', given, CUTTABLES);
  const [what, second] = CUTTABLES.filter((name) => cut[name] !== undefined);
  if (what === undefined || second !== undefined) {
    throw houseError(usage('cut takes one thing at a time', 'give { power: true }, { power: { forMs: 200 } }, …'));
  }
  const length = cut[what];
  const forMs =
    length === true ? undefined : checkMs(`${what}.forMs`, checkKeys(`cut's ${what}`, length, ['forMs']).forMs);
  await switchOf(house, what).cut();
  if (forMs === undefined) return;
  await waiting.pass(forMs);
  await restoreAt(house, waiting, what);
}

/** Settles when the lock is itself again: has booted and seen every contact, has its board, has its broker. */
export async function restoreAt(house: House, waiting: Waiting, given?: unknown): Promise<void> {
  const what = CUTTABLES.find((name) => name === given);
  if (given !== undefined && what === undefined) {
    throw houseError(
      usage(`restore knows no ${inShort(given)}`, `choose from ${CUTTABLES.join(', ')}, or leave it out`),
    );
  }
  for (const name of what === undefined ? CUTTABLES : [what]) {
    await settledInWords(switchOf(house, name).restore());
  }
  if (await waiting.soon(() => isItself(house), BACK_MS_MAX)) return;
  throw houseError(
    failure('io', `the lock is not back ${BACK_MS_MAX} ms after it was restored`, 'look at what else is cut or broken'),
  );
}

/** As far as nothing that is still cut keeps it from being so. */
function isItself(house: House): boolean {
  if (!house.power.isOn) return true;
  if (house.network.isOn && !house.broker.clients().includes(house.identity.lockId)) return false;
  return !house.serial.isOn || seesTheDoor(house);
}

/** Its board is there, and every contact has told how it stands. */
export function seesTheDoor({ lock, profile }: House): boolean {
  const { board, contacts, bolt } = lock.state();
  const isSeen = profile.contacts.every((contact) => contacts[contact].closed !== undefined);
  return board === 'ready' && isSeen && bolt.row !== 'unknown';
}
