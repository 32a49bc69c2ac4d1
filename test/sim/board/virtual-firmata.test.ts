import { describe, expect, test } from 'vitest';
import { virtualFirmata } from '../../../sim/board/virtual-firmata.ts';
import { BOLT_THROWN, plant } from '../../../sim/plant/plant.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';
import { MOTOR, PINS, type Product, SERVO, STRIKE } from '../../firmware/boards/bench.ts';

const SERVO_CONFIG = [0xf0, 0x70, PINS.servo, 0x58, 0x04, 0x60, 0x12, 0xf7];
const WRITE_800 = [0xe0 | PINS.servo, 800 & 0x7f, 800 >> 7];

function bench({ kind, soldered }: Product = SERVO) {
  const clock = virtualClock({ startWallMs: 0 });
  clock.advance(7);
  const thePlant = plant({ clock, prng: prng(5), kind, travelMs: 200, bounceMsMax: 0, bolt: BOLT_THROWN });
  const board = virtualFirmata({ clock, plant: thePlant, wiring: soldered });
  const said: number[] = [];
  board.plug((bytes) => said.push(...bytes));
  const host = (...bytes: number[]) => {
    said.length = 0;
    board.receive(Uint8Array.from(bytes));
    return [...said];
  };
  return { clock, plant: thePlant, board, said, host };
}

describe('at power-up', () => {
  test('says its version and its name without being asked', () => {
    const { said } = bench();
    expect(said.slice(0, 7)).toEqual([0xf9, 2, 5, 0xf0, 0x79, 2, 5]);
    expect(said.at(-1)).toBe(0xf7);
  });

  test('makes pins 2 to 13 outputs driven low', () => {
    const { modes, values } = bench().board.state();
    expect(modes.slice(2, 14)).toEqual(new Array(12).fill(1));
    expect(values.slice(2, 14)).toEqual(new Array(12).fill(0));
  });
});

describe('a careless host', () => {
  test.each([
    ['sets the mode', [0xf4, PINS.servo, 4]],
    ['configures the range', SERVO_CONFIG],
  ])('that %s of the servo and writes no position moves the bolt to the middle', (_, bytes) => {
    const { clock, plant, host, board } = bench();
    host(...bytes);
    clock.advance(20);
    expect(board.state().servoPulseUs).toBe(1500);
    clock.advance(1000);
    expect(plant.truth().bolt).toBe(500);
  });

  test('that writes the position a frame later has moved the bolt already', () => {
    const { clock, plant, host } = bench();
    host(...SERVO_CONFIG);
    clock.advance(25);
    expect(plant.truth().bolt).toBeLessThan(BOLT_THROWN);
  });

  test('that forgets the pull-ups sees every contact closed', () => {
    const { plant, host } = bench();
    plant.force();
    host(0xf4, PINS.doorClosed, 0);
    expect(host(0xd0, 1)).toEqual([0x90, 0, 0]);
    host(0xf4, PINS.doorClosed, 11);
    expect(host(0xd0, 1)).toEqual([0x90, 1 << PINS.doorClosed, 0]);
  });
});

test('a position that comes right behind the attachment is the first that the servo sees', () => {
  const { clock, plant, host, board } = bench();
  host(...SERVO_CONFIG, ...WRITE_800);
  clock.advance(20);
  expect(board.state().servoPulseUs).toBe(800);
  clock.advance(200);
  expect(plant.truth()).toMatchObject({ bolt: 0, driven: 'withdraw' });
  host(0xf4, PINS.servo, 1);
  expect(plant.truth().driven).toBe('none');
});

// The real one goes where it was told last; ours does the harm that a lost position could do.
test('a servo that is attached again goes to the middle, whatever it was told before', () => {
  const { clock, plant, host } = bench();
  host(...SERVO_CONFIG, ...WRITE_800);
  clock.advance(500);
  host(0xf4, PINS.servo, 1, ...SERVO_CONFIG);
  clock.advance(500);
  expect(plant.truth().bolt).toBe(500);
});

test('a value below 544 is degrees of the configured range, and extended analog is understood', () => {
  const { clock, host, board } = bench();
  host(...SERVO_CONFIG, 0xf0, 0x6f, PINS.servo, 90, 0, 0xf7);
  clock.advance(20);
  expect(board.state().servoPulseUs).toBe(1500);
});

test('an edge re-reports the whole port, and only to a host that asked', () => {
  const { plant, host, said } = bench();
  for (const pin of [PINS.doorClosed, PINS.bell]) host(0xf4, pin, 11);
  plant.force();
  expect(said).toEqual([]);
  expect(host(0xd0, 1)).toEqual([0x90, (1 << PINS.doorClosed) | (1 << PINS.bell), 0]);
  said.length = 0;
  plant.press('bell', 10);
  expect(said).toEqual([0x90, 1 << PINS.doorClosed, 0]);
});

test('answers for capabilities, analog mapping and the state of a pin', () => {
  const { host } = bench();
  const capabilities = host(0xf0, 0x6b, 0xf7);
  expect(capabilities.filter((byte) => byte === 0x7f)).toHaveLength(20);
  expect(host(0xf0, 0x69, 0xf7)).toHaveLength(23);
  expect(host(0xf0, 0x6d, PINS.bell, 0xf7)).toEqual([0xf0, 0x6e, PINS.bell, 1, 0, 0xf7]);
});

/** What StandardFirmata 2.5 on an emulated Uno said to the same bytes (measured). */
describe('as the real one does it', () => {
  test.each([
    ['a pull-up is 1', 'f4020b f06d02f7', 'f06e020b01f7'],
    ['an input is 0', 'f40200 f06d02f7', 'f06e020000f7'],
    ['a pin that measures is 0', 'f06d0ef7', 'f06e0e0200f7'],
    ['the serial line is no output', 'f06d00f7', 'f06e000000f7'],
    ['a pin that there is not has neither mode nor value', 'f06d14f7', 'f06e14f7'],
    ['no pin is no question', 'f06df7', ''],
    ['a value takes the bytes that it needs', 'f0700958046012f7 e93805 f06d09f7', 'f06e09043805f7'],
    ['and three at the most', 'f40904 f06f097f7f01f7 f06d09f7', 'f06e09047f7f01f7'],
    ['a pull-up is heard of at once', 'd001 f4060b', '900000904000'],
    ['there is no fourth port', 'd301', ''],
    ['an input that is written 0 keeps its pull-up', 'd001 f40600 904000 900000', '900000904000'],
    ['a single pin is written only as an output', 'f40200 f50201 f06d02f7', 'f06e020000f7'],
    ['a cut word is forgotten', 'f402 f06d02f7', 'f06e020100f7'],
    ['a sysex takes in what is said before its end', 'f06d02 f9 f06d03f7', 'f06e020100f7'],
    ['the first 64 bytes of a long one count', `f06d02${'00'.repeat(198)}f7`, 'f06e020100f7'],
    ['a lone end of a sysex is nothing', 'f7 f9', 'f90205'],
  ])('%s', (_, bytes, answer) => {
    const { host } = bench();
    const said = host(...Buffer.from(bytes.replaceAll(' ', ''), 'hex'));
    expect(Buffer.from(said).toString('hex')).toBe(answer);
  });

  test.each([
    ['once more', [0xf4, 7, 1]],
    ["by the host's own reset", [0xff]],
  ])('a pin that becomes an output %s keeps its level, and is said to be 0', (_, bytes) => {
    const { plant, host } = bench(STRIKE);
    host(0x90, 0, 1);
    expect(host(...bytes, 0xf0, 0x6d, 7, 0xf7)).toEqual([0xf0, 0x6e, 7, 1, 0, 0xf7]);
    expect(plant.truth().driven).toBe('withdraw');
    host(0x90, 0, 0);
    expect(plant.truth().driven).toBe('none');
  });
});

test('a reset forgets pins and servo, and announces itself again', () => {
  const { clock, plant, board, host, said } = bench();
  host(...SERVO_CONFIG, ...WRITE_800);
  clock.advance(100);
  said.length = 0;
  board.reset();
  expect(said.slice(0, 3)).toEqual([0xf9, 2, 5]);
  expect(board.state()).toMatchObject({ servoAttached: false, boots: 2 });
  expect(plant.truth().driven).toBe('none');
});

test('a system reset by the host forgets the pins and says nothing', () => {
  const { host, board } = bench();
  host(0xf4, PINS.bell, 11);
  expect(host(0xff)).toEqual([]);
  expect(board.state().modes[PINS.bell]).toBe(1);
});

test('hung, it answers nothing and still pulses; unplugged, it lets go', () => {
  const { clock, plant, board, host } = bench();
  host(...SERVO_CONFIG, ...WRITE_800);
  board.hang();
  expect(host(0xf9)).toEqual([]);
  clock.advance(500);
  expect(plant.truth().bolt).toBe(0);
  expect(plant.truth().driven).toBe('withdraw');
  board.unplug();
  expect(plant.truth().driven).toBe('none');
});

describe('a relay', () => {
  test('does what its pin says: nothing at power-up, pulled by HIGH, let go of by a reset', () => {
    const { plant, board, host } = bench(STRIKE);
    expect(plant.truth()).toMatchObject({ driven: 'none', withdrawals: 0 });
    host(0x90, 1, 1);
    expect(plant.truth().driven).toBe('withdraw');
    board.unwire();
    expect(plant.truth().driven).toBe('withdraw');
    board.reset();
    expect(plant.truth().driven).toBe('none');
  });

  test('that LOW energises is pulled from power-up on at a driven pin, and rests at one that floats', () => {
    const at = (pin: number) => ({ ...STRIKE, soldered: { ...STRIKE.soldered, drive: relayAt(pin) } });
    const relayAt = (pin: number) => ({ type: 'relay', pin, activeLow: true }) as const;
    expect(bench(at(7)).plant.truth().driven).toBe('withdraw');
    expect(bench(at(14)).plant.truth().driven).toBe('none');
  });
});

test('a motor turns the way whose input is high, and not with both', () => {
  const { plant, host } = bench(MOTOR);
  const driven = (bits: number) => {
    host(0x91, bits, 0);
    return plant.truth().driven;
  };
  expect([driven(0b010), driven(0b100), driven(0b110), driven(0)]).toEqual(['withdraw', 'throw', 'none', 'none']);
});

describe('an analog pin', () => {
  test('is reported at every sampling interval once it is asked for, and no more when it is not', () => {
    const { clock, host, said } = bench(MOTOR);
    clock.advance(1_000);
    said.length = 0;
    // 6 V through two equal resistors: 3 V of 5 are 614 of 1024.
    expect(host(0xc0, 1)).toEqual([0xe0, 614 & 0x7f, 614 >> 7]);
    clock.advance(190);
    expect(said).toHaveLength(3 * 11);
    host(0xf0, 0x7a, 100, 0, 0xf7);
    clock.advance(19);
    said.length = 0;
    clock.advance(1_000);
    expect(said).toHaveLength(3 * 10);
    host(0xc0, 0);
    clock.advance(1_000);
    expect(said).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('shows what the motor draws, a millivolt for each milliamp', () => {
    const { plant, host } = bench(MOTOR);
    plant.drive('withdraw');
    const steps = Math.floor((900 * 1024) / 5_000);
    expect(host(0xc1, 1)).toEqual([0xe1, steps & 0x7f, steps >> 7]);
  });

  test('is reported no more than once while it is a digital input, and anew when it measures again', () => {
    const { clock, host, said } = bench(MOTOR);
    host(0xf4, 14, 11);
    expect(host(0xc0, 1)).toHaveLength(3);
    said.length = 0;
    clock.advance(1_000);
    expect(said).toEqual([]);
    host(0xf4, 14, 2);
    clock.advance(190);
    expect(said).toHaveLength(3 * 11);
  });
});

test('survives any bytes from the host, and still answers', () => {
  const { host, board } = bench();
  const noise = prng(99);
  for (let i = 0; i < 2000; i++) host(...Array.from({ length: noise.below(40) }, () => noise.below(256)));
  expect(host(0xf7, 0xf9)).toEqual([0xf9, 2, 5]);
  expect(board.state().seen.length).toBe(4096);
});
