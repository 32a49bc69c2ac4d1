/**
 * The house on a terminal: what happens scrolls by, and the last line shows how things stand. No
 * library of screens and no alternate buffer, so that what was seen can be scrolled back to.
 */
import type { Io } from '../../firmware/tools/io.ts';
import type { House } from '../house.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN } from '../plant/plant.ts';

const CLEAR_LINE = '\r\x1b[K';
const WIDTH_MIN = 20;

export interface Screen {
  /** A line above the standing one. */
  print(line: string): void;
  /** Draws the standing line again. */
  refresh(): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export function screen(io: Io, house: House): Screen {
  let closed = false;
  const refresh = (): void => {
    if (closed) return;
    const columns = Math.max(WIDTH_MIN, io.terminal()?.columns ?? WIDTH_MIN);
    io.out(CLEAR_LINE + standing(house).slice(0, columns - 1));
  };
  return {
    print(line) {
      io.out(`${CLEAR_LINE}${line}\n`);
      refresh();
    },
    refresh,
    close() {
      closed = true;
      io.out(CLEAR_LINE);
    },
  };
}

/** Door, bolt and lock, in a line of 80 characters. */
export function standing(house: House): string {
  const { bolt, doorOpen } = house.plant.truth();
  const { lock, visit, alarms } = house.lock.document();
  const picture = `${doorOpen ? '▕  ╱' : '▕███'}${boltPicture(bolt)}`;
  const bell = house.plant.contact('bell') ? '◉' : '○';
  const parts = [
    picture,
    `door ${doorOpen ? 'open' : 'shut'}`,
    `bolt ${bolt === BOLT_THROWN ? 'thrown' : bolt === BOLT_WITHDRAWN ? 'withdrawn' : 'between'}`,
    `bell ${bell}`,
    `lock: ${lock}`,
    `visit: ${visit}`,
    ...(alarms.length === 0 ? [] : [`ALARM ${alarms.join(', ')}`]),
  ];
  return parts.join('  ');
}

/** The bolt in its frame, per mille of its travel. */
const boltPicture = (bolt: number): string => (bolt > 900 ? '━━▌' : bolt > 100 ? '━ ▌' : '  ▌');
