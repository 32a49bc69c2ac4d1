/**
 * `control`: the owner tells a lock something. It prints one text, which may reach the lock by any
 * channel, a QR code before its reader included; the lock takes each number once, and in order.
 *
 * The three operations that answer a nonce of the lock are not here yet: no lock gives one out.
 */
import {
  CONTROL_OPS,
  fromHex,
  KID_BYTES,
  NONCE_OPS,
  OPERATING_MODES,
  type OperatingMode,
  type Statement,
  TOKEN_ID_BYTES,
  toText,
  toWallS,
  writeControl,
} from '../../protocol/index.ts';
import { parseAudience, parseCount } from './arguments.ts';
import { usage } from './failure.ts';
import { type Io, say } from './io.ts';
import { readSeed } from './key-file.ts';
import { draw, modulesOf } from './qr-drawing.ts';

export interface ControlOptions {
  readonly key: string;
  readonly lock: string;
  readonly counter: string;
  readonly qr: boolean;
  readonly json: boolean;
}

const SAYABLE = CONTROL_OPS.filter((op) => !NONCE_OPS.includes(op));
const MODES = Object.keys(OPERATING_MODES) as readonly OperatingMode[];

export async function control(
  op: string,
  argument: string | undefined,
  options: ControlOptions,
  io: Io,
): Promise<number> {
  if (options.qr && options.json) throw usage('--qr draws, and --json does not', 'leave out one of them');
  const statement = statementOf(op, argument);
  const audience = parseAudience(options.lock);
  const counter = parseCount(options.counter, '--counter', 1, Number.MAX_SAFE_INTEGER);
  const seed = await readSeed(options.key);
  const issuedAtS = toWallS((await io.clock()).wallMs());
  const text = toText(writeControl({ audience, issuedAtS, counter, statement }, seed));
  const terminal = io.terminal();
  const lines = options.qr ? draw(modulesOf(text), terminal !== undefined) : [text];
  say(io, options.json, { text, op, counter }, lines);
  return 0;
}

function statementOf(op: string, argument: string | undefined): Statement {
  switch (op) {
    case 'pause':
    case 'resume':
      if (argument !== undefined) throw usage(`${op} takes no argument`, `leave out ${JSON.stringify(argument)}`);
      return { op };
    case 'raise-epoch':
      return { op, epoch: parseCount(argument ?? '', 'raise-epoch', 1, Number.MAX_SAFE_INTEGER) };
    case 'deny-token':
      return { op, tokenId: hexOf(op, argument, TOKEN_ID_BYTES, 'the token_id of an event, or what token printed') };
    case 'deny-key':
      return { op, kid: hexOf(op, argument, KID_BYTES, 'the kid that key new and inspect print') };
    case 'set-mode': {
      const mode = MODES.find((name) => name === argument);
      if (mode === undefined) throw usage('set-mode needs a mode', `choose from ${MODES.join(', ')}`);
      return { op, mode };
    }
  }
  throw usage(`there is no control ${JSON.stringify(op)}`, `choose from ${SAYABLE.join(', ')}`);
}

function hexOf(op: string, argument: string | undefined, bytes: number, where: string): Uint8Array {
  const value = argument === undefined ? undefined : fromHex(argument);
  if (value?.length === bytes) return value;
  throw usage(`${op} needs ${2 * bytes} hexadecimal digits`, `give ${where}`);
}
