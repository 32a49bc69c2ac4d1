/** The example of a backend's own tests, in a project that has installed the package: with both test runners, and broken. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installed, install } from '../support/installed.ts';

let installed: Installed;
let project: string;

beforeAll(() => {
  installed = install();
  project = join(installed.home, 'project');
  cpSync('examples/delivery-backend', project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(installed.home, join(project, 'node_modules/latchstring'));
  for (const name of ['mqtt', 'vitest', 'vite']) {
    symlinkSync(join(installed.root, 'node_modules', name), join(project, 'node_modules', name));
  }
});
afterAll(() => installed.remove());

/** All of them, or those of a name. */
const nodeTest = (name = '.') =>
  installed.spawn(process.execPath, ['--test', `--test-name-pattern=${name}`, join(project, 'delivery.node.js')]).ended;
const vitest = (name = '.') => {
  const run = [join(installed.root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', project];
  return installed.spawn(process.execPath, [...run, '--reporter=json', '-t', name]).ended;
};

describe('examples/delivery-backend', () => {
  it('holds under node:test', async () => {
    const { code, out, err } = await nodeTest();
    expect(out + err).toContain('# pass 6');
    expect(out).toContain('# fail 0');
    expect(code).toBe(0);
  });

  it('holds under vitest', async () => {
    const { code, out, err } = await vitest();
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({ numTotalTests: 6, numPassedTests: 6, success: true });
    expect(code).toBe(0);
  });

  it('has a house that keeps no process and leaves no file', async () => {
    const script = join(project, 'ends.mjs');
    writeFileSync(
      script,
      `import { house } from 'latchstring/sim';
       const houses = await Promise.all([house(), house()]);
       await houses[0].present(houses[0].issue());
       await houses[1].cut({ power: true });
       await Promise.all(houses.map((h) => h.stop()));
       console.log('stopped');`,
    );
    const { code, out, err } = await installed.spawn(process.execPath, [script]).ended;
    expect({ code, out, err }).toEqual({ code: 0, out: 'stopped\n', err: '' });
    expect(readdirSync(installed.temporary).filter((name) => name.startsWith('latchstring'))).toEqual([]);
  });

  it('fails under both when the backend does not hear that a visit has ended', async () => {
    const backend = join(project, 'backend.js');
    const right = readFileSync(backend, 'utf8');
    const wrong = right.replace("event.event_type === 'ended'", "event.event_type === 'over'");
    expect(wrong).not.toBe(right);
    writeFileSync(backend, wrong);
    try {
      const [underNode, underVitest] = [await nodeTest('delivered once'), await vitest('delivered once')];
      expect(underNode.out).toContain("order.status === 'delivered': not within 5000 ms; last seen: bolt thrown");
      expect(underNode.code).toBe(1);
      expect(JSON.parse(underVitest.out)).toMatchObject({ success: false });
      expect(underVitest.code).toBe(1);
    } finally {
      writeFileSync(backend, right);
    }
  });
});
