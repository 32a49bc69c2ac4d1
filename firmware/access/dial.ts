/**
 * What a clock on the wall shows in the lock's time zone: hours and daily uses are judged by it. Its
 * formatter takes a quarter of a millisecond to make (measured, on a processor that was at rest), more
 * than the three signatures of a token cost OpenSSL: so it is made once, and kept.
 */
import type { WallS } from '../../protocol/index.ts';

export interface Dial {
  /** The local calendar day, `2026-11-22`: daily uses are counted by it. */
  readonly day: string;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Minutes since local midnight, as the hands show them. */
  readonly minute: number;
}

export type ReadDial = (nowS: WallS) => Dial;

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The dial of an IANA time zone. Throws a RangeError when there is no such zone. */
export function dialIn(timezone: string): ReadDial {
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  // A token is asked three times in the same second: for its hours, its uses and its record.
  let last: { readonly nowS: WallS; readonly dial: Dial } | undefined;
  function read(nowS: WallS): Dial {
    const parts = new Map<string, string>(formatter.formatToParts(nowS * 1000).map(({ type, value }) => [type, value]));
    return {
      day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
      weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? ''),
      minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    };
  }
  return (nowS) => {
    if (last?.nowS !== nowS) last = { nowS, dial: read(nowS) };
    return last.dial;
  };
}
