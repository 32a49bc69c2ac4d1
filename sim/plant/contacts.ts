/**
 * Contacts that bounce. The blades of a switch spring back after they touch or part: a snap-action
 * switch chatters for 1 to 10 ms, a cheap reed or a bell push for longer. The first edge comes at
 * once; what follows is an even number of further edges, so that the level ends where it belongs.
 *
 * A contact may be out of order: it then shows what its fault makes of it, while the blade behind goes
 * on, and shows again when it is mended.
 */
import { type Cancel, CONTACTS, type Contact } from '../../firmware/ports/index.ts';
import type { Prng } from '../time/prng.ts';
import type { Agenda } from './agenda.ts';

/** Times that a contact springs back at one change, at most. */
const REBOUNDS_MAX = 3;

/** Between two edges of a contact that flickers: a thousand a second. */
const FLICKER_MS = 1;

/** What a contact shows instead of what is so. */
export type Disorder = 'open' | 'closed' | 'flicker';

export interface ContactBank {
  level(contact: Contact): boolean;
  /** The thing behind the contact has changed; the level gets there, bouncing. */
  set(contact: Contact, closed: boolean): void;
  /** Puts a contact out of order, or in order again. */
  disorder(contact: Contact, disorder: Disorder | undefined): void;
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
  /** What is shown, if not the level. */
  shown: boolean | undefined;
  cancelFlicker: Cancel | undefined;
  readonly prng: Prng;
}

export function contactBank({ agenda, prng, bounceMsMax, initially, onEdge }: ContactBankOptions): ContactBank {
  const blades = new Map<Contact, Blade>();
  for (const contact of CONTACTS) {
    const level = initially(contact);
    const own = prng.split(contact);
    blades.set(contact, { level, rest: level, cancels: [], shown: undefined, cancelFlicker: undefined, prng: own });
  }
  const bladeOf = (contact: Contact): Blade => {
    const blade = blades.get(contact);
    if (blade === undefined) throw new Error(`no such contact: ${contact}`);
    return blade;
  };
  const seen = (blade: Blade): boolean => blade.shown ?? blade.level;

  function change(contact: Contact, blade: Blade, by: () => void): void {
    const before = seen(blade);
    by();
    const now = seen(blade);
    if (now !== before) onEdge(contact, now);
  }

  function edge(contact: Contact, blade: Blade, closed: boolean): void {
    change(contact, blade, () => {
      blade.level = closed;
    });
  }

  function flicker(contact: Contact, blade: Blade): void {
    blade.cancelFlicker = agenda.at(agenda.nowMs() + FLICKER_MS, () => {
      flicker(contact, blade);
      change(contact, blade, () => {
        blade.shown = !seen(blade);
      });
    });
  }

  return {
    level: (contact) => seen(bladeOf(contact)),
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
    disorder(contact, disorder) {
      const blade = bladeOf(contact);
      blade.cancelFlicker?.();
      blade.cancelFlicker = undefined;
      if (disorder === 'flicker') flicker(contact, blade);
      change(contact, blade, () => {
        blade.shown = disorder === undefined || disorder === 'flicker' ? undefined : disorder === 'closed';
      });
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
