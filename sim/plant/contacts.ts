/**
 * Contacts that bounce. The blades of a switch spring back after they touch or part: a snap-action
 * switch chatters for 1 to 10 ms, a cheap reed or a bell push for longer. The first edge comes at
 * once; what follows is an even number of further edges, so that the level ends where it belongs.
 */
import { type Cancel, CONTACTS, type Contact } from '../../firmware/ports/index.ts';
import type { Prng } from '../time/prng.ts';
import type { Agenda } from './agenda.ts';

/** Times that a contact springs back at one change, at most. */
const REBOUNDS_MAX = 3;

export interface ContactBank {
  level(contact: Contact): boolean;
  /** The thing behind the contact has changed; the level gets there, bouncing. */
  set(contact: Contact, closed: boolean): void;
}

export interface ContactBankOptions {
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly bounceMsMax: number;
  readonly initially: (contact: Contact) => boolean;
  readonly onEdge: (contact: Contact, closed: boolean) => void;
}

interface Blade {
  level: boolean;
  rest: boolean;
  cancels: readonly Cancel[];
  readonly prng: Prng;
}

export function contactBank({ agenda, prng, bounceMsMax, initially, onEdge }: ContactBankOptions): ContactBank {
  const blades = new Map<Contact, Blade>();
  for (const contact of CONTACTS) {
    const level = initially(contact);
    blades.set(contact, { level, rest: level, cancels: [], prng: prng.split(contact) });
  }
  const bladeOf = (contact: Contact): Blade => {
    const blade = blades.get(contact);
    if (blade === undefined) throw new Error(`no such contact: ${contact}`);
    return blade;
  };

  function edge(contact: Contact, blade: Blade, closed: boolean): void {
    if (blade.level === closed) return;
    blade.level = closed;
    onEdge(contact, closed);
  }

  return {
    level: (contact) => bladeOf(contact).level,
    set(contact, closed) {
      const blade = bladeOf(contact);
      if (blade.rest === closed) return;
      blade.rest = closed;
      for (const cancel of blade.cancels) cancel();
      const nowMs = agenda.nowMs();
      blade.cancels = bounces(blade.prng, bounceMsMax).map((afterMs, i) =>
        agenda.at(nowMs + afterMs, () => edge(contact, blade, i % 2 === 0 ? !closed : closed)),
      );
      edge(contact, blade, closed);
    },
  };
}

/** Moments of the further edges: an even number of different ones, in order, from 1 to `spanMs`. */
function bounces(prng: Prng, spanMs: number): number[] {
  const count = 2 * prng.below(1 + Math.min(REBOUNDS_MAX, spanMs >> 1));
  const moments: number[] = [];
  for (let at = 0; moments.length < count; ) {
    const left = count - moments.length - 1;
    at += 1 + prng.below(spanMs - at - left);
    moments.push(at);
  }
  return moments;
}
