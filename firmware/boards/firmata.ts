/**
 * A lock's board behind Firmata: an Arduino with StandardFirmata on a serial port, or anything that
 * speaks like one.
 *
 *     Mechanism ── firmata.ts ── connection.ts ── johnny-five, firmata-io ── link.ts ── Transport
 *                  for ever      one life                                    filter     one opening
 *
 * This file keeps a connection, one after the other, for as long as the lock runs. While there is
 * none, commands are dropped. The first `board.lost` may come before any `board.ready`: the port did
 * not open, and the reason says which one and what to do.
 */
import type { Cancel, Clock, Mechanism, MechanismEvent } from '../ports/index.ts';
import { type BackoffOptions, backoff, RETRY } from '../serial/backoff.ts';
import type { Transport } from '../serial/port.ts';
import { type Connection, connect } from './connection.ts';
import type { Wiring } from './wiring.ts';

export type { Transport } from '../serial/port.ts';
export type { DriveWiring, ServoPositions, Wiring } from './wiring.ts';

export interface FirmataOptions {
  readonly clock: Clock;
  /** Gives a wire that has not opened yet, each time another one. */
  readonly open: () => Transport;
  readonly wiring: Wiring;
  readonly log?: (message: string) => void;
  readonly retry?: BackoffOptions;
  readonly handshakeMsMax?: number;
  readonly checkMs?: number;
}

const HANDSHAKE_MS_MAX = 8_000;
const CHECK_MS = 2_000;

export function firmataMechanism(options: FirmataOptions): Mechanism {
  const { clock, log = () => undefined } = options;
  const wait = backoff(options.retry ?? RETRY);
  const life = {
    clock,
    wiring: options.wiring,
    handshakeMsMax: options.handshakeMsMax ?? HANDSHAKE_MS_MAX,
    checkMs: options.checkMs ?? CHECK_MS,
  };
  let tell: ((event: MechanismEvent) => void) | undefined;
  let connection: Connection | undefined;
  let cancel: Cancel | undefined;
  let closed = false;
  let toldLost = false;

  /** Not from inside the data handler, which takes an exception for words that it could not read. */
  function emit(event: MechanismEvent): void {
    queueMicrotask(() => {
      if (!closed) tell?.(event);
    });
  }

  function next(): void {
    if (closed) return;
    connection = connect(options.open(), life, {
      ready(levels) {
        wait.reset();
        toldLost = false;
        log('board ready');
        emit({ type: 'board.ready' });
        for (const [contact, isClosed] of levels) emit({ type: 'contact', contact, closed: isClosed });
      },
      battery: (millivolts) => emit({ type: 'battery', millivolts }),
      stalled: () => emit({ type: 'drive.stalled' }),
      contact: (contact, isClosed) => emit({ type: 'contact', contact, closed: isClosed }),
      lost(reason) {
        connection = undefined;
        const delayMs = wait.nextMs();
        log(`board lost: ${reason}; next try in ${delayMs} ms`);
        if (!closed) cancel = clock.after(delayMs, next);
        // A night without a board is one event, not thousands in the journal; the log has every try.
        if (toldLost) return;
        toldLost = true;
        emit({ type: 'board.lost', reason });
      },
      note: log,
    });
  }

  return {
    start(listener) {
      if (tell !== undefined) throw new Error('the mechanism was started before');
      tell = listener;
      next();
    },
    drive: (direction) => connection?.drive(direction),
    halt: () => connection?.halt(),
    indicate: (indication) => connection?.indicate(indication),
    async close() {
      closed = true;
      cancel?.();
      await connection?.close();
    },
  };
}
