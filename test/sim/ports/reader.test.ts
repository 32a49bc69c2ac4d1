import { expect, test } from 'vitest';
import type { ReaderEvent } from '../../../firmware/ports/index.ts';
import { simReader } from '../../../sim/ports/reader.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

function bench() {
  const clock = virtualClock({ startWallMs: 0 });
  const events: ReaderEvent[] = [];
  const reader = simReader({ clock });
  return { clock, reader, events, start: () => reader.start((event) => events.push(event)) };
}

test('a reader is ready after its start, and gives what is scanned', () => {
  const { clock, reader, events, start } = bench();
  reader.scan('LS1:EARLY');
  start();
  expect(events).toEqual([]);
  clock.advance(0);
  reader.scan('LS1:A');
  reader.feed(Buffer.from('\x00LS1:'));
  reader.feed(Buffer.from('B\r\n'));
  expect(events).toEqual([
    { type: 'reader.ready' },
    { type: 'reader.text', text: 'LS1:A' },
    { type: 'reader.text', text: 'LS1:B' },
  ]);
});

test('a lost reader reads nothing, and forgets what it had begun', () => {
  const { clock, reader, events, start } = bench();
  start();
  clock.advance(0);
  reader.feed(Buffer.from('LS1:HA'));
  reader.lose('pulled out');
  reader.scan('LS1:X');
  reader.restore();
  clock.advance(0);
  reader.feed(Buffer.from('LF\r'));
  expect(events).toEqual([
    { type: 'reader.ready' },
    { type: 'reader.lost', reason: 'pulled out' },
    { type: 'reader.ready' },
    { type: 'reader.text', text: 'LF' },
  ]);
});

test('a closed reader tells nothing', async () => {
  const { clock, reader, events, start } = bench();
  start();
  await reader.close();
  clock.advance(1);
  reader.scan('LS1:A');
  expect(events).toEqual([]);
  expect(clock.pending).toBe(0);
});
