import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimFolder } from '../../../firmware/disk/claim.ts';

let folder = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchstring-claim-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await ended(child, 'SIGKILL');
  await rm(folder, { recursive: true });
});

// Node 20 runs no TypeScript: the child takes the module through the bundler that the test runner brings.
const CHILD = `
  import { createServer } from 'vite';
  const [, root, folder, rounds] = process.argv;
  const vite = await createServer({ root, configFile: false, logLevel: 'silent', appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } });
  const { claimFolder } = await vite.ssrLoadModule('/firmware/disk/claim.ts');
  console.log('ready');
  process.stdin.once('data', async () => {
    try { await claimFolder(folder); console.log('claimed'); }
    catch (error) { console.log('refused: ' + error.message); }
  });
`;

interface Claimant {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Lets it try, and gives what it said. */
  claim(): Promise<string>;
}

async function claimant(): Promise<Claimant> {
  const args = ['--input-type=module', '-e', CHILD, process.cwd(), folder];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const { pid, stdin, stdout } = child;
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  expect(await line()).toBe('ready');
  if (pid === undefined) throw new Error('a child without a number');
  return {
    child,
    pid,
    claim() {
      stdin.write('go\n');
      return line();
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

const lockFile = (): string => join(folder, 'run.lock');
const claimNow = async (): Promise<Record<string, unknown>> => JSON.parse(await readFile(lockFile(), 'utf8'));

it('makes the folder for the owner alone, and leaves nothing behind when released', async () => {
  const path = join(folder, 'a', 'b');
  const claim = await claimFolder(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect(await readdir(path)).toEqual(['run.lock']);
  expect((await stat(join(path, 'run.lock'))).mode & 0o777).toBe(0o600);
  await claim.release();
  await claim.release();
  expect(await readdir(path)).toEqual([]);
  await (await claimFolder(path)).release();
});

it('refuses a folder that a living process holds, and says who, where, and what to do', async () => {
  const other = await claimant();
  expect(await other.claim()).toBe('claimed');
  await expect(claimFolder(folder)).rejects.toThrow(
    new RegExp(`^the folder ${folder} is in use by process ${other.pid}$`),
  );
});

it('refuses a second claim of the same process', async () => {
  const claim = await claimFolder(folder);
  await expect(claimFolder(folder)).rejects.toThrow(`process ${process.pid}`);
  await claim.release();
});

it('takes the folder over from a process that was killed', async () => {
  const other = await claimant();
  expect(await other.claim()).toBe('claimed');
  await ended(other.child, 'SIGKILL');
  const claim = await claimFolder(folder);
  expect((await claimNow()).pid).toBe(process.pid);
  expect(await readdir(folder)).toEqual(['run.lock']);
  await claim.release();
});

it('takes the folder over when the number of the dead process is in use again', async () => {
  const claim = await claimFolder(folder);
  const text = JSON.stringify({ ...(await claimNow()), startTick: '1' });
  await claim.release();
  await writeFile(lockFile(), text);
  await (await claimFolder(folder)).release();
});

it('takes the folder over after a reboot, whatever process has that number now', async () => {
  const claim = await claimFolder(folder);
  const text = JSON.stringify({ ...(await claimNow()), bootId: '00000000-0000-0000-0000-000000000000' });
  await claim.release();
  await writeFile(lockFile(), text);
  await (await claimFolder(folder)).release();
});

it.each(['', '\0\0\0\0', '{"pid":', '{"pid":-1}', 'null'])(
  'takes the folder over from a claim torn to %j',
  async (text) => {
    await writeFile(lockFile(), text);
    await (await claimFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  },
);

it('does not release a claim that is not its own', async () => {
  const claim = await claimFolder(folder);
  await writeFile(lockFile(), '{"pid":1}');
  await claim.release();
  expect(await readFile(lockFile(), 'utf8')).toBe('{"pid":1}');
});

it('goes on from a process that died in the middle of taking over', async () => {
  const stale = (id: string): string => JSON.stringify({ pid: 2 ** 22 + 1, bootId: null, startTick: null, id });
  const { createHash } = await import('node:crypto');
  const after = (text: string): string =>
    `run.lock.after.${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  await writeFile(lockFile(), stale('first'));
  await writeFile(join(folder, after(stale('first'))), stale('second'));
  await writeFile(join(folder, after(stale('second'))), stale('third'));
  const claim = await claimFolder(folder);
  expect((await claimNow()).pid).toBe(process.pid);
  expect(await readdir(folder)).toEqual(['run.lock']);
  await claim.release();
});

it('lets exactly one of many claimants succeed a stale claim', async () => {
  // Within one process every await is a chance for another to come between. They begin one after the
  // other, so that some read the stale claim while others are replacing it.
  for (let round = 0; round < 40; round++) {
    const path = join(folder, `${round}`);
    await mkdir(path);
    await writeFile(join(path, 'run.lock'), JSON.stringify({ pid: 2 ** 22 + 1, round }));
    const claims = Array.from({ length: 12 }, async (_, i) => {
      for (let turn = 0; turn < (i * round) / 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      return claimFolder(path);
    });
    const results = await Promise.allSettled(claims);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(path)).toEqual(['run.lock']);
  }
});

it('lets exactly one of two processes succeed a stale claim', async () => {
  await writeFile(lockFile(), JSON.stringify({ pid: 2 ** 22 + 1 }));
  const [one, two] = await Promise.all([claimant(), claimant()]);
  const said = (await Promise.all([one.claim(), two.claim()])).sort();
  expect(said[0]).toBe('claimed');
  expect(said[1]).toMatch(/^refused: the folder .* is in use by process/);
});
