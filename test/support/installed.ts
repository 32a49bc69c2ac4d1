/** The package as npm would install it: compiled, with its page and its dependencies, and a link to the command. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly printed: { out: string; err: string };
  readonly ended: Promise<Ended>;
}

export interface Installed {
  /** A folder of its own, with `package.json`, `dist` and the link. */
  readonly home: string;
  /** The link to the command. */
  readonly command: string;
  /** The tree that it was made of. */
  readonly root: string;
  /** Where the processes below put what is temporary. */
  readonly temporary: string;
  /** Runs the command without input, and watches it. */
  run(argv: readonly string[]): Started;
  /** Runs any program beside it. */
  spawn(program: string, argv: readonly string[]): Started;
  /** Ends what hung, and removes everything. */
  remove(): void;
}

export function install(): Installed {
  const home = mkdtempSync(join(tmpdir(), 'latchstring-cli-'));
  const command = join(home, 'latchstring');
  const root = resolve(import.meta.dirname, '../..');
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  execFileSync(process.execPath, [
    ...[join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--outDir', join(home, 'dist')],
    // Types are checked elsewhere; here it is only to be built.
    ...['--declaration', 'false', '--sourceMap', 'false', '--noCheck'],
  ]);
  copyFileSync(join(root, 'package.json'), join(home, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  symlinkSync(join(home, 'dist/cli.js'), command);
  const children: ChildProcess[] = [];

  function start(program: string, argv: readonly string[]): Started {
    const child = spawn(program, argv, { cwd: home, env: { ...process.env, TMPDIR: temporary } });
    children.push(child);
    const printed = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      printed.out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      printed.err += chunk;
    });
    child.stdin.end();
    const ended = new Promise<Ended>((done, fail) => {
      child.on('error', fail);
      child.on('close', (code, signal) => done({ code, signal, ...printed }));
    });
    return { child, printed, ended };
  }

  return {
    home,
    command,
    root,
    temporary,
    run: (argv) => start(process.execPath, [command, ...argv]),
    spawn: start,
    remove() {
      // Only one that hung is still there.
      for (const child of children) child.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
