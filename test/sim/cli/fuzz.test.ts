/** The command line of `fuzz`: what is wrong with it is told before anything is played. */
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Desk, openDesk } from '../../firmware/tools/desk.ts';

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
  expect(err).toBe('latchstring: --failures "0" is not a number\n  give a whole number from 1\n');
});
