/**
 * `present`: the courier's phone. A one-way QR says when it was drawn and is good for half a minute,
 * so a photograph of it soon is not; `--watch` draws a new one every ten seconds. Where the lock can
 * be asked for a nonce, answering that is better still.
 */
import {
  equal,
  fromHex,
  kidOf,
  NONCE_BYTES,
  publicKeyOf,
  REDRAW_MS,
  type Token,
  toHex,
  toText,
  toWallS,
  type WallMs,
  writePresentation,
} from '../../protocol/index.ts';
import { readTokenFile } from './armour.ts';
import { usage } from './failure.ts';
import { type Io, say } from './io.ts';
import { readSeed } from './key-file.ts';
import { draw, modulesOf } from './qr-drawing.ts';
import { formatTime, parseTime } from './times.ts';

export interface PresentOptions {
  readonly key: string;
  readonly token: string;
  readonly nonce?: string;
  readonly at?: string;
  readonly qr: boolean;
  readonly watch: boolean;
  readonly json: boolean;
}

/** Another screen without a cursor, and back: what was on the terminal before is there again after. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H\x1b[2J';

interface Shown {
  readonly text: string;
  readonly warning: string | undefined;
  readonly drawnAt: string | null;
}

export async function present(options: PresentOptions, io: Io): Promise<number> {
  if (options.qr && options.json) throw usage('--qr draws, and --json does not', 'leave out one of them');
  if (options.watch && (options.nonce !== undefined || options.at !== undefined)) {
    throw usage('--watch draws the present moment again and again', 'leave out --nonce and --at');
  }
  if (options.nonce !== undefined && options.at !== undefined) {
    throw usage('a nonce takes the place of the time', 'leave out --at');
  }
  const nonce = options.nonce === undefined ? undefined : fromHex(options.nonce);
  if (options.nonce !== undefined && nonce?.length !== NONCE_BYTES) {
    throw usage('--nonce is not a nonce of a lock', `give its ${2 * NONCE_BYTES} hexadecimal digits`);
  }
  const token = await readTokenFile(options.token);
  const seed = await readSeed(options.key);
  checkHolder(token, publicKeyOf(seed));
  const clock = await io.clock();
  const show = (): Shown => shownAt(token, seed, nonce, clock.wallMs(), options.at);
  if (!options.watch) {
    print(show(), options, io);
    return 0;
  }
  return watch(show, options, io);
}

function checkHolder(token: Token, holder: Uint8Array): void {
  if (equal(token.holder, holder)) return;
  throw usage(
    `the token is for the phone ${toHex(kidOf(token.holder))}, and --key is ${toHex(kidOf(holder))}`,
    'present it with the key that it was made out to',
  );
}

function shownAt(
  token: Token,
  seed: Uint8Array,
  nonce: Uint8Array | undefined,
  nowMs: WallMs,
  at: string | undefined,
): Shown {
  const drawnAtS = at === undefined ? toWallS(nowMs) : parseTime(at, '--at', nowMs);
  const bytes = writePresentation(token.signed.bytes, nonce === undefined ? { drawnAtS } : { nonce }, seed);
  // Shown all the same: the lock's clock decides, and a test may want to see it refused.
  const warning =
    drawnAtS < token.notBeforeS
      ? `the token begins only at ${formatTime(token.notBeforeS)}`
      : drawnAtS >= token.expiresS
        ? `the token ended at ${formatTime(token.expiresS)}`
        : undefined;
  return { text: toText(bytes), warning, drawnAt: nonce === undefined ? formatTime(drawnAtS) : null };
}

function print({ text, warning, drawnAt }: Shown, options: PresentOptions, io: Io): void {
  if (warning !== undefined && !options.json) io.err(`latchstring: ${warning}: a lock will refuse it\n`);
  const value = { text, drawn_at: drawnAt, warning: warning ?? null };
  say(io, options.json, value, options.qr ? drawing(text, io) : [text]);
}

/** The drawing, for the terminal when there is one; a failure when it would not fit, since a wrapped code reads as nothing. */
function drawing(text: string, io: Io): readonly string[] {
  const modules = modulesOf(text);
  const terminal = io.terminal();
  const columns = modules.length;
  if (terminal !== undefined && terminal.columns < columns) {
    throw usage(
      `the code is ${columns} characters wide, and the terminal ${terminal.columns}`,
      'widen the terminal or make its letters smaller',
    );
  }
  return draw(modules, terminal !== undefined);
}

/** Redraws until interrupted. The wait is armed anew after each drawing, so that a suspended laptop wakes up to one drawing. */
async function watch(show: () => Shown, options: PresentOptions, io: Io): Promise<number> {
  const clock = await io.clock();
  const inPlace = options.qr && io.terminal() !== undefined;
  if (inPlace) io.out(ENTER);
  try {
    await new Promise<void>((resolve, reject) => {
      let cancelWait = (): void => undefined;
      const cancelInterrupt = io.onInterrupt(() => {
        cancelWait();
        cancelInterrupt();
        resolve();
      });
      const redraw = (): void => {
        try {
          if (inPlace) io.out(HOME + screen(show(), io));
          else print(show(), options, io);
          cancelWait = clock.after(REDRAW_MS, redraw);
        } catch (error) {
          cancelInterrupt();
          reject(error);
        }
      };
      redraw();
    });
  } finally {
    if (inPlace) io.out(LEAVE);
  }
  return 0;
}

/** One screenful: the code, or why there is none, and how to end it. */
function screen({ text, warning }: Shown, io: Io): string {
  const modules = modulesOf(text);
  const terminal = io.terminal() ?? { columns: 80, rows: 24 };
  const rowsNeeded = Math.ceil(modules.length / 2) + 1;
  const fits = terminal.columns >= modules.length && terminal.rows >= rowsNeeded;
  const lines = fits
    ? [...draw(modules, true)]
    : [
        `The code needs ${modules.length} columns and ${rowsNeeded} rows; the terminal has ${terminal.columns} and ${terminal.rows}.`,
        'Enlarge it or make its letters smaller.',
      ];
  lines.push(`${warning === undefined ? '' : `${warning}: a lock will refuse it. `}Ctrl-C ends it.`);
  return lines.join('\r\n');
}
