/** When no token may be taken, whatever it says: what the owner has said of everybody, and what the product asks for. */
import { CONTROL_DOCUMENT, fromText, type PublishedState, readControl, toHex } from '../../protocol/index.ts';
import type { DiskOperation } from '../ports/disk.ts';
import type { Checker } from './checker.ts';
import { hasEnded, setsTime } from './circumstances.ts';

/** From a contact that changes to a lock that has seen it; and from a word of the owner's to the state that tells of it. */
const SEEN_MS = 2_500;

export const refusedWhen: Checker = {
  name: 'nobody is let in',
  promises:
    'no token is taken that the owner has denied, nor while he has paused the lock or his mode forbids it, nor while the door stands open, the key is out, the car runs, the safe is off its mount or tilted, the battery is kept for relocking, or nobody can say what time it is',
  watch(view, complain) {
    const { now, plant, profile, stateTopic } = view;
    let told: PublishedState | undefined;
    /** The latest moment that a trusted clock has shown, as it was written down; and what is not durable yet. */
    let floorS = 0;
    let written: number[] = [];
    let isSetByOwner = false;
    /** Tokens of which somebody has said under a number that they are void; and those of which the lock has said that it knows. */
    const asked = new Map<number, Set<string>>();
    const denied = new Set<string>();
    /** When the owner may have said something last. */
    let wordMs = Number.NEGATIVE_INFINITY;
    /** Why nobody may be let in by what is so at the door, and since when. */
    let amiss: { readonly why: string; readonly sinceMs: number } | undefined;
    const why = (): string | undefined => {
      const { mounted, upright, ignition } = plant.surroundings();
      const { doorOpen, itemPresent } = now.truth();
      if (profile.contacts.includes('door_closed') && doorOpen) return 'the door stands open';
      if (profile.contacts.includes('item_present') && !itemPresent && !now.isItemUnseen())
        return 'what it keeps is out';
      if (profile.contacts.includes('ignition_off') && ignition) return 'the ignition is on';
      if (profile.contacts.includes('mounted') && !mounted) return 'the safe is off its mount';
      if (profile.contacts.includes('upright') && !upright) return 'the safe is tilted';
      if (!isSetByOwner && view.vouchedBy() === 'none') return 'nobody vouches for its clock';
      if (!isSetByOwner && view.wallS() < floorS) return 'its clock shows less than it has shown';
      // At rest: the motor's own rush is gone by then.
      const { battery } = profile;
      if (battery !== undefined && plant.millivolts() < battery.reserveMillivolts)
        return 'the battery is kept for relocking';
      return undefined;
    };
    const look = (): void => {
      const reason = why();
      if (reason === undefined) amiss = undefined;
      else if (amiss?.why !== reason) amiss = { why: reason, sinceMs: now.nowMs() };
    };
    const followFloor = ({ kind, phase, bytes }: DiskOperation): void => {
      if (kind === 'append' && phase === 'issued' && bytes !== undefined)
        written.push(...view.recordsIn(bytes, 'floor').map(({ at_s: atS }) => Number(atS)));
      if (kind !== 'sync' || phase !== 'done') return;
      floorS = Math.max(floorS, ...written);
      written = [];
    };
    const hearOwner = (payload: string): void => {
      for (const { counter, statement } of payload === '' ? [] : controlsIn(payload)) {
        if (statement.op !== 'deny-token') continue;
        asked.set(counter, (asked.get(counter) ?? new Set()).add(toHex(statement.tokenId)));
      }
    };
    const hearAnswer = (payload: string): void => {
      const { event_type: type, op, result, counter } = view.read(payload);
      if (type !== 'control' || op !== 'deny-token' || result !== 'applied') return;
      const [id, another] = asked.get(Number(counter)) ?? [];
      // Where a stranger has said another under the same number, nobody here knows which it was.
      if (id !== undefined && another === undefined) denied.add(id);
    };
    return {
      see(observation) {
        if (setsTime(view, observation)) isSetByOwner = true;
        if (observation.what === 'disk') followFloor(observation);
        if (observation.what === 'lock' && hasEnded(observation)) written = [];
        look();
        if (observation.what === 'published') {
          if (observation.topic === stateTopic) told = view.readState(observation.payload);
          if (view.eventTopicOf(observation.topic) === 'system') hearAnswer(observation.payload);
        }
        if (observation.what === 'sent' && observation.topic === view.controlTopic) hearOwner(observation.payload);
        if (observation.what === 'sent' && observation.topic === view.controlTopic) wordMs = now.nowMs();
        if (observation.what !== 'shown') return;
        if (observation.answer.kind === 'heard') wordMs = now.nowMs();
        if (observation.answer.kind !== 'admitted') return;
        // A disk that fails may have lost what was told of it.
        if (denied.has(observation.answer.tokenId) && !now.tampered() && !now.wasTroubled('disk'))
          complain('a token is taken, and the owner has denied it');
        const isSeen = !now.isTroubled('mechanism') && !now.isTroubled('serial', SEEN_MS);
        const seenSinceMs = Math.max(amiss?.sinceMs ?? 0, now.upSinceMs() ?? 0, now.boardSinceMs() ?? 0);
        if (amiss !== undefined && isSeen && now.nowMs() - seenSinceMs > SEEN_MS)
          complain(`a token is taken, and ${amiss.why}`);
        if (told === undefined || now.nowMs() - wordMs <= SEEN_MS) return;
        if (now.isTroubled('network', SEEN_MS) || now.tampered()) return;
        if (told.paused) complain('a token is taken, and the owner has paused the lock');
        else if (told.mode === 'privacy' || (told.mode === 'vacation' && observation.channel === 'reader'))
          complain(`a token is taken on ${observation.channel}, and the owner's mode is ${told.mode}`);
      },
    };
  },
};

/** Statements on the control topic, whoever has made them. */
function controlsIn(payload: string) {
  const texts = CONTROL_DOCUMENT.safeParse(parseJson(payload));
  return (texts.success ? texts.data : []).flatMap((text) => {
    const bytes = fromText(text);
    return (bytes.ok && readControl(bytes.value)) || [];
  });
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    // Anybody may send anything.
    return undefined;
  }
}
