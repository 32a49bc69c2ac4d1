/** Whoever has a right comes in: a lock that refuses everybody, or takes a token and does not move, breaks no other promise. */
import { isSignedBy, type Presentation, toHex, toWallS, wallMs } from '../../protocol/index.ts';
import { BEGINNING_MS } from '../world.ts';
import type { Checker } from './checker.ts';
import { hasEnded, isHolding, type View } from './circumstances.ts';
import { ear } from './ear.ts';
import { presentationIn } from './shown.ts';

/** Since when a door is at rest, and a lock up, before it owes anything to whoever comes. */
const AT_REST_MS = 3_000;
const UP_MS = 5_000;
/** What was broken, and is mended, may have left a wait behind. */
const RECOVERED_MS = 60_000;
/** From what is said of a visit's end to a lock that takes the next token. */
const STATE_MS = 2_000;

/** Fewer wrong codes than this in a row lock nobody out. */
const LOCKED_OUT_AFTER = 5;
const LOCKOUT_SLACK_MS = 10_000;

/** A code that was drawn so long ago, or so long before its token begins or ends, is nobody's right for sure. */
const DRAWN_S = 25;
const EDGE_S = 2;

/** From a use that is durable to a bolt that is out of the frame, beyond its travel. */
const MOVED_MS = 1_000;
/** On a disk that takes longer a token may be given up. */
const DURABLE_MS_MAX = 4_000;

export const rightIsEnough: Checker = {
  name: 'a right is enough',
  promises:
    'a good token that is shown to a lock at rest is taken, and the door is free for it as soon as its use is durable',
  tiers: ['a'],
  watch(view, complain) {
    const { now, profile } = view;
    let restSinceMs = 0;
    let visitSinceMs = 0;
    let wasIdle = true;
    let before = now.truth();
    const used = new Set<string>();
    /** The owner may have said something of tokens: what he has said, another checker knows. */
    let ownerSpoke = false;
    /** What was refused at the reader last, and how many in a row of which nobody knows that they were not wrong codes. */
    let lastRefused = '';
    let wrongInARow = 0;
    /** Those that the token taken last makes good when its use is durable: a power cut before forgets the token, and not them. */
    let forgiven: { readonly id: string; readonly codes: number; isWritten: boolean } | undefined;
    const reader = ear();
    let lastRefusedMs = Number.NEGATIVE_INFINITY;
    let told: { readonly visit: string; readonly paused: boolean; readonly mode: string } | undefined;
    /** Taken, and not let in yet. */
    let taken: { readonly id: string; readonly atMs: number; isWritten: boolean; durableMs?: number } | undefined;

    const isTroubled = (forMs: number): boolean =>
      now.tampered() ||
      now.wasTroubled('clock', 'disk') ||
      now.isTroubled(['mechanism', 'serial', 'people', 'power', 'network'], forMs);
    const isUp = (): boolean => now.hasBeenUp(UP_MS, 'lock', 'board', 'network');
    /** Nothing at the door, and nothing that was said, is a reason to refuse anybody. */
    const isOpenToAll = (): boolean => {
      // A contact that was broken may not be believed for minutes.
      if (isTroubled(RECOVERED_MS) || now.wasTroubled('mechanism') || !isUp() || ownerSpoke || profile.ringFirst)
        return false;
      const { bolt, doorOpen, driven, itemPresent } = now.truth();
      if (doorOpen || bolt < 950 || driven !== 'none' || !itemPresent) return false;
      if (now.nowMs() - restSinceMs < AT_REST_MS || now.nowMs() - visitSinceMs < STATE_MS) return false;
      return told !== undefined && wasIdle && !told.paused && told.mode === 'normal';
    };
    /** Nobody has tried so much at the reader that the next one is not listened to. */
    const isListenedTo = (text: string, isHeard: boolean): boolean => {
      const ms = now.nowMs();
      if (!isHeard || text === lastRefused) return false;
      if (wrongInARow < LOCKED_OUT_AFTER) return true;
      const overMs = profile.lockoutMs + LOCKOUT_SLACK_MS;
      return ms - lastRefusedMs > overMs && ms - (now.upSinceMs() ?? ms) > overMs;
    };
    const judge = (text: string, isHeard: boolean): void => {
      const presentation = presentationIn(text);
      if (presentation === undefined || !isRight(presentation, view) || used.has(toHex(presentation.token.id))) return;
      if (isOpenToAll() && isListenedTo(text, isHeard))
        complain(`the token ${toHex(presentation.token.id)} is good, nothing is in its way, and it is refused`);
    };
    const follow = (): void => {
      if (taken === undefined) return;
      const ms = now.nowMs();
      const isFree = now.truth().doorOpen || !isHolding(now.truth());
      const isOver = taken.durableMs === undefined ? ms - taken.atMs > DURABLE_MS_MAX : isFree;
      if (isOver || isTroubled(0) || now.handled() || !isUp()) taken = undefined;
      else if (taken.durableMs !== undefined && ms - taken.durableMs > profile.travelMsMax + MOVED_MS) {
        complain(`the token ${taken.id} was used ${ms - taken.durableMs} ms ago, and the door is not free`);
        taken = undefined;
      }
    };
    const settle = (): void => {
      if (taken?.isWritten === true) taken.durableMs ??= now.nowMs();
      if (forgiven?.isWritten === true) forgiven = undefined;
    };
    return {
      see(observation) {
        follow();
        switch (observation.what) {
          case 'truth': {
            const { bolt, doorOpen, driven, itemPresent } = observation.truth;
            const isSame =
              bolt === before.bolt &&
              doorOpen === before.doorOpen &&
              driven === before.driven &&
              itemPresent === before.itemPresent;
            if (!isSame) restSinceMs = now.nowMs();
            before = observation.truth;
            return;
          }
          case 'lock':
            if (!hasEnded(observation)) return;
            taken = undefined;
            wrongInARow += forgiven?.codes ?? 0;
            forgiven = undefined;
            return;
          case 'published':
            if (observation.topic !== view.stateTopic) return;
            told = view.readState(observation.payload);
            if (isIdle(told.visit) !== wasIdle) visitSinceMs = now.nowMs();
            wasIdle = isIdle(told.visit);
            return;
          case 'sent':
            if (observation.topic === view.controlTopic) ownerSpoke = true;
            // Whoever locks wins over whoever comes; and a token may be shown from afar, too.
            taken = undefined;
            return;
          case 'contact':
            if (observation.contact === 'inside_button') taken = undefined;
            return;
          case 'disk':
            if (observation.kind === 'append' && observation.phase === 'issued')
              for (const { token_id: id } of view.recordsIn(observation.bytes ?? new Uint8Array(), 'spent')) {
                used.add(String(id));
                if (taken?.id === String(id)) taken.isWritten = true;
                if (forgiven?.id === String(id)) forgiven.isWritten = true;
              }
            else if (observation.kind === 'sync' && observation.phase === 'done') settle();
            return;
          case 'shown': {
            const { channel, text, answer } = observation;
            if (channel !== 'reader') return;
            if (answer.kind === 'admitted') {
              const { tokenId: id } = answer;
              const isWritten = used.has(id);
              taken = { id, atMs: now.nowMs(), isWritten };
              reader.refill(now.nowMs());
              forgiven = { id, codes: wrongInARow + (forgiven?.codes ?? 0), isWritten };
              wrongInARow = 0;
              return;
            }
            if (answer.kind === 'heard') ownerSpoke ||= presentationIn(text) === undefined;
            if (answer.kind !== 'refused') return;
            judge(text, reader.hears(now.nowMs()));
            if (!isGenuine(presentationIn(text), view)) wrongInARow += 1;
            lastRefused = text;
            lastRefusedMs = now.nowMs();
            return;
          }
        }
      },
      end: follow,
    };
  },
};

const isIdle = (visit: string): boolean => visit === 'idle' || visit === 'arrived';

/** What the clock of this world shows, which nobody has touched. */
const worldS = ({ now }: View): number => toWallS(wallMs(BEGINNING_MS + now.nowMs()));

/** It gives a right here and now, unless it was used. */
function isRight(presentation: Presentation, view: View): boolean {
  const { token } = presentation;
  const nowS = worldS(view);
  if (token.action !== view.profile.action) return false;
  if (nowS < token.notBeforeS + EDGE_S || nowS >= token.expiresS - EDGE_S) return false;
  return isGenuine(presentation, view);
}

/** Drawn just now, of a token for this lock, and signed by whom it names: whatever else is wrong with it, it is no wrong code. */
function isGenuine(presentation: Presentation | undefined, view: View): boolean {
  if (presentation === undefined) return false;
  const { reportPins, verify } = view;
  const { signed, token, proof } = presentation;
  if (!('drawnAtS' in proof) || Math.abs(worldS(view) - proof.drawnAtS) > DRAWN_S) return false;
  const { issuer, holder } = token;
  // One that only names its delegation is good where the lock remembers that; what a guest's key is worth nobody knows here.
  if (token.audience !== reportPins.audience || !('delegation' in issuer)) return false;
  return (
    isSignedBy(token.signed, 'token', issuer.delegation.carrier, verify) &&
    isSignedBy(signed, 'presentation', holder, verify)
  );
}
