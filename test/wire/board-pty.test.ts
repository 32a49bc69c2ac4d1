import { afterEach, describe, expect, test } from 'vitest';
import { firmataMechanism } from '../../firmware/boards/firmata.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import type { MechanismEvent } from '../../firmware/ports/index.ts';
import { serialTransport } from '../../firmware/serial/port.ts';
import { attachStream } from '../../sim/board/transport.ts';
import { virtualFirmata } from '../../sim/board/virtual-firmata.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, plant, type Truth } from '../../sim/plant/plant.ts';
import { prng } from '../../sim/time/prng.ts';
import { MOTOR, PINS, type Product, RETRY, SERVO, STRIKE, WIRING } from '../firmware/boards/bench.ts';
import { noPty, ptyPair } from './pty.ts';
import { until } from './until.ts';

const BAUD = 57_600;

async function wireBench({ kind, wiring, soldered }: Product = SERVO) {
  const pair = await ptyPair();
  const clock = systemClock();
  const thePlant = plant({ clock, prng: prng(17), kind, travelMs: 250, bounceMsMax: 6, bolt: BOLT_THROWN });
  const board = virtualFirmata({ clock, plant: thePlant, wiring: soldered });
  const notes: string[] = [];
  const truths: Truth[] = [];
  thePlant.onTruth((truth) => truths.push(truth));
  let far = serialTransport({ path: pair.device, baudRate: BAUD });

  async function powerUp(): Promise<void> {
    let open = false;
    far.on('open', () => {
      open = true;
      attachStream(board, far, (message) => notes.push(message));
    });
    far.on('error', (error) => notes.push(error.message));
    await until('the far end is open', () => open);
  }
  await powerUp();

  const mechanism = firmataMechanism({
    clock,
    open: () => serialTransport({ path: pair.host, baudRate: BAUD }),
    wiring,
    retry: RETRY,
    log: (message) => notes.push(message),
  });
  const events: MechanismEvent[] = [];
  const count = (type: MechanismEvent['type']) => events.filter((event) => event.type === type).length;
  return {
    plant: thePlant,
    board,
    mechanism,
    events,
    truths,
    notes,
    count,
    start: () => mechanism.start((event) => events.push(event)),
    ready: (times: number) =>
      until(
        `ready ${times} times`,
        () => count('board.ready') === times && count('contact') >= Object.keys(wiring.contacts).length * times,
      ),
    async unplug() {
      await pair.unplug();
      board.unplug();
      await far.close();
    },
    async plug() {
      await pair.plug();
      far = serialTransport({ path: pair.device, baudRate: BAUD });
      await powerUp();
    },
    async dispose() {
      await mechanism.close();
      thePlant.stop();
      board.unplug();
      await far.close();
      await pair.dispose();
    },
  };
}

describe.skipIf(noPty())('johnny-five on a real serial port', () => {
  let it: Awaited<ReturnType<typeof wireBench>> | undefined;
  afterEach(async () => {
    await it?.dispose();
    it = undefined;
  });

  test('drives the bolt to both ends, and the contacts tell of it', async () => {
    it = await wireBench();
    it.start();
    await it.ready(1);
    expect(it.truths).toEqual([]);
    const { mechanism, plant, events } = it;
    for (const [direction, end, contact] of [
      ['withdraw', BOLT_WITHDRAWN, 'bolt_withdrawn'],
      ['throw', BOLT_THROWN, 'bolt_thrown'],
    ] as const) {
      mechanism.drive(direction);
      await until(`the bolt has arrived: ${direction}`, () => plant.truth().bolt === end);
      await until('the contact has settled', () => {
        const last = events.findLast((event) => event.type === 'contact' && event.contact === contact);
        return last?.type === 'contact' && last.closed;
      });
    }
    mechanism.halt();
    await until('the drive has let go', () => plant.truth().driven === 'none');
  });

  test('stops a motor at both of its limits, and lets go of one that stalls', async () => {
    it = await wireBench(MOTOR);
    it.start();
    await it.ready(1);
    const { mechanism, plant, count } = it;
    for (const [direction, end] of [
      ['withdraw', BOLT_WITHDRAWN],
      ['throw', BOLT_THROWN],
    ] as const) {
      mechanism.drive(direction);
      await until(`the bolt has arrived: ${direction}`, () => plant.truth().bolt === end);
      await until('the motor stands', () => plant.truth().driven === 'none');
    }
    expect(count('drive.stalled')).toBe(0);
    plant.fail({ type: 'jam', below: 700 });
    mechanism.drive('withdraw');
    await until('the stall is told', () => count('drive.stalled') === 1);
    await until('the motor stands', () => plant.truth().driven === 'none');
  });

  test('frees a strike for its pulse, and not at its return when it was lost within one', async () => {
    it = await wireBench(STRIKE);
    it.start();
    await it.ready(1);
    const { mechanism, plant } = it;
    mechanism.drive('withdraw');
    await until('the latch is free', () => plant.truth().driven === 'withdraw');
    await until('the pulse is over', () => plant.truth().driven === 'none');
    mechanism.drive('withdraw');
    await until('the latch is free again', () => plant.truth().driven === 'withdraw');
    await it.unplug();
    await it.plug();
    await it.ready(2);
    expect(plant.truth()).toMatchObject({ driven: 'none', withdrawals: 2 });
  });

  test('never moves a thrown bolt by throwing it again', async () => {
    it = await wireBench();
    it.start();
    await it.ready(1);
    const { mechanism, plant, board } = it;
    for (let i = 0; i < 10; i++) {
      mechanism.drive('throw');
      await until('the pulses begin', () => board.state().servoPulseUs !== undefined);
      mechanism.halt();
      await until('the pulses end', () => plant.truth().driven === 'none');
    }
    expect(it.truths.map(({ bolt }) => bolt)).toEqual(it.truths.map(() => BOLT_THROWN));
  });

  test('is lost when the wire is pulled out, and gets no stale command when it is put back', async () => {
    it = await wireBench();
    it.start();
    await it.ready(1);
    const { count } = it;
    await it.unplug();
    it.mechanism.drive('withdraw');
    await until('the loss is told', () => count('board.lost') === 1);
    it.mechanism.drive('withdraw');
    await it.plug();
    await it.ready(2);
    it.mechanism.indicate('ready');
    await until('the board hears again', () => it?.board.state().values[PINS.led] === 1);
    expect(it.plant.truth()).toMatchObject({ bolt: BOLT_THROWN, driven: 'none' });
    expect(it.truths).toEqual([]);
  });

  test('is lost when the microcontroller is reset under the open port', async () => {
    it = await wireBench();
    it.start();
    await it.ready(1);
    it.board.reset();
    await it.ready(2);
    expect(it.events).toContainEqual({ type: 'board.lost', reason: 'the board was reset' });
    expect(it.truths).toEqual([]);
  });

  test('outlives nonsense from the wire', async () => {
    it = await wireBench();
    it.start();
    await it.ready(1);
    const { board, plant, events } = it;
    board.say(Uint8Array.of(0xf0, 0x6c));
    for (let i = 0; i < 64; i++) board.say(new Uint8Array(1024).fill(i));
    board.say(Uint8Array.of(0xf0, 0x79, 0xf7, 0xf0, 0x6e, 0x7f, 1, 0, 0xf7));
    plant.force();
    await until('the door is seen', () =>
      events.some((event) => event.type === 'contact' && event.contact === 'door_closed' && !event.closed),
    );
    // Noise may swallow an answer, and then the board counts as lost for a moment: but nothing moves for it.
    expect(plant.truth()).toMatchObject({ bolt: BOLT_THROWN, withdrawals: 0 });
  });
});

test('a port that is not there is told by name, with what to do, and tried again', async () => {
  const events: MechanismEvent[] = [];
  const log: string[] = [];
  const mechanism = firmataMechanism({
    clock: systemClock(),
    open: () => serialTransport({ path: '/dev/no-such-board', baudRate: BAUD }),
    wiring: WIRING,
    retry: RETRY,
    log: (message) => log.push(message),
  });
  mechanism.start((event) => events.push(event));
  await until('it was tried three times', () => log.length >= 3);
  await mechanism.close();
  expect(events).toEqual([
    { type: 'board.lost', reason: expect.stringMatching(/\/dev\/no-such-board.*plugged in.*by-id/) },
  ]);
});
