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

export type ContactPins = Readonly<Record<Contact, number>>;

/** Tells each contact's level once, and then its edges. Every pin is set up before the first is asked. */
export function watchContacts(
  board: Board,
  pins: ContactPins,
  onLevel: (contact: Contact, closed: boolean) => void,
): void {
  for (const contact of CONTACTS) board.pinMode(pins[contact], MODE.pullup);
  for (const contact of CONTACTS) {
    let level: number | undefined;
    board.digitalRead(pins[contact], (value) => {
      if (value === level) return;
      level = value;
      onLevel(contact, value === 0);
    });
  }
}
