/**
 * From edges to facts. A contact that closes bounces for some milliseconds, and a port that changes
 * in one pin is reported whole, so the same level comes again and again. A level counts when it has
 * held still for `settleMs`; only a change of what counts is a fact.
 *
 * A contact that never holds still, a loose wire in the wind, says nothing: what it said before does
 * not count any longer, until it has held still again.
 */
import type { BoltStatus } from '../../protocol/index.ts';
import { CONTACTS, type Contact } from '../ports/index.ts';

export interface ContactState {
  /** The level seen last, settled or not. */
  readonly raw: boolean | undefined;
  /** The level that counts; undefined until the first one has settled. */
  readonly closed: boolean | undefined;
  /** The level that counted until it did not hold still; absent while one counts, and when none ever has. */
  readonly doubted?: boolean;
}

export type Contacts = Readonly<Record<Contact, ContactState>>;

const UNSEEN: ContactState = { raw: undefined, closed: undefined };

export const noContacts = (): Contacts =>
  Object.fromEntries(CONTACTS.map((contact) => [contact, UNSEEN])) as Record<Contact, ContactState>;

/** After an edge: the new state, and whether the wait for the contact to settle begins, ends or goes on. */
export function edge(
  state: ContactState,
  closed: boolean,
): { readonly state: ContactState; readonly settle: 'begin' | 'end' | 'go_on' } {
  if (state.raw === closed) return { state, settle: 'go_on' };
  return { state: { ...state, raw: closed }, settle: closed === state.closed ? 'end' : 'begin' };
}

/** After it held still: what counts from now on. */
export const settled = (state: ContactState): ContactState => ({ raw: state.raw, closed: state.raw });

/** After it did not hold still for too long. */
export const doubted = (state: ContactState): ContactState =>
  state.closed === undefined ? state : { raw: state.raw, closed: undefined, doubted: state.closed };

/** Its first level has come, and has not held still long enough to count yet. */
export const isAwaited = ({ raw, closed, doubted: before }: ContactState): boolean =>
  raw !== undefined && closed === undefined && before === undefined;

/** What the two contacts of the bolt say together; unknown until both have been seen. */
export function boltStatus(contacts: Contacts): BoltStatus {
  const thrown = contacts.bolt_thrown.closed;
  const withdrawn = contacts.bolt_withdrawn.closed;
  if (thrown === undefined || withdrawn === undefined) return 'unknown';
  if (thrown) return withdrawn ? 'conflict' : 'thrown';
  return withdrawn ? 'withdrawn' : 'between';
}
