/** A bolt by itself: whoever lets go of it in the moment in which it passes a mark has let it pass. */
import { expect, it } from 'vitest';
import { agenda } from '../../../sim/plant/agenda.ts';
import { BOLT_THROWN, bolt } from '../../../sim/plant/bolt.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

const TRAVEL_MS = 100;
const REACH = 50;

/** What is told of a bolt that is pulled from one end, when it is let go of in a moment, before and after that moment's own. */
function told(from: 0 | 1_000, letGoMs: number, isFirst: boolean): readonly string[] {
  const clock = virtualClock({ startWallMs: 0 });
  const time = agenda(clock);
  const passed: string[] = [];
  const letGo = (): void => {
    time.at(letGoMs, () => theBolt.pull(undefined));
  };
  const theBolt = bolt({
    agenda: time,
    travelMs: TRAVEL_MS,
    at: from,
    reach: REACH,
    onPassed: (rest) => passed.push(`${time.nowMs()} ${theBolt.position()}${rest ? ' at rest' : ''}`),
  });
  if (isFirst) letGo();
  theBolt.pull(BOLT_THROWN - from);
  if (!isFirst) letGo();
  clock.advance(2 * TRAVEL_MS);
  expect(theBolt.isMoving()).toBe(false);
  return passed;
}

it.each([
  [0, 100, ['6 60', '11 110', '95 950', '100 1000 at rest']],
  [1_000, 100, ['6 940', '90 100', '95 50', '100 0 at rest']],
  [0, 95, ['6 60', '11 110', '95 950']],
  [0, 94, ['6 60', '11 110']],
] as const)('from %i, let go of after %i ms', (from, letGoMs, expected) => {
  for (const isFirst of [true, false]) expect([isFirst, told(from, letGoMs, isFirst)]).toEqual([isFirst, expected]);
});
