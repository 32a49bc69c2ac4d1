/**
 * Somebody's desk: a folder of their own, a clock that stands still until it is told, and the
 * command line, run in this process with streams that can be read afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../cli.ts';
import type { Io } from '../../../firmware/tools/io.ts';
import { type VirtualClock, virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';

/** Monday noon in UTC. */
export const NOW = '2026-11-23T12:00:00Z';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Setting {
  readonly stdin?: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Told of everything that is written to stderr, as it is written. */
  readonly onErr?: (text: string) => void;
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Told of everything that is written to stdout, as it is written. */
  readonly onOut?: (text: string) => void;
  /** Takes what stands for Ctrl-C. */
  readonly onInterruptible?: (interrupt: () => void) => void;
}

export interface Desk {
  readonly folder: string;
  readonly clock: VirtualClock;
  path(name: string): string;
  run(argv: readonly string[], setting?: Setting): Promise<Ran>;
  /** Runs, and fails the test when it does not succeed. The result's JSON comes back. */
  json(argv: readonly string[], setting?: Setting): Promise<Record<string, unknown>>;
  clear(): Promise<void>;
}

export async function openDesk(): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-desk-'));
  const clock = virtualClock({ startWallMs: Date.parse(NOW) });
  const chance = prng(1);

  async function run(argv: readonly string[], setting: Setting = {}): Promise<Ran> {
    let out = '';
    let err = '';
    const io: Io = {
      stdin: streamOf(setting.stdin ?? ''),
      stdinIsTerminal: false,
      out: (text) => {
        out += text;
        setting.onOut?.(text);
      },
      err: (text) => {
        err += text;
        setting.onErr?.(text);
      },
      unread: () => 0,
      rawKeys: () => () => undefined,
      closeInput: () => undefined,
      terminal: () => setting.terminal,
      clock: async () => clock,
      random: (length) => Uint8Array.from({ length }, () => chance.below(256)),
      onInterrupt: (callback) => {
        setting.onInterruptible?.(() => callback('SIGINT'));
        return () => undefined;
      },
    };
    const code = await main(argv, io);
    return { code, out, err };
  }

  return {
    folder,
    clock,
    path: (name) => join(folder, name),
    run,
    async json(argv, setting) {
      const { code, out, err } = await run([...argv, '--json'], setting);
      if (code !== 0) throw new Error(`exit code ${code}: ${err}${out}`);
      return JSON.parse(out) as Record<string, unknown>;
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

async function* streamOf(input: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof input === 'string') yield new TextEncoder().encode(input);
  else yield* input;
}

export const LOCK = 'front-door/abcd2345';

/** An owner, a carrier and a courier's phone with their keys; the carrier's delegation, the phone's token. */
export async function openParcelDesk(): Promise<Desk> {
  const desk = await openDesk();
  for (const name of ['owner', 'carrier', 'phone', 'recovery'])
    await desk.json(['key', 'new', '--out', desk.path(name)]);
  await desk.json([
    ...['grant', '--key', desk.path('owner'), '--lock', LOCK, '--to', desk.path('carrier.pub')],
    ...['--out', desk.path('grant')],
  ]);
  await desk.json([
    ...['token', '--key', desk.path('carrier'), '--grant', desk.path('grant'), '--lock', LOCK],
    ...['--to', desk.path('phone.pub'), '--out', desk.path('token')],
  ]);
  return desk;
}
