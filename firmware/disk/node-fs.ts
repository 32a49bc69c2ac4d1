/**
 * A folder of the real file system. `write` only copies into the kernel's page cache, which goes to
 * the card some seconds later and in any order; `fdatasync` is what waits for it. It covers the bytes
 * and the length of one file, not its name: that takes an fsync of the folder.
 *
 * A file that is there when we open it may have been made by a process that died before it synced the
 * folder, and then only the page cache knows of it. So the first sync of every file, in every life,
 * syncs the folder as well. What the last life wrote and did not sync is covered by the same call:
 * fdatasync writes every dirty page of the file, whoever dirtied it.
 *
 * Node runs file operations on four threads, in no order. Here the operations on one file wait for one
 * another, so that two appends land in the order of the calls and a sync covers every append before it.
 * An append that fails (ENOSPC) may have written a part.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from '../ports/index.ts';
import { assertFileName, isMissing, makeFolder, syncFolder } from './folder.ts';

interface OpenFile {
  readonly handle: FileHandle;
  /** That the name is durable, as far as this life knows. */
  nameSynced: boolean;
}

const MODE = 0o600;

/** Four times the largest file of ours, a full journal. What is larger, or has no end, is none: it must not eat the memory. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** Opens a folder, making it when there is none. Errors of the system pass through with their `code`. */
export async function openFolder(path: string): Promise<Disk & { close(): Promise<void> }> {
  await makeFolder(path);
  const files = new Map<string, OpenFile>();
  const lasts = new Map<string, Promise<unknown>>();
  let closed = false;

  async function inTurn<T>(name: string, operation: () => Promise<T>): Promise<T> {
    assertFileName(name);
    if (closed) throw new Error(`folder is closed: ${path}`);
    const last = lasts.get(name) ?? Promise.resolve();
    const result = last.then(operation, operation);
    lasts.set(name, result);
    return result;
  }

  async function opened(name: string, flags = 0): Promise<OpenFile> {
    const known = files.get(name);
    if (known !== undefined) return known;
    const handle = await open(join(path, name), constants.O_WRONLY | constants.O_APPEND | flags, MODE);
    const file = { handle, nameSynced: false };
    files.set(name, file);
    return file;
  }

  async function syncName(file: OpenFile): Promise<void> {
    if (file.nameSynced) return;
    await syncFolder(path);
    file.nameSynced = true;
  }

  async function replace(name: string, bytes: Uint8Array): Promise<void> {
    const target = join(path, name);
    // Hidden, so it is no name of a caller's; in the same folder, since rename does not cross file systems.
    const temporary = join(path, `.${name}.new`);
    try {
      const handle = await open(temporary, 'w', MODE);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, target);
    } catch (error) {
      // Best effort, for the room it takes: the next replace begins the file anew in any case.
      await Promise.allSettled([rm(temporary, { force: true })]);
      throw error;
    }
    // The open handle still leads to the old file, which has no name any more.
    const old = files.get(name);
    files.delete(name);
    try {
      await old?.handle.close();
      await syncFolder(path);
    } catch (error) {
      // Without the system's code: ENOSPC says of a replacement that the old file is still there.
      throw new Error(`${name} is new, and may be the old one after a power cut: ${String(error)}`, { cause: error });
    }
  }

  return {
    read: (name) =>
      inTurn(name, async () => {
        try {
          return await readWhole(join(path, name));
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    append(name, bytes) {
      const copy = bytes.slice();
      return inTurn(name, async () => (await opened(name, constants.O_CREAT)).handle.appendFile(copy));
    },
    sync: (name) =>
      inTurn(name, async () => {
        const file = await opened(name);
        await file.handle.datasync();
        await syncName(file);
      }),
    truncate: (name, length) =>
      inTurn(name, async () => {
        const file = await opened(name);
        const { size } = await file.handle.stat();
        if (!Number.isSafeInteger(length) || length < 0 || length > size) {
          throw new Error(`cannot cut ${name} of ${size} bytes to ${length}`);
        }
        await file.handle.truncate(length);
        // Not fdatasync, which may leave out metadata that reading the rest does not need.
        await file.handle.sync();
        await syncName(file);
      }),
    replace(name, bytes) {
      const copy = bytes.slice();
      return inTurn(name, () => replace(name, copy));
    },
    async close() {
      closed = true;
      await Promise.allSettled(lasts.values());
      const handles = [...files.values()].map(({ handle }) => handle);
      files.clear();
      await Promise.all(handles.map((handle) => handle.close()));
    },
  };
}

async function readWhole(path: string): Promise<Uint8Array> {
  // A pipe would wait for whoever writes into it, and a lock that waits lets nobody out.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const about = await file.stat();
    if (!about.isFile() && !about.isDirectory()) throw new Error(`${path} is no file`);
    if (about.size > FILE_BYTES_MAX) throw new Error(`${path} has ${about.size} bytes, more than any file of a lock`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}
