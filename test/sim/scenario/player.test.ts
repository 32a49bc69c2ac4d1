import { describe, expect, it } from 'vitest';
import type { Observer } from '../../../sim/observation.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';
import { playCuts } from '../../../sim/scenario/runner.ts';
import type { Scenario } from '../../../sim/scenario/scenario.ts';

const read = (head: string, ...steps: readonly string[]): Scenario =>
  parseScenario(`scenario: a test\n${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`, 'test.yaml')
    .scenario;

it('a phone that lies before the reader draws a new code every ten seconds, and its courier is let in in the end', async () => {
  const before = ['press: inside_button', 'expect: {bolt: withdrawn, within: 2s}', 'push: door', 'after: 1s'];
  const waits = ['hold: courier-1', 'after: 60s', 'close: door', 'expect: {event: access/granted, within: 30s}'];
  const { unmet } = await play(read('', ...before, ...waits));
  expect(unmet).toBeUndefined();
});

describe('an expectation', () => {
  it('that is not met ends the scenario, and says what is so instead and for how long it was waited', async () => {
    const played: string[] = [];
    const scenario = read('', 'ring: once', 'expect: {bolt: withdrawn, door: shut, within: 2s}', 'force: door');
    const { passed, unmet } = await play(scenario, { onStep: ({ says }) => played.push(says) });
    expect(passed).toBe(false);
    expect(unmet?.what).toBe('bolt is thrown, not withdrawn, and was not within 2000 ms');
    expect(unmet?.step.path).toEqual(['steps', 1]);
    expect(played).not.toContain('force: door');
  });

  it('has to hold now when it gives no time, and for as long as it says', async () => {
    const now = await play(read('', 'present: courier-1', 'expect: {bolt: withdrawn}'));
    expect(now.unmet?.what).toBe('bolt is thrown, not withdrawn');
    const long = await play(read('', 'present: courier-1', 'expect: {bolt: withdrawn, within: 2s, for: 1h}'));
    expect(long.unmet?.what).toMatch(/^after 30\d\d\d ms bolt is between, not withdrawn$/);
  });

  it('of what is not to be so says what is, and never that it is a thing and not that thing', async () => {
    const unmetBy = async (...steps: readonly string[]) => (await play(read('', ...steps))).unmet?.what;
    const full = ['fault: disk-full', 'present: a', 'expect: {alarm: LedgerFault, within: 10s}'];
    expect(await unmetBy(...full, 'expect: {no_alarm: LedgerFault}')).toBe('LedgerFault stands: no_alarm is not so');
    expect(await unmetBy(...full, 'expect: {no_alarm: any, within: 2s}')).toBe(
      'there is LedgerFault: no_alarm is not so, and was not within 2000 ms',
    );
    const two = ['fault: clock-reset', 'expect: {alarm: ClockUntrusted, within: 2m}', 'expect: {no_alarm: any}'];
    expect(await unmetBy(...full, ...two)).toMatch(/^there is \w+, \w+: no_alarm is not so$/);
    const rung = ['ring: once', 'expect: {event: doorbell/ring, within: 1s}'];
    expect(await unmetBy(...rung, 'expect: {bolt: thrown, never_heard: doorbell/ring}')).toBe(
      'doorbell/ring was heard: never_heard is not so',
    );
    expect(await unmetBy('expect: {never_heard: doorbell/ring, for: 1s}')).toBeUndefined();
  });

  it('of several things has to hold for all of them at once', async () => {
    const { unmet } = await play(read('', 'expect: {bolt: thrown, door: open}'));
    expect(unmet?.what).toBe('door is shut, not open');
  });
});

describe('the end of a scenario', () => {
  it.each([
    ['entry_window: 5m', ['present: courier-1']],
    ['entry_window: 366d', ['present: courier-1']],
    ['relock_after: 2h', ['press: inside_button', 'after: 1s', 'push: door', 'after: 10s', 'close: door']],
  ])('waits for a bolt as long as the policy does: %s', async (policy, steps) => {
    const { violations, passed } = await play(read(`policy: {${policy}}\n`, ...steps));
    expect({ violations, passed }).toEqual({ violations: [], passed: true });
  });
});

describe('a fault that shows something', () => {
  it('says how the lock answered, each answer once with how often', async () => {
    const said = async (...steps: readonly string[]) => {
      const lines: string[] = [];
      await play(read('', ...steps), { onSaid: (line) => lines.push(line) });
      return lines;
    };
    expect(await said('fault: {photograph: {age: 5m}}')).toEqual(['refused: try_again']);
    expect(await said('fault: {relay: {}}')).toEqual(['refused: try_again; admitted']);
    expect(await said('fault: {clone: {}}', 'after: 1m', 'fault: {replay: {times: 2}}')).toEqual([
      'refused: denied',
      'admitted; heard',
    ]);
    expect(await said('fault: {brute-force: {codes: 12}}')).toEqual([
      expect.stringMatching(/^refused: denied, \d+ times; refused: try_again, \d+ times$/),
    ]);
    expect(await said('cut: power', 'fault: {clone: {}}')).toEqual(['nobody looks at it']);
    expect(await said('fault: jam')).toEqual([]);
  });
});

describe('a power cut at a moment to come', () => {
  const unmetBy = async (...steps: readonly string[]) => {
    const { passed, unmet } = await play(read('', ...steps));
    return { passed, at: unmet?.step.path, what: unmet?.what };
  };
  const never = (step: number) => ({
    passed: false,
    at: ['steps', step],
    what: 'the power cut of this step never came',
  });

  it('fails the scenario when it never comes, at its step', async () => {
    expect(await unmetBy('present: a', 'cut: {power: at write 3000}', 'after: 1m')).toEqual(never(1));
    expect(await unmetBy('cut: {power: at motion}', 'ring: once', 'after: 1m')).toEqual(never(0));
    const fault = ['ring: once', 'fault: {power-cut: {at: motion}}', 'after: 1m'];
    expect(await unmetBy(...fault)).toEqual(never(1));
    expect(await unmetBy(...fault, 'mend: power-cut')).toEqual(never(1));
  });

  it('has not come when the power went before it', async () => {
    const now = ['cut: power', 'after: 1s', 'restore: power', 'after: 1s'];
    expect(await unmetBy('cut: {power: at write 3000}', ...now)).toEqual(never(0));
  });

  it('fails nothing when it comes, and may be followed by another', async () => {
    const cut = ['cut: {power: at motion}', 'expect: {power: off, within: 15s}', 'restore: power'];
    const twice = ['present: a', ...cut, 'after: 1m', 'present: b', ...cut, 'after: 1m'];
    expect(await unmetBy(...twice)).toEqual({ passed: true, at: undefined, what: undefined });
  });

  it('fails no scenario that chance has made, and none that is cut at a place of its own', async () => {
    const scenario = read('', 'cut: {power: at write 3000}', 'ring: once', 'after: 1m');
    expect((await play(scenario, { lenient: true })).passed).toBe(true);
    expect((await play(scenario, { cut: { write: 1, phase: 'done' } })).passed).toBe(true);
  });
});

describe('what is expected of an answer', () => {
  const visit = (courier: string) => [
    `present: ${courier}`,
    'expect: {bolt: withdrawn, within: 2s}',
    'push: door',
    'after: 5s',
    'close: door',
  ];
  const failed = async (...steps: readonly string[]) => (await play(read('', ...steps))).unmet?.what;

  it('is of the command that was given last, not of the one before it', async () => {
    const asked = ['command: nonce', 'expect: {result: ok, within: 2s}'];
    expect(await failed(...asked, 'cut: network', 'command: lock', 'expect: {result: ok}')).toBe(
      'result is none, not ok',
    );
    const raw = 'publish: {to: cmd/unlock, text: "{"}';
    expect(await failed(...asked, raw, 'expect: {result: ok}')).toBe('result is none, not ok');
    expect(await failed(...asked, 'command: ping', 'expect: {result: ok, within: 2s}')).toBeUndefined();
  });

  it('is of the control that was given last', async () => {
    const paused = ['control: pause', 'expect: {control: applied, within: 2s}'];
    expect(await failed(...paused, 'cut: network', 'control: resume', 'expect: {control: applied}')).toBe(
      'control is nothing, not applied',
    );
    expect(await failed(...paused, 'control: resume', 'expect: {control: applied, within: 2s}')).toBeUndefined();
  });

  it('is of the visit that began last, however it was asked for', async () => {
    const before = [...visit('courier-1'), 'expect: {outcome: sealed, within: 5s}'];
    expect(await failed(...before, 'present: courier-2', 'expect: {outcome: sealed}')).toBe(
      'outcome is nothing, not sealed',
    );
    const byMqtt = ['command: nonce', 'expect: {result: ok, within: 2s}', 'command: {unlock: courier-2}'];
    expect(await failed(...before, ...byMqtt, 'expect: {outcome: sealed}')).toBe('outcome is nothing, not sealed');
    expect(await failed(...before, 'hold: courier-2', 'after: 2s', 'expect: {outcome: sealed}')).toBe(
      'outcome is nothing, not sealed',
    );
    // Somebody who is not let in begins none.
    expect(await failed(...before, 'present: courier-1', 'expect: {outcome: sealed, for: 2s}')).toBeUndefined();
  });
});

describe('a promise that a scenario is known to break', () => {
  const twice = [
    'copy: {disk: backup}',
    'present: courier-1',
    'after: 1m',
    'fault: {disk-put-back: {copy: backup}}',
    'after: 1s',
    'present: courier-1',
    'after: 1m',
  ];

  it('fails it when that is not said', async () => {
    const { passed, violations } = await play(read('', ...twice));
    expect(violations.map(({ checker }) => checker)).toEqual(['spend before motion']);
    expect(passed).toBe(false);
  });

  it('passes when it is said', async () => {
    expect((await play(read('breaks: [spend before motion]\n', ...twice))).passed).toBe(true);
  });

  it('fails it when the promise holds, or another is broken', async () => {
    const held = await play(read('breaks: [spend before motion]\n', 'ring: once'));
    expect([held.passed, held.violations]).toEqual([false, []]);
    expect((await play(read('breaks: [drive bounded]\n', ...twice))).passed).toBe(false);
  });
});

describe('the power cuts of a durable scenario', () => {
  it('come before, in and after every write, with their promises watched', async () => {
    const scenario = read('durable: true\n', 'present: courier-1', 'after: 5s');
    const { writes } = await play(scenario);
    expect(writes).toBeGreaterThan(4);
    const seen: number[] = [];
    const { runs, failures } = await playCuts(scenario, writes, { onRun: (done) => seen.push(done) });
    expect(runs).toBe(writes * 3);
    expect(seen).toEqual(Array.from({ length: runs }, (_, i) => i + 1));
    expect(failures).toEqual([]);
  });

  it('leave nothing of a life that has ended to be seen: what it had begun to write is on no disk', async () => {
    let darkMs: number | undefined;
    const late: string[] = [];
    const observe: Observer = (observation, atMs) => {
      if (observation.what === 'lock' && observation.is === 'dark') darkMs ??= atMs;
      // The next life begins a second later.
      else if (observation.what === 'disk' && darkMs !== undefined && atMs < darkMs + 900) late.push(observation.phase);
    };
    await play(read('', 'present: courier-1', 'cut: power', 'after: 1s', 'restore: power'), { observe });
    expect(darkMs).toBeDefined();
    expect(late).toEqual([]);
  });
});
