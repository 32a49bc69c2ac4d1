/**
 * What concerns a folder rather than a file. A file's name lives in its folder, not in the file:
 * after a power cut a file whose bytes were synced may be gone because its name was not. Opening the
 * folder and calling fsync on it is how Linux is told to keep the names.
 */
import { mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Letters, digits, `_`, `-` and dots, the first of them no dot: no path, nothing hidden. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

export function assertFileName(name: string): void {
  if (!FILE_NAME.test(name)) throw new Error(`not a plain file name: ${JSON.stringify(name)}`);
}

/**
 * Makes the folder (mode 0700) when it is not there, its parents too, and makes their names durable. Level by level:
 * Node's own recursive mkdir never comes to an end where a file system takes no folders, as below /proc (measured with
 * 20), and says ENOENT of a read-only disk.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(resolve(path));
    if (!isMissing(error) || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    return makeFolder(path);
  }
  await syncFolder(dirname(resolve(path)));
}

/**
 * Takes folders away again that were made in vain, the innermost first. One that holds something stays. Best
 * effort: whoever calls has an error of its own to tell, and why a folder stays must not take its place.
 */
export async function removeEmpty(paths: readonly string[]): Promise<void> {
  for (const path of paths) await Promise.allSettled([rmdir(path)]);
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Whatever the reason: making it has said, or will say, what it is.
    return false;
  }
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system's answer to a name that is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
