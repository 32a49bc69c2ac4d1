/** Whoever looks on while a scenario is played: hears how far it is, and ends it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Interrupt } from '../../../firmware/tools/io.ts';
import { replay } from '../../../sim/cli/replay.ts';
import { type ScenarioRunOptions, scenarioRun } from '../../../sim/cli/scenario.ts';
import { type Desk, openDesk } from '../../firmware/tools/desk.ts';
import { type FakeIo, fakeIo } from '../../support/fake-io.ts';
import { hurried } from '../../support/hurried.ts';

let desk: Desk;
const OPTIONS: ScenarioRunOptions = { tier: 'a', cuts: true, quiet: false, lenient: false, json: false };

beforeAll(async () => {
  desk = await openDesk();
  writeFileSync(desk.path('ring.yaml'), 'scenario: a ring\nsteps:\n  - ring: once\n');
  // A code before the reader keeps the lock busy: hours of it take a machine seconds, in which it hears the Ctrl-C.
  const held = 'scenario: hours\nsteps:\n  - hold: courier-1\n';
  writeFileSync(desk.path('pass.yaml'), `${held}  - after: 6h\n`);
  writeFileSync(desk.path('until.yaml'), `${held}  - expect: {door: open, within: 6h}\n`);
  writeFileSync(desk.path('real.yaml'), 'scenario: a minute\nsteps:\n  - after: 60s\n');
  writeFileSync(desk.path('real-until.yaml'), 'scenario: a minute\nsteps:\n  - expect: {door: open, within: 60s}\n');
});
afterAll(() => desk.clear());

/** Ends a run by it at the line of the time line that names the last step. */
function interruptedAt(step: RegExp, interrupt: Interrupt = 'SIGINT'): FakeIo {
  const io = fakeIo();
  return {
    ...io,
    out: (text) => {
      io.out(text);
      // Not at once: it is heard when the run gives the process a turn.
      if (step.test(text)) setImmediate(() => io.interrupt(interrupt));
    },
  };
}

it.each([
  ['while time passes', 'pass.yaml', 'a'],
  ['while something is waited for', 'until.yaml', 'a'],
  ['while real time passes', 'real.yaml', 'b'],
  ['while something is waited for in real time', 'real-until.yaml', 'b'],
] as const)(
  'ends at a Ctrl-C %s, and the report has what was played, and what was not',
  async (_, name, tier) => {
    const files = ['ring.yaml', name, 'ring.yaml'].map((file) => desk.path(file));
    const io = interruptedAt(/ (after|expect): /);
    expect(await scenarioRun(files, { ...OPTIONS, tier, junit: desk.path('cut.xml') }, io)).toBe(130);
    expect(io.printed.err).toMatch(new RegExp(`${name}: cut short by SIGINT at \\d+ ms\n  play it again`));
    expect(io.printed.out).toMatch(/ring\.yaml: passed.*\n[\s\S]*\n1 passed, 0 failed, 2 not played to the end\n$/);
    const xml = readFileSync(desk.path('cut.xml'), 'utf8');
    expect(xml).toContain('tests="3" failures="0" errors="2"');
    expect(xml).toMatch(new RegExp(`<error message="[^"]*${name}: cut short by SIGINT`));
    expect(xml).toMatch(/<error message="[^"]*ring\.yaml: not played: /);
  },
  30_000,
);

it('ends without a word when nobody reads it any more', async () => {
  const io = interruptedAt(/ after: /, 'SIGPIPE');
  expect(await scenarioRun([desk.path('pass.yaml')], OPTIONS, io)).toBe(141);
  expect(io.printed.err).toBe('');
  expect(io.printed.out).not.toContain('passed');
});

it('ends between two power cuts', async () => {
  writeFileSync(desk.path('durable.yaml'), 'scenario: cuts\ndurable: true\nsteps:\n  - present: courier-1\n');
  const io = fakeIo();
  const looked = { ...io, terminal: () => ({ columns: 80, rows: 25 }), err: (text: string) => heard(text) };
  const heard = (text: string): void => {
    io.err(text);
    if (text.includes('power cut 2 of')) io.interrupt();
  };
  expect(await scenarioRun([desk.path('durable.yaml')], OPTIONS, looked)).toBe(130);
  expect(io.printed.err).toMatch(/power cut 2 of \d+\r/);
  expect(io.printed.err).not.toContain('power cut 3 of');
});

it('ends a replay', async () => {
  const options = { ...OPTIONS, quiet: true, record: desk.path('ring.trace') };
  expect(await scenarioRun([desk.path('ring.yaml')], options, fakeIo())).toBe(0);
  const io = interruptedAt(/the lock is up/);
  expect(await replay(desk.path('ring.trace'), { quiet: false, json: false }, io)).toBe(130);
  expect(io.printed.err).toMatch(/ring\.trace: cut short by SIGINT at \d+ ms\n/);
  expect(io.printed.out).not.toContain('the same');
});

it('says on a terminal how far it is when there is nothing else to say, and leaves nothing of it there', async () => {
  writeFileSync(desk.path('quiet.yaml'), 'scenario: quiet\nsteps:\n  - after: 2d\n  - note: and on\n');
  const io = fakeIo();
  let screen = '';
  const look: FakeIo = {
    ...io,
    terminal: () => ({ columns: 80, rows: 25 }),
    clock: async () => hurried(),
    out: (text) => {
      screen += text;
    },
    err: (text) => {
      screen += text;
    },
  };
  expect(await scenarioRun([desk.path('quiet.yaml')], OPTIONS, look)).toBe(0);
  const shown = screen.split('\r\x1b[K').filter((text) => /:\d\d of its time/.test(text));
  expect(shown).toContain('1 d 00:00:00 of its time');
  // Nothing stands behind it on its line: that was cleared first.
  for (const text of shown) expect(text).toMatch(/ of its time$/);
  screen = '';
  expect(await scenarioRun([desk.path('quiet.yaml')], { ...OPTIONS, quiet: true }, look)).toBe(0);
  expect(screen).not.toMatch(/:\d\d of its time/);
});
