/**
 * What a courier does at each product, from the granted token to the seal. A story acts on the plant
 * and listens at the broker; it says what did not go as it should.
 */
import type { ProfileName } from '../../firmware/lock/profiles/index.ts';
import type { House } from '../house.ts';
import { BOLT_THROWN, type Truth } from '../plant/plant.ts';
import type { Ears } from './ears.ts';

export interface Stage {
  readonly house: House;
  readonly ears: Ears;
  readonly say: (line: string) => void;
}

export interface Story {
  /** The house as it stands before anybody comes. */
  readonly opening: string;
  /** What is said when the token was granted. */
  readonly granted: string;
  /** The courier rings first, where there is a bell to ring. */
  readonly rings: boolean;
  /** From the granted token to the sealed visit. Gives complaints. */
  visit(stage: Stage): Promise<readonly string[]>;
  /** How often it opened for somebody. */
  opened(truth: Truth): number;
}

const complaint = (is: boolean, text: string): readonly string[] => (is ? [] : [text]);

const door: Story = {
  opening: 'a house is up: broker, board, door, lock; the bolt is thrown',
  granted: 'the courier shows a token; it is spent on the disk, and the bolt withdraws',
  rings: true,
  opened: ({ doorOpenings }) => doorOpenings,
  async visit({ house: { plant }, ears, say }) {
    const pushed = plant.push();
    await ears.event('visit', 'entered');
    say('the door opens');
    const shut = plant.close();
    await ears.event('visit', 'ended');
    await ears.state('locked');
    say('the door closes, and the bolt is thrown: the visit is sealed');
    return [
      ...complaint(pushed, 'the door did not open after a good token'),
      ...complaint(shut, 'the door did not shut'),
    ];
  },
};

const keySafe: Story = {
  opening: 'a key safe is up: broker, board, safe, lock; the key is in it, the bolt is thrown',
  granted: 'the courier shows a token; it is spent on the disk, and the motor withdraws the bolt',
  rings: false,
  opened: ({ withdrawals }) => withdrawals,
  async visit({ house, ears, say }) {
    const { plant } = house;
    const opened = plant.push();
    await ears.event('visit', 'entered');
    const taken = plant.take();
    await ears.holds('item', 'out');
    plant.close();
    await ears.event('door', 'closed');
    say('the lid opens, the key is taken out, the lid is shut: the safe is empty, and its bolt stays withdrawn');
    const idle = plant.truth();
    const back = plant.push() && plant.put();
    await ears.holds('item', 'in');
    const shut = plant.close();
    await ears.event('visit', 'ended');
    await ears.state('locked');
    say('the key is put back and the lid is shut; the bolt is thrown: the visit is sealed');
    return [
      ...complaint(opened && taken, 'the key could not be taken after a good token'),
      ...complaint(!idle.itemPresent && idle.bolt !== BOLT_THROWN, 'the empty safe was locked'),
      ...complaint(back && shut, 'the key could not be given back'),
    ];
  },
};

const carTrunk: Story = {
  opening: 'a parked car is up: broker, board, trunk, lock; the lid is shut, the ignition off',
  granted: 'the courier shows a token; it is spent on the disk, and a pulse frees the latch',
  rings: false,
  opened: ({ doorOpenings }) => doorOpenings,
  async visit({ house, ears, say }) {
    const { plant } = house;
    await house.until('the lid springs open', () => plant.truth().doorOpen);
    await ears.event('visit', 'entered');
    say('the lid springs open, and the parcel is put in');
    await house.until('the pulse is over', () => plant.truth().driven === 'none');
    const shut = plant.close();
    await ears.event('visit', 'ended');
    await ears.state('locked');
    say('the lid is pushed down and catches: the visit is sealed');
    return complaint(shut, 'the lid did not catch');
  },
};

export const STORIES: Readonly<Record<ProfileName, Story>> = { door, 'key-safe': keySafe, 'car-trunk': carTrunk };
