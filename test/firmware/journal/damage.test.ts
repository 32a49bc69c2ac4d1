/**
 * A journal that a lock wrote in the course of visits, and then was cut short or changed. Whatever
 * becomes of the file: either every use that has moved the bolt is known, or the lock does not rely
 * on it at all.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '../../../firmware/journal/journal.ts';
import { openJournal } from '../../../firmware/journal/open.ts';
import { readToken, toHex, toWallS } from '../../../protocol/index.ts';
import { simulatedDisk } from '../../../sim/ports/disk.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';
import type { World } from '../../../sim/world.ts';
import { home, people } from '../../support/home.ts';

interface Written {
  readonly file: Uint8Array;
  /** Tokens that have opened, each with the length of the file when the bolt began to move for it. */
  readonly moved: readonly { readonly tokenId: string; readonly fileBytes: number }[];
}

const fileOf = (lock: World): Uint8Array => lock.disk().files().get(JOURNAL_FILE) ?? new Uint8Array();

/** One courier more, who is let in and goes away; gives the token's id and how long the file was when the bolt moved. */
async function visit(lock: World): Promise<Written['moved'][number]> {
  const token = people.people.issue({ nowS: toWallS(lock.clock.wallMs()) });
  let fileBytes: number | undefined;
  const end = lock.plant.onTruth(({ driven }) => {
    if (driven === 'withdraw') fileBytes ??= fileOf(lock).length;
  });
  lock.present(token);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(200);
  lock.plant.close();
  await lock.pass(2_000);
  end();
  if (fileBytes === undefined) throw new Error('the bolt did not move');
  return { tokenId: toHex(readToken(token)?.id ?? new Uint8Array()), fileBytes };
}

/** Two visits with a power cut between them. */
async function visits(): Promise<Written> {
  const lock = await home();
  const moved = [await visit(lock)];
  lock.cutPower();
  await lock.boot();
  await lock.pass(500);
  moved.push(await visit(lock));
  return { file: fileOf(lock), moved };
}

/** A visit, the file written anew, and another visit. */
async function visitsAroundCompaction(): Promise<Written> {
  const lock = await home();
  const before = await visit(lock);
  await lock.pass(1_000);
  await lock.lock().journal().compact();
  // The new file comes as a whole: there was no moment at which it was shorter.
  const moved = [{ ...before, fileBytes: fileOf(lock).length }, await visit(lock)];
  return { file: fileOf(lock), moved };
}

/** The used tokens that a lock knows which boots with this file; undefined when it relies on nothing in it. */
async function known(file: Uint8Array): Promise<ReadonlySet<string> | undefined> {
  const disk = simulatedDisk({ prng: prng(1), files: new Map([[JOURNAL_FILE, file]]) });
  const opened = await openJournal(disk, virtualClock({ startWallMs: 0 }), people.identity.audience);
  if (opened.kind !== 'sound') return undefined;
  return new Set([...opened.journal.memory.spent.values()].map((spent) => spent.token_id));
}

describe.each([
  ['two visits and a power cut between them', visits],
  ['two visits, between which it was written anew', visitsAroundCompaction],
])('the journal of %s', (_what, write) => {
  let written: Written;
  beforeAll(async () => {
    written = await write();
  });

  it('knows both tokens', async () => {
    expect(await known(written.file)).toEqual(new Set(written.moved.map(({ tokenId }) => tokenId)));
  });

  it('knows, wherever the power cut its end off, every token for which the bolt had moved by then', async () => {
    const { file, moved } = written;
    const forgotten: string[] = [];
    let sound = 0;
    for (let length = 0; length <= file.length; length++) {
      const spent = await known(file.subarray(0, length));
      if (spent === undefined) continue;
      sound += 1;
      for (const { tokenId, fileBytes } of moved) {
        if (length >= fileBytes && !spent.has(tokenId)) forgotten.push(`${tokenId} at ${length} bytes`);
      }
    }
    expect(forgotten).toEqual([]);
    // An interrupted append is no damage: only a file without its first record is.
    expect(sound).toBeGreaterThan(file.length / 2);
  });

  it('is not relied on with any one bit turned, unless it knows both all the same', async () => {
    const { file, moved } = written;
    const forgotten: string[] = [];
    const turned = file.slice();
    let refused = 0;
    for (let bit = 0; bit < file.length * 8; bit++) {
      const at = bit >> 3;
      turned[at] = (file[at] ?? 0) ^ (1 << (bit & 7));
      const spent = await known(turned);
      turned[at] = file[at] ?? 0;
      if (spent === undefined) refused += 1;
      else if (moved.some(({ tokenId }) => !spent.has(tokenId))) forgotten.push(`bit ${bit}`);
    }
    expect(forgotten).toEqual([]);
    expect(refused).toBeGreaterThan(file.length * 7);
  });
});
