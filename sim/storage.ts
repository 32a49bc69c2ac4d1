/**
 * Where a house keeps the keys of its people and the journal of its lock: in a folder, as files that the
 * other verbs take, or in memory, on a simulated disk that loses at a power cut what was not synced.
 */
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFolder, makeFolder } from '../firmware/disk/folder.ts';
import { openFolder } from '../firmware/disk/node-fs.ts';
import { IDENTITY_FILE, type Identity, readIdentity } from '../firmware/identity.ts';
import type { Disk } from '../firmware/ports/index.ts';
import { claimed } from '../firmware/tools/claimed.ts';
import { establish, mintIdentity } from '../firmware/tools/enrol.ts';
import { isFailure, toFailure, usage } from '../firmware/tools/failure.ts';
import { readSeed, writeKeyFiles } from '../firmware/tools/key-file.ts';
import { equal, publicKeyOf } from '../protocol/index.ts';
import { SEED_NAMES, type Seeds } from './people.ts';
import { simulatedDisk } from './ports/disk.ts';
import { prng } from './time/prng.ts';

/** Where keys and journal are. */
export interface Storage {
  /** Of this life. */
  disk(): Disk;
  powerCut(): Promise<void>;
  close(): Promise<void>;
}

export interface Place {
  readonly folder: string;
  readonly lockFolder: string;
  readonly storage: Storage;
  readonly seeds: Seeds;
}

export function inMemory(given: Partial<Seeds> | undefined, random: (length: number) => Uint8Array): Place {
  let disk = simulatedDisk({ prng: prng(1, 'disk') });
  const seeds = { owner: random(32), recovery: random(32), carrier: random(32), courier: random(32), ...given };
  const storage: Storage = {
    disk: () => disk,
    async powerCut() {
      disk = disk.powerCut();
    },
    close: async () => undefined,
  };
  return { folder: '', lockFolder: 'the memory of the house', storage, seeds };
}

/** A folder survives in what the kernel has: the machine that runs this goes on when the lock's power is cut. */
export async function inFolder(
  data: string | undefined,
  random: (length: number) => Uint8Array,
  undo: (() => Promise<unknown>)[],
  made: string[],
): Promise<Place> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'latchstring-')));
  if (data === undefined) undo.push(() => rm(folder, { recursive: true, force: true }));
  const lockFolder = join(folder, 'lock');
  await notALock(folder);
  await noLockOfOthers(folder, lockFolder);
  for (const path of [join(folder, 'keys'), lockFolder, folder]) if (!(await isFolder(path))) made.push(path);
  await makeFolder(lockFolder).catch((error: unknown) => {
    throw toFailure(error, lockFolder);
  });
  const claim = await claimed(lockFolder, 'end that house first, or give this one another --data');
  undo.push(() => claim.release());
  let disk = await openFolder(lockFolder);
  const storage: Storage = {
    disk: () => disk,
    async powerCut() {
      // First the last words of the dead: the next life reads what they leave.
      await disk.close();
      disk = await openFolder(lockFolder);
    },
    close: () => disk.close(),
  };
  return { folder, lockFolder, storage, seeds: await seedsIn(join(folder, 'keys'), random) };
}

/** A house has a lock's folder in its own. In a real lock's folder it would put keys beside its identity. */
async function notALock(folder: string): Promise<void> {
  if (!(await exists(join(folder, IDENTITY_FILE)))) return;
  throw usage(`${folder} is the folder of a real lock`, 'give --data a folder of its own');
}

/** A lock that is in the house's folder was enrolled for the owner whose key lies beside it; else it is somebody's door. */
async function noLockOfOthers(folder: string, lockFolder: string): Promise<void> {
  if (!(await exists(join(lockFolder, IDENTITY_FILE)))) return;
  const disk = await openFolder(lockFolder);
  try {
    const identity = await readIdentity(disk, lockFolder);
    if (isFailure(identity)) throw identity;
    const owner = join(folder, 'keys', 'owner');
    if ((await exists(owner)) && equal(publicKeyOf(await readSeed(owner)), identity.root)) return;
    throw usage(`${lockFolder} is a real lock, whose owner's key is not ${owner}`, 'give --data a folder of its own');
  } finally {
    await disk.close();
  }
}

/** The keys of the people, as files that the other verbs take; made when they are not there. */
async function seedsIn(folder: string, random: (length: number) => Uint8Array): Promise<Seeds> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = SEED_NAMES.map(async (name) => {
    const path = join(folder, name);
    if (!(await exists(path))) await writeKeyFiles(path, random(32));
    return [name, await readSeed(path)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<(typeof SEED_NAMES)[number], Uint8Array>;
}

/** The lock in the folder; a folder without one is enrolled for the owner whose keys lie beside it. */
export async function enrolled(
  disk: Disk,
  folder: string,
  seeds: Seeds,
  lockId: string,
  random: (length: number) => Uint8Array,
): Promise<Identity> {
  if ((await disk.read(IDENTITY_FILE)) === undefined) {
    const owner = { lockId, root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) };
    await establish(disk, mintIdentity(owner, random));
  }
  const identity = await readIdentity(disk, folder);
  if (isFailure(identity)) throw identity;
  return identity;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason: writing the file, which never overwrites, will say it.
    return false;
  }
}
