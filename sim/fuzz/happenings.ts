/**
 * What may happen at a door, as chance has it: ordinary visits for the most part, with people and power cuts that come at
 * the wrong moment. Each is a few steps of the language; the weights say how often.
 */
import { ACTIONS } from '../../protocol/index.ts';
import type { Prng } from '../time/prng.ts';
import type { Chances, StepData } from './chances.ts';
import { trouble } from './troubles.ts';

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
export const PUT_BACK: StepData = { fault: { 'disk-put-back': { copy: 'backup' } } };

/** Whoever was let in comes in, and goes. */
const pushed = ({ contacts }: Chances): readonly StepData[] => [
  { push: 'door' },
  { after: '2s' },
  ...(contacts.includes('item_present') ? [{ take: 'item' }, { after: '2s' }, { put: 'item' }] : []),
  { close: 'door' },
];

/**
 * Not so many wrong codes that anybody is locked out, or the code of somebody who has been, again and again; and between
 * them, people who have a token.
 */
const mistakes = (chances: Chances): readonly StepData[] => {
  const { pick, wait } = chances;
  const few = (): StepData => ({ fault: { 'brute-force': { codes: pick([2, 3, 4]), every: pick(['500ms', '3s']) } } });
  const again: StepData = { fault: { replay: { token: 'courier-7', times: pick([3, 5, 6]), every: '4s' } } };
  return [
    pick([few(), { after: '1s' }]),
    { after: '5s' },
    { present: 'courier-7' },
    { after: '5s' },
    ...pushed(chances),
    { after: '12s' },
    pick([few(), again]),
    { after: pick(['5s', '12s']) },
    { present: 'courier-8' },
    wait(),
  ];
};

/** Somebody tries codes until nobody listens any more, perhaps with his hand on the fuse; and then somebody comes who has a token. */
const guesses = ({ pick, oneIn, wait }: Chances): readonly StepData[] => [
  { fault: { 'brute-force': { codes: pick([4, 5, 5]), every: '3s' } } },
  ...(oneIn(2) ? [{ after: '5s' }, { cut: 'power' }, { restore: 'power' }] : []),
  ...(oneIn(4) ? [{ fault: { 'brute-force': { codes: 1, every: '3s' } } }] : []),
  { after: pick(['3s', '25s', '2m']) },
  { present: 'courier-9' },
  wait(),
];

export const HAPPENINGS: readonly Happening[] = [
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
    3,
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
      {
        control: pick<unknown>([
          { 'deny-key': 'carrier' },
          { 'deny-key': 'courier' },
          { 'raise-epoch': 2 },
          { 'set-mode': 'privacy' },
          'pause',
          'pause',
        ]),
      },
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
  [4, (chances) => mistakes(chances)],
  // What is told comes before the power, or the board, is gone, and lasts until it is back.
  [
    3,
    ({ contacts, pick, wait }) => [
      contacts.includes('mounted') ? { fault: pick(['mount-removed', 'cover-off']) } : { force: 'door' },
      { after: pick(['900ms', '5s']) },
      ...pick<readonly StepData[]>([
        [{ restart: 'lock' }],
        [{ cut: 'power' }, wait(), { restore: 'power' }],
        [{ cut: 'serial' }, { after: '12s' }, { restore: 'serial' }],
      ]),
      { after: '35s' },
      contacts.includes('mounted') ? { mend: 'all' } : { close: 'door' },
      wait(),
    ],
  ],
  // Somebody stands in the open door, and another one comes who has a token.
  [
    2,
    ({ contacts, wait }) =>
      contacts.includes('bolt_thrown')
        ? [
            { turn: 'withdrawn' },
            { push: 'door' },
            { after: '5s' },
            { present: 'courier-8' },
            wait(),
            { close: 'door' },
          ]
        : [wait()],
  ],
  // Of a token that nobody has used yet.
  [2, ({ wait }) => [{ fault: { photograph: { token: 'courier-12', age: '45s' } } }, wait()]],
  // For long enough that it has to be told.
  [
    5,
    ({ contacts, pick, wait }) =>
      contacts.includes('mounted')
        ? [{ fault: pick(['mount-removed', 'tilted', 'cover-off']) }, { after: '35s' }, { mend: 'all' }, wait()]
        : [wait()],
  ],
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
