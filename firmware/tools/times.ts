/**
 * Moments and lengths of time as people type them. A moment without a time zone is refused: it
 * would be another moment on the owner's laptop than on the carrier's server.
 */
import { toWallS, type WallMs, type WallS, wallS } from '../../protocol/index.ts';
import { usage } from './failure.ts';

const UNIT_S = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
type Unit = keyof typeof UNIT_S;

/** The last second that ISO 8601 can write with four digits of year. */
const WALL_S_MAX = 253_402_300_799;

const TIMES_HELP = 'now, +4h (units s m h d w, counted from now), or ISO 8601 with a zone: 2026-12-01T08:00:00Z';

/** A moment, in whole seconds. `option` is the name of the option for the message: `--from`. */
export function parseTime(text: string, option: string, nowMs: WallMs): WallS {
  if (text === 'now') return toWallS(nowMs);
  const lengthS = text.startsWith('+') ? lengthOf(text.slice(1)) : undefined;
  const atS = lengthS === undefined ? isoS(text, option) : toWallS(nowMs) + lengthS;
  if (atS < 0 || atS > WALL_S_MAX)
    throw usage(`${option} ${text} is not in the years 1970 to 9999`, `give ${TIMES_HELP}`);
  return wallS(atS);
}

/** A length of time in seconds: `4h`. */
export function parseLength(text: string, option: string): number {
  const lengthS = lengthOf(text);
  if (lengthS === undefined || lengthS < 1 || lengthS > WALL_S_MAX) {
    throw usage(
      `${option} ${JSON.stringify(text)} is not a length of time`,
      'give a number of at least 1 and a unit (s m h d w): 4h',
    );
  }
  return lengthS;
}

function lengthOf(text: string): number | undefined {
  const parts = /^([0-9]{1,9})([smhdw])$/.exec(text);
  return parts === null ? undefined : Number(parts[1]) * UNIT_S[parts[2] as Unit];
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?([Zz]|[+-]\d\d:?\d\d)?$/;

function isoS(text: string, option: string): number {
  const wrong = (why: string) => usage(`${option} ${JSON.stringify(text)} ${why}`, `give ${TIMES_HELP}`);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) throw wrong('has no time of day and no time zone');
  const parts = ISO.exec(text);
  if (parts === null) throw wrong('is not a time');
  const zone = parts[7];
  if (zone === undefined) throw wrong('has no time zone');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const localS = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  // Date.UTC takes the 31st of February for the 3rd of March: what it made must read back as it was typed.
  const readBack = new Date(localS * 1000).toISOString();
  const two = (n: number): string => String(n).padStart(2, '0');
  const typed = `${parts[1]}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
  if (!readBack.startsWith(typed)) throw wrong('is not in the calendar');
  return localS - zoneS(zone, wrong);
}

function zoneS(zone: string, wrong: (why: string) => unknown): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const digits = zone.replace(':', '');
  const hours = Number(digits.slice(1, 3));
  const minutes = Number(digits.slice(3, 5));
  if (hours > 14 || minutes > 59) throw wrong('has a time zone that is nowhere');
  return (digits.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** A moment in UTC. Bytes from outside may hold any number of seconds: beyond the calendar it stays a number. */
export function formatTime(atS: WallS): string {
  return atS <= WALL_S_MAX ? new Date(atS * 1000).toISOString().replace('.000Z', 'Z') : `${atS} s after 1970`;
}

/** A length in the largest unit that it is a whole number of: 5400 is `90m`. */
export function formatLength(lengthS: number): string {
  const units = (Object.keys(UNIT_S) as Unit[]).filter(
    (unit) => lengthS >= UNIT_S[unit] && lengthS % UNIT_S[unit] === 0,
  );
  const unit = units.at(-1) ?? 's';
  return `${lengthS / UNIT_S[unit]}${unit}`;
}
