/** The wall clock, and who vouches for it. */
import { moment, shift, whole, word } from '../scenario/kinds.ts';
import type { FaultKind } from './catalogue.ts';
import { fault } from './define.ts';
import { worldOf } from './world.ts';

const YEAR_2000_MS = Date.UTC(2000, 0, 1);

export const CLOCK = {
  'clock-stepped': fault({
    help: 'somebody sets the wall clock forward or back',
    must: 'below the durable floor every token is refused clock_untrusted; nothing that was spent is forgotten by it',
    tiers: ['a'],
    parameters: { by: shift, to: moment },
    clash: ({ by, to }) =>
      by !== undefined && to !== undefined
        ? { why: 'by and to both say where the clock is set', next: 'give one of the two' }
        : undefined,
    begin(scene, { by = 3_600_000, to }) {
      const { clock, ...world } = worldOf(scene);
      const aimMs = to === undefined ? clock.wallMs() + by : scene.at(to) * 1000;
      const offMs = aimMs - clock.wallMs();
      world.setWall(Math.max(0, aimMs));
      return () => world.setWall(clock.wallMs() - offMs);
    },
  }),
  'clock-drifting': fault({
    help: 'the wall clock gains so many millionths of the time that passes, or loses them',
    must: 'waits are of the monotonic clock and do not change; windows and freshness follow the wall clock',
    tiers: ['a'],
    parameters: { ppm: whole(-100_000, 100_000) },
    begin(scene, { ppm = 100 }) {
      const { clock } = worldOf(scene);
      clock.setDrift(ppm);
      return () => clock.setDrift(0);
    },
  }),
  'clock-reset': fault({
    help: 'the clock has lost its battery: the year 2000, and nobody vouches for it',
    must: 'ClockUntrusted: every token is refused clock_untrusted; the button inside, lock and relock go on',
    tiers: ['a'],
    begin(scene) {
      const { clock, ...world } = worldOf(scene);
      const offMs = clock.wallMs() - YEAR_2000_MS;
      world.vouch('none');
      world.setWall(YEAR_2000_MS);
      return () => {
        world.vouch('rtc');
        world.setWall(clock.wallMs() + offMs);
      };
    },
  }),
  'clock-untrusted': fault({
    help: 'nobody vouches for the clock, or only the host does',
    must: 'ClockUntrusted when nobody does; a host is believed as far as it goes along with the monotonic clock',
    tiers: ['a'],
    parameters: { vouches: word(['none', 'host']) },
    begin(scene, { vouches = 'none' }) {
      const world = worldOf(scene);
      world.vouch(vouches);
      return () => world.vouch('rtc');
    },
  }),
} as const satisfies Record<string, FaultKind>;
