/** What is answered to whoever asks from afar, against what has become of it at the door. */
import { isSprung, LEAVE_MS } from '../../firmware/lock/profiles/index.ts';
import type { PublishedState } from '../../protocol/index.ts';
import type { Checker } from './checker.ts';
import { hasEnded, isHolding } from './circumstances.ts';

/** From a question to its answer, beyond what a disk and a bolt may take for it. */
const ANSWERED_MS = 5_000;
/** From a bolt that is seen withdrawn to the answer that says so: on a slow disk the event is told first. */
const SEEN_MS = 15_000;
const RECOVERED_MS = 60_000;
/** From a mode that is told to one that nothing is on its way for any more. */
const MODE_MS = 5_000;
/** Beyond the travel of the bolt, and the time that somebody who has pressed the button inside is given to leave. */
const THROWN_MS = 1_000;

interface Asked {
  readonly verb: string;
  readonly atMs: number;
}

export const answersAreTrue: Checker = {
  name: 'an answer is true',
  promises:
    'whatever is asked from afar is answered once; `ok` to an unlock means that the door was freed, and to a lock that it is locked, where the door is shut and nothing is out',
  tiers: ['a'],
  watch(view, complain) {
    const { now, profile } = view;
    const asked = new Map<string, Asked>();
    const answered = new Set<unknown>();
    let freeMs = Number.NEGATIVE_INFINITY;
    let pressedMs = Number.NEGATIVE_INFINITY;
    let told: PublishedState | undefined;
    let modeSinceMs = 0;
    /** When it was said that it is locked from afar. */
    let lockedMs: number | undefined;
    const isTroubled = (): boolean =>
      now.tampered() ||
      now.wasTroubled('disk') ||
      now.isTroubled(['mechanism', 'serial', 'power', 'network'], RECOVERED_MS) ||
      !now.hasBeenUp(ANSWERED_MS, 'lock', 'board', 'network');
    // Where nobody sees the latch it is free as soon as it is pulled, as far as anybody can tell.
    const isBlind = !profile.contacts.includes('bolt_withdrawn') && !profile.contacts.includes('latched');
    const isFree = (): boolean => {
      const truth = now.truth();
      return truth.doorOpen || !isHolding(truth) || (isBlind && truth.driven === 'withdraw');
    };
    const look = (): void => {
      if (isFree()) freeMs = now.nowMs();
      if (isTroubled()) {
        asked.clear();
        lockedMs = undefined;
      }
      for (const [cid, { verb, atMs }] of asked) {
        const boundMs =
          ANSWERED_MS + (verb === 'unlock' || verb === 'set' ? profile.spendMsMax + profile.unlockMsMax : 0);
        if (now.nowMs() - atMs <= boundMs) continue;
        complain(`${verb} was asked ${now.nowMs() - atMs} ms ago, and is not answered`);
        asked.delete(cid);
      }
      if (lockedMs === undefined) return;
      const { bolt, doorOpen, itemPresent } = now.truth();
      if (doorOpen || bolt >= 950 || !itemPresent || now.handled()) lockedMs = undefined;
      else if (now.nowMs() - lockedMs > LEAVE_MS + profile.travelMsMax + THROWN_MS) {
        complain(`it was said to be locked from afar ${now.nowMs() - lockedMs} ms ago, and the bolt is at ${bolt}`);
        lockedMs = undefined;
      }
    };
    const hear = (payload: string): void => {
      const { cid, ok } = view.read(payload);
      if (answered.has(cid)) complain(`${cid} is answered again`);
      answered.add(cid);
      const question = asked.get(String(cid));
      asked.delete(String(cid));
      if (question === undefined || ok !== true || isTroubled()) return;
      const { verb } = question;
      if (verb === 'unlock' && freeMs < Math.max(question.atMs, now.nowMs() - SEEN_MS))
        complain('an unlock is answered with ok, and the door was not free since it was asked');
      if (verb !== 'lock') return;
      const isSwitchedOff = told?.mode === 'no_remote_lock_unlock' && now.nowMs() - modeSinceMs > MODE_MS;
      if (isSwitchedOff) complain('it is locked from afar, and the owner has switched that off');
      if (!isSprung(profile) && now.nowMs() - pressedMs > LEAVE_MS) lockedMs = now.nowMs();
    };
    return {
      see(observation) {
        look();
        switch (observation.what) {
          case 'sent': {
            const verb = view.commandOf(observation.topic);
            if (verb === undefined) return;
            // Whoever comes by a token asks for it to be free again.
            if (verb !== 'lock') lockedMs = undefined;
            const cid = cidIn(observation.payload);
            if (cid !== undefined && !observation.retain && !isTroubled()) asked.set(cid, { verb, atMs: now.nowMs() });
            return;
          }
          case 'shown':
            if (observation.answer.kind === 'admitted') lockedMs = undefined;
            return;
          case 'contact':
            if (observation.contact !== 'inside_button' && observation.contact !== 'bell') return;
            pressedMs = now.nowMs();
            lockedMs = undefined;
            return;
          case 'lock':
            if (!hasEnded(observation)) return;
            // The next life knows nothing of what was asked of this one.
            asked.clear();
            answered.clear();
            return;
          case 'published':
            if (observation.topic === view.resultTopic) return hear(observation.payload);
            if (observation.topic !== view.stateTopic) return;
            if (told?.mode !== view.readState(observation.payload).mode) modeSinceMs = now.nowMs();
            told = view.readState(observation.payload);
            return;
        }
      },
      end: look,
    };
  },
};

function cidIn(payload: string): string | undefined {
  try {
    const { cid } = JSON.parse(payload) as { readonly cid?: unknown };
    return typeof cid === 'string' ? cid : undefined;
  } catch {
    // Anybody may send anything.
    return undefined;
  }
}
