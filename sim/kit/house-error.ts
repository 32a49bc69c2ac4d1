/** What goes wrong in somebody's test, as an error that a test runner prints: what is wrong, and what to do next. */
import { type Failure, type FailureCode, isFailure, toFailure, usage } from '../../firmware/tools/failure.ts';

/** `message` says both; `next` alone is what to do. `code`: `usage` a wrong argument, `io` a port or a disk, `refused` not as expected. */
export interface HouseError extends Error {
  readonly code: FailureCode;
  readonly next: string;
}

export function houseError(failed: Failure): HouseError {
  const { code } = failed;
  // What the command line calls --port is `port` here.
  const plain = (text: string): string => text.replace(/--(?=[a-z])/g, '');
  const next = plain(failed.next);
  return Object.assign(new Error(`${plain(failed.message)}; ${next}`), { name: 'HouseError', code, next });
}

/** What a function throws as one of the command line's failures becomes an error with a stack. */
export function inWords<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw isFailure(error) ? houseError(error) : error;
  }
}

/** The same of any error that a promise rejects with, the system's own too. */
export async function settledInWords<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && error.name === 'HouseError') throw error;
    throw houseError(toFailure(error));
  }
}

/** From JavaScript anything may come. The words that it may have, or what is wrong with it. */
export function checkKeys(what: string, given: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw houseError(usage(`${what} takes an object, and not ${inShort(given)}`, `give { ${known.join(', ')} }`));
  }
  const stranger = Object.keys(given).find((key) => !known.includes(key));
  if (stranger === undefined) return { ...given };
  throw houseError(usage(`${what} knows no ${JSON.stringify(stranger)}`, `choose from ${known.join(', ')}`));
}

const SHORT_CHARS_MAX = 60;

/** Any value as a few characters of a sentence. */
export function inShort(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  return cut(typeof value === 'function' ? String(value) : said(value));
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > SHORT_CHARS_MAX ? `${line.slice(0, SHORT_CHARS_MAX)}…` : line;
}

function said(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A circle, or a bigint: its kind has to do.
    return String(value);
  }
}
