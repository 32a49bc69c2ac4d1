/**
 * Every cell of every table, reached by what can happen to a lock: contacts, waits, tokens, the disk, the
 * owner, the board. A wanderer with a seed goes through each product and through each of its kinds of
 * feedback; what the tables are asked is noted at the tables themselves.
 */
import { describe, expect, it } from 'vitest';
import { BELL } from '../../../firmware/lock/bell.ts';
import { BOLT } from '../../../firmware/lock/bolt.ts';
import type { Restored } from '../../../firmware/lock/lasting.ts';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { LockEvent } from '../../../firmware/lock/state.ts';
import { when } from '../../../firmware/lock/table.ts';
import { VISIT } from '../../../firmware/lock/visit.ts';
import type { Contact } from '../../../firmware/ports/index.ts';
import { prng } from '../../../sim/time/prng.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

interface AnyCell {
  readonly kind: string;
  readonly guard?: string;
  readonly then?: AnyCell;
  readonly otherwise?: AnyCell;
}
type AnyTable = Record<string, Record<string, AnyCell>>;

/** The same cell, which says where it leads each time that somebody looks. */
function noting(cell: AnyCell, name: string, all: Set<string>, seen: Set<string>): AnyCell {
  if (cell.kind !== 'when' || cell.then === undefined || cell.otherwise === undefined) {
    if (cell.kind === 'impossible') return cell;
    all.add(name);
    return Object.defineProperty({ ...cell }, 'kind', {
      get() {
        seen.add(name);
        return cell.kind;
      },
    });
  }
  const { guard = '' } = cell;
  return when(
    guard,
    noting(cell.then, `${name}, ${guard}`, all, seen),
    noting(cell.otherwise, `${name}, not ${guard}`, all, seen),
  );
}

/** Puts noting cells into a table until `restore`. */
function watch(name: string, table: AnyTable, all: Set<string>, seen: Set<string>): () => void {
  const undo: (() => void)[] = [];
  for (const [row, cells] of Object.entries(table)) {
    for (const [event, cell] of Object.entries(cells)) {
      cells[event] = noting(cell, `${name}: ${event} in ${row}`, all, seen);
      undo.push(() => {
        cells[event] = cell;
      });
    }
  }
  return () => {
    for (const put of undo) put();
  };
}

const STRIKE: Profile = {
  ...DOOR,
  drive: 'strike',
  pulseMs: 3_000,
  freeMs: 3_500,
  contacts: ['latched', 'door_closed', 'bell', 'inside_button'],
};
const BLIND: Profile = { ...DOOR, contacts: ['door_closed', 'bell', 'inside_button'] };
const BLIND_SAFE: Profile = {
  ...KEY_SAFE,
  drive: 'servo',
  contacts: KEY_SAFE.contacts.filter((contact) => contact !== 'bolt_thrown' && contact !== 'bolt_withdrawn'),
};
const TWICE: Profile = { ...DOOR, openingsMax: 2 };

const RESUMED: Restored = {
  visit: { grant: GRANT, entered: true, openings: 1, overstayed: false },
  item: { place: 'in', overdue: false },
  relockFailed: false,
  held: [],
  left: {},
};
const AWAY: Restored = { ...RESUMED, item: { place: 'out', overdue: false } };
const UNENTERED: Restored = {
  ...RESUMED,
  visit: { grant: GRANT, entered: false, openings: 0, overstayed: false },
};

/** One life of a lock, in which anything may happen that could. */
function wander(product: Profile, restored: Restored | undefined, seed: number, steps: number): void {
  const dice = prng(seed);
  const profile: Profile = { ...product, flickerEdgesMax: 4 };
  const lock = benchLock(profile, restored);
  const pick = <T>(from: readonly T[]): T | undefined => from[dice.below(Math.max(1, from.length))];
  const answers: string[] = [];
  let spends = 0;
  lock.give({ type: 'resumed' });
  if (dice.below(4) > 0)
    lock.boot(pick(['thrown', 'withdrawn', 'between'] as const), pick(['closed', 'open'] as const));
  else lock.give({ type: 'board.ready' });
  /** A contact that holds still, which is what it mostly does. */
  const move = (contact: Contact | undefined): void => {
    if (contact !== undefined) lock.settle(contact, lock.state().contacts[contact].closed !== true);
  };
  const rare: readonly LockEvent[] = [
    { type: 'board.lost', reason: 'test' },
    { type: 'board.ready' },
    { type: 'lock.commanded' },
    { type: 'vetoed' },
    { type: 'drive.stalled' },
  ];
  /** A loose wire: more edges than any finger makes, and no rest. */
  const flicker = (contact: Contact | undefined): void => {
    if (contact === undefined) return;
    for (let edge = 0; edge <= profile.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact, closed: edge % 2 === 0 });
    if (lock.armed.has(`flicker.${contact}`)) lock.elapse(`flicker.${contact}`);
    if (lock.armed.has(`contact.${contact}`)) lock.elapse(`contact.${contact}`);
  };
  for (let i = 0; i < steps; i++) {
    const what = dice.below(22);
    // Somebody moves the door: whether it opens is seen when its contact has held still.
    if (what === 21) lock.give({ type: 'contact', contact: 'door_closed', closed: dice.below(2) === 0 });
    else if (what === 20) flicker(pick(profile.contacts));
    else if (what < 9) move(pick(profile.contacts));
    else if (what < 13) {
      // The end of a drive asks no table.
      const timers = [...lock.armed.keys()].filter((timer) => !/^(contact\.(?!door)|change\.|drive$)/.test(timer));
      const timer = pick(timers);
      if (timer !== undefined && lock.armed.has(timer)) lock.elapse(timer);
    } else if (what < 16) {
      const { visit, bolt, door, board } = lock.state();
      const takes = board === 'ready' && door === 'closed' && (visit.row === 'idle' || visit.row === 'arrived');
      if (!takes || !['locked', 'unlocked', 'not_fully_locked'].includes(bolt.row)) continue;
      spends += 1;
      answers.push(`issuer:${spends}`);
      lock.give({ type: 'token.admitted', grant: { ...GRANT, spendKey: `issuer:${spends}` } });
    } else if (what < 18) {
      const spendKey = answers.shift();
      if (spendKey !== undefined) lock.give({ type: dice.below(4) === 0 ? 'spend.failed' : 'spent', spendKey });
    } else {
      const event = pick(rare);
      if (event !== undefined) lock.give(event);
    }
  }
}

const FOUND = 'a button is found only when nothing of it is known, and then its row is up';
const TURNS = 'what counts of a contact changes from one to the other, and back';
const SAYS_SO = 'the event itself says that the guard holds';
const OWN = 'the step asks only for the token of the visit that waits for the disk';

/** What a wanderer rarely meets: told in full. */
const STORIES: readonly (() => void)[] = [
  function springsBack() {
    const lock = benchLock();
    lock.boot('withdrawn');
    for (let tries = 0; tries <= DOOR.retriesMax; tries++) {
      lock.elapse('bolt');
      lock.bolt('between');
      lock.elapse('bolt');
      expect(lock.row()).toBe('jammed');
      lock.bolt('withdrawn');
    }
    lock.elapse('bolt');
    expect(lock.state().alarms).toEqual(['RelockFailed']);
    lock.bolt('between');
    lock.elapse('bolt');
    // It has moved by itself: that is worth one more.
    expect(lock.drives()).toHaveLength(2 + DOOR.retriesMax);
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    lock.bolt('withdrawn');
    lock.bolt('between');
    lock.elapse('bolt');
    expect(lock.drives()).toHaveLength(2 + DOOR.retriesMax);
  },
  function boltOfAnEmptySafeJams() {
    const lock = benchLock(KEY_SAFE, AWAY);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    for (const contact of ['item_present', 'bell', 'door_closed'] as const)
      lock.settle(contact, contact === 'door_closed');
    expect(lock.state().visit.row).toBe('awaiting_return');
    lock.bolt('thrown');
    lock.settle('bell', true);
    expect(lock.drives()).toEqual(['withdraw']);
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
  },
  function keyIsTakenWhileTheBoltIsOnItsWay() {
    const lock = benchLock(KEY_SAFE);
    lock.boot('between');
    for (const contact of ['item_present', 'mounted', 'upright'] as const) lock.settle(contact, true);
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    expect(lock.row()).toBe('unlocking');
    lock.door('open');
    lock.settle('item_present', false);
    lock.door('closed');
    lock.bolt('withdrawn');
    expect(lock.state()).toMatchObject({ visit: { row: 'awaiting_entry' }, item: { place: 'out' } });
    lock.elapse('visit');
    expect(lock.state().visit.row).toBe('relocking');
    lock.settle('item_present', true);
  },
  function keyIsTakenAndBroughtBackBeforeTheEntryIsOver() {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.door('open');
    lock.settle('item_present', false);
    lock.door('closed');
    lock.bolt('withdrawn');
    expect(lock.state()).toMatchObject({ visit: { row: 'awaiting_entry' }, item: { place: 'out' } });
    lock.settle('item_present', true);
  },
  function keyIsTakenAndPutBackBehindAVeto() {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.grant();
    lock.door('open');
    lock.give({ type: 'vetoed' });
    expect(lock.state().visit.row).toBe('relocking');
    lock.settle('item_present', false);
    lock.settle('item_present', true);
  },
  function doorOfWhoeverHasOverstayedIsOpenAfterThePowerWent() {
    for (const door of ['open', 'closed'] as const) {
      const visit = { grant: GRANT, entered: true, openings: 1, overstayed: true };
      const lock = benchLock(DOOR, { ...RESUMED, visit });
      lock.give({ type: 'resumed' });
      lock.boot('withdrawn', door);
      lock.door('open');
      expect(lock.state().visit.row).toBe('overstayed');
    }
  },
  function safeIsFoundLockedAndEmpty() {
    const lock = benchLock(KEY_SAFE, AWAY);
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.settle('item_present', false);
    lock.bolt('thrown');
    expect(lock.state().visit.row).toBe('resumed');
  },
];

/** Cells that are there because a table is total, and to which nothing leads. Each says why. */
const UNREACHED: Readonly<Record<string, string>> = {
  'bell: found_pressed in down': FOUND,
  'bell: found_pressed in down_again': FOUND,
  'bell: found_pressed in held': FOUND,
  'bell: found_pressed in let_go': FOUND,
  'bell: found_pressed in stuck': FOUND,
  'bell: pressed in down': TURNS,
  'bell: pressed in down_again': TURNS,
  'bell: pressed in held': TURNS,
  'bell: pressed in stuck': TURNS,
  'bolt: door.closed in jammed, not leaving, not door_closed': SAYS_SO,
  'bolt: door.closed in unknown, blind, not leaving, not door_closed': SAYS_SO,
  'bolt: item.returned in unknown, blind, not leaving, door_closed, not item_in': SAYS_SO,
  'bolt: item.returned in jammed, door_closed, not item_in': SAYS_SO,
  'visit: item.returned in awaiting_return, item_out': SAYS_SO,
  'visit: door.closed in awaiting_return, not item_out, not door_closed': SAYS_SO,
  'visit: spend.failed in arrived': OWN,
  'visit: spend.failed in idle': OWN,
  'visit: spent in arrived': OWN,
  'visit: spent in idle': OWN,
};

describe('every cell of every table', () => {
  it('is reached by what can happen to a lock', () => {
    const all = new Set<string>();
    const seen = new Set<string>();
    const restore = [
      watch('bolt', BOLT as AnyTable, all, seen),
      watch('visit', VISIT as AnyTable, all, seen),
      watch('bell', BELL as AnyTable, all, seen),
    ];
    try {
      for (const story of STORIES) story();
      for (let seed = 1; seed <= 250; seed++) {
        for (const profile of [DOOR, TWICE, KEY_SAFE, BLIND_SAFE, CAR_TRUNK, STRIKE, BLIND]) {
          const away = profile.contacts.includes('item_present') ? AWAY : undefined;
          wander(profile, [undefined, undefined, RESUMED, UNENTERED, away][seed % 5], seed, 150);
        }
      }
    } finally {
      for (const undo of restore) undo();
    }
    expect(all.size).toBeGreaterThan(250);
    expect([...all].filter((cell) => !seen.has(cell)).sort()).toEqual(Object.keys(UNREACHED).sort());
  }, 120_000);
});
