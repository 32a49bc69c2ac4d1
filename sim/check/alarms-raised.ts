/**
 * Alarms that have to stand: the other half of `alarmsHaveCauses`. What everybody at the door can see, for longer than a
 * lock needs to see it and to tell it, stands among the alarms of its state.
 */
import type { Alarm, PublishedState } from '../../protocol/index.ts';
import { BOLT_THROWN } from '../plant/plant.ts';
import type { Checker } from './checker.ts';
import { SEEN_MS, setsTime, type View } from './circumstances.ts';

/** A contact that settles, a disk and a broker that are slow. */
const TOLD_MS = 10_000;
/** The clock is looked at when a token is shown, and once a minute. */
const CLOCK_LOOKED_AT_MS = 60_000;
/** For so long a bolt stands thrown behind a shut door before anybody counts it as locked. */
const LOCKED_MS = 3_000;

/** What is so at the door, and what was told of it, as far as alarms follow from it. */
interface Situation {
  readonly view: View;
  /** Broken open while it was locked, and open since. */
  readonly isForced: boolean;
  /** A courier has come in by the door that stands open, and his visit goes on. */
  readonly isVisited: boolean;
}

interface Rule {
  readonly alarm: Alarm;
  readonly isDue: (situation: Situation) => boolean;
  /** How long it may be so before it has to be told. */
  readonly withinMs: (view: View) => number;
  /** What it is that tells of the cause may be what is missing. */
  readonly withoutBoard?: true;
}

const soon = (): number => TOLD_MS;
const isOpen = ({ view }: Situation): boolean => view.now.truth().doorOpen;

const RULES: readonly Rule[] = [
  { alarm: 'DoorForcedOpen', isDue: ({ isForced }) => isForced, withinMs: soon },
  { alarm: 'DoorAjar', isDue: isOpen, withinMs: ({ profile }) => profile.ajarMsMax + TOLD_MS },
  {
    alarm: 'VisitOverstay',
    isDue: (situation) => isOpen(situation) && situation.isVisited,
    withinMs: ({ profile }) => profile.stayMsMax + TOLD_MS,
  },
  {
    alarm: 'ItemNotReturned',
    isDue: ({ view }) => view.profile.contacts.includes('item_present') && !view.now.truth().itemPresent,
    withinMs: ({ profile }) => profile.returnMsMax + TOLD_MS,
  },
  {
    alarm: 'FrontEscutcheonRemoved',
    isDue: ({ view: { profile, plant } }) => profile.contacts.includes('cover_on') && !plant.surroundings().cover,
    withinMs: soon,
  },
  {
    alarm: 'MountRemoved',
    isDue: ({ view: { profile, plant } }) =>
      (profile.contacts.includes('mounted') && !plant.surroundings().mounted) ||
      (profile.contacts.includes('upright') && !plant.surroundings().upright),
    withinMs: soon,
  },
  {
    alarm: 'ClockUntrusted',
    isDue: ({ view }) => view.vouchedBy() === 'none',
    withinMs: () => CLOCK_LOOKED_AT_MS + TOLD_MS,
  },
  {
    alarm: 'BoardLost',
    isDue: ({ view }) => view.now.boardSinceMs() === undefined,
    withinMs: soon,
    withoutBoard: true,
  },
];

export const alarmsAreRaised: Checker = {
  name: 'alarms are raised',
  promises: 'an alarm whose cause everybody can see is told, and stands for as long as its cause does',
  // Its bounds are of virtual time: a machine that stands still for a while has not told anything either.
  tiers: ['a'],
  watch(view, complain) {
    const { now, plant, profile, stateTopic } = view;
    let told: PublishedState | undefined;
    /** Since when each cause can be seen, by a lock that is up and can tell. */
    const sinceMs = new Map<Alarm, number>();
    const complained = new Set<Alarm>();
    let wasOpen = plant.truth().doorOpen;
    /** Since when it has stood shut, with its bolt thrown and left alone. */
    let lockedMs: number | undefined;
    let isForced = false;
    let openedMs = 0;
    /** An event of it was told, which is durable: no power cut takes it back, as it may a state. */
    let isForcedTold = false;
    let isVisited = false;
    /** Nobody but the owner says what time it is, since he has said it. */
    let isSetByOwner = false;

    const canTell = ({ withoutBoard }: Pick<Rule, 'withoutBoard'>): boolean =>
      now.upSinceMs() !== undefined &&
      now.networkSinceMs() !== undefined &&
      !now.isTroubled('network') &&
      !now.isTroubled('power') &&
      !now.isTroubled('mechanism') &&
      (withoutBoard || (now.boardSinceMs() !== undefined && !now.isTroubled('serial')));

    const judge = (): void => {
      for (const { alarm, withinMs } of RULES) {
        const since = sinceMs.get(alarm);
        if (since === undefined || told?.alarms.includes(alarm) || complained.has(alarm)) continue;
        if (now.nowMs() - since <= withinMs(view)) continue;
        complained.add(alarm);
        complain(`${alarm} is not told, and its cause has stood for ${now.nowMs() - since} ms`);
      }
    };
    const follow = (): void => {
      const { doorOpen, bolt, driven } = now.truth();
      if (doorOpen && !wasOpen && lockedMs !== undefined && !profile.opensByHand) {
        const seenMs = Math.max(lockedMs, now.upSinceMs() ?? now.nowMs(), now.boardSinceMs() ?? now.nowMs());
        isForced = now.nowMs() - seenMs > LOCKED_MS;
        openedMs = now.nowMs();
      }
      // Somebody was let in before the lock had seen it open: then it was opened for them, as far as anybody can tell.
      if (driven === 'withdraw' && now.nowMs() - openedMs <= SEEN_MS) isForced = false;
      if (!doorOpen) {
        isForced = false;
        isForcedTold = false;
        isVisited = false;
      }
      wasOpen = doorOpen;
      // One that somebody has begun to turn by hand holds nothing, as far as its contact can tell.
      if (doorOpen || bolt < BOLT_THROWN || driven !== 'none') lockedMs = undefined;
      else lockedMs ??= now.nowMs();
    };
    follow();
    return {
      see(observation) {
        judge();
        if (observation.what === 'truth') follow();
        if (setsTime(view, observation)) isSetByOwner = true;
        if (observation.what === 'published') {
          if (observation.topic === stateTopic) told = view.readState(observation.payload);
          // Given up: the state says so first.
          if (told?.visit === 'idle') isVisited = false;
          if (view.eventTopicOf(observation.topic) === 'door')
            isForcedTold ||= isForced && view.read(observation.payload).event_type === 'forced_open';
          if (view.eventTopicOf(observation.topic) === 'visit') {
            const { event_type: type } = view.read(observation.payload);
            if (type === 'entered' && now.truth().doorOpen) isVisited = true;
            if (type === 'ended') isVisited = false;
          }
        }
        // Nobody saw it: what is found open after a boot was moved by nobody. Or the disk, which had to keep it, is another.
        if ((!canTell({}) && !isForcedTold) || now.tampered() || now.wasTroubled('disk')) isForced = false;
        const situation: Situation = { view, isForced, isVisited };
        for (const rule of RULES) {
          const { alarm, isDue } = rule;
          const counts = isDue(situation) && canTell(rule) && !(alarm === 'ClockUntrusted' && isSetByOwner);
          if (!counts) sinceMs.delete(alarm);
          else if (!sinceMs.has(alarm)) sinceMs.set(alarm, now.nowMs());
        }
      },
      end: judge,
    };
  },
};
