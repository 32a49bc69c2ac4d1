/** A press in real time, on a machine that stands still. */
import { describe, expect, it } from 'vitest';
import type { Cancel } from '../../../firmware/ports/index.ts';
import { monoMs } from '../../../protocol/index.ts';
import { fingersThatWait } from '../../../sim/plant/fingers.ts';
import { BOLT_THROWN, plant } from '../../../sim/plant/plant.ts';
import { prng } from '../../../sim/time/prng.ts';

/** A clock that wakes when it is let: all that is due then is called once, in order, as by an event loop. */
function lateClock() {
  let nowMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    monoMs: () => monoMs(nowMs),
    after(delayMs: number, callback: () => void): Cancel {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pending: () => timers.size,
    /** Time goes by, and nobody is woken. */
    standStill(ms: number) {
      nowMs += ms;
    },
    turn(ms: number) {
      nowMs += ms;
      const due = [...timers].filter(({ dueMs }) => dueMs <= nowMs).sort((one, other) => one.dueMs - other.dueMs);
      for (const timer of due) if (timers.delete(timer)) timer.callback();
    },
  };
}

function house({ seed = 1, bounceMsMax = 0 } = {}) {
  const clock = lateClock();
  const matter = plant({ clock, prng: prng(seed), travelMs: 400, bounceMsMax, bolt: BOLT_THROWN });
  return { clock, plant: fingersThatWait(matter, clock) };
}

describe('a finger in real time', () => {
  it('is still there after a standstill that is longer than the press, and goes then', () => {
    const { clock, plant } = house();
    plant.press('bell', 150);
    clock.turn(400);
    for (let i = 0; i < 8; i++) clock.turn(15);
    expect(plant.contact('bell')).toBe(true);
    clock.turn(15);
    expect(plant.contact('bell')).toBe(false);
    expect(clock.pending()).toBe(0);
  });

  it('is seen by whoever looks when the bouncing is over, though nothing has woken to end it', () => {
    let sprungBack = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (let turns = 1; turns < 5; turns++) {
        const { clock, plant } = house({ seed, bounceMsMax: 5 });
        plant.press('bell', 150);
        for (let i = 0; i < turns; i++) clock.turn(1);
        if (!plant.contact('bell')) sprungBack++;
        clock.standStill(5);
        expect(plant.contact('bell')).toBe(true);
      }
    }
    expect(sprungBack).toBeGreaterThan(0);
  });

  it('goes with whoever lifts it, and leaves the others where they are', () => {
    const { clock, plant } = house();
    const lift = plant.press('bell', 1_000);
    plant.press('bell', 500);
    clock.turn(10);
    lift();
    expect(plant.contact('bell')).toBe(true);
    for (let i = 0; i < 10; i++) clock.turn(50);
    expect(plant.contact('bell')).toBe(false);
    lift();
    expect(clock.pending()).toBe(0);
  });

  it('waits for nothing when the world ends', () => {
    const { clock, plant } = house();
    plant.press('inside_button', 60_000);
    plant.stop();
    expect(clock.pending()).toBe(0);
  });
});
