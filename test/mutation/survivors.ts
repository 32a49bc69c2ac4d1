/** Why a mutant may live. One that no reason covers is a missing test, and a reason that covers none is out of date. */
import type { Mutant } from './report.ts';

export interface Reason {
  readonly file: string;
  /** What stands in the line. */
  readonly within: string;
  /** What is changed in it; left out when the reason holds for any part of the line. */
  readonly from?: string;
  /** What it becomes, one or several; left out when the reason holds for whatever becomes of it. */
  readonly to?: string | readonly string[];
  readonly why: string;
}

const FALLS_THROUGH = 'the operation falls out of the `switch`, and `undefined` is what its case gives';
const BOUND = 'a bound on memory: keys that are thrown away are made anew';

export const REASONS: readonly Reason[] = [
  {
    file: 'firmware/access/dial.ts',
    within: 'if (last?.nowS !== nowS)',
    from: 'last?.nowS !== nowS',
    to: 'true',
    why: 'a dial that is not kept is read anew, and shows the same; `npm run bench` shows the time',
  },
  {
    file: 'firmware/access/first-look.ts',
    within: 'if (signature.length',
    from: 'signature.length !== SIGNATURE_BYTES',
    why: 'OpenSSL says no to a signature of another length, too; asked first it is cheaper',
  },
  {
    file: 'firmware/access/first-look.ts',
    within: 'if (key === undefined)',
    why: 'a key object that is not kept is made anew, and says the same; `npm run bench` shows the time',
  },
  { file: 'firmware/access/first-look.ts', within: 'keys.size >= KEYS_MAX', why: BOUND },
  {
    file: 'firmware/access/judge-control.ts',
    within: "[pins.recovery, 'recovery key']",
    why: 'a name in a sentence for people',
  },
  { file: 'firmware/access/judge-control.ts', within: "case 'pause'", to: '""', why: FALLS_THROUGH },
  { file: 'firmware/access/judge-control.ts', within: "case 'resume'", to: '""', why: FALLS_THROUGH },
  { file: 'firmware/access/judge-control.ts', within: "case 'set-mode'", to: '""', why: FALLS_THROUGH },
  {
    file: 'firmware/access/judge-control.ts',
    within: "case 'set-mode'",
    to: "case 'set-mode':",
    why: 'it falls into the case of a time, which has nothing against a statement that has none',
  },
  {
    file: 'firmware/access/judge-control.ts',
    within: 'nonce !== undefined && isFreshNonce(nonce)',
    to: 'true',
    why: 'a control that needs a nonce and has none is not read: protocol/control.ts',
  },
  {
    file: 'firmware/access/limits.ts',
    within: 'if (startMinute < endMinute)',
    why: 'hours that begin when they end are not read: protocol/token.ts',
  },
  {
    file: 'firmware/access/dial.ts',
    within: "parts.get('weekday') ?? ''",
    why: 'a formatter that is asked for the weekday gives one; both texts are no weekday',
  },
  {
    file: 'firmware/access/nonces.ts',
    within: 'given.get(channel) ?? []',
    why: 'what stands there instead was born at no time, and is sorted out at once',
  },
  {
    file: 'firmware/access/nonces.ts',
    within: 'alive.slice(-1)',
    why: 'when a nonce is made, the one before is the only one younger than a minute; a bound that holds anyway',
  },
  {
    file: 'firmware/lock/ask-bell.ts',
    within: 'look(BELL, row, event, () => false)',
    why: "the bell's table has no guards, so nothing is asked",
  },
  {
    file: 'firmware/access/limits.ts',
    within: 'ageS > 0 ?',
    to: 'ageS >= 0',
    why: 'a code of no age is fresh, and does not come here',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: "if (!isSprung(turn.profile)) wait(turn, 'drive', undefined)",
    to: 'true',
    why: 'a wait that was not begun is ended, and nothing is another',
  },
  {
    file: 'firmware/lock/battery.ts',
    within: "limits.reserveMillivolts + back('reserve')",
    to: '""',
    why: 'who is in reserve is kept there by the other half of the question, too',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: 'if (raw !== closed) wait(',
    to: 'true',
    why: 'a wait that was not begun is ended, and nothing is another',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: 'if ((turn.now.edges[contact] ?? 0) >= 2)',
    to: 'true',
    why: 'a wait that was not begun is ended, and nothing is another',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: 'const isMadeGood =',
    from: "bolt.row === 'locked'",
    why: 'no try has failed of a bolt that is locked, so that none is made good when it leaves',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: 'const isMadeGood =',
    from: "'locked'",
    to: '""',
    why: 'no try has failed of a bolt that is locked, so that none is made good when it leaves',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: "feedbackOf(turn.profile) !== 'none' ||",
    why: 'nothing is reckoned of a bolt that is seen, or at rest: what is ended was not running, and its place stays',
  },
  {
    file: 'firmware/lock/assume.ts',
    within: 'pulling === undefined ? at : endOf(pulling)',
    why: 'the wait for an arrival ends with its drive, so that nothing arrives that is not pulled',
  },
  {
    file: 'firmware/lock/assume.ts',
    within: "endOf(pulling) === at ? at : 'between'",
    why: 'halted only while it pulls; a bolt that was turned round and then stopped is jammed, wherever it is said to be',
  },
  {
    file: 'firmware/access/throttle.ts',
    within: 'emptied: Iterable<string> = []',
    why: 'a channel of that name there is not',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: "if (row !== 'unknown' || status === 'unknown' ||",
    from: "status === 'conflict'",
    to: 'false',
    why: 'a row that knows nothing ignores `bolt.conflict`',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: "if (row !== 'unknown' || status === 'unknown' ||",
    from: "'conflict'",
    why: 'the same',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: 'if (turn.now.bolt.egress?.lockBehind !== undefined) return;',
    from: 'turn.now.bolt.egress?.lockBehind',
    why: 'the table says `lock_behind` only where `leaving` holds, and then there is one',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: 'if (isFoundEmpty !== turn.now.isFoundEmpty)',
    to: 'true',
    why: 'the same state, copied',
  },
  {
    file: 'firmware/lock/state.ts',
    within: 'isFoundEmpty: false',
    to: 'true',
    why: 'it is taken back while nobody has seen the lid shut, before anything else is asked',
  },
  {
    file: 'firmware/lock/lasting.ts',
    within: 'if (grant === undefined ||',
    from: 'grant === undefined',
    why: 'every row from which a visit goes on was entered with a grant; the compiler has to be told',
  },
  {
    file: 'firmware/lock/indication.ts',
    within: 'INDICATIONS.find(',
    why: 'the last rule always holds; the compiler has to be told',
  },
  {
    file: 'firmware/lock/item.ts',
    within: "return item.place === 'in' ? item : ITEM_IN",
    to: ['false', '""'],
    why: 'what is in is not overdue, so that both read the same',
  },
  {
    file: 'firmware/lock/profiles/profile.ts',
    within: 'pulseMs !== undefined && pulseMs > PULSE_MS_MAX',
    from: 'pulseMs !== undefined',
    why: 'what is not given is greater than nothing; the compiler has to be told',
  },
  {
    file: 'firmware/lock/step.ts',
    within: 'left.bolt === undefined',
    from: 'left.bolt === undefined',
    why: 'what is not there is taken out, and nothing is another',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: "if (turn.now.item.place === 'out') return;",
    to: ['false', '""'],
    why: 'while it is out the tables do nothing (`item_in`, `item_out`); in the same step they are asked again, when it counts as returned',
  },
  {
    file: 'firmware/lock/state.ts',
    within: 'isItemSeen: false',
    why: 'while the lid is unknown, as at the start, each step says so anew: followItem',
  },
  {
    file: 'firmware/lock/step.ts',
    within: 'if (alarms === before) return',
    to: 'false',
    why: 'a short way out: nothing is new and nothing is gone, so nothing is told',
  },
  ...["'cover_on':", "'mounted':", "'upright':", "'ignition_off':"].map((contact) => ({
    file: 'firmware/lock/observe.ts',
    within: `case ${contact}`,
    why: 'this contact wants nothing done, in its case or out of the `switch`',
  })),
  {
    file: 'firmware/lock/observe.ts',
    within: "if (closed === (door === 'closed')",
    why: 'a contact settles only at a level that it did not have, or when nobody knew',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: "includes('item_present')) return",
    why: 'a contact that is not wired is not seen, and what nobody has seen changes nothing: item.ts',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: "if (next.place === 'missing') return",
    why: 'what is missing was not out, so that two lines later it is left, too',
  },
  {
    file: 'firmware/lock/table.ts',
    within: 'moved: cell.row !== row',
    why: 'no cell of the three tables leads to its own row by `to`',
  },
  {
    file: 'firmware/lock/table.ts',
    within: 'return { row, words: [], moved: false, impossible: false }',
    to: '["Stryker was here"]',
    why: 'a word that the engines do not know does nothing; the compiler keeps it out',
  },
  {
    file: 'firmware/lock/table.ts',
    within: 'return { row, words: [], moved: false, impossible: true }',
    why: 'the engines look at `impossible` before they look at the rest',
  },
  {
    file: 'firmware/lock/observe.ts',
    within: 'if (mayItemHaveLeft !== turn.now.mayItemHaveLeft)',
    to: 'true',
    why: 'what is the same is written down once more',
  },
  {
    file: 'firmware/lock/ending.ts',
    within: 'seenShut: false,',
    to: 'true',
    why: 'asked for in `resumed` only, which a later visit of the same life enters by noting it',
  },
  {
    file: 'firmware/lock/ask-bolt.ts',
    within: 'if (isReckonedOnItsWay(turn)) arriveByTime(turn);',
    to: 'true',
    why: 'of a bolt that is seen nothing is reckoned, and what it has arrived at was told when its contacts came to rest',
  },
  {
    file: 'firmware/lock/ending.ts',
    within: 'if (grant === undefined) throw',
    why: 'an assertion: the rows in which a visit is asked for its grant are entered with one',
  },
];

export const covers = (reason: Reason, { file, within, from, to }: Mutant): boolean =>
  reason.file === file &&
  within.includes(reason.within) &&
  (reason.from === undefined || reason.from === from) &&
  (reason.to === undefined || (typeof reason.to === 'string' ? [reason.to] : reason.to).includes(to));
