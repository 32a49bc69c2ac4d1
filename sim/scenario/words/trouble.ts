/** What breaks, and is mended. */
import { FAULT_NAMES, FAULTS } from '../../faults/catalogue.ts';
import { powerOff, powerOffAt, powerUp } from '../../faults/power.ts';
import { worldOf } from '../../faults/world.ts';
import type { CutMoment } from '../../world.ts';
import { fields, isMap, type Kind, Misfit, meant, shortOr, shown, word } from '../kinds.ts';
import { CannotHappen } from '../scene.ts';
import { TIERS } from '../stage.ts';
import { ONLY_A, type StepWord, step } from './step.ts';

/** The faults of the catalogue that `cut` is short for, and what is gone then. */
const CUTS = {
  power: { fault: 'power-cut', gone: 'the power' },
  serial: { fault: 'serial-unplugged', gone: 'the wire to the board' },
  network: { fault: 'network-away', gone: 'the network' },
} as const;

export const TROUBLE_WORDS = {
  cut: step({
    help: 'cuts the power (now, at the n-th write from now on, or at the first motion), the wire to the board, or the network',
    examples: ['cut: power', 'cut: {power: at write 3}', 'cut: {power: at motion}', 'cut: serial', 'cut: network'],
    kind: shortOr(word(['power', 'serial', 'network']), fields({ power: cutMoment() }, {})),
    tiers: (given) => (typeof given === 'string' ? TIERS : ONLY_A),
    async play(scene, given) {
      // A moment that never comes excuses nothing: of one that comes everybody sees the lock go dark.
      if (typeof given !== 'string') {
        powerOffAt(scene, given.power);
        return undefined;
      }
      const { fault, gone } = CUTS[given];
      if (given === 'power') await powerOff(scene);
      else if (scene.standing.has(fault))
        throw new CannotHappen(`${gone} is gone already`, `bring it back before: restore: ${given}`);
      scene.onFault(fault, true);
      if (given === 'serial') scene.stage.board(false);
      else if (given === 'network') await scene.stage.network(false);
      return undefined;
    },
  }),
  restore: step({
    help: 'brings back the power (the lock boots), the wire to the board, or the network',
    examples: ['restore: power', 'restore: network'],
    kind: word(['power', 'serial', 'network']),
    async play(scene, what) {
      const { fault, gone } = CUTS[what];
      if (what === 'power') await powerUp(scene);
      else if (!scene.standing.has(fault)) throw new CannotHappen(`${gone} is there`, `cut it before: cut: ${what}`);
      else if (what === 'serial') scene.stage.board(true);
      else await scene.stage.network(true);
      scene.onFault(fault, false);
      return undefined;
    },
  }),
  restart: step({
    help: "ends the lock's process in order, and begins another; the kernel runs on",
    examples: ['restart: lock'],
    kind: word(['lock']),
    tiers: () => ONLY_A,
    async play(scene) {
      const world = worldOf(scene);
      if (!world.isUp) throw new CannotHappen('the lock is dark', 'bring the power back before: restore: power');
      await world.restart();
      return undefined;
    },
  }),
  fault: faultWord(),
  mend: step({
    help: 'mends what was broken by that name, or everything',
    examples: ['mend: jam', 'mend: all'],
    kind: word([...FAULT_NAMES, 'all']),
    async play(scene, what) {
      await scene.mend(what);
      return undefined;
    },
  }),
} as const satisfies Readonly<Record<string, StepWord>>;

function faultWord(): StepWord {
  const known = word(FAULT_NAMES);
  return {
    help: 'breaks something on purpose, by its name in the catalogue: latchstring scenario faults',
    examples: ['fault: jam', 'fault: {jam: {above: 600}}', 'fault: {network-hostile: {times: 2}}'],
    schema: {
      anyOf: [
        known.schema,
        {
          oneOf: FAULT_NAMES.map((one) => ({
            type: 'object',
            // Without parameters, `jam:` has nothing behind it.
            properties: { [one]: { ...FAULTS[one]?.schema, type: ['object', 'null'] } },
            required: [one],
            additionalProperties: false,
          })),
        },
      ],
    },
    read(value, path) {
      const [which, parameters] = isMap(value) ? (Object.entries(value)[0] ?? ['', undefined]) : [value, undefined];
      const found = typeof which === 'string' && Object.hasOwn(FAULTS, which) ? FAULTS[which] : undefined;
      if (found === undefined || (isMap(value) && Object.keys(value).length !== 1)) {
        throw new Misfit(
          isMap(value) ? [...path, String(which)] : path,
          `${shown(which)} is no fault`,
          meant(which, FAULT_NAMES),
          isMap(value),
        );
      }
      const trouble = found.read(parameters, [...path, String(which)]);
      return {
        tiers: found.tiers,
        never: trouble.lacking,
        async play(scene) {
          return scene.breaks(String(which), () => trouble.begin(scene));
        },
      };
    },
  };
}

function cutMoment(): Kind<CutMoment> {
  return {
    read(value, path) {
      if (value === 'at motion') return 'motion';
      const parts = typeof value === 'string' ? /^(before|at|after) write ([1-9][0-9]{0,5})$/.exec(value) : null;
      if (parts === null) {
        throw new Misfit(
          path,
          `${shown(value)} is no moment for a power cut`,
          'write at write 3, before write 3, after write 3 or at motion',
        );
      }
      const phase = ({ before: 'before', at: 'issued', after: 'done' } as const)[parts[1] as 'before' | 'at' | 'after'];
      return { write: Number(parts[2]), phase };
    },
    schema: { type: 'string', pattern: '^((before|at|after) write [1-9][0-9]{0,5}|at motion)$' },
    looks: 'at write 3',
  };
}
