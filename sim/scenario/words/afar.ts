/** What is asked of the lock over MQTT, and what its owner says. */
import {
  CHANNELS,
  kidOf,
  OPERATING_MODES,
  type OperatingMode,
  readToken,
  rotateRoot,
  type Statement,
} from '../../../protocol/index.ts';
import { quickSigner } from '../../quick.ts';
import {
  fields,
  flag,
  isMap,
  type JsonSchema,
  type Kind,
  Misfit,
  moment,
  name,
  oneKey,
  said,
  shortOr,
  text,
  whole,
  word,
} from '../kinds.ts';
import { CannotHappen, type Scene } from '../scene.ts';
import { type StepWord, step } from './step.ts';

const STATEMENTS = {
  pause: said,
  resume: said,
  'raise-epoch': whole(0, 1_000_000),
  're-seal': whole(0, 1_000_000),
  'set-mode': word(Object.keys(OPERATING_MODES) as OperatingMode[]),
  'deny-token': name,
  'deny-key': word(['carrier', 'courier']),
  'set-time': moment,
  'rotate-root': said,
} as const;
type Op = keyof typeof STATEMENTS;

interface ControlGiven {
  readonly op: Op;
  readonly value: unknown;
  readonly by?: 'recovery' | 'stranger';
  readonly counter?: number;
  readonly at?: (typeof CHANNELS)[number];
}

/** One statement by its name, perhaps with who says it, under which number, and where. */
function controlKind(): Kind<ControlGiven> {
  const how = fields(
    {},
    {
      by: word(['recovery', 'stranger']),
      counter: whole(0, 1_000_000),
      at: word(CHANNELS),
      op: word(Object.keys(STATEMENTS) as Op[]),
    },
  );
  const { op: ofOps, ...others } = how.schema.properties as Readonly<Record<string, JsonSchema>>;
  return {
    read(value, path) {
      const entries = Object.entries(isMap(value) ? value : {});
      const statements = entries.filter(([key]) => Object.hasOwn(STATEMENTS, key));
      const rest = how.read(Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(STATEMENTS, key))), path);
      const [[op, argument] = [rest.op, undefined], second] = statements;
      if (op === undefined || second !== undefined || (rest.op !== undefined && statements.length > 0)) {
        throw new Misfit(path, 'a control says one thing', `write one of ${Object.keys(STATEMENTS).join(', ')}`);
      }
      const { op: _op, ...manner } = rest;
      return {
        op: op as Op,
        value: argument === undefined ? undefined : STATEMENTS[op as Op].read(argument, [...path, op]),
        ...manner,
      };
    },
    schema: {
      oneOf: [
        ...Object.entries(STATEMENTS).map(([op, kind]) => ({
          type: 'object',
          properties: { [op]: kind.schema, ...others },
          required: [op],
          additionalProperties: false,
        })),
        { type: 'object', properties: { op: ofOps, ...others }, required: ['op'], additionalProperties: false },
      ],
    },
    looks: '{raise-epoch: 2}',
  };
}

/** The new root of a rotation: the same in every world. */
const NEXT_ROOT = quickSigner(new Uint8Array(32).fill(9));

function statementOf(scene: Scene, op: Op, value: unknown, number: number): Statement {
  const { stage } = scene;
  const epoch = typeof value === 'number' ? value : (stage.heard.state()?.epoch ?? 1) + 1;
  switch (op) {
    case 'pause':
    case 'resume':
      return { op };
    case 'raise-epoch':
    case 're-seal':
      return { op, epoch };
    case 'set-mode':
      return { op, mode: (value ?? 'normal') as OperatingMode };
    case 'deny-token': {
      const token = readToken(scene.token(typeof value === 'string' ? value : 'courier-1'));
      if (token === undefined) throw new Error('a token of ours that cannot be read');
      return { op, tokenId: token.id };
    }
    case 'deny-key':
      return { op, kid: kidOf(stage.people.keys[value === 'courier' ? 'courier' : 'carrier']) };
    case 'set-time':
      return { op, timeS: value === undefined ? stage.wallS() : scene.at(value as never) };
    case 'rotate-root':
      return rotateRoot(stage.people.audience, number, NEXT_ROOT);
  }
}

/** What the lock listens to, below its own topic. */
const HEARD_TOPICS = ['cmd/lock', 'cmd/unlock', 'cmd/nonce', 'cmd/ping', 'control'] as const;

export const AFAR_WORDS = {
  command: step({
    help: 'somebody asks something of the lock over MQTT; an unlock answers the nonce that the lock has given last',
    examples: ['command: lock', 'command: nonce', 'command: {unlock: courier-1}', 'command: {lock: retained}'],
    kind: shortOr(
      word(['lock', 'nonce', 'ping']),
      oneKey({ unlock: name, lock: word(['retained', 'expired']), unlock_retained: name }),
    ),
    play(scene, given) {
      const { stage } = scene;
      const cid = scene.nextCid();
      const verb = typeof given === 'string' ? given : given.key === 'lock' ? 'lock' : 'unlock';
      const how = typeof given === 'string' || given.key !== 'lock' ? undefined : given.value;
      const body: Record<string, unknown> = { cid, exp: stage.wallS() + (how === 'expired' ? -60 : 60) };
      if (typeof given !== 'string' && given.key !== 'lock') {
        const nonce = stage.heard.results.findLast((result) => result.nonce !== undefined)?.nonce;
        if (nonce === undefined)
          throw new CannotHappen('the lock has given no nonce yet', 'ask for one before: command: nonce');
        body.presentation = stage.people.answer(scene.token(given.value), Buffer.from(nonce, 'hex'));
      }
      scene.asked(verb === 'unlock' ? 'visit' : undefined);
      scene.commanded(cid);
      const retained = how === 'retained' || (typeof given !== 'string' && given.key === 'unlock_retained');
      stage.send(stage.topics.cmd[verb], JSON.stringify(body), retained);
      return undefined;
    },
  }),
  publish: step({
    help: 'whoever may publish at the broker sends any text to a topic that the lock listens to',
    examples: [
      `publish: {to: cmd/unlock, text: '{"cid": "1", "exp": 4070908800}'}`,
      'publish: {to: control, text: "[]", retained: true}',
    ],
    kind: fields({ to: word(HEARD_TOPICS), text }, { retained: flag }),
    play(scene, { to, text: payload, retained = false }) {
      const { topics, send } = scene.stage;
      const [, verb] = to.split('/');
      scene.asked();
      // Which answer is to it, nobody can say who has sent any text; whatever comes next may be.
      if (verb !== undefined) scene.commanded();
      send(verb === undefined ? topics.control : topics.cmd[verb as keyof typeof topics.cmd], payload, retained);
      return undefined;
    },
  }),
  control: step({
    help: 'the owner says something, signed and numbered, retained on the control topic or shown to the reader; or a stranger tries to',
    examples: [
      'control: pause',
      'control: {raise-epoch: 2}',
      'control: {set-mode: privacy}',
      'control: {deny-token: courier-1}',
      'control: {op: pause, by: stranger}',
    ],
    kind: shortOr(word(['pause', 'resume', 're-seal', 'rotate-root']), controlKind()),
    play(scene, given) {
      const {
        op,
        value,
        by,
        counter,
        at = 'mqtt',
      } = typeof given === 'string' ? { op: given, value: undefined, by: undefined, counter: undefined } : given;
      const { stage } = scene;
      const nonceNeeded = op === 'set-time' || op === 'rotate-root' || op === 're-seal';
      const nonce = stage.heard.results.findLast((result) => result.nonce !== undefined)?.nonce;
      if (nonceNeeded && nonce === undefined) {
        throw new CannotHappen(
          `${op} answers a nonce, and the lock has given none yet`,
          'ask for one before: command: nonce',
        );
      }
      const number = counter ?? (stage.heard.state()?.control_counter ?? 0) + 1;
      const said = scene.order(statementOf(scene, op, value, number), {
        ...(by === undefined ? (op === 'rotate-root' ? { by: 'recovery' as const } : {}) : { by }),
        ...(nonceNeeded && nonce !== undefined ? { nonce: new Uint8Array(Buffer.from(nonce, 'hex')) } : {}),
        ...(counter === undefined ? {} : { counter }),
      });
      scene.asked('control');
      if (at === 'reader') scene.show(said, 'reader');
      else stage.send(stage.topics.control, JSON.stringify([said]), true);
      return undefined;
    },
  }),
} as const satisfies Readonly<Record<string, StepWord>>;
