/** Whoever is inside gets out. */
import { LEAVE_MS } from '../../firmware/lock/profiles/index.ts';
import type { Checker } from './checker.ts';
import { isHolding } from './circumstances.ts';

/** From the pressed button to the free door: a contact that settles, the bolt's way back from wherever it is. */
const FREE_MS_MAX = 2_000;
/** From a start to the moment at which every contact has been found as it is. */
const FOUND_MS = 100;

export const insideButtonOpens: Checker = {
  name: 'the button inside opens',
  promises: 'whatever is locked out, paused, away or lost, the button inside frees the door',
  watch({ profile, now }, complain) {
    let pressedMs: number | undefined;
    const isFree = (): boolean => now.truth().doorOpen || !isHolding(now.truth());
    return {
      see(observation) {
        // A button that is found pressed is no press: it may be stuck, and boot opens nothing.
        const gone = !now.hasBeenUp(FOUND_MS, 'lock', 'board');
        // What is broken between the button and the bolt is what the mechanical release is for.
        const broken = now.isTroubled(['mechanism', 'serial', 'people', 'power'], 60_000);
        if (pressedMs !== undefined) {
          if (isFree() || gone || broken) pressedMs = undefined;
          else if (now.nowMs() - pressedMs > FREE_MS_MAX) {
            complain(`the button inside was pressed ${now.nowMs() - pressedMs} ms ago, and the door is not free`);
            pressedMs = undefined;
          }
        }
        if (observation.what !== 'contact' || observation.contact !== 'inside_button' || gone || broken) return;
        if (!profile.contacts.includes('inside_button')) return;
        if (!observation.closed) {
          // A bounce, or a touch that was too short to be felt.
          if (pressedMs !== undefined && now.nowMs() - pressedMs <= profile.settleMs + 5) pressedMs = undefined;
        } else if (pressedMs === undefined && !isFree()) pressedMs = now.nowMs();
      },
    };
  },
};

/** A finger that is felt only when the contact has held still; and a wait that ends in the very millisecond. */
const FELT_MS = 150;

export const timeToLeave: Checker = {
  name: 'time to leave',
  promises: 'whoever has pressed the button inside has the time to open the door before anybody can lock it again',
  tiers: ['a'],
  watch({ profile, plant, now }, complain) {
    let pressedMs = Number.NEGATIVE_INFINITY;
    let driven = now.truth().driven;
    return {
      see(observation) {
        if (observation.what === 'contact' && observation.contact === 'inside_button') {
          // A touch that was too short to be felt gives nobody time; nor does a finger that is found by a start.
          const isFound = !now.hasBeenUp(FOUND_MS, 'lock', 'board');
          if (observation.closed) pressedMs = isFound ? Number.NEGATIVE_INFINITY : now.nowMs();
          else if (now.nowMs() - pressedMs <= profile.settleMs + 5) pressedMs = Number.NEGATIVE_INFINITY;
        }
        if (observation.what !== 'truth') return;
        const { truth } = observation;
        const began = truth.driven === 'throw' && driven !== 'throw';
        driven = truth.driven;
        // Whoever is through the door needs no more time; nor does whoever turns the bolt by hand.
        if (truth.doorOpen || now.handled()) pressedMs = Number.NEGATIVE_INFINITY;
        if (!began || plant.contact('inside_button') || now.nowMs() - pressedMs >= LEAVE_MS - FELT_MS) return;
        const broken = now.isTroubled(['mechanism', 'serial', 'power'], 60_000);
        if (!broken) complain(`the bolt is thrown ${now.nowMs() - pressedMs} ms after the button inside was pressed`);
      },
    };
  },
};
