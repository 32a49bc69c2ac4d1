/** Whoever is inside gets out. */
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
        const gone = [now.upSinceMs(), now.boardSinceMs()].some(
          (ms) => ms === undefined || now.nowMs() - ms < FOUND_MS,
        );
        // What is broken between the button and the bolt is what the mechanical release is for.
        const broken = (['mechanism', 'serial', 'people', 'power'] as const).some((group) =>
          now.isTroubled(group, 60_000),
        );
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
