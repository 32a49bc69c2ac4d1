/**
 * How the commands end as processes: by a signal, by a terminal that is closed, below npm. Whatever ends
 * them, nothing of theirs is left running, and no folder with keys in it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installed, install, type Started } from '../support/installed.ts';
import { noPty, ptyPair } from './pty.ts';
import { until } from './until.ts';

let installed: Installed;
beforeAll(() => {
  installed = install();
}, 120_000);
afterAll(() => installed.remove());

const leftBehind = (): readonly string[] => readdirSync(installed.temporary);
const isUp = ({ printed }: Started) => until('the house is up', () => printed.out.includes('house is up'));

describe.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  const number = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];

  it('ends a demo before its end, which its exit code says, and takes the house away', async () => {
    const demo = installed.run(['demo']);
    await isUp(demo);
    expect(leftBehind()).toHaveLength(1);
    demo.child.kill(signal);
    const { code, out } = await demo.ended;
    expect(code).toBe(128 + number);
    expect(out).not.toContain('"opened"');
    expect(leftBehind()).toEqual([]);
  });

  it('is how a sim without input ends, and takes the house away', async () => {
    const sim = installed.run(['sim']);
    await isUp(sim);
    sim.child.kill(signal);
    expect(await sim.ended).toMatchObject({ code: 0, signal: null, err: '' });
    expect(leftBehind()).toEqual([]);
  });
});

it('a sim that is told to end leaves the rest of its script', async () => {
  const words = 500;
  const child = spawn(process.execPath, [installed.command, 'sim', '--json'], { cwd: installed.home });
  const ended = once(child, 'exit');
  let helped = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    helped += text.split('"done":"help"').length - 1;
  });
  child.stdin.write('help\n'.repeat(words));
  await until('it has begun', () => helped > 0);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(helped).toBeLessThan(words);
});

it('a house that is told to end while it is being built is taken away too', async () => {
  for (const verb of ['sim', 'demo']) {
    const { child, ended } = installed.run([verb]);
    await until('its folder is there', () => leftBehind().length > 0);
    child.kill('SIGTERM');
    expect((await ended).signal).toBeNull();
    expect(leftBehind()).toEqual([]);
  }
});

it.skipIf(noPty())('a terminal that is closed ends the sim in it, and takes the house away', async () => {
  // The shell outlives the terminal, to say how the sim ended: as by a hang-up, and not by an abort of Node's.
  const script = join(installed.home, 'in-terminal.sh');
  const status = join(installed.home, 'status');
  writeFileSync(
    script,
    `trap '' HUP\n'${process.execPath}' '${installed.command}' sim\necho $? >'${status}.new'\nmv '${status}.new' '${status}'\n`,
  );
  const terminal = installed.spawn('socat', ['STDIO,ignoreeof', `EXEC:sh ${script},pty,setsid,ctty,rawer`]);
  await until('keys are taken', () => terminal.printed.out.includes('[q] quit'));
  expect(leftBehind()).toHaveLength(1);
  terminal.child.kill('SIGKILL');
  await until('the sim has ended', () => existsSync(status));
  expect(readFileSync(status, 'utf8')).toBe('129\n');
  expect(leftBehind()).toEqual([]);
});

it('a disk that takes no byte ends enrol and sim with 3, and they leave no folder that they have made', async () => {
  for (const name of ['owner', 'recovery']) {
    await installed.run(['key', 'new', '--out', join(installed.home, name)]).ended;
  }
  const data = join(installed.home, 'made-in-vain');
  for (const verb of [
    `enrol --id front-door --owner owner.pub --recovery recovery.pub --data ${data}`,
    `sim --data ${data}`,
  ]) {
    // To the process this is a full disk: every write to a file fails.
    const full = `ulimit -f 0; exec '${process.execPath}' '${installed.command}' ${verb}`;
    const { code, out, err } = await installed.spawn('sh', ['-c', full]).ended;
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain('EFBIG');
    expect(existsSync(data)).toBe(false);
  }
});

it.skipIf(!existsSync('/dev/full'))(
  'a disk that takes no output ends sim, demo and key with 3, and the house is taken away',
  async () => {
    await installed.run(['key', 'new', '--out', join(installed.home, 'key')]).ended;
    for (const verb of ['sim', 'sim --json', 'demo', 'key pub key']) {
      const full = `exec '${process.execPath}' '${installed.command}' ${verb} >/dev/full`;
      const { code, err } = await installed.spawn('sh', ['-c', full]).ended;
      expect({ verb, code }).toEqual({ verb, code: 3 });
      expect(err.match(/ENOSPC/g)).toHaveLength(1);
      expect(leftBehind()).toEqual([]);
    }
  },
);

it.skipIf(noPty())('a terminal that takes nothing, held or on a dead line, holds up nobody', async () => {
  const pair = await ptyPair();
  const script = join(installed.home, 'talks.mjs');
  const io = pathToFileURL(join(installed.home, 'dist/firmware/tools/process-io.js')).href;
  // To stdout more than any terminal takes unread; to a file, how far it has come.
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs';
     import { processIo } from '${io}';
     const io = processIo();
     for (let kb = 1; kb <= 200; kb++) { io.out('x'.repeat(1023) + '\\n'); writeFileSync('come.txt', String(kb)); }`,
  );
  const terminal = openSync(pair.host, 'r+');
  const child = spawn(process.execPath, [script], { cwd: installed.home, stdio: ['ignore', terminal, 'ignore'] });
  try {
    await until('all is said', () => {
      const come = join(installed.home, 'come.txt');
      return existsSync(come) && readFileSync(come, 'utf8') === '200';
    });
  } finally {
    child.kill('SIGKILL');
    closeSync(terminal);
    await pair.dispose();
  }
});

it.skipIf(noPty())('a terminal that takes nothing keeps no sim that is told to end', async () => {
  const pair = await ptyPair();
  const terminal = openSync(pair.host, 'r+');
  const child = spawn(process.execPath, [installed.command, 'sim'], {
    cwd: installed.home,
    stdio: ['pipe', terminal, 'pipe'],
    env: { ...process.env, TMPDIR: installed.temporary },
  });
  const ended = once(child, 'exit');
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  try {
    // Pictures, of some 10 kB each: more than the terminal takes. Then a word that is none: that is told elsewhere.
    child.stdin?.write(`${'qr\n'.repeat(6)}over\n`);
    await until('all is said', () => complaints.includes('over'));
    child.kill('SIGTERM');
    // With the code for the word that was none.
    expect(await ended).toEqual([2, null]);
    expect(leftBehind()).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    closeSync(terminal);
    await pair.dispose();
  }
});

it('npm start that is ended ends its house', async () => {
  const npm = installed.spawn('npm', ['start']);
  await isUp(npm);
  const port = /mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(npm.printed.out)?.[1];
  expect(port).toBeDefined();
  npm.child.kill('SIGTERM');
  await npm.ended;
  await until('the house is gone', () => leftBehind().length === 0);
});
