/** A board that is reset, forgets, hangs or lies: lost, built anew, and nothing moves by it. */
import five from 'johnny-five';
import { describe, expect, test } from 'vitest';
import { BOLT_WITHDRAWN } from '../../../sim/plant/plant.ts';
import { pause, until } from '../../wire/until.ts';
import { bench, PINS, ready, STRIKE } from './bench.ts';

const OUTPUT = 1;

describe('a board that fails', () => {
  test('by a reset under a live connection is lost, built anew, and moves nothing', async () => {
    const it = bench({ resetsOnOpen: false });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the bolt is withdrawn', () => it.plant.truth().bolt === BOLT_WITHDRAWN);
    const opened = it.cable.opened;
    it.board.reset();
    await ready(it, 2);
    expect(it.events).toContainEqual({ type: 'board.lost', reason: 'the board was reset' });
    expect(it.cable.opened).toBe(opened + 1);
    expect(it.plant.truth()).toMatchObject({ bolt: BOLT_WITHDRAWN, driven: 'none' });
  });

  test('by a reset that nobody heard of is found by the state of its pin', async () => {
    const it = bench({ resetsOnOpen: false, checkMs: 40 });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the pulses begin', () => it.board.state().servoAttached);
    // A system reset from a second host on the wire: pins forgotten, nothing announced.
    it.board.receive(Uint8Array.of(0xff));
    await ready(it, 2);
    expect(it.log.join()).toMatch(/forgotten its pins/);
  });

  test('by the pin of any contact is found, as by garbling the mode of another', async () => {
    const it = bench({ checkMs: 40 });
    it.start();
    await ready(it);
    it.board.receive(Uint8Array.of(0xf4, PINS.bell, OUTPUT));
    await ready(it, 2);
    expect(it.log.join()).toMatch(/forgotten its pins \(pin 5 in mode 1, not 11\)/);
  });

  test('by telling no edges any more, as by a garbled word, is asked how each contact stands', async () => {
    const it = bench({ checkMs: 20 });
    it.start();
    await ready(it);
    for (const port of [0, 1, 2]) it.board.receive(Uint8Array.of(0xd0 | port, 0));
    it.plant.force();
    await until('the door is seen', () =>
      it.events.some((event) => event.type === 'contact' && event.contact === 'door_closed' && !event.closed),
    );
    expect(it.count('board.lost')).toBe(0);
  });

  test('by hanging is lost when it does not answer', async () => {
    const it = bench({ checkMs: 40 });
    it.start();
    await ready(it);
    it.board.hang();
    await ready(it, 2);
    expect(it.log.join()).toMatch(/did not answer for 40 ms/);
  });

  test('by never answering is lost with a word on what to do, and asked again', async () => {
    const it = bench({ resetsOnOpen: false, handshakeMsMax: 60 });
    it.board.plug(() => undefined);
    it.board.hang();
    it.start();
    await until('it was tried three times', () => it.cable.opened >= 3);
    expect(it.events).toEqual([{ type: 'board.lost', reason: expect.stringMatching(/StandardFirmata/) }]);
    it.board.reset();
    await ready(it);
  });

  test('by being absent from the beginning tells so once, tries on, and is ready when it comes', async () => {
    const it = bench();
    it.cable.unplug();
    it.start();
    await until('it was tried three times', () => it.cable.opened >= 3);
    expect(it.events).toEqual([{ type: 'board.lost', reason: expect.stringMatching(/cannot open/) }]);
    it.cable.plug();
    await ready(it);
    expect(it.truths).toEqual([]);
  });

  test('by talking nonsense without end neither throws nor is lost', async () => {
    const it = bench({ checkMs: 40 });
    it.start();
    await ready(it);
    it.board.say(Uint8Array.of(0xf0, 0x6c));
    for (let i = 0; i < 200; i++) it.board.say(new Uint8Array(4096).fill(i & 0x7f));
    it.board.say(Uint8Array.of(0xf0, 0x6e, 0x7f, 0xf7, 0xf0, 0x79, 0xf7, 0xf0, 0x6a, 1, 0xf7));
    it.plant.force();
    await until('the door is seen', () =>
      it.events.some((event) => event.type === 'contact' && event.contact === 'door_closed' && !event.closed),
    );
    expect(it.count('board.lost')).toBe(0);
  });

  test('gets no command after its return that was given while it was away', async () => {
    const it = bench({ resetsOnOpen: false });
    it.start();
    await ready(it);
    it.cable.cut();
    it.mechanism.drive('withdraw');
    await until('the loss is told', () => it.count('board.lost') === 1);
    it.mechanism.drive('withdraw');
    await ready(it, 2);
    await pause(60);
    expect(it.truths).toEqual([]);
    const { seen } = it.board.state();
    expect([...seen].some((byte, i) => byte === 0xf0 && seen[i + 1] === 0x70)).toBe(false);
  });

  test('leaves nothing behind in johnny-five, however often it comes and goes', async () => {
    const it = bench();
    it.start();
    await ready(it);
    for (let i = 2; i < 8; i++) {
      it.cable.cut();
      await ready(it, i);
    }
    expect(five.Board.cache.length).toBe(1);
    await it.mechanism.close();
    expect(five.Board.cache.length).toBe(0);
  });
});

test('a board is not ready before it has told the level of every contact', async () => {
  const it = bench({ handshakeMsMax: 100 });
  const { receive } = it.board;
  // The inside button is on the second port; the board does not hear that it is to report it.
  it.board.receive = (bytes) => {
    if (bytes[0] !== 0xd1) receive(bytes);
  };
  it.start();
  await until('the board is given up', () => it.count('board.lost') === 1);
  expect(it.events.map(({ type }) => type)).toEqual(['board.lost']);
  it.board.receive = receive;
  await ready(it);
});

test('a board to which no contact is wired is ready as soon as its pins are set up', async () => {
  const it = bench({ product: { ...STRIKE, wiring: { ...STRIKE.wiring, contacts: {} } } });
  it.start();
  await until('it is ready', () => it.count('board.ready') === 1);
  await pause(40);
  expect(it.events.map(({ type }) => type)).toEqual(['board.ready']);
});

test('a closed mechanism has no wait armed, although its light blinked', async () => {
  const it = bench();
  it.start();
  await ready(it);
  it.mechanism.indicate('fault');
  it.cable.cut();
  await ready(it, 2);
  it.mechanism.indicate('wait');
  expect(it.waits()).toBe(2);
  await it.mechanism.close();
  expect(it.waits()).toBe(0);
});

test('a bug of the listener comes out as such, and is not taken for a fault of the board', async () => {
  const it = bench();
  const caught: string[] = [];
  // Vitest listens too, and would take it for a failure of this test.
  const others = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => caught.push(error.message));
  try {
    it.mechanism.start((event) => {
      it.events.push(event);
      if (event.type === 'board.ready') throw new Error('a bug in the lock');
    });
    await ready(it);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', (...args) => other.apply(process, args));
  }
  expect(caught).toEqual(['a bug in the lock']);
  expect(it.count('board.lost')).toBe(0);
});
