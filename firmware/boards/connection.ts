/**
 * One life of one board: from the opening of its wire to the first sign that it is gone.
 *
 *     open ─▶ handshake ─▶ pins set up ─▶ a level of every contact ─▶ ready ─ … ─▶ lost, once
 *
 * Nothing is ever repaired. A microcontroller that was reset has its pins as outputs driven low and
 * knows nothing of what it was told; a port that came back delivers what was written to it before. So
 * the first doubt ends the connection, and whoever wants another builds one from the wire up.
 *
 * Firmata has no heartbeat. We ask for the state of the servo's pin every few seconds: no answer is a
 * board that hangs, a wrong one is a board whose reset announced itself to nobody.
 */
import type { Cancel, Clock, Contact, Direction, Indication } from '../ports/index.ts';
import { CONTACTS } from '../ports/index.ts';
import type { Transport } from '../serial/port.ts';
import { watchContacts } from './contacts.ts';
import { type Indicator, indicator } from './indicator.ts';
import { type Board, johnnyFive, MODE } from './johnny-five.ts';
import { Link } from './link.ts';
import { type ServoBolt, type ServoPositions, servoBolt } from './servo-bolt.ts';

export interface BoardPins {
  readonly servo: number;
  readonly boltThrown: number;
  readonly boltWithdrawn: number;
  readonly doorClosed: number;
  readonly bell: number;
  readonly insideButton: number;
  readonly led: number;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly pins: BoardPins;
  readonly servo: ServoPositions;
  /** From the opening of the wire to ready. An Uno needs about 3 s: its bootloader, then its greeting. */
  readonly handshakeMsMax: number;
  /** Time between two questions to a board that is ready, and for the answer. */
  readonly checkMs: number;
}

export interface ConnectionListener {
  ready(levels: ReadonlyMap<Contact, boolean>): void;
  contact(contact: Contact, closed: boolean): void;
  /** Once; the connection has ended. */
  lost(reason: string): void;
  note(message: string): void;
}

/** What is asked before `ready` or after the end does nothing. */
export interface Connection {
  drive(direction: Direction): void;
  halt(): void;
  indicate(indication: Indication): void;
  /** Halts, darkens, and lets go of the wire. Tells nothing any more. */
  close(): Promise<void>;
}

/** How long a goodbye may wait for a wire that does not take it. */
const GOODBYE_MS_MAX = 500;

interface Devices {
  readonly bolt: ServoBolt;
  readonly light: Indicator;
}

export function connect(transport: Transport, options: ConnectionOptions, listener: ConnectionListener): Connection {
  const { clock, pins } = options;
  const levels = new Map<Contact, boolean>();
  const waits: { watch?: Cancel } = {};
  let devices: Devices | undefined;
  let ready = false;
  let ended = false;

  const link = new Link(transport, { lost: fail, note: listener.note });
  const live = johnnyFive(link, { ready: setUp, reset: () => fail('the board was reset'), failed: fail });
  waits.watch = clock.after(options.handshakeMsMax, () => {
    fail(
      `the board did not answer within ${options.handshakeMsMax} ms: is StandardFirmata on it, at the configured speed?`,
    );
  });

  function setUp(board: Board): void {
    const unfit = whyUnfit(board, pins);
    if (unfit !== undefined) {
      fail(unfit);
      return;
    }
    const bolt = servoBolt({ board, pin: pins.servo, positions: options.servo, burst: (write) => link.burst(write) });
    const light = indicator(clock, (on) => board.digitalWrite(pins.led, on ? 1 : 0));
    devices = { bolt, light };
    // A board that was not reset by our coming may still hold the bolt for a host that is gone.
    bolt.halt();
    board.pinMode(pins.led, MODE.output);
    light.show('off');
    watchContacts(board, contactPins(pins), onLevel);
  }

  function onLevel(contact: Contact, closed: boolean): void {
    if (ended) return;
    levels.set(contact, closed);
    if (ready) listener.contact(contact, closed);
    else if (levels.size === CONTACTS.length && devices !== undefined) {
      ready = true;
      waits.watch?.();
      check(live.board, devices.bolt);
      listener.ready(new Map(levels));
    }
  }

  function check(board: Board, bolt: ServoBolt): void {
    const expected = bolt.mode();
    let answered = false;
    board.queryPinState(pins.servo, () => {
      answered = true;
      const mode = board.io.pins[pins.servo]?.mode;
      if (mode !== expected) fail(`the board has forgotten its pins (mode ${mode}, not ${expected}): it was reset`);
    });
    waits.watch = clock.after(options.checkMs, () => {
      if (answered) check(board, bolt);
      else fail(`the board did not answer for ${options.checkMs} ms`);
    });
  }

  function end(): void {
    ended = true;
    waits.watch?.();
    devices?.light.stop();
    link.end();
    live.dispose();
  }

  function fail(reason: string): void {
    if (ended) return;
    end();
    transport.close().catch((error: Error) => listener.note(error.message));
    listener.lost(reason);
  }

  const working = () => (ready && !ended ? devices : undefined);

  return {
    drive: (direction) => working()?.bolt.drive(direction),
    halt: () => working()?.bolt.halt(),
    indicate: (indication) => working()?.light.show(indication),
    async close() {
      if (ended) return;
      devices?.bolt.halt();
      devices?.light.show('off');
      ended = true;
      let cancel: Cancel | undefined;
      const patience = new Promise<void>((resolve) => {
        cancel = clock.after(GOODBYE_MS_MAX, resolve);
      });
      await Promise.race([link.sent(), patience]);
      cancel?.();
      end();
      await transport.close();
    },
  };
}

function contactPins(pins: BoardPins): Readonly<Record<Contact, number>> {
  return {
    bolt_thrown: pins.boltThrown,
    bolt_withdrawn: pins.boltWithdrawn,
    door_closed: pins.doorClosed,
    bell: pins.bell,
    inside_button: pins.insideButton,
  };
}

/** Says which pin cannot do what it is wired for, by the board's own account of them. */
function whyUnfit(board: Board, pins: BoardPins): string | undefined {
  const needs: [string, number, number, string][] = [
    ['servo', pins.servo, MODE.servo, 'drive a servo'],
    ['led', pins.led, MODE.output, 'be an output'],
  ];
  for (const [contact, pin] of Object.entries(contactPins(pins))) {
    needs.push([contact, pin, MODE.pullup, 'pull up (StandardFirmata 2.5 or later does)']);
  }
  const taken = new Set<number>();
  for (const [name, pin, mode, ability] of needs) {
    if (taken.has(pin)) return `pin ${pin} is given to ${name} and to something else`;
    taken.add(pin);
    if (!board.io.pins[pin]?.supportedModes.includes(mode))
      return `pin ${pin} (${name}) of this board cannot ${ability}`;
  }
  return undefined;
}
