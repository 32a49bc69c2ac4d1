/** What comes while a lock is stopping arms no wait: one of minutes would keep the process that long. */
import { expect, it } from 'vitest';
import { silent } from '../../../firmware/log.ts';
import { createAnnouncer } from '../../../firmware/report/announcer.ts';
import { createRetained } from '../../../firmware/report/retained.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

it('Home Assistant that comes up while the lock stops is not waited for', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const announcer = createAnnouncer({
    broker: { publish: async () => undefined },
    topic: 'homeassistant/device/front-door/config',
    payload: '{}',
    statusTopic: 'homeassistant/status',
    clock,
    random: (length) => new Uint8Array(length),
    log: silent,
    onDue: () => undefined,
  });
  announcer.close();
  expect(announcer.heard({ topic: 'homeassistant/status', payload: 'online', retained: false })).toBe(true);
  expect(clock.pending).toBe(0);
});

it('a message that fails for the last time at the end is left out without a wait', async () => {
  const clock = virtualClock({ startWallMs: 0 });
  const retained = createRetained({
    broker: { publish: () => Promise.reject(new Error('not allowed')) },
    clock,
    onLeftOut: () => undefined,
    onDenied: () => undefined,
    onDue: () => undefined,
  });
  const fails = () => expect(retained.publish('info', '{}')).rejects.toThrow('not allowed');
  for (let times = 0; times < 4; times++) await fails();
  const last = fails();
  retained.close();
  await last;
  expect(clock.pending).toBe(0);
});
