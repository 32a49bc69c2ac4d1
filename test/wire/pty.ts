/**
 * A pair of pseudo-terminals for the two ends of a serial wire, made by socat. Each has a name that
 * stays when the pair is pulled out and put back, as /dev/serial/by-id does.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export interface PtyPair {
  /** Paths of the two ends. */
  readonly host: string;
  readonly device: string;
  /** Ends socat, and with it the wire: both ends hang up. */
  unplug(): Promise<void>;
  /** A new pair of terminals under the old names. */
  plug(): Promise<void>;
  /** Unplugs and removes the names. */
  dispose(): Promise<void>;
}

/** Why tests on pseudo-terminals cannot run here; undefined when they can. Where nobody reads the reason, it is an error. */
export function noPty(): string | undefined {
  const { error } = spawnSync('socat', ['-V'], { stdio: 'ignore' });
  if (error === undefined) return undefined;
  const reason = `socat does not start (${error.message}): install it to run the tests on pseudo-terminals`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

export async function ptyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-pty-'));
  const host = join(folder, 'host');
  const device = join(folder, 'device');
  let socat: ChildProcess | undefined;

  async function plug(): Promise<void> {
    const child = spawn('socat', ['-d', '-d', ...[host, device].map((path) => `pty,raw,echo=0,link=${path}`)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    socat = child;
    let said = '';
    let failure: Error | undefined;
    child.on('error', (error) => {
      failure = error;
    });
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await until('socat has made both terminals', () => {
      if (failure !== undefined) throw failure;
      if (child.exitCode !== null) throw new Error(`socat ended with ${child.exitCode}: ${said}`);
      return said.includes('starting data transfer loop') && existsSync(host) && existsSync(device);
    });
  }

  async function unplug(): Promise<void> {
    const child = socat;
    socat = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await ended;
  }

  await plug();
  return {
    host,
    device,
    plug,
    unplug,
    async dispose() {
      await unplug();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
