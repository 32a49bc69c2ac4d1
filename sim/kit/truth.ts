/** What is really so at the house, in words that a test can compare. The lock's own word for it is on MQTT. */
import { usage } from '../../firmware/tools/failure.ts';
import type { House, Switch } from '../house.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN } from '../plant/plant.ts';
import { checkKeys, houseError, inShort } from './house-error.ts';

/** The plant's own state, and what has been cut. It is also the document that is retained on `latchstring/sim/{id}/truth`. */
export interface HouseTruth {
  readonly bolt: 'thrown' | 'withdrawn' | 'between';
  /** Of the bolt, per mille of its travel: 0 withdrawn, 1000 thrown. */
  readonly position: number;
  readonly door: 'open' | 'closed';
  /** How often the bolt came to rest withdrawn since the house was started: how often the lock opened. */
  readonly withdrawals: number;
  /** How often the door went open since then, forced or not. */
  readonly openings: number;
  /** The way in which the drive pulls now. */
  readonly driven: 'withdraw' | 'throw' | 'none';
  /** What a key safe keeps; `in` at every other product. */
  readonly item: 'in' | 'out';
  readonly power: 'on' | 'cut';
  readonly serial: 'on' | 'cut';
  readonly broker: 'on' | 'cut';
}

/** Some of it, as it is to become. */
export type WantedTruth = Partial<HouseTruth>;

const SWITCH = ['on', 'cut'] as const;

/** What each may be; a number where there are no words. */
const WORDS: Readonly<
  Record<keyof HouseTruth, readonly string[] | { readonly most: number; readonly grows: boolean }>
> = {
  bolt: ['thrown', 'withdrawn', 'between'],
  position: { most: BOLT_THROWN, grows: false },
  door: ['open', 'closed'],
  withdrawals: { most: Number.MAX_SAFE_INTEGER, grows: true },
  openings: { most: Number.MAX_SAFE_INTEGER, grows: true },
  driven: ['withdraw', 'throw', 'none'],
  item: ['in', 'out'],
  power: SWITCH,
  serial: SWITCH,
  broker: SWITCH,
};
const NAMES = Object.keys(WORDS) as readonly (keyof HouseTruth)[];

export function truthOf(house: House): HouseTruth {
  const { bolt, driven, doorOpen, withdrawals, doorOpenings, itemPresent } = house.plant.truth();
  const word = ({ isOn }: Switch) => (isOn ? 'on' : 'cut');
  return {
    bolt: bolt === BOLT_THROWN ? 'thrown' : bolt === BOLT_WITHDRAWN ? 'withdrawn' : 'between',
    position: bolt,
    door: doorOpen ? 'open' : 'closed',
    withdrawals,
    openings: doorOpenings,
    driven,
    item: itemPresent ? 'in' : 'out',
    power: word(house.power),
    serial: word(house.serial),
    broker: word(house.network),
  };
}

/** Throws an error that says which of it could never be. */
export function checkWanted(given: unknown): WantedTruth {
  const wanted = checkKeys('until', given, NAMES);
  const names = NAMES.filter((name) => name in wanted);
  if (names.length === 0) {
    throw houseError(usage('until waits for nothing', "give what is to become so: until({ bolt: 'withdrawn' })"));
  }
  for (const name of names) {
    const kind = WORDS[name];
    const value = wanted[name];
    if ('most' in kind) {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= kind.most) continue;
      throw houseError(usage(`${name} is never ${inShort(value)}`, `give a whole number from 0 to ${kind.most}`));
    }
    if (typeof value === 'string' && kind.includes(value)) continue;
    throw houseError(usage(`${name} is never ${inShort(value)}`, `it is one of ${kind.join(', ')}`));
  }
  return wanted;
}

export const holds = (wanted: WantedTruth, truth: HouseTruth): boolean =>
  NAMES.every((name) => !(name in wanted) || wanted[name] === truth[name]);

/** What cannot come any more, since it has been counted beyond; undefined while it can. */
export function whyNever(wanted: WantedTruth, truth: HouseTruth): string | undefined {
  for (const name of NAMES) {
    const kind = WORDS[name];
    const value = wanted[name];
    if ('most' in kind && kind.grows && typeof value === 'number' && Number(truth[name]) > value) {
      return `${name} is ${truth[name]} already, and never becomes less`;
    }
  }
  return undefined;
}

export const wantedInWords = (wanted: WantedTruth): string =>
  NAMES.flatMap((name) => (name in wanted ? [`${name} ${wanted[name]}`] : [])).join(', ');

/** The whole scene, for the message of a wait that was in vain. */
export function sceneOf(house: House): string {
  const truth = truthOf(house);
  const cut = (['power', 'serial', 'broker'] as const).filter((name) => truth[name] === 'cut');
  const { lock, visit, alarms, item } = house.lock.document();
  return [
    `bolt ${truth.bolt}, door ${truth.door}, withdrawals ${truth.withdrawals}, openings ${truth.openings}`,
    // Of a product that keeps something.
    ...(item === undefined ? [] : [`item ${truth.item}`]),
    ...(cut.length === 0 ? [] : [`cut: ${cut.join(', ')}`]),
    `the lock's own word: ${lock}, visit ${visit}, ${alarms.length === 0 ? 'no alarm' : alarms.join(', ')}`,
  ].join('; ');
}
