/**
 * A broker as a program of its own: what the suite asks of each, and the process that it is. It listens on loopback, on a
 * port that was free, and keeps what it keeps in a temporary folder. It is ended by its own process group,
 * so that what it has started ends with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Somebody who may connect, and the topic filters that he may write and read below. */
export interface Account {
  readonly user: string;
  readonly password: string;
  readonly write: readonly string[];
  readonly read: readonly string[];
}

export interface Server {
  readonly port: number;
  /** Ends it as a power cut would: no goodbye. Settles when it is gone. */
  kill(): Promise<void>;
  /** On the same port, with what it has kept. */
  start(): Promise<void>;
  /** Ends it, and takes its folder away. */
  close(): Promise<void>;
}

export interface Kind {
  readonly name: string;
  /** Why it cannot be started here; undefined when it can. */
  missing(): string | undefined;
  /** The version that it speaks with a lock. */
  readonly version: 4 | 5;
  /** How it says no to a publish: not at all, by a reason code, or by ending the connection. */
  readonly denial: 'silent' | 'reason' | 'closes';
  make(accounts: readonly Account[]): Promise<Server>;
}

const STARTED_MS_MAX = 60_000;
const LOOK_MS = 50;

/** Where Debian puts servers, which is not where everybody's shell looks. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/lib/rabbitmq/bin'];

/**
 * Why a program cannot be started here; where nobody reads the reason, it is an error. It is only looked for: RabbitMQ
 * starts a whole broker, whatever it is asked.
 */
export function without(program: string): string | undefined {
  if (FOLDERS.some((folder) => existsSync(join(folder, program)))) return undefined;
  const reason = `there is no ${program}: install it to run the suite on it`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'latchstring-broker-'));

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const bound = probe.address();
      probe.close(() =>
        bound === null || typeof bound === 'string' ? reject(new Error('no port')) : resolve(bound.port),
      );
    });
  });
}

export interface ProgramOptions {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  /** Gone with it. */
  readonly folder: string;
}

/** Starts a program; settles when it listens on its port. */
export async function program(options: ProgramOptions): Promise<Server> {
  const { port, folder } = options;
  let child: ChildProcess | undefined;
  let said = '';

  async function start(): Promise<void> {
    const begun = spawn(options.program, options.argv, {
      cwd: folder,
      env: { ...process.env, PATH: FOLDERS.join(delimiter), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    child = begun;
    let failed: Error | undefined;
    begun.once('error', (error) => {
      failed = error;
    });
    for (const stream of [begun.stdout, begun.stderr]) {
      stream.on('data', (text: Buffer) => {
        said = (said + text.toString()).slice(-4_000);
      });
    }
    for (let waitedMs = 0; !(await listens(port)); waitedMs += LOOK_MS) {
      if (failed !== undefined) throw failed;
      if (begun.exitCode !== null) throw new Error(`${options.program} ended with ${begun.exitCode}: ${said}`);
      if (waitedMs > STARTED_MS_MAX) throw new Error(`${options.program} does not listen on ${port}: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async function kill(): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
    process.kill(-ending.pid, 'SIGKILL');
    await ended;
  }

  const close = async (): Promise<void> => {
    await kill();
    // What it has started may write a last time while it dies.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { port, kill, start, close };
}

/** Whether somebody takes connections there. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (listening: boolean) => (): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', settle(true));
    socket.once('error', settle(false));
  });
}
