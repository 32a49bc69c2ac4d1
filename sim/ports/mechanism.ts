/**
 * The lock's board without a board: straight onto the plant, so that it runs in virtual time.
 *
 * It comes and goes as the one behind Firmata does. Losing it takes the drive's signal away, as
 * unplugging an Arduino that gets its power by the same cable does; while it is away contacts are not
 * seen and commands are dropped; when it is back it tells every level again and moves nothing.
 *
 * Where a drive ends by itself (a pulse, a motor at its limit) the firmware's own code ends it here too, and on this side
 * of the wire: what it switches on and off, and what it is told of contacts and current, goes over it.
 */
import type { Drive } from '../../firmware/boards/drive.ts';
import { motorBolt } from '../../firmware/boards/motor-bolt.ts';
import { pulse } from '../../firmware/boards/pulse.ts';
import { strike } from '../../firmware/boards/strike.ts';
import type {
  Cancel,
  Clock,
  Contact,
  Direction,
  Indication,
  Mechanism,
  MechanismEvent,
} from '../../firmware/ports/index.ts';
import type { Plant } from '../plant/plant.ts';

export interface SimMechanism extends Mechanism {
  /** Takes the board away. */
  lose(reason: string): void;
  /** Brings it back: it is ready as soon as time goes on. */
  restore(): void;
  /**
   * The wire carries nothing until told otherwise, and then everything that was kept in it, in order. More than it can
   * keep: what comes then is lost. Whether nothing was.
   */
  stall(stalls: boolean): boolean;
  /** What the light shows. */
  indication(): Indication;
}

export type SimDrive =
  | { readonly type: 'servo' }
  | {
      readonly type: 'motor';
      readonly driveMsMax: number;
      /** Absent: nobody measures the current. A milliamp is a millivolt. */
      readonly stall?: { readonly millivolts: number; readonly ms: number };
    }
  | { readonly type: 'strike' | 'pulse'; readonly pulseMs: number };

export interface SimMechanismOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly plant: Plant;
  /** A servo, unless said otherwise. */
  readonly drive?: SimDrive;
  /** Which contacts are wired; a servo door's five, unless said otherwise. */
  readonly contacts?: readonly Contact[];
  /** The battery's voltage is measured. */
  readonly battery?: boolean;
}

const DOOR_CONTACTS: readonly Contact[] = ['bolt_thrown', 'bolt_withdrawn', 'door_closed', 'bell', 'inside_button'];

/**
 * What a stalled wire keeps each way: as many words as some kilobytes of a kernel's buffer hold. Of one that had more to
 * keep nobody knows what was swallowed.
 */
const KEPT_MAX = 1_000;

const SAMPLING_MS = 20;
const BATTERY_MS_MIN = 1_000;

export function simMechanism(options: SimMechanismOptions): SimMechanism {
  const { clock, plant, contacts = DOOR_CONTACTS, battery = false } = options;
  let listener: ((event: MechanismEvent) => void) | undefined;
  /** What a stalled wire keeps. */
  let kept: (() => void)[] | undefined;
  let swallowed = false;
  let there = true;
  let ready = false;
  let closed = false;
  let shown: Indication = 'off';
  let coming: Cancel | undefined;
  let sampling: Cancel | undefined;
  let gauging: Cancel | undefined;
  let toldMillivolts: number | undefined;

  function overWire(word: () => void): void {
    if (kept === undefined) word();
    else if (kept.length < KEPT_MAX) kept.push(word);
    else swallowed = true;
  }
  const tell = (event: MechanismEvent): void => overWire(() => listener?.(event));

  const theDrive = driveOf(
    options.drive ?? { type: 'servo' },
    clock,
    (direction) => overWire(() => plant.drive(direction)),
    () => listener?.({ type: 'drive.stalled' }),
  );

  const deaf = plant.onContact((contact, isClosed) => {
    if (!ready || !contacts.includes(contact)) return;
    overWire(() => theDrive.contact(contact, isClosed));
    tell({ type: 'contact', contact, closed: isClosed });
  });
  const blind = plant.onTruth(() => {
    if (!ready) return;
    gauge();
    if (options.drive?.type === 'motor' && sampling === undefined) sample();
  });

  /** At most once a second, and only when it has become another. */
  function gauge(): void {
    if (!battery || gauging !== undefined || plant.millivolts() === toldMillivolts) return;
    toldMillivolts = plant.millivolts();
    gauging = clock.after(BATTERY_MS_MIN, () => {
      gauging = undefined;
      if (ready) gauge();
    });
    tell({ type: 'battery', millivolts: toldMillivolts });
  }

  function sample(): void {
    sampling = undefined;
    if (plant.truth().driven === 'none') return;
    sampling = clock.after(SAMPLING_MS, () => {
      const milliamps = plant.milliamps();
      overWire(() => theDrive.draws(milliamps));
      sample();
    });
  }

  function come(): void {
    if (listener === undefined || !there || closed) return;
    coming?.();
    coming = clock.after(0, () => {
      ready = true;
      tell({ type: 'board.ready' });
      for (const contact of contacts) {
        // The listener may have taken the board away in answer to what it was told.
        if (ready) tell({ type: 'contact', contact, closed: plant.contact(contact) });
      }
      toldMillivolts = undefined;
      if (ready) gauge();
    });
  }

  function go(): void {
    coming?.();
    sampling?.();
    gauging?.();
    sampling = undefined;
    gauging = undefined;
    ready = false;
    shown = 'off';
    // What was in the wire goes with it.
    kept = undefined;
    swallowed = false;
    theDrive.halt();
  }

  return {
    start(given) {
      if (listener !== undefined) throw new Error('the mechanism was started before');
      listener = given;
      if (there) come();
      else tell({ type: 'board.lost', reason: 'the board is not there' });
    },
    drive(direction) {
      if (ready) theDrive.drive(direction);
    },
    halt() {
      if (ready) theDrive.halt();
    },
    indicate(indication) {
      overWire(() => {
        if (ready) shown = indication;
      });
    },
    stall(stalls) {
      if (stalls) {
        kept ??= [];
        return true;
      }
      const words = kept ?? [];
      const isWhole = !swallowed;
      kept = undefined;
      swallowed = false;
      for (const word of words) word();
      return isWhole;
    },
    async close() {
      closed = true;
      deaf();
      blind();
      if (ready) go();
      coming?.();
    },
    lose(reason) {
      if (!there || closed) return;
      there = false;
      go();
      tell({ type: 'board.lost', reason });
    },
    restore() {
      if (there || closed) return;
      there = true;
      come();
    },
    indication: () => shown,
  };
}

function driveOf(
  drive: SimDrive,
  clock: SimMechanismOptions['clock'],
  pull: (direction: Direction | 'none') => void,
  onStalled: () => void,
): Drive {
  switch (drive.type) {
    case 'servo':
      return {
        drive: pull,
        halt: () => pull('none'),
        contact: () => undefined,
        draws: () => undefined,
        stop: () => undefined,
      };
    case 'motor': {
      const on = new Set<Direction>();
      const input = (direction: Direction) => ({
        set(is: boolean) {
          if (is) on.add(direction);
          else on.delete(direction);
          const [only] = on.size === 1 ? on : [];
          pull(only ?? 'none');
        },
      });
      const { driveMsMax, stall } = drive;
      return motorBolt({
        clock,
        withdraw: input('withdraw'),
        throw: input('throw'),
        driveMsMax,
        stall,
        onStalled,
      });
    }
    case 'strike':
    case 'pulse': {
      const coil = { set: (on: boolean) => pull(on ? 'withdraw' : 'none') };
      return (drive.type === 'strike' ? strike : pulse)({ clock, coil, pulseMs: drive.pulseMs });
    }
  }
}
