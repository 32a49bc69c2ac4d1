/** What is wrong with a configuration, in words for whoever wrote it: never in those of the library that found it. */
import type * as z from 'zod';
import { type Failure, usage } from './tools/failure.ts';

/** What to write for a key that a lock cannot do without. */
const EXAMPLES: Readonly<Record<string, string>> = {
  data: 'data: ./lock (the folder that `latchstring enrol` made)',
  timezone: 'timezone: Europe/Berlin',
  board: 'board, with port and a drive',
  'board.port': 'port: /dev/serial/by-id/… below board',
  'broker.url': 'url: mqtt://127.0.0.1:1883 below broker',
  'reader.port': 'port: /dev/serial/by-id/… below reader',
};

/** What the library calls what it expects, as people do. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
};

/** An issue of the schema about `document`, as a failure about the file at `path`. */
export function inWords(issue: z.core.$ZodIssue, document: unknown, path: string): Failure {
  const key = issue.path.map(String).join('.');
  const given = valueAt(document, issue.path);
  if (key === '' && (given === null || given === undefined)) {
    return usage(`${path}: the file is empty`, 'begin with a copy of examples/lock.yaml');
  }
  if (given === undefined) {
    return usage(
      `${path}: ${key} is missing`,
      `write ${EXAMPLES[key] ?? key}; examples/lock.yaml shows every key with its meaning`,
    );
  }
  // A file that is one word may be a key or a password, named by mistake: nothing of it is repeated.
  if (key === '' && typeof given !== 'object') {
    return usage(`${path}: the file is no configuration`, 'name the file that examples/lock.yaml was copied to');
  }
  return usage(
    `${path}: ${key === '' ? 'the file' : key}${whatIsWrong(issue, given)}`,
    `mend ${key === '' ? path : key}`,
  );
}

function whatIsWrong(issue: z.core.$ZodIssue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return ` has to be ${KINDS[issue.expected] ?? issue.expected}, and is ${shown(given)}`;
    case 'invalid_value':
      return ` has to be ${oneOf(issue.values.map(String))}, and is ${shown(given)}`;
    case 'too_small':
      return issue.origin === 'string' ? ' is empty' : ` is ${shown(given)}, and has to be at least ${issue.minimum}`;
    case 'too_big':
      return ` is ${shown(given)}, and may be at most ${issue.maximum}`;
    default:
      return `: ${issue.message}`;
  }
}

const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const SHOWN_CHARS_MAX = 40;

function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_CHARS_MAX)) : String(value);
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
