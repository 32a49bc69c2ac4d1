/** A scenario that plays an attack has to fail where the attack succeeds: each is played on a lock that lacks what stops it. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundled, copyOf } from '../../support/copy.ts';
import { SHIPPED } from './shipped.ts';
import { WEAK_LOCKS, type WeakLock } from './weak-locks.ts';

/** That the disk of yesterday opens again where nothing else has counted: the file itself shows the attack succeed. */
const SUCCEEDS = 'restored-disk-without-witness';

interface Verdict {
  readonly passed: boolean;
  readonly unmet: { readonly step: string; readonly what: string } | null;
}

async function playedOn({ attack, changes }: WeakLock): Promise<Verdict> {
  const folder = copyOf(changes, `weak-${attack}`);
  const program = await bundled('cli.ts', folder);
  const argv = ['scenario', 'run', '--json', '--no-cuts', `sim/scenarios/attacks/${attack}.yaml`];
  const out = await promisify(execFile)(process.execPath, [program, ...argv]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
  rmSync(folder, { recursive: true, force: true });
  return JSON.parse(out) as Verdict;
}

describe('a published attack', () => {
  it.each(WEAK_LOCKS.map((lock) => [lock.attack, lock.lacks, lock] as const))(
    '(%s) is noticed on a lock that lacks %s',
    async (_attack, _lacks, lock) => {
      const { passed, unmet } = await playedOn(lock);
      expect(passed).toBe(false);
      expect(unmet?.what).toMatch(lock.finds);
    },
    30_000,
  );

  it('is played on a weak lock, each of them but the one that succeeds', () => {
    const attacks = SHIPPED.map(({ path }) => /\/attacks\/(.*)\.yaml$/.exec(path)?.[1]).filter(
      (name) => name !== undefined,
    );
    expect([...WEAK_LOCKS.map(({ attack }) => attack), SUCCEEDS].sort()).toEqual(attacks.sort());
  });
});
