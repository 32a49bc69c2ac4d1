/**
 * What may stand in a scenario, in one place for three uses: reading it, saying what is wrong with it,
 * and telling an editor (JSON Schema) what to offer.
 *
 * A kind reads a plain value, as YAML or a program made it, and knows nothing of lines and columns:
 * what does not fit is told with the path to it, and whoever has the text turns that into a place.
 */

import { nearest } from '../../firmware/nearest.ts';

export type Path = readonly (string | number)[];

/** Something in a scenario that is not as it should be. `onKey`: it is about the key at the end of the path, not its value. */
export class Misfit extends Error {
  readonly path: Path;
  readonly next: string;
  readonly onKey: boolean;
  constructor(path: Path, message: string, next: string, onKey = false) {
    super(message);
    this.path = path;
    this.next = next;
    this.onKey = onKey;
  }
}

export type JsonSchema = { readonly [key: string]: unknown };

export interface Kind<V> {
  /** Throws a Misfit. */
  read(value: unknown, path: Path): V;
  readonly schema: JsonSchema;
  /** How it is written, for help: `500ms`. */
  readonly looks: string;
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** What lasts longer is a slip of the keyboard. A lock in virtual time does something every minute, so that a year takes seconds. */
const DURATION_MS_MAX = 366 * UNITS_MS.d;
/** Clocks are set further than anybody waits. */
const SHIFT_MS_MAX = 100 * DURATION_MS_MAX;

/** Any value in a sentence. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

function durationMs(value: unknown, path: Path, sign: '' | '[+-]'): number {
  const looks = sign === '' ? '500ms, 2s, 5m, 1h or 1d' : '+1h or -10m';
  if (typeof value === 'number' || (typeof value === 'string' && /^[+-]?[0-9.]+$/.test(value))) {
    throw new Misfit(path, `${value} has no unit`, `write ${value}ms, ${value}s, ${value}m, ${value}h or ${value}d`);
  }
  const parts = typeof value === 'string' ? new RegExp(`^(${sign})([0-9]+)(ms|s|m|h|d)$`).exec(value) : null;
  if (parts === null) throw new Misfit(path, `${shown(value)} is not a length of time`, `write it like ${looks}`);
  const ms = Number(parts[2]) * UNITS_MS[parts[3] as keyof typeof UNITS_MS];
  const [mostMs, most] = sign === '' ? [DURATION_MS_MAX, 'a year'] : [SHIFT_MS_MAX, 'a hundred years'];
  if (ms > mostMs) throw new Misfit(path, `${shown(value)} is more than ${most}`, 'write less');
  return parts[1] === '-' ? -ms : ms;
}

/** A pattern of the whole numbers up to one, for editors: a schema has no other way to say how long a length may be. */
function upTo(most: number): string {
  const digits = String(most);
  const below = [...digits].flatMap((digit, i) =>
    digit === '0' ? [] : [`${digits.slice(0, i)}[0-${Number(digit) - 1}][0-9]{${digits.length - 1 - i}}`],
  );
  const shorter = digits.length === 1 ? [] : [`[0-9]{1,${digits.length - 1}}`];
  return `0*(${[...shorter, ...below, digits].join('|')})`;
}

const lengthsUpTo = (mostMs: number): string =>
  `(${Object.entries(UNITS_MS)
    .map(([unit, ms]) => `${upTo(Math.floor(mostMs / ms))}${unit}`)
    .join('|')})`;

/** A length of time with its unit, in milliseconds. */
export const duration: Kind<number> = {
  read: (value, path) => durationMs(value, path, ''),
  schema: { type: 'string', pattern: `^${lengthsUpTo(DURATION_MS_MAX)}$` },
  looks: '500ms',
};

/** A shorter one: `most` is how its bound is written. */
export const durationTo = (mostMs: number, most: string): Kind<number> => ({
  ...duration,
  read(value, path) {
    const ms = duration.read(value, path);
    if (ms <= mostMs) return ms;
    throw new Misfit(path, `${shown(value)} is more than ${most}`, 'write less');
  },
  schema: { type: 'string', pattern: `^${lengthsUpTo(mostMs)}$` },
});

const SHIFTS = `^[+-]${lengthsUpTo(SHIFT_MS_MAX)}$`;

/** A step forward or back. */
export const shift: Kind<number> = {
  read: (value, path) => durationMs(value, path, '[+-]'),
  schema: { type: 'string', pattern: SHIFTS },
  looks: '+1h',
};

const DAY_CHARS = '2026-06-01'.length;
/** Dates from 1970 on; which of them a month does not have is for the reading to say. */
const DATES =
  '^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?Z)?$';

/** A moment: counted from when the step is played (`+1h`, `-1m`, `now`), or a date (`{date: 2099-01-01}`, in UTC). */
export type Moment = { readonly fromNowMs: number } | { readonly wallMs: number };
export const moment: Kind<Moment> = {
  read(value, path) {
    if (value === 'now') return { fromNowMs: 0 };
    const iso = typeof value === 'string' && new RegExp(DATES).test(value);
    const wallMs = iso ? Date.parse(value.includes('T') ? value : `${value}T00:00:00Z`) : Number.NaN;
    // What is no day of its month becomes one of the next.
    if (iso && wallMs >= 0 && new Date(wallMs).toISOString().startsWith(value.slice(0, DAY_CHARS))) return { wallMs };
    if (typeof value === 'string' && /^[+-]/.test(value)) return { fromNowMs: durationMs(value, path, '[+-]') };
    throw new Misfit(
      path,
      `${shown(value)} is not a moment`,
      'write now, +1h, -10m, 2099-01-01 or 2026-06-01T10:00:00Z',
    );
  },
  schema: { anyOf: [{ const: 'now' }, { type: 'string', pattern: DATES }, { type: 'string', pattern: SHIFTS }] },
  looks: '+1h',
};

export const whole = (least: number, most: number): Kind<number> => ({
  read(value, path) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new Misfit(
      path,
      `${shown(value)} is not a whole number from ${least} to ${most}`,
      'write one without a unit',
    );
  },
  schema: { type: 'integer', minimum: least, maximum: most },
  looks: String(Math.max(least, 1)),
});

export const flag: Kind<boolean> = {
  read(value, path) {
    if (typeof value === 'boolean') return value;
    throw new Misfit(path, `${shown(value)} is neither true nor false`, 'write true or false');
  },
  schema: { type: 'boolean' },
  looks: 'true',
};

/** It is said, or it is not: there is no other way to say it. */
export const said: Kind<true> = {
  read(value, path) {
    if (value === true) return true;
    throw new Misfit(path, `${shown(value)} is not true`, 'write true, or leave it out');
  },
  schema: { const: true },
  looks: 'true',
};

/** As letters, as a schema counts them. */
const TEXT_CHARS_MAX = 4_096;

export const text: Kind<string> = {
  read(value, path) {
    if (typeof value === 'string' && [...value].length <= TEXT_CHARS_MAX) return value;
    throw new Misfit(
      path,
      `${shown(value)} is not a text of at most ${TEXT_CHARS_MAX} characters`,
      'write it in quotes',
    );
  },
  schema: { type: 'string', maxLength: TEXT_CHARS_MAX },
  looks: '"a text"',
};

/** A name that the scenario gives to something: a courier's token, a copy. */
export const name: Kind<string> = {
  read(value, path) {
    if (typeof value === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(value)) return value;
    throw new Misfit(
      path,
      `${shown(value)} is not a name`,
      'write up to 32 of a-z, 0-9 and -, a letter first: courier-1',
    );
  },
  schema: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,31}$' },
  looks: 'courier-1',
};

export function word<const W extends string>(words: readonly W[]): Kind<W> {
  return {
    read(value, path) {
      const found = words.find((one) => one === value);
      if (found !== undefined) return found;
      throw new Misfit(path, `${shown(value)} is none of the words here`, meant(value, words));
    },
    schema: { enum: words },
    looks: words[0] ?? '',
  };
}

type Fields = { readonly [key: string]: Kind<unknown> };
type Of<F extends Fields> = { readonly [K in keyof F]: F[K] extends Kind<infer V> ? V : never };

/** A map with these keys and no other. */
export function fields<R extends Fields, O extends Fields>(required: R, optional: O): Kind<Of<R> & Partial<Of<O>>> {
  const kinds: Fields = { ...required, ...optional };
  const names = Object.keys(kinds);
  return {
    read(value, path) {
      if (!isMap(value)) {
        throw new Misfit(path, `${shown(value)} is not a map`, `write it with ${names.join(', ')}`);
      }
      const read: Record<string, unknown> = {};
      for (const [key, given] of Object.entries(value)) {
        const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
        if (kind === undefined) throw new Misfit([...path, key], `${key} is not known here`, meant(key, names), true);
        read[key] = kind.read(given, [...path, key]);
      }
      const missing = Object.keys(required).find((key) => !(key in read));
      if (missing !== undefined) {
        throw new Misfit(path, `${missing} is missing`, `write ${missing}: ${kinds[missing]?.looks ?? ''}`);
      }
      return read as Of<R> & Partial<Of<O>>;
    },
    schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((key) => [key, kinds[key]?.schema])),
      required: Object.keys(required),
      additionalProperties: false,
    },
    looks: `{${names.map((key) => `${key}: ${kinds[key]?.looks ?? ''}`).join(', ')}}`,
  };
}

/** A map with exactly one of these keys: told apart by it. */
export function oneKey<F extends Fields>(
  kinds: F,
): Kind<{ [K in keyof F]: { readonly key: K; readonly value: Of<F>[K] } }[keyof F]> {
  const names = Object.keys(kinds);
  return {
    read(value, path) {
      const [key, ...more] = isMap(value) ? Object.keys(value) : [];
      if (!isMap(value) || key === undefined || more.length > 0) {
        throw new Misfit(path, `${shown(value)} is not a map with one key`, `write one of ${names.join(', ')}`);
      }
      const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
      if (kind === undefined) throw new Misfit([...path, key], `${key} is not known here`, meant(key, names), true);
      return { key, value: kind.read(value[key], [...path, key]) } as never;
    },
    schema: {
      oneOf: names.map((key) => ({
        type: 'object',
        properties: { [key]: kinds[key]?.schema },
        required: [key],
        additionalProperties: false,
      })),
    },
    looks: `{${names[0]}: ${kinds[names[0] ?? '']?.looks ?? ''}}`,
  };
}

/** Several of a kind. */
export const listOf = <V>(kind: Kind<V>): Kind<readonly V[]> => ({
  read(value, path) {
    if (!Array.isArray(value)) throw new Misfit(path, `${shown(value)} is not a list`, `write it like [${kind.looks}]`);
    return value.map((one: unknown, i) => kind.read(one, [...path, i]));
  },
  schema: { type: 'array', items: kind.schema },
  looks: `[${kind.looks}]`,
});

/** The short form, or the long one when it is a map. */
export const shortOr = <S, L>(short: Kind<S>, long: Kind<L>): Kind<S | L> => ({
  read: (value, path) => (isMap(value) ? long.read(value, path) : short.read(value, path)),
  schema: { anyOf: [short.schema, long.schema] },
  looks: short.looks,
});

/** The same value, as another thing. `refuse` says in words why a value is none, and what to write. */
export const as = <A, B>(kind: Kind<A>, make: (value: A) => B): Kind<B> => ({
  ...kind,
  read: (value, path) => make(kind.read(value, path)),
});

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const WORDS_LISTED_MAX = 12;

/** What somebody probably meant, or all that there is. */
export function meant(typed: unknown, words: readonly string[]): string {
  const near = nearest((typeof typed === 'string' ? typed : shown(typed)).slice(0, 64), words);
  // When a third of the letters are others, it is another word.
  if (near !== undefined && near.changes <= Math.max(1, near.word.length / 3)) return `did you mean ${near.word}?`;
  const listed = words.slice(0, WORDS_LISTED_MAX).join(', ');
  return `choose from ${listed}${words.length > WORDS_LISTED_MAX ? ', …' : ''}`;
}
