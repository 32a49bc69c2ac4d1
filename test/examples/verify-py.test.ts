/** The second implementation, in Python, against the same vectors and at its command line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { opensslSigner } from '../../firmware/report/signer.ts';
import {
  CHAIN_BEGINS,
  publicKeyOf,
  reportPayload,
  rotateRoot,
  type Statement,
  toHex,
  toText,
  wallS,
  writeControl,
  writePresentation,
  writeReport,
  writeToken,
} from '../../protocol/index.ts';
import { AUDIENCE, delegation, keys, NOON_S, seeds, textOf, token } from '../support/people.ts';

interface Changed {
  readonly steps?: readonly object[];
  readonly retained?: boolean;
}

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

  it.each([
    ['stories.json', (story: Changed) => ({ ...story, steps: story.steps?.map((step) => ({ ...step, comes: {} })) })],
    ['gaps.json', (gap: Changed) => ({ ...gap, missing: [[98, 99]] })],
    ['messages.json', (message: Changed) => ({ ...message, retained: message.retained !== true })],
  ] as const)('says so of %s, too', (name, change) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-'));
    try {
      const [first]: Changed[] = JSON.parse(readFileSync(join('protocol/vectors', name), 'utf8'));
      const file = join(folder, name);
      writeFileSync(file, JSON.stringify([change(first ?? {})]));
      const { status, stdout } = verify('--vectors', file);
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

  it('takes a nonce that the lock gave for a moment', () => {
    const nonce = new Uint8Array(16).fill(0xab);
    const text = toText(writePresentation(token(), { nonce }, seeds.courier));
    expect(verify(text, ...lock, '--nonce', toHex(nonce).toUpperCase()).status).toBe(0);
    const { status, stdout } = verify(text, ...lock);
    expect(stdout).toContain('REFUSE: holder_proof_failed');
    expect(status).toBe(1);
  });

  it('finds the delegation that a token names, in digits or in a file', () => {
    const D = delegation();
    const T = writeToken(
      {
        audience: AUDIENCE,
        notBeforeS: wallS(NOON_S - 600),
        expiresS: wallS(NOON_S + 3600),
        id: new Uint8Array(16).fill(1),
        issuedAtS: NOON_S,
        holder: keys.courier,
        action: 'unlock',
        under: { delegation: D, named: true },
      },
      seeds.carrier,
    );
    expect(verify(textOf(T), ...lock).stdout).toContain('REFUSE: unknown_issuer');
    expect(verify(textOf(T), ...lock, '--remember', toHex(D)).stdout).toContain('ACCEPT');
    expect(verify(textOf(T), ...lock, '--remember', 'README.md').stderr).toContain('no delegation: README.md');
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-'));
    try {
      writeFileSync(join(folder, 'D'), D);
      expect(verify(textOf(T), ...lock, '--remember', join(folder, 'D')).stdout).toContain('ACCEPT');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('judges a control, and says what is different then', () => {
    const nonce = new Uint8Array(16).fill(3);
    const said = (statement: Statement, seed: Uint8Array, answers: { nonce?: Uint8Array } = {}): string =>
      toText(writeControl({ audience: AUDIENCE, issuedAtS: NOON_S, counter: 7, statement, ...answers }, seed));
    const recovery = toHex(publicKeyOf(seeds.recovery));
    const owner = [...lock, '--recovery', recovery];
    const pause = said({ op: 'pause' }, seeds.owner);
    const { status, stdout } = verify(pause, ...owner, '--counter', '6', '--json');
    expect(JSON.parse(stdout)).toEqual({ verdict: 'applied', refusal: null, after: { counter: 7, paused: true } });
    expect(status).toBe(0);
    expect(verify(pause, ...owner, '--counter', '7').stdout).toContain('REFUSE: out_of_order');
    expect(verify(pause, ...owner, '--counter', '6', '--disk', 'lockdown').stdout).toContain('REFUSE: lockdown');
    expect(verify(pause, ...lock).stderr).toContain('give --recovery');
    const rotate = said(rotateRoot(AUDIENCE, 7, seeds.stranger), seeds.recovery, { nonce });
    expect(verify(rotate, ...owner, '--counter', '6', '--nonce', toHex(nonce)).stdout).toContain(toHex(keys.stranger));
    expect(verify(rotate, ...owner, '--counter', '6').stdout).toContain('REFUSE: nonce_stale');
  });

  it('checks a receipt, and an event as it was published, by the public key of the lock alone', () => {
    const document = { seq: 8, boot: 2, ts: '2026-06-01T10:04:30.250Z', event_type: 'ended', outcome: 'sealed' };
    const visit = { ...document, token_id: '00000000000000000000000000000001', assumed: true };
    const payload = reportPayload({ audience: AUDIENCE, topic: 'event/visit', document: visit, chain: CHAIN_BEGINS });
    const att = writeReport(payload, opensslSigner(seeds.lock));
    const key = ['--lock-key', toHex(keys.lock), '--json'];
    const { status, stdout } = verify(att, ...key);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'genuine',
      said: { audience: AUDIENCE, token_id: visit.token_id, outcome: 'sealed', ended_at: visit.ts, assumed: true },
    });
    expect(status).toBe(0);
    expect(verify(JSON.stringify({ ...visit, late: true, att }), ...key).status).toBe(0);
    const told = (text: string, ...more: readonly string[]) => JSON.parse(verify(text, ...key, ...more).stdout).refusal;
    expect(told(JSON.stringify({ ...visit, outcome: 'left_open', att }))).toBe('altered');
    expect(told(JSON.stringify(visit))).toBe('malformed');
    expect(told(att, '--lock', 'front-door/bbbbbbbb')).toBe('wrong_lock');
    expect(verify(att, '--lock-key', toHex(keys.stranger)).stdout).toContain('REFUSE: unknown_issuer');
  });

  it('says so when a control comes to another state than it should', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-'));
    try {
      const vectors: { result: string; after: object | null }[] = JSON.parse(
        readFileSync('protocol/vectors/controls.json', 'utf8'),
      );
      const applied = vectors.find(({ result }) => result === 'applied');
      const file = join(folder, 'wrong.json');
      writeFileSync(file, JSON.stringify([{ ...applied, after: { counter: 7, epoch: 9 } }]));
      const { status, stdout } = verify('--vectors', file);
      expect(stdout).toContain("applied, and then {'counter': 7, 'paused': True}");
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('tells a person how to use it', () => {
    expect(verify('--help').stdout).toContain("verify.py 'LS1:");
    expect(verify('LS1:').status).toBe(2);
    expect(verify('LS1:', ...lock, '--nonce', '03').stderr).toContain('give 32 hexadecimal digits');
    expect(verify('LS1:', ...lock.slice(0, 4), '--now', '2026-06-01').stderr).toContain('give a zone');
  });
});
