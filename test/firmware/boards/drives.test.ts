import { describe, expect, test } from 'vitest';
import type { Output } from '../../../firmware/boards/drive.ts';
import { motorBolt } from '../../../firmware/boards/motor-bolt.ts';
import { pulse } from '../../../firmware/boards/pulse.ts';
import { ENERGISED_MS_MAX, strike } from '../../../firmware/boards/strike.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

/** An output that keeps when it was on, and told twice is told once. */
function lamp(clock: { monoMs(): number }) {
  const changes: [atMs: number, on: boolean][] = [];
  const coil: Output = {
    set(on) {
      if ((changes.at(-1)?.[1] ?? false) !== on) changes.push([clock.monoMs(), on]);
    },
  };
  return { coil, changes, isOn: () => changes.at(-1)?.[1] ?? false };
}

describe('a strike', () => {
  const bench = (pulseMs = 3_000) => {
    const clock = virtualClock({ startWallMs: 0 });
    const it = lamp(clock);
    return { clock, ...it, drive: strike({ clock, coil: it.coil, pulseMs }) };
  };

  test('is energised for its pulse and not a moment longer', () => {
    const { clock, drive, changes } = bench();
    drive.drive('withdraw');
    clock.advance(60_000);
    expect(changes).toEqual([
      [0, true],
      [3_000, false],
    ]);
  });

  test('gives a whole pulse to whoever is let in at the end of another', () => {
    const { clock, drive, changes } = bench();
    drive.drive('withdraw');
    clock.advance(2_900);
    drive.drive('withdraw');
    clock.advance(60_000);
    expect(changes.at(-1)).toEqual([5_900, false]);
  });

  test('rests after the longest time in one go, however often it is asked for', () => {
    const { clock, drive, changes } = bench();
    for (let ms = 0; ms < ENERGISED_MS_MAX + 500; ms += 100) {
      drive.drive('withdraw');
      clock.advance(100);
    }
    expect(changes.slice(0, 2)).toEqual([
      [0, true],
      [ENERGISED_MS_MAX, false],
    ]);
  });

  test('has no wait left once it was halted, and its next pulse is whole', () => {
    const { clock, drive, changes } = bench();
    drive.drive('withdraw');
    clock.advance(1_000);
    drive.halt();
    expect(clock.pending).toBe(0);
    clock.advance(ENERGISED_MS_MAX - 2_000);
    drive.drive('withdraw');
    clock.advance(60_000);
    expect(changes.slice(2)).toEqual([
      [29_000, true],
      [32_000, false],
    ]);
  });

  test('writes nothing any more once its wire has gone', () => {
    const { clock, drive, isOn } = bench();
    drive.drive('withdraw');
    drive.stop();
    clock.advance(60_000);
    expect(isOn()).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

test("a lid's pulse is not prolonged, and another may follow it", () => {
  const clock = virtualClock({ startWallMs: 0 });
  const { coil, changes } = lamp(clock);
  const drive = pulse({ clock, coil, pulseMs: 400 });
  drive.drive('withdraw');
  clock.advance(300);
  drive.drive('withdraw');
  clock.advance(1_000);
  drive.drive('withdraw');
  clock.advance(1_000);
  expect(changes).toEqual([
    [0, true],
    [400, false],
    [1_300, true],
    [1_700, false],
  ]);
});

describe('a motor', () => {
  const bench = () => {
    const clock = virtualClock({ startWallMs: 0 });
    const withdraw = lamp(clock);
    const throwing = lamp(clock);
    const stalls: number[] = [];
    const drive = motorBolt({
      clock,
      withdraw: withdraw.coil,
      throw: throwing.coil,
      driveMsMax: 2_000,
      stall: { millivolts: 500, ms: 100 },
      onStalled: () => stalls.push(clock.monoMs()),
    });
    const state = () => (withdraw.isOn() ? 'withdraw' : throwing.isOn() ? 'throw' : 'none');
    return { clock, drive, state, withdraw, throwing, stalls };
  };

  test('never has both inputs on, and turns round by way of neither', () => {
    const { clock, drive, withdraw, throwing } = bench();
    const both: boolean[] = [];
    const seen = withdraw.coil.set;
    withdraw.coil.set = (on) => {
      seen(on);
      both.push(withdraw.isOn() && throwing.isOn());
    };
    drive.drive('withdraw');
    clock.advance(100);
    drive.drive('throw');
    clock.advance(100);
    drive.drive('withdraw');
    expect(both.length).toBeGreaterThan(2);
    expect(both).not.toContain(true);
  });

  test('stops at the first edge of the switch at the end that it goes to, and at no other', () => {
    const { drive, state } = bench();
    drive.drive('withdraw');
    drive.contact('bolt_thrown', true);
    drive.contact('bolt_withdrawn', false);
    drive.contact('door_closed', true);
    expect(state()).toBe('withdraw');
    drive.contact('bolt_withdrawn', true);
    expect(state()).toBe('none');
  });

  test('is halted at the input that turns it first, since each word takes its time on the wire', () => {
    for (const direction of ['withdraw', 'throw'] as const) {
      const { drive, withdraw, throwing } = bench();
      const offs: string[] = [];
      drive.drive(direction);
      withdraw.coil.set = () => offs.push('withdraw');
      throwing.coil.set = () => offs.push('throw');
      drive.halt();
      expect(offs[0]).toBe(direction);
      expect(offs).toHaveLength(2);
    }
  });

  test('is not prolonged by being told again', () => {
    const { clock, drive, state } = bench();
    drive.drive('throw');
    clock.advance(1_900);
    drive.drive('throw');
    clock.advance(99);
    expect(state()).toBe('throw');
    clock.advance(1);
    expect(state()).toBe('none');
  });

  test('stalls when it draws too much for longer than the rush at its start', () => {
    const { clock, drive, state, stalls } = bench();
    drive.drive('throw');
    for (const millivolts of [900, 900, 500, 900, 900, 900, 900, 900]) {
      drive.draws(millivolts);
      clock.advance(25);
    }
    expect([state(), stalls]).toEqual(['none', [175]]);
  });

  test('does not stall when nobody drives it, whatever the wire says', () => {
    const { clock, drive, stalls } = bench();
    drive.draws(900);
    clock.advance(500);
    drive.draws(900);
    expect(stalls).toEqual([]);
  });
});
