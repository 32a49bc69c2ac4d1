/**
 * One life of one board: from the opening of its wire to the first sign that it is gone.
 *
 *     open ─▶ handshake ─▶ pins set up ─▶ a level of every contact ─▶ ready ─ … ─▶ lost, once
 *
 * Nothing is ever repaired. A microcontroller that was reset has its pins as outputs driven low and
 * knows nothing of what it was told; a port that came back delivers what was written to it before. So
 * the first doubt ends the connection, and whoever wants another builds one from the wire up.
 *
 * Firmata has no heartbeat and no checksums. Every few seconds we ask how the drive's pins stand, and
 * one contact's, of each in its turn: no answer is a board that hangs; a wrong mode is a board whose reset
 * announced itself to nobody (a contact's pin is an output then, and a resting relay's is one anyway, which
 * is why a contact is asked for), or a garbled word that has made one contact's pin an output, which reads
 * closed for ever; a wrong level is a word that the wire has garbled, perhaps the one that should have let
 * go of a strike. The contact's level is asked for, too: an edge that the wire has swallowed comes once, and a
 * garbled word that has ended a port's reports would leave the door shut for ever.
 */
import type { Cancel, Clock, Contact, Direction, Indication } from '../ports/index.ts';
import type { Transport } from '../serial/port.ts';
import { atPin, batteryGauge } from './battery.ts';
import { watchContacts, wiredContacts } from './contacts.ts';
import type { PinState } from './drive.ts';
import { type Indicator, indicator } from './indicator.ts';
import { type Board, johnnyFive, MODE } from './johnny-five.ts';
import { Link } from './link.ts';
import { drivePinNeeds, type WiredDrive, wiredDrive } from './wired-drive.ts';
import { analogOf, type Wiring, whyUnsafe } from './wiring.ts';

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly wiring: Wiring;
  /** From the opening of the wire to ready. An Uno needs about 3 s: its bootloader, then its greeting. */
  readonly handshakeMsMax: number;
  /** Time between two questions to a board that is ready, and for the answer. */
  readonly checkMs: number;
}

export interface ConnectionListener {
  ready(levels: ReadonlyMap<Contact, boolean>): void;
  contact(contact: Contact, closed: boolean): void;
  battery(millivolts: number): void;
  stalled(): void;
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
/** The same of a wire that has failed: the port is free again before the next try. */
const LAST_WORD_MS_MAX = 200;

/** Between two reports of the analog pins: often enough to find a stall, or rarely enough not to matter. */
const SAMPLING_MS = { current: 20, battery: 500 } as const;

interface Devices {
  readonly bolt: WiredDrive;
  readonly light: Indicator;
}

export function connect(transport: Transport, options: ConnectionOptions, listener: ConnectionListener): Connection {
  const { clock, wiring } = options;
  const wired = wiredContacts(wiring.contacts);
  const levels = new Map<Contact, boolean>();
  const waits: { watch?: Cancel } = {};
  let devices: Devices | undefined;
  let millivolts: number | undefined;
  let ready = false;
  let ended = false;
  let round = 0;

  const link = new Link(transport, { lost: fail, note: listener.note }, analogOf(wiring));
  const live = johnnyFive(link, { ready: setUp, reset: () => fail('the board was reset'), failed: fail });
  waits.watch = clock.after(options.handshakeMsMax, () => {
    fail(
      `the board did not answer within ${options.handshakeMsMax} ms: is StandardFirmata on it, at the configured speed?`,
    );
  });

  function setUp(board: Board): void {
    const unfit = whyUnsafe(wiring) ?? whyUnfit(board, wiring);
    if (unfit !== undefined) {
      fail(unfit);
      return;
    }
    const bolt = wiredDrive(wiring.drive, {
      clock,
      board,
      burst: (write) => link.burst(write),
      onStalled: () => {
        if (ready && !ended) listener.stalled();
      },
    });
    const { led, buzzer } = wiring;
    const sound = buzzer === undefined ? undefined : (on: boolean) => board.digitalWrite(buzzer, on ? 1 : 0);
    const light = indicator(clock, (on) => board.digitalWrite(led, on ? 1 : 0), sound);
    devices = { bolt, light };
    // A board that was not reset by our coming may still hold the bolt, or a strike, for a host that is gone.
    bolt.drive.halt();
    board.pinMode(led, MODE.output);
    if (buzzer !== undefined) board.pinMode(buzzer, MODE.output);
    light.show('off');
    watchVoltages(board, bolt);
    watchContacts(board, wiring.contacts, onLevel);
    if (wired.length === 0) begin(board, bolt);
  }

  function onLevel(contact: Contact, closed: boolean): void {
    if (ended || devices === undefined) return;
    levels.set(contact, closed);
    // A motor at its limit does not wait for anybody's opinion.
    devices.bolt.drive.contact(contact, closed);
    if (ready) listener.contact(contact, closed);
    else if (levels.size === wired.length) begin(live.board, devices.bolt);
  }

  function begin(board: Board, bolt: WiredDrive): void {
    ready = true;
    waits.watch?.();
    check(board, bolt);
    listener.ready(new Map(levels));
    if (millivolts !== undefined) listener.battery(millivolts);
  }

  function watchVoltages(board: Board, bolt: WiredDrive): void {
    const { drive, battery } = wiring;
    const stall = drive.type === 'motor' ? drive.stall : undefined;
    if (battery === undefined && stall === undefined) return;
    board.io.setSamplingInterval(stall === undefined ? SAMPLING_MS.battery : SAMPLING_MS.current);
    if (stall !== undefined) {
      board.analogRead(stall.analog, (steps) => {
        if (!ended) bolt.drive.draws(atPin(steps, stall.referenceMillivolts));
      });
    }
    if (battery === undefined) return;
    const gauge = batteryGauge(clock, battery, (measured) => {
      millivolts = measured;
      if (ready) listener.battery(measured);
    });
    board.analogRead(battery.analog, (steps) => {
      if (!ended) gauge.sample(steps);
    });
  }

  function check(board: Board, bolt: WiredDrive): void {
    const at = round++ % Math.max(1, wired.length);
    const contact: readonly PinState[] = wired.slice(at, at + 1).map(([, pin]) => ({ pin, mode: MODE.pullup }));
    const asked = [...bolt.pins(), ...contact];
    let answers = 0;
    link.burst(() => {
      for (const expected of asked) {
        board.queryPinState(expected.pin, () => {
          answers++;
          const wrong = whyForgotten(board, expected);
          if (wrong !== undefined) fail(wrong);
        });
      }
      for (const { pin } of contact) board.io.reportDigitalPin(pin, 1);
    });
    waits.watch = clock.after(options.checkMs, () => {
      if (answers === asked.length) check(board, bolt);
      else fail(`the board did not answer for ${options.checkMs} ms`);
    });
  }

  function end(): void {
    ended = true;
    waits.watch?.();
    devices?.light.stop();
    devices?.bolt.drive.stop();
    link.end();
    live.dispose();
  }

  function fail(reason: string): void {
    if (ended) return;
    // The end of a pulse and a limit switch are ours to see, and we look no more. Words may still get through on a wire
    // that brings none: a strike would stand open, and a motor turn on, until somebody can answer.
    devices?.bolt.drive.halt();
    end();
    sentWithin(LAST_WORD_MS_MAX)
      .then(() => transport.close())
      .catch((error: Error) => listener.note(error.message));
    listener.lost(reason);
  }

  /** Until what was said has left, or will not. */
  async function sentWithin(patienceMs: number): Promise<void> {
    let cancel: Cancel | undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(patienceMs, resolve);
    });
    await Promise.race([link.sent(), patience]);
    cancel?.();
  }

  const working = () => (ready && !ended ? devices : undefined);

  return {
    drive: (direction) => working()?.bolt.drive.drive(direction),
    halt: () => working()?.bolt.drive.halt(),
    indicate: (indication) => working()?.light.show(indication),
    async close() {
      if (ended) return;
      devices?.bolt.drive.halt();
      devices?.light.show('off');
      ended = true;
      await sentWithin(GOODBYE_MS_MAX);
      end();
      await transport.close();
    },
  };
}

/** What is wrong with a pin, by what the board has just said of it. */
function whyForgotten(board: Board, expected: PinState): string | undefined {
  const { pin } = expected;
  const { mode, state } = board.io.pins[pin] ?? {};
  if (mode !== expected.mode)
    return `the board has forgotten its pins (pin ${pin} in mode ${mode}, not ${expected.mode}): it was reset`;
  if (expected.value !== undefined && state !== expected.value)
    return `the board has misheard: pin ${pin} is ${state}, not ${expected.value}`;
  return undefined;
}

/** Says which pin cannot do what it is wired for, by the board's own account of them. */
function whyUnfit(board: Board, wiring: Wiring): string | undefined {
  const { pins, analogPins } = board.io;
  const needs: [string, number, number, string][] = [];
  for (const [pin, mode, ability] of drivePinNeeds(wiring.drive)) needs.push([wiring.drive.type, pin, mode, ability]);
  for (const [contact, pin] of wiredContacts(wiring.contacts))
    needs.push([contact, pin, MODE.pullup, 'pull up (StandardFirmata 2.5 or later does)']);
  needs.push(['led', wiring.led, MODE.output, 'be an output']);
  if (wiring.buzzer !== undefined) needs.push(['buzzer', wiring.buzzer, MODE.output, 'be an output']);
  for (const [name, pin, mode, ability] of needs) {
    if (!pins[pin]?.supportedModes.includes(mode)) return `pin ${pin} (${name}) of this board cannot ${ability}`;
  }
  const { drive } = wiring;
  if ('activeLow' in drive && drive.activeLow !== undefined && !analogPins.includes(drive.pin))
    return `pin ${drive.pin} (${drive.type}) is driven LOW when this board starts, and LOW energises it: take an analog pin`;
  for (const channel of analogOf(wiring)) {
    const pin = analogPins[channel];
    if (pin === undefined) return `this board has no analog pin A${channel}`;
    const other = needs.find(([, taken]) => taken === pin);
    if (other !== undefined) return `pin ${pin} is given to ${other[0]} and to A${channel}`;
  }
  return undefined;
}
