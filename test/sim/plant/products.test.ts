import { describe, expect, test } from 'vitest';
import type { Contact } from '../../../firmware/ports/index.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type PlantKind, plant } from '../../../sim/plant/plant.ts';
import { RUNNING_MILLIAMPS, RUSH_MS, STALLED_MILLIAMPS } from '../../../sim/plant/supply.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';

function world(kind: PlantKind, { bolt = BOLT_THROWN, travelMs = 800, bounceMsMax = 0 } = {}) {
  const clock = virtualClock({ startWallMs: 0 });
  const it = plant({ clock, prng: prng(1), kind, travelMs, bounceMsMax, bolt, restMillivolts: 6_000 });
  const edges: [atMs: number, contact: Contact, closed: boolean][] = [];
  it.onContact((contact, closed) => edges.push([clock.monoMs(), contact, closed]));
  return { clock, plant: it, edges };
}

describe('a motor', () => {
  test('closes its limit switch where the bolt can go no further', () => {
    const { clock, plant, edges } = world('motor');
    plant.drive('withdraw');
    clock.advance(1_000);
    expect(edges).toEqual([
      [1, 'bolt_thrown', false],
      [800, 'bolt_withdrawn', true],
    ]);
  });

  test('draws much until it turns, little while it does, and much against a stop', () => {
    const { clock, plant } = world('motor');
    expect(plant.milliamps()).toBe(0);
    plant.drive('withdraw');
    expect(plant.milliamps()).toBe(STALLED_MILLIAMPS);
    clock.advance(RUSH_MS);
    expect(plant.milliamps()).toBe(RUNNING_MILLIAMPS);
    clock.advance(1_000);
    expect(plant.milliamps()).toBe(STALLED_MILLIAMPS);
    plant.drive('none');
    expect(plant.milliamps()).toBe(0);
  });

  test('pulls the voltage of the battery down, the more the older it is', () => {
    const { clock, plant } = world('motor');
    expect(plant.millivolts()).toBe(6_000);
    plant.drive('withdraw');
    clock.advance(100);
    expect(plant.millivolts()).toBe(5_910);
    clock.advance(1_000);
    expect(plant.millivolts()).toBe(5_550);
    plant.charge(4_000);
    expect(plant.millivolts()).toBe(3_550);
  });
});

describe('a strike', () => {
  test('holds, opens while it is energised and pushed, and latches when the door is shut', () => {
    const { plant } = world('strike');
    expect(plant.push()).toBe(false);
    plant.drive('withdraw');
    expect(plant.contact('latched')).toBe(false);
    expect(plant.push()).toBe(true);
    plant.drive('none');
    expect(plant.contact('latched')).toBe(false);
    expect(plant.close()).toBe(true);
    expect(plant.contact('latched')).toBe(true);
    expect(plant.push()).toBe(false);
    expect(plant.truth()).toMatchObject({ bolt: BOLT_THROWN, withdrawals: 1, doorOpenings: 1 });
  });

  test('holds again when its pulse ends and nobody has pushed', () => {
    const { plant, edges } = world('strike');
    plant.drive('withdraw');
    plant.drive('none');
    expect(plant.push()).toBe(false);
    expect(edges.map(([, ...edge]) => edge)).toEqual([
      ['latched', false],
      ['latched', true],
    ]);
  });

  test('opens by the handle inside without any electricity, jammed or not', () => {
    const { plant } = world('strike');
    plant.fail({ type: 'jam' });
    plant.drive('withdraw');
    expect(plant.push()).toBe(false);
    plant.releaseFromInside();
    expect(plant.truth().doorOpen).toBe(true);
  });

  test('knows no bolt: its end contacts are open', () => {
    const { plant } = world('strike');
    expect([plant.contact('bolt_thrown'), plant.contact('bolt_withdrawn')]).toEqual([false, false]);
  });
});

describe('a trunk', () => {
  test('springs open by a pulse, and by none that is too short', () => {
    const { clock, plant } = world('trunk');
    plant.drive('withdraw');
    clock.advance(29);
    plant.drive('none');
    clock.advance(1_000);
    expect(plant.truth().doorOpen).toBe(false);
    plant.drive('withdraw');
    clock.advance(30);
    expect(plant.truth()).toMatchObject({ doorOpen: true, doorOpenings: 1, bolt: BOLT_WITHDRAWN });
  });

  test('does not catch while its latch is pulled, and does when it is let go of', () => {
    const { clock, plant } = world('trunk');
    plant.drive('withdraw');
    clock.advance(100);
    expect(plant.close()).toBe(false);
    plant.drive('none');
    expect(plant.close()).toBe(true);
    expect(plant.truth()).toMatchObject({ doorOpen: false, bolt: BOLT_THROWN });
  });

  test('is not pushed open, and opens by the lever within', () => {
    const { plant } = world('trunk');
    expect(plant.push()).toBe(false);
    plant.releaseFromInside();
    expect(plant.truth()).toMatchObject({ doorOpen: true, withdrawals: 0 });
  });
});

describe('a safe', () => {
  test('gives its key and takes it back only with its lid open', () => {
    const { plant, edges } = world('servo', { bolt: BOLT_WITHDRAWN });
    expect(plant.take()).toBe(false);
    plant.push();
    expect(plant.take()).toBe(true);
    expect(plant.truth().itemPresent).toBe(false);
    plant.close();
    expect(plant.put()).toBe(false);
    plant.push();
    expect(plant.put()).toBe(true);
    expect(edges.filter(([, contact]) => contact === 'item_present').map(([, , closed]) => closed)).toEqual([
      false,
      true,
    ]);
  });

  test('is torn off, tilted, opened at its back, and driven away', () => {
    const { plant } = world('servo');
    const closed = () => (['mounted', 'upright', 'cover_on', 'ignition_off'] as const).map(plant.contact);
    expect(closed()).toEqual([true, true, true, true]);
    plant.surround({ mounted: false });
    plant.surround({ upright: false, ignition: true });
    expect(closed()).toEqual([false, false, true, false]);
    plant.surround({ cover: false, mounted: true });
    expect(closed()).toEqual([true, false, false, false]);
  });
});

describe('a fault', () => {
  test.each([
    ['withdraw', BOLT_THROWN, { below: 600 }, 600],
    ['throw', BOLT_WITHDRAWN, { above: 300 }, 300],
    ['withdraw', BOLT_THROWN, { above: 300 }, BOLT_WITHDRAWN],
  ] as const)('that jams the bolt stops its way to %s, until it is mended', (direction, bolt, where, stopsAt) => {
    const { clock, plant } = world('servo', { bolt });
    const mend = plant.fail({ type: 'jam', ...where });
    plant.drive(direction);
    clock.advance(5_000);
    expect(plant.truth().bolt).toBe(stopsAt);
    expect(clock.pending).toBe(0);
    mend();
    clock.advance(5_000);
    expect(plant.truth().bolt).toBe(direction === 'throw' ? BOLT_THROWN : BOLT_WITHDRAWN);
  });

  test('that comes in the middle of a drive stops it there', () => {
    const { clock, plant } = world('motor');
    plant.drive('withdraw');
    clock.advance(400);
    plant.fail({ type: 'jam', above: 500, below: 500 });
    clock.advance(5_000);
    expect(plant.truth().bolt).toBe(500);
    expect(plant.milliamps()).toBe(STALLED_MILLIAMPS);
  });

  test('of the coupling lets the motor turn and the bolt rest, and a hand moves it still', () => {
    const { clock, plant } = world('motor');
    plant.fail({ type: 'slip' });
    plant.drive('withdraw');
    clock.advance(5_000);
    expect(plant.truth().bolt).toBe(BOLT_THROWN);
    expect(plant.milliamps()).toBe(RUNNING_MILLIAMPS);
    plant.turn('withdraw');
    clock.advance(5_000);
    expect(plant.truth().bolt).toBe(BOLT_WITHDRAWN);
  });

  test('of the grease makes the bolt slow', () => {
    const { clock, plant } = world('servo');
    plant.fail({ type: 'slow', times: 3 });
    plant.drive('withdraw');
    clock.advance(2_399);
    expect(plant.truth().withdrawals).toBe(0);
    clock.advance(1);
    expect(plant.truth()).toMatchObject({ bolt: BOLT_WITHDRAWN, withdrawals: 1 });
  });

  test('of a contact shows the same whatever is so, and the truth again when it is mended', () => {
    const { plant, edges } = world('servo');
    const mend = plant.fail({ type: 'stuck', contact: 'door_closed', closed: true });
    plant.force();
    expect(plant.contact('door_closed')).toBe(true);
    expect(edges).toEqual([]);
    mend();
    expect(edges).toEqual([[0, 'door_closed', false]]);
  });

  test('of a wire that is cut reads as open, under whatever else is wrong with it', () => {
    const { plant } = world('servo');
    const mendStuck = plant.fail({ type: 'stuck', contact: 'bolt_thrown', closed: true });
    const mendCut = plant.fail({ type: 'cut', contact: 'bolt_thrown' });
    expect(plant.contact('bolt_thrown')).toBe(false);
    mendCut();
    expect(plant.contact('bolt_thrown')).toBe(true);
    mendStuck();
    expect(plant.contact('bolt_thrown')).toBe(true);
  });

  test('of a loose wire gives an edge every millisecond, and none once it is mended', () => {
    const { clock, plant, edges } = world('servo');
    const mend = plant.fail({ type: 'flicker', contact: 'bell' });
    clock.advance(1_000);
    expect(edges).toHaveLength(1_000);
    expect(edges.map(([, , closed]) => closed)).toEqual(edges.map((_, i) => i % 2 === 0));
    mend();
    const before = edges.length;
    clock.advance(1_000);
    expect(edges.length).toBeLessThanOrEqual(before + 1);
    expect(plant.contact('bell')).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
