/**
 * What concerns a folder rather than a file. A file's name lives in its folder, not in the file:
 * after a power cut a file whose bytes were synced may be gone because its name was not. Opening the
 * folder and calling fsync on it is how Linux is told to keep the names.
 */
import { access, constants, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Letters, digits, `_`, `-` and dots, the first of them no dot: no path, nothing hidden. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

export function assertFileName(name: string): void {
  if (!FILE_NAME.test(name)) throw new Error(`not a plain file name: ${JSON.stringify(name)}`);
}

/** Makes the folder (mode 0700) when it is not there, its parents too, and makes their names durable. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => explain(path, error));
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let parent = dirname(resolve(path)); ; parent = dirname(parent)) {
    await syncFolder(parent);
    if (parent === top || parent === dirname(parent)) return;
  }
}

/** On a read-only disk a recursive mkdir says ENOENT: the nearest folder that is there knows why. */
async function explain(path: string, error: unknown): Promise<never> {
  for (let parent = resolve(path); parent !== dirname(parent); parent = dirname(parent)) {
    const isThere = await access(parent).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    await access(parent, constants.W_OK);
    break;
  }
  throw error;
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
