/** A reader whose cable somebody outside pulls out and puts in again, all night. */
import { expect, it } from 'vitest';
import { startLock } from '../../firmware/main.ts';
import { establish, mintIdentity } from '../../firmware/tools/enrol.ts';
import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { simulatedDisk } from '../../sim/ports/disk.ts';
import { simMechanism } from '../../sim/ports/mechanism.ts';
import { simReader } from '../../sim/ports/reader.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';
import { BEGINNING_MS } from '../../sim/world.ts';
import { keys } from '../support/people.ts';

it('is told of at most once a minute: every event is a record, and has to be told before a visit may begin', async () => {
  const clock = virtualClock({ startWallMs: BEGINNING_MS });
  const random = randomSeeded(prng(1));
  const disk = simulatedDisk({ prng: prng(2), clock });
  const identity = mintIdentity({ lockId: 'front-door', root: keys.owner, recovery: keys.stranger }, random);
  const reader = simReader({ clock });
  const lost: number[] = [];
  const established = establish(disk, identity);
  await clock.advanceAsync(1_000);
  await established;
  const starting = startLock({
    identity,
    disk,
    clock,
    timeSource: { voucher: () => 'rtc', uptime: () => ({ bootId: 'this one', ms: 0 }), close: () => undefined },
    mechanism: simMechanism({
      plant: plant({ clock, prng: prng(3), travelMs: 500, bounceMsMax: 0, bolt: BOLT_THROWN }),
      clock,
    }),
    readers: [{ channel: 'reader', reader }],
    random,
    timezone: 'Europe/Berlin',
    log: () => undefined,
    onEvent({ body }) {
      if (body.fault === 'reader_lost') lost.push(clock.monoMs());
    },
  });
  await clock.advanceAsync(1_000);
  const lock = await starting;
  for (let times = 0; times < 300; times++) {
    reader.lose('pulled out');
    await clock.advanceAsync(500);
    reader.restore();
    await clock.advanceAsync(500);
  }
  expect(lost).toHaveLength(5);
  lock.kill();
});
