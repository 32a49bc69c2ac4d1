/** Values that several verbs take on their command line. Each is checked here once, with the sentence that helps. */
import { ACTIONS, type Action, AUDIENCE } from '../../protocol/index.ts';
import { usage } from './failure.ts';

/** The audience of a lock: its id and the eight characters of this enrolment. */
export function parseAudience(text: string): string {
  if (AUDIENCE.test(text)) return text;
  throw usage(
    `--lock ${JSON.stringify(text)} is not a lock's audience`,
    'give what enrol printed, like front-door/abcd2345',
  );
}

export function parseAction(text: string, option: string): Action {
  const action = ACTIONS.find((known) => known === text);
  if (action !== undefined) return action;
  throw usage(`${option}: there is no action ${JSON.stringify(text)}`, `choose from ${ACTIONS.join(', ')}`);
}

/** A whole number within bounds. */
export function parseCount(text: string, option: string, min: number, max: number): number {
  const count = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw usage(`${option} ${JSON.stringify(text)} is not a number`, `give a whole number from ${min} to ${max}`);
}

/** The owner's epoch; a lock begins with 1, and each raise kills everything older. */
export const parseEpoch = (text: string): number => parseCount(text, '--epoch', 1, Number.MAX_SAFE_INTEGER);

/** An IANA time zone that this machine knows. */
export function parseTimezone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    // Intl's own words would be about options; the person typed one name.
    throw usage(`--timezone: there is no time zone ${JSON.stringify(text)}`, 'give an IANA name like Europe/Berlin');
  }
}
