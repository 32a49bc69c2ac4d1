/** Who moved the bolt: an owner who was not at home believes what is told of it. */
import { isSprung } from '../../firmware/lock/profiles/index.ts';
import type { OperationSource } from '../../protocol/index.ts';
import { BOLT_THROWN, REACH_MAX } from '../plant/plant.ts';
import type { Checker } from './checker.ts';

/** From what somebody does to the record of what came of it, at most: a use that is made durable, a door that is left first, a slow disk. */
const CAUSED_MS = 30_000;
/** What was broken, and is mended, may have left a try behind. */
const RECOVERED_MS = 60_000;
/** For so long after its start a lock tells of what it finds, which nobody has moved. */
const FOUND_MS = 15_000;

/** Where the contact of every bolt has closed. */
const SEEN_THROWN = BOLT_THROWN - REACH_MAX;

/** What there has to be behind each of them; of the others no lock tells. */
const CAUSES = {
  unspecified: 'a start',
  manual: 'a hand on the bolt',
  proprietary_remote: 'a token',
  auto: 'a drive',
  button: 'a press of a button',
  remote: 'a word from afar',
} as const satisfies Partial<Record<OperationSource, string>>;
type Source = keyof typeof CAUSES;

const isSource = (word: unknown): word is Source => typeof word === 'string' && word in CAUSES;

export const whoMovedIt: Checker = {
  name: 'who moved the bolt',
  promises:
    'a bolt that is told to be locked or unlocked by a hand, a token, a button, a word from afar or by itself was moved so',
  tiers: ['a'],
  watch({ now, profile, commandOf, recordsIn }, complain) {
    const lastMs = new Map<Source, number>();
    const note = (source: Source): void => void lastMs.set(source, now.nowMs());
    let before = now.truth();
    let thrownMs = Number.NEGATIVE_INFINITY;
    const isExcused = (): boolean =>
      now.tampered() ||
      now.wasTroubled('mechanism', 'disk') ||
      now.isTroubled(['serial', 'power', 'people'], RECOVERED_MS);
    const judge = ({ event_type: type, changed_by: by, assumed }: Readonly<Record<string, unknown>>): void => {
      if ((type !== 'locked' && type !== 'unlocked') || assumed === true || isExcused()) return;
      if (!isSource(by)) return complain(`the bolt is told to be ${type} by ${by}`);
      // One that catches by itself needs no drive for it.
      if (by === 'auto' && isSprung(profile)) return;
      if (by === 'unspecified' && !now.hasBeenUp(FOUND_MS, 'lock', 'board')) return;
      const causedMs = lastMs.get(by) ?? Number.NEGATIVE_INFINITY;
      // Who wants it locked while the door stands open has it locked when it is shut, however long that takes.
      if (now.nowMs() - causedMs > (by === 'remote' ? Number.MAX_VALUE : CAUSED_MS))
        complain(`the bolt is told to be ${type} by ${by}, and there was not ${CAUSES[by]}`);
      // Done, unless a slow disk has taken its time to write down that it was locked before.
      if (type === 'locked' && (by === 'remote' || (lastMs.get('remote') ?? 0) <= thrownMs)) lastMs.delete('remote');
    };
    return {
      see(observation) {
        switch (observation.what) {
          case 'truth': {
            const { bolt, driven } = observation.truth;
            if (driven !== 'none' || before.driven !== 'none') note('auto');
            else if (bolt !== before.bolt) note('manual');
            if (bolt >= SEEN_THROWN && before.bolt < SEEN_THROWN) thrownMs = now.nowMs();
            before = observation.truth;
            return;
          }
          case 'contact':
            if (observation.contact === 'inside_button' || observation.contact === 'bell') note('button');
            return;
          case 'shown':
            if (observation.answer.kind === 'admitted') note('proprietary_remote');
            return;
          case 'sent':
            if (commandOf(observation.topic) === 'lock') note('remote');
            if (commandOf(observation.topic) === 'unlock') note('proprietary_remote');
            return;
          case 'disk':
            if (observation.kind === 'append' && observation.phase === 'issued')
              for (const { topic, body } of recordsIn(observation.bytes ?? new Uint8Array(), 'event'))
                if (topic === 'lock') judge(body as Readonly<Record<string, unknown>>);
            return;
        }
      },
    };
  },
};
