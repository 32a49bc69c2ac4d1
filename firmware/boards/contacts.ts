/**
 * Contacts between a pin and ground. The microcontroller's own resistor (20 to 50 kΩ, ATmega328P data
 * sheet, "Electrical characteristics") pulls the pin up, the closed contact pulls it down: closed
 * reads LOW, and a cut wire reads as open.
 *
 * Firmata reports ports of eight pins: one edge says the level of its seven neighbours again, so each
 * contact is compared with its last level. johnny-five's `Switch` and `Button` are not used: they
 * filter with a fixed time (measured: 2000 edges became one event), and what is a bounce is decided
 * in one place for every board.
 */
import { CONTACTS, type Contact } from '../ports/index.ts';
import { type Board, MODE } from './johnny-five.ts';

/** Only the contacts that are wired. */
export type ContactPins = Readonly<Partial<Record<Contact, number>>>;

export const wiredContacts = (pins: ContactPins): readonly (readonly [Contact, number])[] =>
  CONTACTS.flatMap((contact) => {
    const pin = pins[contact];
    return pin === undefined ? [] : [[contact, pin] as const];
  });

/** Tells each contact's level once, and then its edges. Every pin is set up before the first is asked. */
export function watchContacts(
  board: Board,
  pins: ContactPins,
  onLevel: (contact: Contact, closed: boolean) => void,
): void {
  const wired = wiredContacts(pins);
  for (const [, pin] of wired) board.pinMode(pin, MODE.pullup);
  for (const [contact, pin] of wired) {
    let level: number | undefined;
    board.digitalRead(pin, (value) => {
      if (value === level) return;
      level = value;
      onLevel(contact, value === 0);
    });
  }
}
