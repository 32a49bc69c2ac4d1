/**
 * Hours of the week as people write them: `mon-sat 08:00-20:00, sun 10:00-12:00`.
 *
 *     hours  = window *( "," window )
 *     window = days SP time "-" time        20:00-06:00 ends on the morning after
 *     days   = run *( "+" run )             mon+wed+fri
 *     run    = day / day "-" day            sat-mon goes over the weekend
 *
 * They count in the lock's own time zone. 24:00 is the end of a day, never a start.
 */
import { HOURS_ENTRIES_MAX, type Hours } from '../../protocol/index.ts';
import { usage } from './failure.ts';

const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_MINUTES = 1440;

export function parseHours(text: string): readonly Hours[] {
  const hours = text.split(',').map((part) => parseWindow(part.trim()));
  if (hours.length > HOURS_ENTRIES_MAX) {
    throw usage(
      `--hours lists ${hours.length} windows, and a delegation holds ${HOURS_ENTRIES_MAX}`,
      'join days that have the same hours: mon-fri, or mon+wed+fri',
    );
  }
  return hours;
}

function parseWindow(text: string): Hours {
  const parts = /^([a-z+-]+)\s+([0-9]{2}:[0-9]{2})\s*-\s*([0-9]{2}:[0-9]{2})$/i.exec(text);
  const weekdays = parts === null ? undefined : parseDays((parts[1] ?? '').toLowerCase());
  const startMinute = parseMinute(parts?.[2] ?? '');
  const endMinute = parseMinute(parts?.[3] ?? '');
  const example = "write it like 'mon-sat 08:00-20:00, sun 10:00-12:00'";
  if (weekdays === undefined || startMinute === undefined || endMinute === undefined || startMinute === DAY_MINUTES) {
    throw usage(`--hours: ${JSON.stringify(text)} is not days and a span of hours`, example);
  }
  if (startMinute === endMinute) {
    throw usage(`--hours: ${JSON.stringify(text)} begins and ends at once`, 'write 00:00-24:00 for the whole day');
  }
  return { weekdays, startMinute, endMinute };
}

/** Weekday bits, Monday the lowest. */
function parseDays(text: string): number | undefined {
  let weekdays = 0;
  for (const run of text.split('+')) {
    const [first, last = first, ...more] = run.split('-').map((name) => DAYS.indexOf(name));
    if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      weekdays |= 1 << day;
      if (day === last) break;
    }
  }
  return weekdays;
}

function parseMinute(text: string): number | undefined {
  const minute = Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  return text.length === 5 && Number(text.slice(3, 5)) < 60 && minute <= DAY_MINUTES ? minute : undefined;
}

/** The same windows in words; `parseHours` reads them back. */
export function formatHours(hours: readonly Hours[]): string {
  const clock = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return hours
    .map(({ weekdays, startMinute, endMinute }) => `${formatDays(weekdays)} ${clock(startMinute)}-${clock(endMinute)}`)
    .join(', ');
}

function formatDays(weekdays: number): string {
  const runs: string[] = [];
  for (let day = 0; day < 7; day++) {
    if ((weekdays & (1 << day)) === 0) continue;
    const first = day;
    while (day < 6 && (weekdays & (1 << (day + 1))) !== 0) day++;
    runs.push(first === day ? `${DAYS[first]}` : `${DAYS[first]}-${DAYS[day]}`);
  }
  return runs.join('+');
}
