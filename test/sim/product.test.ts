import { describe, expect, test } from 'vitest';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { whyUnsafe } from '../../firmware/boards/wiring.ts';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../firmware/lock/profiles/index.ts';
import { BOLT_THROWN, type Plant } from '../../sim/plant/plant.ts';
import { productOf } from '../../sim/product.ts';
import { type World, world } from '../../sim/world.ts';
import { heard, NOW_S, people } from '../support/home.ts';

const STRIKE_DOOR: Profile = {
  ...DOOR,
  drive: 'strike',
  contacts: ['latched', 'door_closed', 'bell', 'inside_button'],
  pulseMs: 3_000,
};

const products: readonly (readonly [
  name: string,
  profile: Profile,
  visit: (plant: Plant) => readonly (() => boolean)[],
])[] = [
  ['a door with a servo', DOOR, enter],
  ['a door with a motor', { ...DOOR, drive: 'motor' }, enter],
  ['a door with a strike', STRIKE_DOOR, enter],
  ['a key safe with a motor', KEY_SAFE, borrow],
  ['a key safe with a servo', { ...KEY_SAFE, drive: 'servo' }, borrow],
  ['a trunk', CAR_TRUNK, (plant) => [() => plant.truth().doorOpen, plant.close]],
];

function enter(plant: Plant) {
  return [plant.push, plant.close];
}

function borrow(plant: Plant) {
  return [plant.push, plant.take, plant.close, plant.push, plant.put, plant.close];
}

async function built(profile: Profile): Promise<World> {
  const made = await world({ seed: 1, cast: people, verify: opensslVerify(), profile });
  await made.boot();
  await made.pass(200);
  return made;
}

const outcomes = (made: World) => heard(made, 'visit').flatMap((event) => ('outcome' in event ? [event.outcome] : []));

describe.each(products)('%s', (_, profile, visit) => {
  test('can be wired to an Uno, each thing to a pin of its own', () => {
    const { wiring, ports } = productOf(profile);
    expect(whyUnsafe(wiring)).toBeUndefined();
    expect(Object.keys(wiring.contacts).sort()).toEqual([...profile.contacts].sort());
    expect(wiring.drive.type).toBe(ports.drive.type);
  });

  test('lets a courier in by a token, is sealed, and holds against whoever comes after', async () => {
    const made = await built(profile);
    const { plant } = made;
    expect(plant.push()).toBe(false);
    const token = people.people.issue({ nowS: NOW_S, action: profile.action });
    made.present(token);
    await made.pass(1_000);
    for (const act of visit(plant)) {
      expect(act()).toBe(true);
      await made.pass(500);
    }
    await made.pass(10_000);
    expect(outcomes(made)).toEqual(['sealed']);
    expect(plant.truth()).toMatchObject({ bolt: BOLT_THROWN, driven: 'none', doorOpen: false, withdrawals: 1 });
    made.present(token);
    await made.pass(2_000);
    expect(plant.push()).toBe(false);
    expect(plant.truth().withdrawals).toBe(1);
  });

  test('moves nothing by itself at boot, through a loss of its board and a power cut', async () => {
    const made = await built(profile);
    made.mechanism().lose('pulled out');
    await made.pass(5_000);
    made.mechanism().restore();
    await made.pass(5_000);
    made.cutPower();
    await made.boot();
    await made.pass(60_000);
    expect(made.plant.truth()).toMatchObject({ driven: 'none', withdrawals: 0, doorOpenings: 0 });
  });
});
