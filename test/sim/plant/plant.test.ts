import { describe, expect, test } from 'vitest';
import { CONTACTS, type Contact } from '../../../firmware/ports/index.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, plant, type Truth } from '../../../sim/plant/plant.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';

type Edge = readonly [atMs: number, contact: Contact, closed: boolean];

function world({ seed = 1, bolt = BOLT_THROWN, travelMs = 800, bounceMsMax = 10 } = {}) {
  const clock = virtualClock({ startWallMs: 0 });
  const it = plant({ clock, prng: prng(seed), travelMs, bounceMsMax, bolt });
  const edges: Edge[] = [];
  const truths: Truth[] = [];
  it.onContact((contact, closed) => edges.push([clock.monoMs(), contact, closed]));
  it.onTruth((truth) => truths.push(truth));
  return { clock, plant: it, edges, truths };
}

describe('the bolt', () => {
  test('takes its travel time from one end to the other and rests there', () => {
    const { clock, plant } = world();
    plant.drive('withdraw');
    clock.advance(799);
    expect(plant.truth()).toMatchObject({ bolt: 2, driven: 'withdraw', withdrawals: 0 });
    clock.advance(1);
    expect(plant.truth()).toMatchObject({ bolt: BOLT_WITHDRAWN, driven: 'withdraw', withdrawals: 1 });
  });

  test('stays where the actuator lets go of it', () => {
    const { clock, plant } = world();
    plant.drive('withdraw');
    clock.advance(400);
    plant.drive('none');
    clock.advance(5000);
    expect(plant.truth()).toMatchObject({ bolt: 500, driven: 'none', withdrawals: 0 });
  });

  test('turns round half way without a jump', () => {
    const { clock, plant } = world();
    plant.drive('withdraw');
    clock.advance(200);
    plant.drive('throw');
    expect(plant.truth().bolt).toBe(750);
    clock.advance(100);
    expect(plant.truth().bolt).toBe(875);
    clock.advance(100);
    expect(plant.truth().bolt).toBe(BOLT_THROWN);
  });

  test('can be sent to the middle, where neither end contact is closed', () => {
    const { clock, plant } = world();
    plant.driveTo(500);
    clock.advance(5000);
    expect(plant.truth()).toMatchObject({ bolt: 500, withdrawals: 0 });
    expect([plant.contact('bolt_thrown'), plant.contact('bolt_withdrawn')]).toEqual([false, false]);
  });

  test('is turned by hand, and taken back by an actuator that still pulls', () => {
    const { clock, plant } = world({ bolt: BOLT_WITHDRAWN });
    plant.turn('throw');
    clock.advance(1000);
    expect(plant.truth()).toMatchObject({ bolt: BOLT_THROWN, driven: 'none' });
    plant.drive('throw');
    plant.turn('withdraw');
    clock.advance(800);
    expect(plant.truth().withdrawals).toBe(1);
    clock.advance(800);
    expect(plant.truth().bolt).toBe(BOLT_THROWN);
  });

  test('goes on in a hand when the actuator lets go', () => {
    const { clock, plant } = world();
    plant.drive('throw');
    plant.turn('withdraw');
    clock.advance(300);
    plant.drive('none');
    clock.advance(1000);
    expect(plant.truth().bolt).toBe(BOLT_WITHDRAWN);
  });
});

describe('the door', () => {
  test('is held by the thrown bolt and opens once the bolt has cleared the frame', () => {
    const { clock, plant } = world();
    expect(plant.push()).toBe(false);
    plant.drive('withdraw');
    clock.advance(719);
    expect(plant.push()).toBe(false);
    clock.advance(1);
    expect(plant.push()).toBe(true);
    expect(plant.truth()).toMatchObject({ doorOpen: true, doorOpenings: 1 });
  });

  test('does not shut against a thrown bolt', () => {
    const { clock, plant } = world({ bolt: BOLT_WITHDRAWN });
    plant.push();
    plant.drive('throw');
    clock.advance(1000);
    expect(plant.close()).toBe(false);
    plant.drive('withdraw');
    clock.advance(1000);
    expect(plant.close()).toBe(true);
    expect(plant.truth()).toMatchObject({ doorOpen: false, doorOpenings: 1 });
  });

  test('opens by force whatever the bolt does', () => {
    const { plant } = world();
    plant.force();
    expect(plant.truth()).toMatchObject({ doorOpen: true, bolt: BOLT_THROWN, doorOpenings: 1 });
    expect(plant.contact('door_closed')).toBe(false);
  });
});

describe('the contacts', () => {
  test('close near the ends of the bolt and are open between them', () => {
    const { clock, plant, edges } = world({ bounceMsMax: 0 });
    plant.drive('withdraw');
    clock.advance(1000);
    expect(edges).toEqual([
      [41, 'bolt_thrown', false],
      [760, 'bolt_withdrawn', true],
    ]);
  });

  test('bounce within the bound and end at the level of the thing behind them', () => {
    const bouncing = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const { clock, plant, edges } = world({ seed, bounceMsMax: 10 });
      plant.force();
      clock.advance(1000);
      const levels = edges.map(([, , closed]) => closed);
      expect(levels).toEqual(levels.map((_, i) => i % 2 === 1));
      expect(levels.at(-1)).toBe(false);
      expect(plant.contact('door_closed')).toBe(false);
      const moments = edges.map(([atMs]) => atMs);
      expect(Math.max(...moments)).toBeLessThanOrEqual(10);
      expect(new Set(moments).size).toBe(moments.length);
      bouncing.add(edges.length);
    }
    expect([...bouncing].sort((a, b) => a - b)).toEqual([1, 3, 5, 7]);
  });

  test('follow a button that is pressed and let go of, and a second press before that', () => {
    const { clock, plant, edges } = world({ bounceMsMax: 0 });
    plant.press('bell', 100);
    clock.advance(60);
    plant.press('bell', 100);
    clock.advance(1000);
    expect(edges).toEqual([
      [0, 'bell', true],
      [160, 'bell', false],
    ]);
  });

  test('settle at the last level when a press is shorter than its bouncing', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { clock, plant } = world({ seed, bounceMsMax: 30 });
      plant.press('inside_button', 2);
      clock.advance(100);
      expect(plant.contact('inside_button')).toBe(false);
      expect(clock.pending).toBe(0);
    }
  });

  test('are silent for a listener that has gone', () => {
    const { clock, plant } = world();
    let heard = 0;
    const cancel = plant.onContact(() => heard++);
    cancel();
    plant.force();
    clock.advance(100);
    expect(heard).toBe(0);
  });
});

describe('the world', () => {
  test('comes out the same from the same seed and different from another', () => {
    const play = (seed: number) => {
      const { clock, plant, edges } = world({ seed });
      plant.press('bell', 120);
      plant.drive('withdraw');
      clock.advance(900);
      plant.push();
      clock.advance(500);
      return edges;
    };
    expect(play(7)).toEqual(play(7));
    expect(play(7)).not.toEqual(play(8));
  });

  test('has no wake-up pending when nothing moves, and at most one when something does', () => {
    const { clock, plant } = world();
    expect(clock.pending).toBe(0);
    plant.drive('withdraw');
    plant.press('bell', 50);
    expect(clock.pending).toBe(1);
    clock.runUntilIdle();
    expect(plant.truth().bolt).toBe(BOLT_WITHDRAWN);
    plant.drive('throw');
    plant.stop();
    expect(clock.pending).toBe(0);
  });

  test('keeps the moments of its own when its clock wakes it late', () => {
    const late = virtualClock({ startWallMs: 0 });
    const clock = {
      monoMs: () => late.monoMs(),
      after: (delayMs: number, callback: () => void) => late.after(delayMs + 37, callback),
    };
    const it = plant({ clock, prng: prng(3), travelMs: 800, bounceMsMax: 10, bolt: BOLT_THROWN });
    it.onContact((contact) => {
      if (contact === 'bolt_withdrawn') it.drive('none');
    });
    it.drive('withdraw');
    late.advance(5000);
    // Let go of at the contact's own moment, not 37 ms behind it.
    expect(it.truth().bolt).toBe(50);
  });

  test('tells of every change of the truth that a check could want', () => {
    const { clock, plant, truths } = world();
    plant.drive('withdraw');
    clock.advance(1000);
    plant.push();
    plant.drive('none');
    expect(truths[0]).toMatchObject({ bolt: BOLT_THROWN, driven: 'withdraw' });
    expect(truths.at(-1)).toMatchObject({ bolt: 0, driven: 'none', doorOpen: true, withdrawals: 1, doorOpenings: 1 });
    expect(truths.some(({ bolt, doorOpen }) => bolt === 0 && !doorOpen)).toBe(true);
  });

  test('starts with every contact at the level of what is behind it', () => {
    const { plant } = world({ bolt: BOLT_WITHDRAWN });
    const levels = Object.fromEntries(CONTACTS.map((contact) => [contact, plant.contact(contact)]));
    expect(levels).toEqual({
      bolt_thrown: false,
      bolt_withdrawn: true,
      latched: false,
      door_closed: true,
      bell: false,
      inside_button: false,
      cover_on: true,
      item_present: true,
      mounted: true,
      upright: true,
      ignition_off: true,
    });
  });
});
