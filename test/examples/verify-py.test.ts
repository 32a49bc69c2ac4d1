/** The second implementation, in Python, against the same vectors and at its command line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../protocol/index.ts';
import { AUDIENCE, delegation, keys, textOf, token } from '../support/people.ts';

const PYTHON = '/usr/bin/python3';
const FILES = readdirSync('protocol/vectors').map((name) => join('protocol/vectors', name));

/** Why it cannot run here; undefined when it can. Where nobody reads the reason, it is an error. */
function noPackages(): string | undefined {
  const { status } = spawnSync(PYTHON, ['-c', 'import cbor2, cryptography'], { stdio: 'ignore' });
  if (status === 0) return undefined;
  const reason = 'apt-get install python3-cbor2 python3-cryptography, to run examples/verify.py';
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

function verify(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(PYTHON, ['examples/verify.py', ...args], { encoding: 'utf8', timeout: 25_000 });
}

describe.skipIf(noPackages() !== undefined)('examples/verify.py', () => {
  const lock = ['--root', toHex(keys.owner), '--lock', AUDIENCE, '--now', '2026-06-01T10:00:00Z'];

  it('agrees with every vector', () => {
    const { status, stdout, stderr } = verify('--json', '--vectors', ...FILES);
    expect(stderr).toBe('');
    const { counts, disagreements } = JSON.parse(stdout);
    expect(disagreements).toEqual([]);
    expect(status).toBe(0);
    for (const file of FILES) {
      const { accept, refuse } = counts[file];
      expect(accept + refuse).toBe(JSON.parse(readFileSync(file, 'utf8')).length);
    }
  });

  it('says so, and exits 1, when it disagrees', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-'));
    try {
      const [first] = JSON.parse(readFileSync('protocol/vectors/base45.json', 'utf8'));
      const file = join(folder, 'wrong.json');
      writeFileSync(file, JSON.stringify([{ ...first, expect: 'refuse', refusal: 'expired' }]));
      const { status, stdout } = verify('--vectors', file);
      expect(stdout).toContain('DISAGREES');
      expect(stdout).toContain('1 vectors, 1 disagreements');
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('accepts a text that our own writers made', () => {
    const { status, stdout } = verify(textOf(token()), ...lock, '--json');
    expect(JSON.parse(stdout)).toEqual({ verdict: 'accept', refusal: null });
    expect(status).toBe(0);
  });

  it('judges hours in the time zone that it is given', () => {
    // 10:00 UTC is noon in Berlin.
    const hours = [{ weekdays: 1, startMinute: 720, endMinute: 780 }];
    const text = textOf(token({ under: { delegation: delegation({ limits: { hours } }) } }));
    expect(verify(text, ...lock, '--timezone', 'Europe/Berlin').status).toBe(0);
    const { status, stdout } = verify(text, ...lock);
    expect(stdout).toContain('REFUSE: outside_hours');
    expect(status).toBe(1);
  });

  it('tells a person how to use it', () => {
    expect(verify('--help').stdout).toContain("verify.py 'LS1:");
    expect(verify('LS1:').status).toBe(2);
    expect(verify('LS1:', ...lock.slice(0, 4), '--now', '2026-06-01').stderr).toContain('give a zone');
  });
});
