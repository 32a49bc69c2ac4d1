/** Somebody who looks on while a scenario is played: is told what happens and how far it is, and can end it. */

import type { Cancel } from '../../firmware/ports/index.ts';
import { EXIT, type Failure, failure } from '../../firmware/tools/failure.ts';
import { complain, type Interrupt, type Io, interruptedCode } from '../../firmware/tools/io.ts';
import { printable } from '../../firmware/tools/printable.ts';
import { topicsOf } from '../../protocol/index.ts';
import type { PlayOptions } from '../scenario/player.ts';
import { type Breathe, CutShort } from '../scenario/stage.ts';
import { timed, timeline } from '../scenario/timeline.ts';
import type { Recording } from '../scenario/trace.ts';
import { turn } from '../time/turn.ts';

/** After this much time without a word it says how far it is. */
const SILENT_MS = 500;

export interface Onlooker {
  /** Throws a CutShort once somebody has told the run to end. */
  readonly breathe: Breathe;
  /** A line that stays. */
  tell(line: string): void;
  /** How far it is: nothing of it stays. */
  isAt(where: string): void;
  /** Nothing more is said of how far it is. */
  clear(): void;
  /** What went wrong with a file: to all but those who have gone. */
  complain(file: string, failed: Failure): void;
  /** The exit code: that of a run which was told to end, or that all is done. */
  code(): number;
  readonly end: Cancel;
}

/** Hears what happens unless it is to be `quiet`, or comes as `json`. How far it is, is for terminals only. */
export async function onlooker(
  io: Io,
  { quiet, json }: { readonly quiet: boolean; readonly json: boolean },
): Promise<Onlooker> {
  const isTold = !quiet && !json;
  const clock = await io.clock();
  let interrupted: Interrupt | undefined;
  let toldMs = clock.monoMs();
  let shows = false;
  const isAt = (where: string): void => {
    toldMs = clock.monoMs();
    shows = where !== '';
    progress(io, isTold, where);
  };
  const clear = (): void => {
    if (shows) isAt('');
  };
  const end = io.onInterrupt((interrupt) => {
    interrupted = interrupt;
  });
  return {
    async breathe(atMs) {
      await turn();
      if (interrupted !== undefined) throw new CutShort(`cut short by ${interrupted} at ${atMs} ms`);
      if (clock.monoMs() - toldMs >= SILENT_MS) isAt(`${spoken(atMs)} of its time`);
    },
    tell(line) {
      clear();
      toldMs = clock.monoMs();
      if (isTold) io.out(`${printable(line)}\n`);
    },
    isAt,
    clear,
    complain(file, failed) {
      clear();
      if (interrupted !== 'SIGPIPE') complain(io, json, failed, file);
    },
    code: () => (interrupted === undefined ? EXIT.done : interruptedCode(interrupted)),
    end,
  };
}

/** What he sees of a run that is recorded: its time line, in the words of a person. */
export function seenBy({ breathe, tell }: Onlooker, record: Recording): Pick<PlayOptions, Seen> {
  const line = timeline(topicsOf('front-door'), tell);
  return {
    breathe,
    observe(observation, atMs) {
      record.observe(observation, atMs);
      line(observation, atMs);
    },
    onStep: (step, atMs) => tell(timed(atMs, step.says)),
    onSaid: (said, atMs) => tell(timed(atMs, `  ${said}`)),
  };
}
type Seen = 'breathe' | 'observe' | 'onStep' | 'onSaid';

/** A file that was not played to its end because the run was told to end: nothing was found out about the lock. */
export const unplayed = (path: string, why: string): Failure =>
  failure('refused', `${path}: ${why}`, 'play it again, and let it come to its end');

const DAY_MS = 86_400_000;

/** `3 d 04:05:06` */
function spoken(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const ofDay = new Date(ms % DAY_MS).toISOString().slice(11, 19);
  return days === 0 ? ofDay : `${days} d ${ofDay}`;
}

/** A line that is written over and over, where somebody looks. */
export function progress(io: Io, shows: boolean, text: string): void {
  if (shows && io.terminal() !== undefined) io.err(`\r\x1b[K${text}`);
}
