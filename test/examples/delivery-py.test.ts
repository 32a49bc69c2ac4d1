/** The example of a test in Python, which plays the world of an installed `latchstring sim` over MQTT. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installed, install } from '../support/installed.ts';

const PYTHON = '/usr/bin/python3';

/** Why it cannot run here; undefined when it can. Where nobody reads the reason, it is an error. */
function noPackages(): string | undefined {
  const { status } = spawnSync(PYTHON, ['-c', 'import paho.mqtt.client'], { stdio: 'ignore' });
  if (status === 0) return undefined;
  const reason = 'apt-get install python3-paho-mqtt, to run examples/delivery_test.py';
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

describe.skipIf(noPackages() !== undefined)('examples/delivery_test.py', () => {
  let installed: Installed;
  beforeAll(() => {
    installed = install();
  });
  afterAll(() => installed.remove());

  const run = (command: readonly string[]) =>
    installed.spawn('/usr/bin/env', [
      `LATCHSTRING=${[process.execPath, installed.command, ...command].join(' ')}`,
      ...[PYTHON, `${installed.root}/examples/delivery_test.py`],
    ]).ended;

  it('holds', async () => {
    const { code, err } = await run([]);
    expect(err).toContain('Ran 4 tests');
    expect(err).toContain('OK');
    expect(code).toBe(0);
  });

  it('fails when the command is none', async () => {
    const { code, err } = await run(['no-such-verb']);
    expect(err).toContain('FAILED (errors=4)');
    expect(code).toBe(1);
  });
});
