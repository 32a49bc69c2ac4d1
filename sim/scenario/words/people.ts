/** People at the door. */
import { BOLT_THROWN, BOLT_WITHDRAWN } from '../../plant/plant.ts';
import { duration, oneKey, shortOr, text, word } from '../kinds.ts';
import { CannotHappen } from '../scene.ts';
import { lacks } from '../wired.ts';
import { type StepWord, step } from './step.ts';

/** A finger on a button: felt, and no long press. */
const PRESS_MS = 120;
const LONG_PRESS_MS = 2_500;
/** What opens and shuts: a safe and a trunk have a lid. */
const LEAF = word(['door', 'lid']);

export const PEOPLE_WORDS = {
  note: step({
    help: 'says something on the time line, and does nothing',
    examples: ['note: the courier comes back after lunch'],
    kind: text,
    play: (_scene, said) => said,
  }),
  after: step({
    help: 'lets time pass',
    examples: ['after: 500ms', 'after: 2h'],
    kind: duration,
    async play({ stage }, ms) {
      await stage.pass(ms);
      return undefined;
    },
  }),

  ring: step({
    help: 'somebody presses the bell: once, twice, or for long',
    examples: ['ring: once', 'ring: twice', 'ring: long'],
    kind: word(['once', 'twice', 'long']),
    never: (_how, profile) => lacks(profile, 'bell'),
    async play(scene, how) {
      scene.asked();
      scene.stage.plant.press('bell', how === 'long' ? LONG_PRESS_MS : PRESS_MS);
      if (how !== 'twice') return undefined;
      await scene.stage.pass(PRESS_MS + 100);
      scene.stage.plant.press('bell', PRESS_MS);
      return undefined;
    },
  }),
  press: step({
    help: 'somebody presses a button, for as long as it says',
    examples: ['press: inside_button', 'press: {inside_button: 60s}'],
    kind: shortOr(word(['bell', 'inside_button']), oneKey({ bell: duration, inside_button: duration })),
    never: (given, profile) => lacks(profile, typeof given === 'string' ? given : given.key),
    play({ stage }, given) {
      if (typeof given === 'string') stage.plant.press(given, PRESS_MS);
      else stage.plant.press(given.key, given.value);
      return undefined;
    },
  }),
  push: step({
    help: 'somebody pushes the shut door',
    examples: ['push: door'],
    kind: LEAF,
    play({ stage }) {
      if (stage.plant.truth().doorOpen) throw new CannotHappen('it is open already', 'shut it before: close: door');
      return stage.plant.push() ? 'it opens' : 'it does not give';
    },
  }),
  close: step({
    help: 'somebody shuts the open door',
    examples: ['close: door'],
    kind: LEAF,
    play(scene) {
      const { plant } = scene.stage;
      if (!plant.truth().doorOpen) throw new CannotHappen('it is shut already', 'open it before: push: door');
      if (scene.isDoorHeld()) return 'somebody stands in it';
      return plant.close() ? 'it is shut' : 'it does not shut: the bolt is in the way';
    },
  }),
  force: step({
    help: 'somebody breaks the door open',
    examples: ['force: door'],
    kind: LEAF,
    play({ stage }) {
      stage.plant.force();
      return undefined;
    },
  }),
  turn: step({
    help: 'somebody turns the bolt by hand, or with a key',
    examples: ['turn: withdrawn', 'turn: thrown'],
    kind: word(['withdrawn', 'thrown']),
    never: (_to, { drive, name: product }) =>
      drive === 'strike' || drive === 'pulse'
        ? `a ${product} with a ${drive} has a latch, and no bolt to turn`
        : undefined,
    play({ stage }, to) {
      if (stage.plant.truth().bolt === (to === 'thrown' ? BOLT_THROWN : BOLT_WITHDRAWN))
        throw new CannotHappen(
          `the bolt is ${to} already`,
          `turn it before: turn: ${to === 'thrown' ? 'withdrawn' : 'thrown'}`,
        );
      stage.plant.turn(to === 'thrown' ? 'throw' : 'withdraw');
      return undefined;
    },
  }),
  release: step({
    help: 'somebody within opens by what needs no electricity: the handle, the lever that glows',
    examples: ['release: from_inside'],
    kind: word(['from_inside']),
    play({ stage }) {
      stage.plant.releaseFromInside();
      return undefined;
    },
  }),
  take: step({
    help: 'somebody takes the key out of the open safe',
    examples: ['take: item'],
    kind: word(['item']),
    never: (_item, profile) => lacks(profile, 'item_present'),
    play({ stage: { plant } }) {
      if (!plant.truth().itemPresent) throw new CannotHappen('it is out already', 'put it back before: put: item');
      return plant.take() ? 'it is out' : 'the lid is in the way';
    },
  }),
  put: step({
    help: 'somebody puts the key back into the open safe',
    examples: ['put: item'],
    kind: word(['item']),
    never: (_item, profile) => lacks(profile, 'item_present'),
    play({ stage: { plant } }) {
      if (plant.truth().itemPresent) throw new CannotHappen('it is in already', 'take it out before: take: item');
      return plant.put() ? 'it is in' : 'the lid is in the way';
    },
  }),
} as const satisfies Readonly<Record<string, StepWord>>;
