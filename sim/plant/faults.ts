/** What breaks at a door, and is mended again: each fault by itself, several at once. */
import type { Cancel, Contact } from '../../firmware/ports/index.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type Trouble } from './bolt.ts';
import type { Disorder } from './contacts.ts';

export type Fault =
  /** The bolt cannot go above, or below, a position (per mille): dust in the strike plate, a door under load. A latch cannot be freed. */
  | { readonly type: 'jam'; readonly above?: number; readonly below?: number }
  /** The drive turns, and the bolt does not: a coupling that has come loose. */
  | { readonly type: 'slip' }
  /** The bolt takes that many times as long: cold grease, a weak battery. */
  | { readonly type: 'slow'; readonly times: number }
  /** A contact shows the same whatever is so. */
  | { readonly type: 'stuck'; readonly contact: Contact; readonly closed: boolean }
  /** Nothing is connected any more: reads as open. */
  | { readonly type: 'cut'; readonly contact: Contact }
  /** A loose wire: an edge every millisecond. */
  | { readonly type: 'flicker'; readonly contact: Contact };

export interface FaultBook {
  /** The answer mends it. */
  add(fault: Fault): Cancel;
  slips(): boolean;
}

export interface Victims {
  bolt(trouble: Trouble): void;
  latch(jammed: boolean): void;
  contact(contact: Contact, disorder: Disorder | undefined): void;
}

export function faultBook(victims: Victims): FaultBook {
  let faults: readonly Fault[] = [];

  function apply(touched: Fault): void {
    if ('contact' in touched) {
      const last = faults.findLast((fault) => 'contact' in fault && fault.contact === touched.contact);
      victims.contact(touched.contact, last === undefined ? undefined : disorderOf(last));
      return;
    }
    victims.bolt(troubleOf(faults));
    victims.latch(faults.some(({ type }) => type === 'jam' || type === 'slip'));
  }

  return {
    add(fault) {
      faults = [...faults, fault];
      apply(fault);
      return () => {
        faults = faults.filter((other) => other !== fault);
        apply(fault);
      };
    },
    slips: () => faults.some(({ type }) => type === 'slip'),
  };
}

function disorderOf(fault: Fault): Disorder | undefined {
  switch (fault.type) {
    case 'stuck':
      return fault.closed ? 'closed' : 'open';
    case 'cut':
      return 'open';
    case 'flicker':
      return 'flicker';
    default:
      return undefined;
  }
}

function troubleOf(faults: readonly Fault[]): Trouble {
  let above = BOLT_THROWN;
  let below = BOLT_WITHDRAWN;
  let slower = 1;
  for (const fault of faults) {
    if (fault.type === 'jam') {
      above = Math.min(above, fault.above ?? BOLT_THROWN);
      below = Math.max(below, fault.below ?? BOLT_WITHDRAWN);
    } else if (fault.type === 'slow') slower *= fault.times;
  }
  return { above, below, slips: faults.some(({ type }) => type === 'slip'), slower };
}
