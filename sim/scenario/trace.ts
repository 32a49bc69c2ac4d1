/**
 * A run as a file that can be played again: one JSON object a line. The first says what was played, the
 * last has its hash, and that of all between; the same scenario and seed give the same lines, byte for byte,
 * on every machine.
 */
import { createHash } from 'node:crypto';
import { failure, usage } from '../../firmware/tools/failure.ts';
import { VERSION } from '../../firmware/version.ts';
import { toHex } from '../../protocol/index.ts';
import type { Observation, Observer } from '../observation.ts';
import { SEED_MAX } from './scenario.ts';

/** Another number when what is observed, or how it is written, has become another. */
export const TRACE_VERSION = 3;

export interface TraceHeader {
  readonly latchstring_trace: number;
  readonly firmware: string;
  readonly seed: number;
  /** The scenario's file, whole, and what it was called. */
  readonly path: string;
  readonly scenario: string;
}

export interface Recording {
  readonly observe: Observer;
  /** SHA-256 of what was observed, hexadecimal. */
  hash(): string;
  /** The whole file; asserts that lines were kept. */
  file(): string;
}

/** `keeps`: the lines are kept for a file; otherwise only their hash is made. */
export function recording(header: Omit<TraceHeader, 'latchstring_trace' | 'firmware'>, keeps: boolean): Recording {
  const sum = createHash('sha256');
  const lines: string[] = [];
  let digest: string | undefined;
  const hash = (): string => {
    digest ??= sum.digest('hex');
    return digest;
  };
  return {
    observe(observation, atMs) {
      const line = `${lineOf(observation, atMs)}\n`;
      sum.update(line);
      if (keeps) lines.push(line);
    },
    hash,
    file() {
      if (!keeps) throw new Error('the lines of this recording were not kept');
      const first: TraceHeader = { latchstring_trace: TRACE_VERSION, firmware: VERSION, ...header };
      const firstLine = JSON.stringify(first);
      const last = JSON.stringify({ sha256: hash(), header_sha256: sha256([firstLine]) });
      return [`${firstLine}\n`, ...lines, `${last}\n`].join('');
    },
  };
}

/** Of lines, each with its end, hexadecimal. */
function sha256(lines: readonly string[]): string {
  const sum = createHash('sha256');
  for (const line of lines) sum.update(`${line}\n`);
  return sum.digest('hex');
}

function lineOf(observation: Observation, atMs: number): string {
  const { what, ...rest } = observation;
  return JSON.stringify({
    at_ms: atMs,
    what,
    ...('bytes' in rest && rest.bytes !== undefined ? { ...rest, bytes: toHex(rest.bytes) } : rest),
  });
}

export interface Trace {
  readonly header: TraceHeader;
  readonly lines: readonly string[];
  readonly sha256: string;
}

/** Throws a failure on what is no trace, or one of another version. */
export function readTrace(text: string, path: string): Trace {
  const lines = text.split('\n');
  const header = objectIn(lines[0]);
  if (typeof header?.latchstring_trace !== 'number' || typeof header.scenario !== 'string') {
    throw usage(`${path} is not a trace`, 'give a file that scenario run --record has made');
  }
  if (header.latchstring_trace !== TRACE_VERSION) {
    throw usage(
      `${path} is a trace of version ${header.latchstring_trace}, and this is version ${TRACE_VERSION}`,
      'record it again with this latchstring; its first line holds the scenario',
    );
  }
  const last = objectIn(lines.findLast((line) => line !== ''));
  if (typeof last?.sha256 !== 'string')
    throw failure(
      'usage',
      `${path} is cut short, or goes on behind its end: its last line has no sha256`,
      'record it again',
    );
  const observed = lines
    .slice(1)
    .filter((line) => line !== '')
    .slice(0, -1);
  if (sha256(lines.slice(0, 1)) !== last.header_sha256 || !isHeader(header)) {
    throw usage(`${path} was changed after it was recorded: its first line is another`, 'record it again');
  }
  if (sha256(observed) !== last.sha256) {
    throw usage(
      `${path} was changed after it was recorded: its last line has the hash of other lines`,
      'record it again',
    );
  }
  return { header, lines: observed, sha256: last.sha256 };
}

function isHeader(header: object): header is TraceHeader {
  const { firmware, seed, path, scenario } = header as Partial<Record<keyof TraceHeader, unknown>>;
  if (typeof seed !== 'number' || !Number.isInteger(seed) || seed < 0 || seed > SEED_MAX) return false;
  return [firmware, path, scenario].every((text) => typeof text === 'string');
}

function objectIn(line: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line ?? '');
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Not JSON: the caller says what the file is not.
    return undefined;
  }
}
