/**
 * A disk whose power can be cut between any two operations and inside each of them.
 *
 * What a power cut leaves of a file is told in platter.ts. This file is about lives: a disk object
 * belongs to one run of the firmware. `powerCut` ends that run, so none of its promises, pending
 * or new, ever settles again; what is left goes into a new object for the next run. `processDeath` is the
 * milder end: the kernel lives on, and with it all that was written and not yet synced.
 *
 * Each operation passes three points, and a listener may cut the power at any of them: `before` (it had no
 * effect), `issued` (appended bytes are in the cache; a sync, replace or truncate is under way and may
 * turn out done or not), `done` (its effect is complete and nobody was told). Operations on one file wait for
 * one another, as in the real adapter. None begins inside the call that asks for it.
 */
import { assertFileName } from '../../firmware/disk/folder.ts';
import type { Clock, Disk } from '../../firmware/ports/index.ts';
import type { Prng } from '../time/prng.ts';
import { type PlatterFile, platterFile } from './platter.ts';

export type DiskOperationKind = keyof Disk;
export type DiskErrorCode = 'ENOSPC' | 'EIO';

export interface DiskOperation {
  /** Counts the calls of this life from 0. */
  readonly index: number;
  readonly kind: DiskOperationKind;
  readonly name: string;
  /** What append and replace were given. */
  readonly bytes?: Uint8Array;
  readonly phase: 'before' | 'issued' | 'done';
}

export interface SimulatedDisk extends Disk {
  /** Ends this life with the loss of power. The old object is dead, the new one is what the next boot finds. */
  powerCut(): SimulatedDisk;
  /** Ends this life like kill -9: nothing written is lost, nothing becomes durable by it. */
  processDeath(): SimulatedDisk;
  /** Makes the next operation of this kind fail, or the next few. */
  failNext(kind: DiskOperationKind, code: DiskErrorCode, times?: number): void;
  /** Operations of this kind begin and do not end before `unstall`. */
  stall(kind: DiskOperationKind): void;
  unstall(kind: DiskOperationKind): void;
  /** Room for all files together; undefined for no bound. */
  setCapacity(bytes: number | undefined): void;
  /** Tells of every operation at its three points. Returns how to stop it. */
  onOperation(listener: (operation: DiskOperation) => void): () => void;
  readonly operations: number;
  readonly unsyncedBytes: number;
  /** What a reader would see now, for looking at and for `files` of another disk: a backup. */
  files(): ReadonlyMap<string, Uint8Array>;
}

export interface SimulatedDiskOptions {
  readonly prng: Prng;
  /** With `syncMs`, what makes sync, replace and truncate take that long. */
  readonly clock?: Clock;
  readonly syncMs?: number;
  readonly capacityBytes?: number;
  /** Sync settles and makes nothing durable: for showing that a test would notice. */
  readonly syncLies?: boolean;
  /** False when sectors reach the platter from the front only, as on a file system that writes in order. */
  readonly reorders?: boolean;
  /** Durable contents to begin with. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export function simulatedDisk(options: SimulatedDiskOptions): SimulatedDisk {
  const { files = new Map<string, Uint8Array>(), ...rest } = options;
  return life(rest, new Map([...files].map(([name, bytes]) => [name, platterFile(bytes)])));
}

function life(options: SimulatedDiskOptions, files: Map<string, PlatterFile>): SimulatedDisk {
  const { prng, clock, syncMs = 0, syncLies = false, reorders = true } = options;
  if (syncMs > 0 && clock === undefined) throw new Error('a disk that takes time needs a clock');
  let capacityBytes = options.capacityBytes;
  let alive = true;
  let operations = 0;
  const listeners = new Set<(operation: DiskOperation) => void>();
  const lasts = new Map<string, Promise<unknown>>();
  const failures = new Map<DiskOperationKind, DiskErrorCode[]>();
  const stalled = new Map<DiskOperationKind, (() => void)[]>();
  /** Replacements and cuts that are under way: done or not, when the power goes. */
  const underWay = new Set<() => void>();

  const usedBytes = (): number => [...files.values()].reduce((sum, file) => sum + file.length, 0);

  interface Effect<T> {
    /** Happens when the operation is issued. Throws what the caller gets. */
    issue?(): void;
    /** Happens as a whole at the end, or as a whole not at all. */
    complete(): T;
    fail(code: DiskErrorCode): void;
    readonly undecidedAtCut?: boolean;
  }

  function operate<T>(kind: DiskOperationKind, name: string, effect: Effect<T>, bytes?: Uint8Array): Promise<T> {
    const index = operations++;
    const told = { index, kind, name, ...(bytes === undefined ? {} : { bytes }) };
    const tell = async (phase: DiskOperation['phase']): Promise<void> => {
      for (const listener of listeners) listener({ ...told, phase });
      if (!alive) await never();
    };
    const run = async (): Promise<T> => {
      if (!alive) await never();
      assertFileName(name);
      await tell('before');
      const code = failures.get(kind)?.shift();
      if (code !== undefined) {
        effect.fail(code);
        throw systemError(code, kind);
      }
      effect.issue?.();
      const complete = (): void => void effect.complete();
      if (effect.undecidedAtCut) underWay.add(complete);
      await tell('issued');
      await duration(kind);
      if (!alive) await never();
      underWay.delete(complete);
      const result = effect.complete();
      await tell('done');
      return result;
    };
    const last = lasts.get(name) ?? Promise.resolve();
    const result = last.then(run, run);
    lasts.set(name, result);
    return result;
  }

  async function duration(kind: DiskOperationKind): Promise<void> {
    if (clock !== undefined && syncMs > 0 && kind !== 'append' && kind !== 'read') {
      await new Promise<void>((resolve) => clock.after(syncMs, resolve));
    }
    const waiting = stalled.get(kind);
    if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function existing(name: string, kind: DiskOperationKind): PlatterFile {
    const file = files.get(name);
    if (file === undefined) throw systemError('ENOENT', kind);
    return file;
  }

  function append(name: string, bytes: Uint8Array): void {
    const file = files.get(name) ?? platterFile();
    files.set(name, file);
    file.append(bytes);
  }

  function next(left: Map<string, PlatterFile>): SimulatedDisk {
    if (!alive) throw new Error('this life of the disk has ended already');
    alive = false;
    const { capacityBytes: _before, ...rest } = options;
    return life({ ...rest, ...(capacityBytes === undefined ? {} : { capacityBytes }) }, left);
  }

  /** What was under way is completed or not; what the firmware hears of it is nothing either way. */
  function decide(): void {
    for (const complete of underWay) if (prng.below(2) === 1) complete();
    underWay.clear();
  }

  return {
    read: (name) => operate('read', name, { complete: () => files.get(name)?.read(), fail: () => undefined }),
    append(name, given) {
      const bytes = given.slice();
      return operate(
        'append',
        name,
        {
          issue() {
            const roomBytes = Math.max(0, (capacityBytes ?? Number.POSITIVE_INFINITY) - usedBytes());
            append(name, bytes.subarray(0, Math.min(bytes.length, roomBytes)));
            if (bytes.length > roomBytes) throw systemError('ENOSPC', 'append');
          },
          complete: () => undefined,
          // A failed write may have written a part.
          fail: () => append(name, bytes.subarray(0, prng.below(bytes.length + 1))),
        },
        bytes,
      );
    },
    sync: (name) =>
      operate('sync', name, {
        issue: () => void existing(name, 'sync'),
        complete: () => (syncLies ? undefined : existing(name, 'sync').sync()),
        fail: () => existing(name, 'sync').syncFails(),
      }),
    truncate: (name, length) =>
      operate('truncate', name, {
        issue() {
          const size = existing(name, 'truncate').length;
          if (Number.isSafeInteger(length) && length >= 0 && length <= size) return;
          throw new Error(`cannot cut ${name} of ${size} bytes to ${length}`);
        },
        complete: () => existing(name, 'truncate').truncate(length),
        fail: () => undefined,
        undecidedAtCut: true,
      }),
    replace(name, given) {
      const bytes = given.slice();
      return operate(
        'replace',
        name,
        {
          // Old and new take room side by side until the new one is in place.
          issue() {
            if (capacityBytes !== undefined && usedBytes() + bytes.length > capacityBytes) {
              throw systemError('ENOSPC', 'replace');
            }
          },
          complete: () => void files.set(name, platterFile(bytes)),
          fail: () => undefined,
          undecidedAtCut: true,
        },
        bytes,
      );
    },
    powerCut() {
      decide();
      const left = new Map<string, PlatterFile>();
      for (const [name, file] of files) {
        const found = file.afterPowerCut(prng, reorders);
        if (found !== undefined) left.set(name, found);
      }
      return next(left);
    },
    processDeath() {
      decide();
      return next(new Map(files));
    },
    failNext(kind, code, times = 1) {
      failures.set(kind, [...(failures.get(kind) ?? []), ...Array<DiskErrorCode>(times).fill(code)]);
    },
    stall(kind) {
      if (!stalled.has(kind)) stalled.set(kind, []);
    },
    unstall(kind) {
      const waiting = stalled.get(kind) ?? [];
      stalled.delete(kind);
      for (const resolve of waiting) resolve();
    },
    setCapacity(bytes) {
      capacityBytes = bytes;
    },
    onOperation(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get operations() {
      return operations;
    },
    get unsyncedBytes() {
      return [...files.values()].reduce((sum, file) => sum + file.unsyncedBytes, 0);
    },
    files: () => new Map([...files].map(([name, file]) => [name, file.read()])),
  };
}

/** What a dead process is told. */
const never = (): Promise<never> => new Promise(() => undefined);

const MESSAGES = {
  ENOSPC: 'no space left on device',
  EIO: 'i/o error',
  ENOENT: 'no such file or directory',
} as const;

function systemError(code: keyof typeof MESSAGES, kind: DiskOperationKind): Error {
  return Object.assign(new Error(`${code}: ${MESSAGES[code]}, ${kind}`), { code });
}
