/** What stands around the lock of a story: a board that moves nothing and tells what the story sees, and a broker. */
import type { Profile } from '../../../firmware/lock/profiles/index.ts';
import type { Broker, BrokerEvent, Contact, MechanismEvent } from '../../../firmware/ports/index.ts';
import type { VirtualClock } from '../../../sim/time/clock.ts';
import type { Sight } from './story.ts';

export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export type Levels = Readonly<Partial<Record<Contact, boolean>>>;
export type Move = 'withdraw' | 'throw';

/** What the firmware has of the door at first; told again whenever the board comes. */
export const AT_REST: Levels = {
  bolt_thrown: true,
  bolt_withdrawn: false,
  door_closed: true,
  bell: false,
  inside_button: false,
  mounted: true,
  ignition_off: true,
};

export const BATTERY = { warnMillivolts: 3_500, reserveMillivolts: 3_300 };

/** The board: it moves nothing, and tells what the story sees. */
export function boardOf(
  profile: Profile,
  clock: Pick<VirtualClock, 'after'>,
  before: Levels,
  onDrive: (way: Move) => void,
) {
  let listener: ((event: MechanismEvent) => void) | undefined;
  let levels = before;
  const tellAll = (): void => {
    listener?.({ type: 'board.ready' });
    for (const contact of profile.contacts) listener?.({ type: 'contact', contact, closed: levels[contact] === true });
    if (profile.battery !== undefined) tellBattery('ok');
  };
  const tellBattery = (is: 'ok' | 'low'): void =>
    listener?.({
      type: 'battery',
      millivolts: is === 'ok' ? BATTERY.warnMillivolts + 500 : BATTERY.reserveMillivolts - 1,
    });
  const turn = (contact: Contact, closed: boolean): void => {
    levels = { ...levels, [contact]: closed };
    listener?.({ type: 'contact', contact, closed });
  };
  return {
    start(given: (event: MechanismEvent) => void) {
      listener = given;
      tellAll();
    },
    drive: onDrive,
    halt: () => undefined,
    indicate: () => undefined,
    close: async () => undefined,
    levels: () => levels,
    see(sight: Sight): void {
      if ('board' in sight) {
        if (sight.board === 'there') tellAll();
        else listener?.({ type: 'board.lost', reason: 'unplugged' });
      } else if ('bolt' in sight) {
        if (sight.bolt === 'jammed') return listener?.({ type: 'drive.stalled' });
        // Both ends at once are neither.
        if (sight.bolt === 'unknown') for (const end of ENDS) turn(end, true);
        else if (sight.bolt === 'between') for (const end of ENDS) turn(end, false);
        else {
          // It has left one end before it comes to the other.
          const [to, from] = sight.bolt === 'thrown' ? ENDS : ENDS.toReversed();
          if (from !== undefined) turn(from, false);
          if (to !== undefined) clock.after(STILL_MS, () => turn(to, true));
        }
      } else if ('door' in sight) turn('door_closed', sight.door === 'closed');
      else if ('mount' in sight) turn('mounted', sight.mount === 'holds');
      else if ('ignition' in sight) turn('ignition_off', sight.ignition === 'off');
      else if ('battery' in sight) tellBattery(sight.battery);
      else {
        const button = 'bell' in sight ? 'bell' : 'inside_button';
        turn(button, true);
        clock.after(STILL_MS, () => turn(button, false));
      }
    },
  };
}

const ENDS = ['bolt_thrown', 'bolt_withdrawn'] as const;

/** For longer than a contact bounces. */
const STILL_MS = 50;

/** A broker that takes everything at once, or is away. */
export function brokerOf(clock: Pick<VirtualClock, 'after'>, there: boolean, published: Published[]) {
  let listener: ((event: BrokerEvent) => void) | undefined;
  const broker: Broker = {
    start(given) {
      listener = given;
      clock.after(0, () => given(there ? { type: 'broker.connected' } : { type: 'broker.lost', reason: 'away' }));
    },
    async publish(topic, payload, { retain }) {
      if (!there) throw new Error('the broker is away');
      published.push({ topic, payload, retain });
    },
    close: async () => undefined,
  };
  return { ...broker, tell: (event: BrokerEvent) => listener?.(event) };
}
