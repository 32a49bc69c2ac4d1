/**
 * The lock's board without a board: straight onto the plant, so that it runs in virtual time.
 *
 * It comes and goes as the one behind Firmata does. Losing it takes the drive's signal away, as
 * unplugging an Arduino that gets its power by the same cable does; while it is away contacts are not
 * seen and commands are dropped; when it is back it tells every level again and moves nothing.
 */
import {
  type Cancel,
  type Clock,
  CONTACTS,
  type Indication,
  type Mechanism,
  type MechanismEvent,
} from '../../firmware/ports/index.ts';
import type { Plant } from '../plant/plant.ts';

export interface SimMechanism extends Mechanism {
  /** Takes the board away. */
  lose(reason: string): void;
  /** Brings it back: it is ready as soon as time goes on. */
  restore(): void;
  /** What the light shows. */
  indication(): Indication;
}

export interface SimMechanismOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly plant: Plant;
}

export function simMechanism({ clock, plant }: SimMechanismOptions): SimMechanism {
  let tell: ((event: MechanismEvent) => void) | undefined;
  let there = true;
  let ready = false;
  let closed = false;
  let shown: Indication = 'off';
  let coming: Cancel | undefined;

  const deaf = plant.onContact((contact, isClosed) => {
    if (ready) tell?.({ type: 'contact', contact, closed: isClosed });
  });

  function come(): void {
    if (tell === undefined || !there || closed) return;
    coming?.();
    coming = clock.after(0, () => {
      ready = true;
      tell?.({ type: 'board.ready' });
      for (const contact of CONTACTS) {
        // The listener may have taken the board away in answer to what it was told.
        if (ready) tell?.({ type: 'contact', contact, closed: plant.contact(contact) });
      }
    });
  }

  function go(): void {
    coming?.();
    ready = false;
    shown = 'off';
    plant.drive('none');
  }

  return {
    start(listener) {
      if (tell !== undefined) throw new Error('the mechanism was started before');
      tell = listener;
      if (there) come();
      else tell({ type: 'board.lost', reason: 'the board is not there' });
    },
    drive(direction) {
      if (ready) plant.drive(direction);
    },
    halt() {
      if (ready) plant.drive('none');
    },
    indicate(indication) {
      if (ready) shown = indication;
    },
    async close() {
      closed = true;
      deaf();
      if (ready) go();
      coming?.();
    },
    lose(reason) {
      if (!there || closed) return;
      there = false;
      go();
      tell?.({ type: 'board.lost', reason });
    },
    restore() {
      if (there || closed) return;
      there = true;
      come();
    },
    indication: () => shown,
  };
}
