/**
 * What can go wrong on a command line, as one kind of value: what is wrong, and what to do next.
 *
 * A verb throws it from as deep as it likes; one place turns it into words and an exit code. It is
 * a plain value and no Error, because a stack trace helps nobody who mistyped a path. Whatever else
 * is thrown becomes one of these too: the system's own errors by their code, the rest as our bug.
 */

/** The exit codes of every verb, and what each is for. */
export const EXIT = {
  done: 0,
  /** A token was refused, or an expectation did not hold. */
  refused: 1,
  /** The command line, a file named on it, or a configuration. */
  usage: 2,
  /** A port, a broker or a disk. */
  io: 3,
  /** Ours. There is no better code for it than that of something broken underneath. */
  bug: 3,
} as const;

export type FailureCode = 'refused' | 'usage' | 'io' | 'bug';

export interface Failure {
  readonly kind: 'latchstring failure';
  readonly code: FailureCode;
  /** One sentence without a full stop: what is wrong. */
  readonly message: string;
  /** One sentence without a full stop, in the imperative: what to do next. */
  readonly next: string;
}

export const failure = (code: FailureCode, message: string, next: string): Failure => ({
  kind: 'latchstring failure',
  code,
  message,
  next,
});

export const usage = (message: string, next: string): Failure => failure('usage', message, next);

export const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'latchstring failure';

export const exitCodeOf = (failed: Failure): number => EXIT[failed.code];

/** The code of one of the system's errors (ENOENT, EADDRINUSE, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** What people get to read about the system's errors. A path that was mistyped is usage, a disk that is full is not. */
const SYSTEM: Readonly<
  Record<string, { readonly code: FailureCode; readonly message: string; readonly next: string }>
> = {
  ENOENT: { code: 'usage', message: 'no such file or folder', next: 'check the path' },
  ENOTDIR: { code: 'usage', message: 'a part of the path is no folder', next: 'check the path' },
  EISDIR: { code: 'usage', message: 'it is a folder, not a file', next: 'name a file in it' },
  EEXIST: { code: 'usage', message: 'it exists already', next: 'choose another name, or move the old file away' },
  EACCES: { code: 'io', message: 'permission denied', next: 'check who owns it and what its mode allows' },
  EPERM: { code: 'io', message: 'not permitted', next: 'check who owns it and what its mode allows' },
  ENOSPC: { code: 'io', message: 'the disk is full', next: 'free some space and try again' },
  EROFS: { code: 'io', message: 'the disk is read-only', next: 'choose a place that can be written' },
  EADDRINUSE: { code: 'io', message: 'the port is in use', next: 'choose another port, or end what listens there' },
  ECONNREFUSED: { code: 'io', message: 'nobody listens there', next: 'check the address, and that it is running' },
};

/** Any thrown value as a failure. `subject` is the path or address that it is about. */
export function toFailure(error: unknown, subject?: string): Failure {
  if (isFailure(error)) return error;
  const about = subject === undefined ? '' : `${subject}: `;
  const code = systemCode(error);
  if (code !== undefined) {
    const known = SYSTEM[code];
    if (known !== undefined) return failure(known.code, about + known.message, known.next);
    return failure('io', `${about}${messageOf(error)}`, 'mend that and try again');
  }
  return failure('bug', `${about}${messageOf(error)}`, 'this is a bug in latchstring: please report the command line');
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
