/** What strangers can cause at will fills no disk with lines. */
import { expect, it } from 'vitest';
import { sparing } from '../../firmware/log.ts';
import { startHouse } from '../../sim/house.ts';
import { virtualClock } from '../../sim/time/clock.ts';

it('leaves out what is more than ten lines a minute, says so at once, and afterwards how much it was', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const lines: string[] = [];
  const log = sparing((level, message) => lines.push(`${level} ${message}`), clock);
  for (let i = 1; i <= 25; i++) log('info', `line ${i}`);
  expect(lines.slice(8)).toEqual(['info line 9', 'info line 10', 'warn more of that is left out for a minute']);
  clock.advance(59_999);
  log('info', 'line 26');
  expect(lines).toHaveLength(11);
  clock.advance(1);
  log('info', 'line 27');
  expect(lines.slice(11)).toEqual(['warn left out: 16 lines like those before', 'info line 27']);
  clock.advance(60_000);
  log('info', 'line 28');
  expect(lines.slice(13)).toEqual(['info line 28']);
  for (let i = 29; i <= 37; i++) log('info', `line ${i}`);
  clock.advance(60_000);
  log('info', 'line 38');
  // Ten of them, and none was left out.
  expect(lines.slice(23)).toEqual(['warn more of that is left out for a minute', 'info line 38']);
});

it('holds for commands that are none, however many a broker brings', async () => {
  const lines: string[] = [];
  const house = await startHouse({ inMemory: true, log: (_level, message) => lines.push(message) });
  try {
    await house.ready();
    const flood = () => house.broker.publish(house.topics.cmd.ping, '{}', { retain: false });
    await house.until('the last line is said', () => {
      void flood();
      return lines.includes('more of that is left out for a minute');
    });
    for (let i = 0; i < 100; i++) await flood();
    const cid = 'after-the-flood';
    let isAnswered = false;
    house.broker.onMessage(({ topic, payload }) => {
      if (topic === house.topics.result && payload.includes(cid)) isAnswered = true;
    });
    await house.broker.publish(house.topics.cmd.ping, JSON.stringify({ cid }), { retain: false });
    // Whatever came before it has been heard by then.
    await house.until('it is answered', () => isAnswered);
    expect(lines.filter((line) => line.startsWith('ignored'))).toHaveLength(10);
  } finally {
    await house.stop();
  }
});
