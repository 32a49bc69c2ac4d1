/**
 * Scenarios that chance has made: ordinary visits for the most part, with people, faults and power cuts
 * that come at the wrong moment. In the same language as those that people write, so that what is found
 * is a file that a person can read, change and play.
 */

import { PROFILE_NAMES, PROFILES, type Profile, type ProfileName } from '../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import { ACTIONS } from '../../protocol/index.ts';
import type { Prng } from '../time/prng.ts';

export type StepData = Readonly<Record<string, unknown>>;
export interface ScenarioData {
  readonly scenario: string;
  readonly profile?: ProfileName;
  readonly seed: number;
  readonly durable?: boolean;
  readonly witness?: boolean;
  readonly disk?: StepData;
  readonly policy?: StepData;
  readonly steps: readonly StepData[];
}

/** Couriers that may come: few, so that the same token is shown again. */
const COURIERS = 3;
const SCENES_MIN = 2;
const SCENES_MAX = 7;
const WAITS = ['10ms', '25ms', '60ms', '200ms', '450ms', '900ms', '2s', '5s', '12s', '35s', '2m'] as const;
/** One in so many is played again for every write: more scenarios are worth more than more cuts in the same one. */
const DURABLE_ONE_IN = 6;

interface Chances {
  readonly dice: Prng;
  readonly contacts: readonly Contact[];
  /** There is one, and it is measured. */
  readonly battery: Profile['battery'];
  /** A wait, mostly short. */
  wait(): StepData;
  courier(): string;
  pick<T>(values: readonly T[]): T;
  oneIn(n: number): boolean;
}

/** One thing that happens, as one or a few steps. */
type Happening = readonly [weight: number, steps: (chances: Chances) => readonly StepData[]];

const visit = ({ wait, courier, oneIn, contacts }: Chances): readonly StepData[] => [
  ...(contacts.includes('bell') && oneIn(3) ? [{ ring: 'once' }, wait()] : []),
  { present: courier() },
  oneIn(3) ? wait() : { after: '500ms' },
  { push: 'door' },
  wait(),
  ...(contacts.includes('item_present')
    ? [{ take: 'item' }, wait(), ...(oneIn(4) ? [] : [{ put: 'item' }, wait()])]
    : []),
  { close: 'door' },
  // Long enough now and then to see it locked.
  oneIn(3) ? { after: '12s' } : wait(),
];

/** An older copy of the disk: without a witness nobody can notice that. */
const PUT_BACK: StepData = { fault: { 'disk-put-back': { copy: 'backup' } } };

/** Whoever was let in comes in, and goes. */
const pushed = ({ contacts }: Chances): readonly StepData[] => [
  { push: 'door' },
  { after: '2s' },
  ...(contacts.includes('item_present') ? [{ take: 'item' }, { after: '2s' }, { put: 'item' }] : []),
  { close: 'door' },
];

/** Somebody tries codes until nobody listens any more, perhaps with his hand on the fuse; and then somebody comes who has a token. */
const guesses = ({ pick, oneIn, wait }: Chances): readonly StepData[] => [
  { fault: { 'brute-force': { codes: pick([4, 5, 5]), every: '3s' } } },
  ...(oneIn(2) ? [{ after: '5s' }, { cut: 'power' }, { restore: 'power' }] : []),
  ...(oneIn(4) ? [{ fault: { 'brute-force': { codes: 1, every: '3s' } } }] : []),
  { after: pick(['3s', '25s', '2m']) },
  { present: 'courier-9' },
  wait(),
];

const HAPPENINGS: readonly Happening[] = [
  [14, visit],
  [6, ({ courier, wait }) => [{ present: courier() }, wait()]],
  [3, ({ pick, wait }) => [{ issue: { token: 'courier-5', ...pick(ODD_TOKENS) } }, { present: 'courier-5' }, wait()]],
  [3, ({ courier, wait }) => [{ command: 'nonce' }, { after: '50ms' }, { command: { unlock: courier() } }, wait()]],
  [2, ({ wait }) => [{ command: 'lock' }, wait()]],
  [4, ({ wait }) => [{ push: 'door' }, wait()]],
  [4, ({ wait }) => [{ close: 'door' }, wait()]],
  [1, ({ wait }) => [{ force: 'door' }, wait()]],
  [
    4,
    ({ contacts, wait, oneIn }) =>
      contacts.includes('inside_button')
        ? [{ press: oneIn(4) ? { inside_button: '4s' } : 'inside_button' }, wait()]
        : [wait()],
  ],
  [1, ({ wait }) => [{ release: 'from_inside' }, wait()]],
  [
    2,
    ({ contacts, pick, wait }) =>
      contacts.includes('bolt_thrown') ? [{ turn: pick(['thrown', 'withdrawn']) }, wait()] : [wait()],
  ],
  [
    2,
    ({ contacts, pick, wait }) =>
      contacts.includes('bell') ? [{ ring: pick(['once', 'twice', 'long']) }, wait()] : [wait()],
  ],
  [2, ({ contacts, wait }) => (contacts.includes('item_present') ? [{ put: 'item' }, wait()] : [wait()])],
  [1, ({ courier, wait }) => [{ hold: courier() }, wait(), { hold: 'nothing' }]],
  [
    3,
    ({ pick, wait, courier, oneIn }) => [
      {
        control: pick<unknown>([
          'pause',
          'resume',
          'resume',
          { 'set-mode': pick(['normal', 'vacation', 'privacy', 'no_remote_lock_unlock']) },
          { 'deny-token': courier() },
          { op: 'pause', by: 'stranger' },
        ]),
      },
      ...(oneIn(2) ? [wait()] : []),
    ],
  ],
  [
    4,
    ({ pick, wait }) => [
      // What the owner has said of everybody, and then somebody comes.
      { control: pick<unknown>(['pause', { 'set-mode': 'privacy' }, { 'set-mode': 'vacation' }]) },
      { after: '3s' },
      // Nobody has shown this one before.
      { present: 'courier-4' },
      wait(),
    ],
  ],
  [2, ({ wait }) => [{ control: { 'deny-token': 'courier-6' } }, { after: '3s' }, { present: 'courier-6' }, wait()]],
  [
    5,
    ({ pick, wait }) => [
      { control: pick<unknown>([{ 'deny-key': 'carrier' }, { 'deny-key': 'courier' }, { 'raise-epoch': 2 }, 'pause']) },
      { after: '3s' },
      // The first start writes the journal anew in other words, and the second one reads them.
      ...pick<readonly StepData[]>([
        [{ restart: 'lock' }, { restart: 'lock' }],
        [{ cut: 'power' }, { restore: 'power' }],
        [],
      ]),
      wait(),
      // Nobody has shown this one before.
      { present: 'courier-6' },
      wait(),
    ],
  ],
  [
    1,
    ({ pick, wait }) => [
      { command: 'nonce' },
      { after: '50ms' },
      { control: 'rotate-root' },
      { after: '3s' },
      ...pick<readonly StepData[]>([[{ restart: 'lock' }], [{ cut: 'power' }, { restore: 'power' }], []]),
      { control: 'pause' },
      { present: 'courier-4' },
      wait(),
    ],
  ],
  [
    2,
    ({ pick, wait, oneIn }) => [
      ...(oneIn(2) ? [{ control: { 'set-mode': 'no_remote_lock_unlock' } }, { after: '12s' }] : []),
      { command: 'nonce' },
      { after: pick(['50ms', '50ms', '70s']) },
      { command: { unlock: 'courier-4' } },
      wait(),
      { command: 'lock' },
      { after: '5s' },
    ],
  ],
  [
    2,
    ({ contacts, pick, wait }) =>
      contacts.includes('inside_button')
        ? [{ press: 'inside_button' }, { after: pick(['200ms', '900ms', '2s']) }, { command: 'lock' }, wait()]
        : [wait()],
  ],
  // Under a number that is over, or does not come yet.
  [2, ({ pick, wait }) => [{ control: { op: pick(['pause', 'resume']), counter: 1 + pick([0, 1, 2, 8]) } }, wait()]],
  // The owner's word comes while a use is on its way to the disk.
  [2, ({ pick, wait }) => [{ present: 'courier-4' }, { after: pick(['10ms', '200ms']) }, { control: 'pause' }, wait()]],
  [5, ({ wait }) => [{ cut: 'power' }, wait(), { restore: 'power' }, wait()]],
  [2, ({ wait }) => [{ cut: { power: 'at motion' } }, wait(), visitLater(), { restore: 'power' }]],
  [1, ({ wait }) => [{ restart: 'lock' }, wait()]],
  [1, ({ dice, wait }) => [{ cut: 'power' }, turnedBit(dice), { restore: 'power' }, wait()]],
  [
    1,
    ({ dice, wait, courier }) => [
      { cut: 'power' },
      turnedBit(dice),
      { restore: 'power' },
      { after: '2s' },
      { command: 'nonce' },
      { after: '50ms' },
      { control: 're-seal' },
      { after: '3s' },
      { present: courier() },
      wait(),
    ],
  ],
  [2, (chances) => guesses(chances)],
  [
    1,
    (chances) => [
      { copy: { disk: 'backup' } },
      { present: 'courier-4' },
      { after: '5s' },
      ...pushed(chances),
      { after: '35s' },
      PUT_BACK,
      chances.wait(),
      { present: 'courier-4' },
      chances.wait(),
    ],
  ],
  // One after the other, each in peace.
  [
    3,
    (chances) => [
      ...visit(chances),
      { after: '35s' },
      { present: 'courier-7' },
      { after: '5s' },
      ...pushed(chances),
      { after: '35s' },
      { present: 'courier-8' },
      chances.wait(),
    ],
  ],
  [2, ({ wait }) => [{ cut: 'serial' }, wait(), { restore: 'serial' }, wait()]],
  [2, ({ wait }) => [{ cut: 'network' }, wait(), { restore: 'network' }, wait()]],
  [10, (chances) => trouble(chances)],
  [2, ({ wait }) => [{ mend: 'all' }, wait()]],
  // A clock that shows less than it has shown, for long enough to be kept: an hour ago, as a token would like it.
  [
    1,
    ({ wait }) => [
      { issue: { token: 'courier-10', from: '-2h' } },
      { after: '65s' },
      { fault: { 'clock-stepped': { by: '-1h' } } },
      { after: '3s' },
      { present: 'courier-10' },
      { mend: 'clock-stepped' },
      wait(),
    ],
  ],
  [1, ({ wait }) => [{ after: '5s' }, { force: 'door' }, { after: '15s' }, { close: 'door' }, wait()]],
  // Somebody comes in and leaves the door open, for longer than a visit may take, or a door stand open.
  [
    1,
    ({ courier, pick }) => [
      { present: courier() },
      { after: '500ms' },
      { push: 'door' },
      { after: pick(['6m', '11m']) },
      { close: 'door' },
    ],
  ],
];

/** What a token may say that gives no right here; and, now and then, one of another shape that does. */
const ODD_TOKENS: readonly StepData[] = [
  { from: '+1m' },
  { from: '-2h', until: '-10s' },
  { until: '+2s' },
  { by: 'forger' },
  { by: 'owner' },
  { for: 'another_lock' },
  ...ACTIONS.map((action) => ({ action })),
  { named: true },
];

/** Somewhere among the first records: a journal of a few seconds is longer. */
const turnedBit = (dice: Prng): StepData => ({ fault: { 'disk-bits': { bit: dice.below(4_096) } } });

const visitLater = (): StepData => ({ after: '1s' });

/** Something of the catalogue, mended now or at the end. */
function trouble(chances: Chances): readonly StepData[] {
  const { wait, oneIn } = chances;
  const [name, parameters] = aFault(chances);
  const broken = { fault: parameters === undefined ? name : { [name]: parameters } };
  // Long enough now and then that it has to be told by then, by a lock that looks at its clock once a minute.
  const shownAfter = { after: chances.pick(['3s', '3s', '90s']) };
  if (AMISS.includes(name)) return [broken, shownAfter, { present: 'courier-11' }, { mend: name }, wait()];
  // A thousand edges a second: minutes of it take longer than everything else.
  if (name === 'bounce') return [broken, { after: chances.pick(['60ms', '900ms', '2s']) }, { mend: name }, wait()];
  return oneIn(2) ? [broken, wait(), { mend: name }, wait()] : [broken, wait()];
}

/** Holds back every token for as long as it lasts, also one that nobody has shown before, and ends nothing that has begun. */
const AMISS: readonly string[] = [
  'battery-low',
  'ignition-on',
  'mount-removed',
  'tilted',
  'clock-untrusted',
  'clock-reset',
  'clock-stepped',
];

function aFault({ dice, pick, contacts, courier, battery }: Chances): readonly [string, StepData | undefined] {
  const contact = pick(contacts);
  const per = (most: number): number => dice.below(most + 1);
  const made: readonly (readonly [string, StepData | undefined])[] = [
    ['jam', { above: per(1000) }],
    ['jam', { above: 1000, below: per(1000) }],
    ['slip', undefined],
    ['stall', undefined],
    ['slow-bolt', { times: 2 + per(8) }],
    ['sensor-stuck', { contact, closed: per(1) === 1 }],
    ['wire-cut', { contact }],
    ['bounce', { contact }],
    ['brown-out', { for: pick(['50ms', '500ms', '3s']) }],
    ['boot-loop', { times: 2 + per(3), every: pick(['10ms', '150ms', '600ms']) }],
    ['disk-full', { room: per(2000) }],
    ['disk-error', { on: pick(['append', 'sync']) }],
    ['disk-stalled', { on: pick(['append', 'sync']) }],
    ['serial-reset', undefined],
    ['serial-stalled', { for: pick(['20ms', '300ms', '2s', '8s']) }],
    ['clock-stepped', { by: pick(['+1h', '+1d', '-1h', '-1m', '+1m']) }],
    ['clock-drifting', { ppm: per(400) - 200 }],
    ['clock-untrusted', { vouches: 'none' }],
    ['clock-untrusted', { vouches: 'host' }],
    ['network-half-open', undefined],
    ['network-breaks', undefined],
    ['network-breaks', { at: 'event' }],
    ['network-slow', { acknowledged: pick(['50ms', '3s']) }],
    ['network-hostile', undefined],
    ['door-held', { for: pick(['5s', '1m']) }],
    ['button-leant-on', { button: contacts.includes('bell') ? 'bell' : 'inside_button', for: pick(['5s', '1m']) }],
    // Below what is kept for relocking, and below what its owner is warned of.
    ...(battery === undefined
      ? []
      : [['battery-low', undefined] as const, ['battery-low', { millivolts: battery.warnMillivolts - 50 }] as const]),
    ...(contacts.includes('ignition_off') ? [['ignition-on', undefined] as const] : []),
    ...(contacts.includes('mounted') ? [['mount-removed', undefined] as const] : []),
    ...(contacts.includes('upright') ? [['tilted', undefined] as const] : []),
    ...(contacts.includes('cover_on') ? [['cover-off', undefined] as const] : []),
    ['clock-reset', undefined],
    ['brute-force', { codes: 5, every: '3s' }],
    ['photograph', { token: pick([courier(), 'courier-12']), age: pick(['20s', '45s']) }],
    ['clone', { token: courier() }],
    ['relay', { token: courier() }],
    ['replay', { token: courier(), times: 2, every: '3s' }],
  ];
  return pick(made);
}

/** Which happenings and how many: all of it follows from the seed. */
export function generate(dice: Prng, seed: number, only?: ProfileName): ScenarioData {
  const pick = <T>(values: readonly T[]): T => values[dice.below(values.length)] as T;
  const oneIn = (n: number): boolean => dice.below(n) === 0;
  const profile = only ?? pick<ProfileName>(['door', 'door', ...PROFILE_NAMES]);
  const chances: Chances = {
    dice,
    contacts: PROFILES[profile].contacts,
    battery: PROFILES[profile].battery,
    wait: () => ({ after: pick(oneIn(4) ? WAITS : WAITS.slice(0, 8)) }),
    courier: () => `courier-${1 + dice.below(COURIERS)}`,
    pick,
    oneIn,
  };
  const total = HAPPENINGS.reduce((sum, [weight]) => sum + weight, 0);
  const steps: StepData[] = [];
  const scenes = SCENES_MIN + dice.below(SCENES_MAX - SCENES_MIN + 1);
  for (let i = 0; i < scenes; i++) {
    let at = dice.below(total);
    const happening = HAPPENINGS.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    steps.push(...(happening?.[1](chances) ?? []));
  }
  const syncMs = pick([0, 0, 0, 4, 40, 400]);
  const isWitnessed = oneIn(4) || steps.includes(PUT_BACK);
  return {
    scenario: `chance, seed ${seed}`,
    profile,
    seed,
    ...(oneIn(DURABLE_ONE_IN) ? { durable: true } : {}),
    ...(isWitnessed ? { witness: true } : {}),
    ...(syncMs === 0 ? {} : { disk: { sync: `${syncMs}ms` } }),
    steps,
  };
}
