/** The command line of `fuzz`: what is wrong with it is told before anything is played. */
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzz, replayOf } from '../../../sim/cli/fuzz.ts';
import { type Desk, openDesk } from '../../firmware/tools/desk.ts';
import { fakeIo } from '../../support/fake-io.ts';
import { hurried } from '../../support/hurried.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.clear());

it('makes the folder for what is found before the first run, or says that it cannot', async () => {
  const found = desk.path('found');
  expect((await desk.run(['fuzz', '--runs', '1', '--out', found])).code).toBe(0);
  expect(existsSync(found)).toBe(true);
  writeFileSync(desk.path('file'), '');
  for (const out of [desk.path('file'), desk.path('file/below'), desk.path('no/where')]) {
    const ran = await desk.run(['fuzz', '--runs', '1', '--out', out]);
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain(out);
    expect(ran.out).toBe('');
  }
});

it('asks for a number of failures in words of their own', async () => {
  const { code, err } = await desk.run(['fuzz', '--failures', '0']);
  expect(code).toBe(2);
  expect(err).toBe('latchstring: --failures "0" is out of range\n  give a whole number from 1 to 999999999\n');
});

it('says how far it is in a log, too, now and then', async () => {
  const io = { ...fakeIo(), clock: async () => hurried() };
  expect(await fuzz({ seed: 1, runs: 100, out: desk.folder, failures: 1, json: false }, io)).toBe(0);
  const lines = io.printed.err.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.length).toBeLessThan(10);
  for (const line of lines) expect(line).toMatch(/^\[[# ]{30}\] [0-9]+ of 100 runs, [0-9]+ power cuts, 0 found$/);
});

it('says how many runs lead to a cut that no file can say, and with which product', () => {
  const cut = { write: 7, phase: 'issued' } as const;
  const found = { seed: 500, run: 8 };
  expect(replayOf(found, { cut: undefined }, 'x.yaml', 'door')).toBe('latchstring scenario run --lenient x.yaml');
  expect(replayOf(found, { cut }, 'x.yaml', undefined)).toBe('latchstring fuzz --seed 500 --runs 8');
  expect(replayOf(found, { cut }, 'x.yaml', 'key-safe')).toBe(
    'latchstring fuzz --seed 500 --runs 8 --profile key-safe',
  );
});

it('that was cut short says so by its exit code, as a shell would', async () => {
  const heard = fakeIo();
  // As soon as it says how far it is.
  const io = { ...heard, clock: async () => hurried(), err: () => heard.interrupt('SIGTERM') };
  const options = { seed: 1, runs: 1_000_000, out: desk.path('short'), failures: 1, json: false };
  expect(await fuzz(options, io)).toBe(143);
  expect(heard.printed.out).toMatch(/^seed 1: [0-9]{1,3} runs, .* 0 found/);
});
