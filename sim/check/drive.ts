/** How the drive may pull: not for long, and outward only behind a door that is shut. */
import { isSprung } from '../../firmware/lock/profiles/index.ts';
import type { Checker } from './checker.ts';
import { SEEN_MS } from './circumstances.ts';

/** From the end of a travel that is too long to the drive let go: a contact that settles, a turn of the loop. */
const SLACK_MS = 150;

export const driveBounded: Checker = {
  name: 'drive bounded',
  promises: 'the drive never pulls one way for longer than its longest travel, or its pulse',
  watch({ profile, now }, complain) {
    const longestMs = (isSprung(profile) ? (profile.pulseMs ?? 0) : profile.travelMsMax) + SLACK_MS;
    let driven = 'none';
    let sinceMs = 0;
    let told = false;
    const look = (): void => {
      const ms = now.nowMs() - sinceMs;
      if (driven === 'none' || ms <= longestMs || told || now.isTroubled('serial', longestMs)) return;
      told = true;
      complain(`the drive has pulled to ${driven} for ${ms} ms`);
    };
    return {
      see(observation) {
        look();
        // Whoever presses again asks again.
        const isAskedAgain =
          observation.what === 'contact' && (observation.contact === 'inside_button' || observation.contact === 'bell');
        if (isAskedAgain && driven === 'withdraw') sinceMs = now.nowMs();
        if (observation.what !== 'truth' || observation.truth.driven === driven) return;
        driven = observation.truth.driven;
        sinceMs = now.nowMs();
        told = false;
      },
      end: look,
    };
  },
};

export const thrownBehindDoor: Checker = {
  name: 'thrown behind a door',
  promises: 'a bolt is thrown only when the door was observed closed, and is not held out into an open one',
  watch({ profile, plant, now }, complain) {
    let driven = 'none';
    /** What the door's contact last showed for long enough to count, and what it shows since when. */
    let counted = plant.contact('door_closed');
    let shown = { closed: counted, sinceMs: Number.NEGATIVE_INFINITY };
    const holdsStill = (): boolean => now.nowMs() - shown.sinceMs >= profile.settleMs;
    /** Since when it pulls outward while the door stands open. */
    let inAirSinceMs: number | undefined;
    const look = (): void => {
      if (inAirSinceMs === undefined || now.nowMs() - inAirSinceMs <= profile.settleMs + SLACK_MS) return;
      if (!now.isTroubled('mechanism', SLACK_MS) && !now.isTroubled('serial', SLACK_MS)) {
        complain('the bolt is driven outward while the door stands open');
      }
      inAirSinceMs = undefined;
    };
    return {
      see(observation) {
        look();
        if (observation.what === 'contact' && observation.contact === 'door_closed') {
          if (holdsStill()) counted = shown.closed;
          shown = { closed: observation.closed, sinceMs: now.nowMs() };
        }
        if (observation.what !== 'truth') return;
        const { truth } = observation;
        const began = truth.driven === 'throw' && driven !== 'throw';
        driven = truth.driven;
        // In the very millisecond in which it has held still, a wait that ends may come first.
        const isJust = now.nowMs() - shown.sinceMs === profile.settleMs;
        const wasClosed = (holdsStill() && shown.closed) || ((isJust || !holdsStill()) && counted);
        if (began && !wasClosed && !now.isTroubled('serial', SLACK_MS)) {
          complain('the bolt is thrown, and the door was not observed closed');
        }
        if (truth.driven !== 'throw' || !truth.doorOpen) inAirSinceMs = undefined;
        else inAirSinceMs ??= now.nowMs();
      },
      end: look,
    };
  },
};

/** Bolts that nobody throws: a latch catches by itself. */
export const RELOCK_SLACK_MS = 10_000;
/** From a mended mechanism to a bolt that is tried again, at most: firmware/lock/bolt.ts waits a quarter of an hour. */
const TRIED_AGAIN_MS = 1_200_000;

export const lockedAgain: Checker = {
  name: 'locked again',
  promises: 'behind a shut door an unlocked bolt is thrown within its bound, whoever left',
  watch({ profile, now }, complain) {
    const { entryWindowMs, relockAfterMs, travelMsMax, sealMsMax, autoRelock, contacts } = profile;
    const boundMs = entryWindowMs + relockAfterMs + travelMsMax + sealMsMax + RELOCK_SLACK_MS;
    let sinceMs: number | undefined;
    const isOpenTo = (): boolean => {
      const { bolt, doorOpen, itemPresent } = now.truth();
      if (!autoRelock || isSprung(profile) || doorOpen || bolt >= 950) return false;
      // An empty safe is not locked; nor is one whose key is not seen.
      if (contacts.includes('item_present') && !itemPresent) return false;
      if (now.upSinceMs() === undefined || now.boardSinceMs() === undefined) return false;
      // A bolt whose quick tries have failed waits long for the next.
      if (now.isTroubled('mechanism', TRIED_AGAIN_MS)) return false;
      return !now.isTroubled(['serial', 'power', 'people'], 60_000);
    };
    const look = (): void => {
      if (!isOpenTo()) {
        sinceMs = undefined;
        return;
      }
      sinceMs ??= now.nowMs();
      if (now.nowMs() - sinceMs <= boundMs) return;
      complain(
        `the door has been shut and not locked for ${now.nowMs() - sinceMs} ms, at most ${boundMs} are promised`,
      );
      sinceMs = now.nowMs();
    };
    return { see: look, end: look };
  },
};

/** From a door that is shut to the drive that has thrown the bolt behind it, beyond what the profile gives. */
const BEHIND_SLACK_MS = 1_500;
/** What was broken, and is mended, may have left a wait behind. */
const RECOVERED_MS = 60_000;

export const lockedBehind: Checker = {
  name: 'locked behind whoever left',
  promises:
    'a door that was opened and shut is locked within the wait and the travel of its profile, however often it may be opened',
  watch({ profile, now, recordsIn }, complain) {
    const { entryWindowMs, relockAfterMs, travelMsMax, openingsMax, autoRelock, contacts } = profile;
    // A visit that may open the door once more has an entry's time for it.
    const boundMs = (openingsMax > 1 ? entryWindowMs : relockAfterMs) + travelMsMax + BEHIND_SLACK_MS;
    let shutMs: number | undefined;
    let openedMs = 0;
    let wasOpen = now.truth().doorOpen;
    let isSpending = false;
    const look = (): void => {
      if (shutMs === undefined) return;
      const { bolt, doorOpen, itemPresent } = now.truth();
      const isOver = doorOpen || bolt >= 950 || (contacts.includes('item_present') && !itemPresent);
      const gone = [now.upSinceMs(), now.boardSinceMs()].some((ms) => ms === undefined || ms > openedMs);
      const broken = now.isTroubled(['mechanism', 'serial', 'people', 'power'], RECOVERED_MS);
      if (isOver || gone || broken) shutMs = undefined;
      else if (now.nowMs() - shutMs > boundMs) {
        complain(
          `the door was shut ${now.nowMs() - shutMs} ms ago, and is not locked; at most ${boundMs} are promised`,
        );
        shutMs = undefined;
      }
    };
    return {
      see(observation) {
        look();
        switch (observation.what) {
          case 'truth': {
            const { doorOpen } = observation.truth;
            if (doorOpen && !wasOpen) openedMs = now.nowMs();
            // One that was open for a moment only is one that nobody has seen open.
            const isShut = wasOpen && !doorOpen && now.nowMs() - openedMs > SEEN_MS;
            if (isShut && autoRelock && !isSprung(profile)) shutMs = now.nowMs();
            wasOpen = doorOpen;
            return;
          }
          // On a slow disk a courier is let in long after he has shown his token.
          case 'disk':
            if (observation.kind === 'append' && observation.phase === 'issued')
              isSpending ||= recordsIn(observation.bytes ?? new Uint8Array(), 'spent').length > 0;
            else if (observation.kind === 'sync' && observation.phase === 'done' && isSpending) {
              isSpending = false;
              shutMs = undefined;
            }
            return;
          // Whoever asks for something meanwhile has a wait of his own: a courier, somebody inside, the owner.
          case 'sent':
            shutMs = undefined;
            return;
          case 'shown':
            if (observation.answer.kind === 'admitted') shutMs = undefined;
            return;
          case 'contact':
            if (observation.contact === 'inside_button' || observation.contact === 'item_present') shutMs = undefined;
            return;
        }
      },
      end: look,
    };
  },
};
