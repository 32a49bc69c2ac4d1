/**
 * Alarms that have to go on: none is cleared before its cause is gone, whatever is dark meanwhile. What is gone without
 * being told is another checker's affair.
 */
import { feedbackOf, type Profile } from '../../firmware/lock/profiles/index.ts';
import type { Alarm } from '../../protocol/index.ts';
import type { Surroundings, Truth } from '../plant/plant.ts';
import type { Checker } from './checker.ts';

/** From a cause that is gone to the record of its alarm's end, at most: on a slow disk others go before it. */
const WRITTEN_MS = 6_000;

/** By these a lock sees what is not so. */
const BLINDING: readonly string[] = ['sensor-stuck', 'wire-cut', 'bounce'];

interface Scene {
  readonly truth: Truth;
  readonly around: Surroundings;
  /** The bolt is on its way, or was a moment ago. */
  readonly isMoving: boolean;
}

/** What has to be so for each of them to be cleared. */
const GONE_WHEN: Partial<Readonly<Record<Alarm, (scene: Scene, profile: Profile) => boolean>>> = {
  DoorForcedOpen: ({ truth }) => !truth.doorOpen,
  DoorAjar: ({ truth }) => !truth.doorOpen,
  FrontEscutcheonRemoved: ({ around }) => around.cover,
  MountRemoved: ({ around }) => around.mounted && around.upright,
  ItemNotReturned: ({ truth }) => truth.itemPresent,
  // Where nobody sees the bolt nobody can say that it has moved.
  LockJammed: ({ truth, isMoving }, profile) =>
    isMoving || truth.bolt <= 50 || truth.bolt >= 950 || feedbackOf(profile) !== 'bolt',
};
const WATCHED = Object.keys(GONE_WHEN) as readonly Alarm[];

export const alarmsStand: Checker = {
  name: 'alarms stand',
  promises: 'an alarm is not cleared while its cause lasts: no power cut, no board that is gone and no new try ends it',
  tiers: ['a'],
  watch({ now, plant, profile, recordsIn }, complain) {
    /** When it was last so that the alarm might be cleared; and whether it was so until now. */
    const goneMs = new Map<unknown, number>();
    let wereGone: readonly Alarm[] = WATCHED;
    let boltWas = now.truth().bolt;
    let isBlinded = false;
    const look = (): void => {
      const truth = now.truth();
      const scene = { truth, around: plant.surroundings(), isMoving: truth.bolt !== boltWas };
      boltWas = truth.bolt;
      const areGone = WATCHED.filter((alarm) => GONE_WHEN[alarm]?.(scene, profile));
      for (const alarm of [...wereGone, ...areGone]) goneMs.set(alarm, now.nowMs());
      wereGone = areGone;
    };
    return {
      see(observation) {
        look();
        if (observation.what === 'fault' && observation.on) isBlinded ||= BLINDING.includes(observation.fault);
        if (observation.what !== 'disk' || observation.kind !== 'append' || observation.phase !== 'issued') return;
        for (const { topic, body } of recordsIn(observation.bytes ?? new Uint8Array(), 'event')) {
          if (topic !== 'alarm' || isBlinded || now.tampered() || now.wasTroubled('disk')) continue;
          const { event_type: type, alarm } = body as Readonly<Record<string, unknown>>;
          const atMs = goneMs.get(alarm);
          if (type === 'cleared' && atMs !== undefined && now.nowMs() - atMs > WRITTEN_MS)
            complain(`${alarm} is cleared, and its cause has lasted for ${now.nowMs() - atMs} ms`);
        }
      },
    };
  },
};
