/**
 * Small text files that people hand to each other. Reading is bounded. Writing makes new files only,
 * all of them or none: an old key or token is never overwritten, whatever was mistyped.
 */
import { open, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncFolder } from '../disk/folder.ts';
import { systemCode, toFailure, usage } from './failure.ts';

/** Longest file read. The longest of ours, a token under a delegation with many hours, has about 1,400 characters. */
const FILE_BYTES_MAX = 4096;

/** Every authority that a system knows, as a distribution ships them, takes a quarter of it. */
export const CA_BYTES_MAX = 1024 * 1024;
/** A certificate with all that vouch for it, or the longest RSA key. */
export const CERT_BYTES_MAX = 64 * 1024;

export interface SmallFile {
  /** One character for each byte: what is not ASCII can then not be anything of ours. */
  readonly text: string;
  /** Permission bits, 0o777 at most. */
  readonly mode: number;
}

/** A whole file, refused when it is larger than any of ours. */
export async function readSmallFile(path: string, bytesMax = FILE_BYTES_MAX): Promise<SmallFile> {
  try {
    const file = await open(path, 'r');
    try {
      const mode = (await file.stat()).mode & 0o777;
      const buffer = new Uint8Array(bytesMax + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > bytesMax) {
        throw usage(`${path} is longer than ${bytesMax} bytes: it is no file of latchstring`, 'check the path');
      }
      return { text: Buffer.from(buffer.subarray(0, length)).toString('latin1'), mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toFailure(error, path);
  }
}

/**
 * Bytes of a file as text in UTF-8, and a failure when they are none: another encoding's letters would be lost.
 * The mark that some editors write before it (U+FEFF) is no part of what somebody typed.
 */
export function utf8Text(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usage(`${path} is no text in UTF-8`, 'save it as UTF-8');
  }
}

/** The same as text in UTF-8. What stands around a certificate may be in any encoding: what is none of it is replaced. */
export async function readTextFile(path: string, bytesMax?: number): Promise<string> {
  const { text } = await readSmallFile(path, bytesMax);
  return Buffer.from(text, 'latin1')
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

export interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** Makes these files, durably; when one of them cannot be made, the ones made before it are taken away again. */
export async function createFiles(files: readonly NewFile[]): Promise<void> {
  const made: string[] = [];
  for (const file of files) {
    try {
      const handle = await open(file.path, 'wx', file.mode);
      made.push(file.path);
      try {
        await handle.writeFile(file.text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await syncNames(dirname(resolve(file.path)));
    } catch (error) {
      // Best effort: why it could not be made is what is told.
      await Promise.allSettled(made.map((path) => unlink(path)));
      if (systemCode(error) === 'EEXIST') {
        throw usage(
          `${file.path} exists already, and is never overwritten`,
          'choose another --out, or move the old file away',
        );
      }
      if (systemCode(error) === 'ENOENT') {
        throw usage(`the folder of ${file.path} does not exist`, 'make the folder first, or choose another --out');
      }
      throw toFailure(error, file.path);
    }
  }
}

/** What systems say that sync no folder, as Windows and some network drives do not: there nothing more can be done. */
const SYNCS_NO_FOLDER: readonly unknown[] = ['EINVAL', 'ENOTSUP', 'ENOSYS', 'EISDIR', 'EPERM', 'EACCES'];

/** Makes the names of new files durable: a key that is gone after a power cut was pinned by a lock in between. */
async function syncNames(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    if (!SYNCS_NO_FOLDER.includes(systemCode(error))) throw error;
  }
}
