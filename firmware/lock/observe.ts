/** From what is wired to what is so: each contact that has settled becomes a fact of the door, the bolt, a button or the safe. */
import type { Contact } from '../ports/index.ts';
import { askBell } from './ask-bell.ts';
import { arriveAtOnce, observeBolt } from './ask-bolt.ts';
import { NOTHING_RECKONED, opened } from './assume.ts';
import { doubted, edge, noContacts, settled } from './contacts.ts';
import { holdsNothing, looked } from './item.ts';
import { allowanceOf, changed, isButton, isUsedUp, madeGood } from './restless.ts';
import type { LockState } from './state.ts';
import { report, setBolt, type Turn, tell, wait, waitOn } from './turn.ts';

export function takeEdge(turn: Turn, contact: Contact, closed: boolean): void {
  if (!turn.profile.contacts.includes(contact)) return;
  const before = turn.now.contacts[contact];
  const { state, settle } = edge(before, closed);
  setContact(turn, contact, state);
  const timer = `contact.${contact}` as const;
  // A contact seen for the first time has not changed yet.
  if (before.raw !== undefined && settle !== 'go_on') countEdge(turn, contact);
  // Back from its worse level, once too often.
  const isBack = settle === 'begin' && before.closed === false && !isButton(contact);
  if (isBack && isUsedUp(turn.now.changes, contact)) return rest(turn, contact);
  if (settle === 'begin') wait(turn, timer, settleMsOf(turn, contact));
  if (settle !== 'end') return;
  wait(turn, timer, undefined);
  arriveAtOnce(turn);
}

/** An edge more of a contact that may be flickering; the second one, without a rest, begins the window. */
function countEdge(turn: Turn, contact: Contact): void {
  const count = (turn.now.edges[contact] ?? 0) + 1;
  if (count === 2) wait(turn, `flicker.${contact}`, turn.profile.flickerMs);
  turn.now = { ...turn.now, edges: { ...turn.now.edges, [contact]: count } };
}

/** Its count begins anew. Gives what it was. */
function forgetEdges(turn: Turn, contact: Contact): number {
  const { [contact]: count = 0, ...edges } = turn.now.edges;
  turn.now = { ...turn.now, edges };
  return count;
}

/** The window of a contact is over: did it hold still now and then? */
export function takeFlicker(turn: Turn, contact: Contact): void {
  // Come back where it was for a moment, it may be where it is driven to.
  if (forgetEdges(turn, contact) <= turn.profile.flickerEdgesMax) return arriveAtOnce(turn);
  countChange(turn, contact);
  if (isUsedUp(turn.now.changes, contact) && !turn.now.restless.includes(contact)) rest(turn, contact);
  else doubt(turn, contact);
}

/** It has changed too often: told once, and not believed before it has rested. */
function rest(turn: Turn, contact: Contact): void {
  turn.now = { ...turn.now, restless: [...turn.now.restless, contact] };
  report(turn, 'contact_restless', `${contact} changes again and again: it is not believed until it has held still`);
  doubt(turn, contact);
}

/** How long it has to hold still to be believed. */
function settleMsOf({ now, profile }: Turn, contact: Contact): number {
  const { raw, doubted } = now.contacts[contact];
  // Open where it was believed closed: that counts as soon as ever, or an opening could be hidden by shaking first.
  const isWorse = raw === false && doubted === true;
  const restMs = now.restless.includes(contact) && !isWorse ? allowanceOf(contact).restMs : undefined;
  return restMs ?? profile.settleMs;
}

function countChange(turn: Turn, contact: Contact): void {
  if (turn.now.changes[contact] === undefined) waitForChange(turn, contact);
  turn.now = { ...turn.now, changes: changed(turn.now.changes, contact) };
}

/** A change of it is made good. */
export function makeGood(turn: Turn, contact: Contact): void {
  turn.now = { ...turn.now, changes: madeGood(turn.now.changes, contact) };
  if (turn.now.changes[contact] !== undefined) return waitForChange(turn, contact);
  if (isButton(contact)) calm(turn, contact);
}

const waitForChange = (turn: Turn, contact: Contact): void =>
  wait(turn, `change.${contact}`, allowanceOf(contact).againMs);

/** It is as believable as any other; one that does not hold still in this very moment is not yet. */
function calm(turn: Turn, contact: Contact): void {
  const others = (contacts: readonly Contact[]): readonly Contact[] => contacts.filter((other) => other !== contact);
  const { unsteady, restless, contacts } = turn.now;
  const isStill = contacts[contact].doubted === undefined;
  turn.now = { ...turn.now, restless: others(restless), unsteady: isStill ? others(unsteady) : unsteady };
}

function doubt(turn: Turn, contact: Contact): void {
  const wasSteady = !turn.now.unsteady.includes(contact);
  turn.now = { ...turn.now, unsteady: [...turn.now.unsteady.filter((other) => other !== contact), contact] };
  setContact(turn, contact, doubted(turn.now.contacts[contact]));
  // It may have come to rest in this very moment.
  wait(turn, `contact.${contact}`, settleMsOf(turn, contact));
  if (contact === 'door_closed') turn.now = { ...turn.now, door: 'unknown' };
  if (contact === 'bell') askBell(turn, 'released');
  // Nobody can look: whatever has waited for that waits no longer.
  if (contact === 'item_present' && wasSteady && !turn.now.isItemSeen) lookedInto(turn);
  if (contact === 'inside_button') wait(turn, 'inside', undefined);
  observeBolt(turn);
}

export function takeSettled(turn: Turn, contact: Contact): void {
  const before = turn.now.contacts[contact];
  const after = settled(before);
  setContact(turn, contact, after);
  if (forgetEdges(turn, contact) >= 2) wait(turn, `flicker.${contact}`, undefined);
  // The alarm of a button that has flickered too often stands, though it is believed.
  if (!isButton(contact) || !turn.now.restless.includes(contact)) calm(turn, contact);
  if (before.closed !== undefined && !isButton(contact)) countChange(turn, contact);
  const closed = after.closed === true;
  // A button found pressed when the board comes up is not a press. One that flickers before it holds, as a worn or a wet
  // one does, was pressed all the same: people get out, and a key back into its safe.
  const found = before.closed === undefined && before.doubted !== false;
  switch (contact) {
    case 'bolt_thrown':
    case 'bolt_withdrawn':
    case 'latched':
      return observeBolt(turn);
    case 'door_closed':
      observeDoor(turn, closed, before.doubted);
      return observeBolt(turn);
    case 'bell':
      return askBell(turn, closed ? (found ? 'found_pressed' : 'pressed') : 'released');
    case 'inside_button':
      wait(turn, 'inside', closed ? turn.profile.stuckMs : undefined);
      if (closed && !found) turn.toBolt('inside.pressed', 'button');
      return;
    case 'item_present':
      if (closed && !turn.now.isItemSeen) lookedInto(turn);
      return;
    case 'cover_on':
    case 'mounted':
    case 'upright':
    case 'ignition_off':
      // Alarms and interlocks follow from the contacts as they stand.
      return;
  }
}

/** `doubted` is how it stood when its contact was last believed, if that is no more. */
function observeDoor(turn: Turn, closed: boolean, doubted: boolean | undefined): void {
  const { door, bolt } = turn.now;
  if (closed === (door === 'closed') && door !== 'unknown') return;
  // Closed when its contact was last believed counts, too: shaking it must not hide what comes next.
  const hasOpened = !closed && (door === 'closed' || doubted === true);
  const forced = hasOpened && bolt.row === 'locked' && !turn.profile.opensByHand;
  turn.now = { ...turn.now, door: closed ? 'closed' : forced ? 'forced_open' : 'open' };
  turn.now = closed ? { ...turn.now, ajar: false } : { ...turn.now, reckoning: opened(turn.now.reckoning) };
  // Somebody moved the door: that may be what it takes, and is worth all tries again. What is seen first was not moved.
  setBolt(turn, {
    ...(door === 'unknown' ? {} : { failedTries: 0 }),
    ...(closed ? {} : { egress: undefined, putOff: undefined }),
  });
  // One that was open before somebody shook its contact has stood open since.
  if (closed || doubted !== false) waitOn(turn, 'ajar', closed ? undefined : turn.profile.ajarMsMax);
  // What is seen first after a boot is where the door stands, not that anybody moved it.
  if (door !== 'unknown' || forced) {
    tell(turn, { topic: 'door', body: { event_type: closed ? 'closed' : forced ? 'forced_open' : 'opened' } });
  }
  // What was taken out has to be known to be out, or back, before anybody asks for the bolt.
  followItem(turn);
  const event = closed ? 'door.closed' : 'door.opened';
  turn.toBolt(event, 'auto');
  turn.toVisit(event);
}

/** What a safe keeps may have left, or be back. */
export function followItem(turn: Turn): void {
  if (!turn.profile.contacts.includes('item_present')) return;
  const { item, isItemSeen, door, bolt, contacts } = turn.now;
  const present = contacts.item_present.closed;
  const mayItemHaveLeft = mayHaveLeft(turn.now);
  if (mayItemHaveLeft !== turn.now.mayItemHaveLeft) turn.now = { ...turn.now, mayItemHaveLeft };
  // What came back through no lid, and is gone again before it is locked in, has not come back: its contact said so for a moment.
  const isLockedIn = bolt.row === 'locked' && present === true;
  const wasGone = turn.now.isFoundEmpty || (item.place === 'out' && isStillGone(turn.now));
  const isFoundEmpty = door === 'closed' && wasGone && !isLockedIn;
  if (isFoundEmpty !== turn.now.isFoundEmpty) turn.now = { ...turn.now, isFoundEmpty };
  const next = looked(item, present, door, bolt.row, isItemSeen, mayItemHaveLeft || isFoundEmpty);
  // While nobody can say that the lid is shut, what it keeps may leave unseen.
  if (door === 'unknown') turn.now = { ...turn.now, isItemSeen: false };
  else if (present === true) turn.now = { ...turn.now, isItemSeen: true };
  if (next === item) return;
  turn.now = { ...turn.now, item: next };
  waitOn(turn, 'item', next.place === 'out' ? turn.profile.returnMsMax : undefined);
  if (next.place === 'missing') return;
  if (next.place === 'out') return tell(turn, { topic: 'visit', body: { event_type: 'item_taken', ...whose(turn) } });
  if (item.place !== 'out') return;
  tell(turn, { topic: 'visit', body: { event_type: 'item_returned', ...whose(turn) } });
  turn.toBolt('item.returned', 'auto');
  turn.toVisit('item.returned');
}

const isStillGone = ({ contacts: { item_present: item } }: LockState): boolean =>
  item.raw === false && item.closed === false;

/** Whether what it keeps may have left through the open lid while its contact did not hold still. */
function mayHaveLeft({ door, bolt, contacts, edges, mayItemHaveLeft }: LockState): boolean {
  const { raw, closed } = contacts.item_present;
  const holdsStill = raw === closed && edges.item_present === undefined;
  if (holdsStill && closed === true) return false;
  // A lid that flickers over a bolt that is thrown is not open.
  const mayBeOpen = door === 'open' || door === 'forced_open' || (door === 'unknown' && holdsNothing(bolt.row));
  return mayItemHaveLeft || (mayBeOpen && !holdsStill);
}

/** What it keeps is seen in its place for the first time, and was not out: the bolt may have waited for that (`item_in`). */
function lookedInto(turn: Turn): void {
  if (turn.now.item.place === 'out') return;
  turn.toBolt('item.returned', 'auto');
  turn.toVisit('item.returned');
}

function whose({ now }: Turn): { readonly token_id?: string } {
  const { grant } = now.visit;
  return grant === undefined ? {} : { token_id: grant.tokenId };
}

export function loseBoard(turn: Turn): void {
  forgetContacts(turn);
  turn.now = { ...turn.now, board: 'away' };
  turn.toBolt('board.lost', 'unspecified');
}

/** What contacts said before counts no more, nor what they were about to say. */
export function forgetContacts(turn: Turn): void {
  for (const contact of turn.profile.contacts) {
    const { raw, closed } = turn.now.contacts[contact];
    if (raw !== closed) wait(turn, `contact.${contact}`, undefined);
    if ((turn.now.edges[contact] ?? 0) >= 2) wait(turn, `flicker.${contact}`, undefined);
  }
  askBell(turn, 'board.lost');
  wait(turn, 'inside', undefined);
  wait(turn, 'ajar', undefined);
  wait(turn, 'reckoned', undefined);
  turn.now = {
    ...turn.now,
    contacts: noContacts(),
    // Unplugged and plugged in, it has not rested.
    unsteady: turn.now.restless,
    edges: {},
    door: 'unknown',
    reckoning: NOTHING_RECKONED,
  };
  setBolt(turn, { status: 'unknown' });
}

function setContact(turn: Turn, contact: Contact, state: Turn['now']['contacts'][Contact]): void {
  turn.now = { ...turn.now, contacts: { ...turn.now.contacts, [contact]: state } };
}
