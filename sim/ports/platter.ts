/**
 * One file as the kernel and the disk see it: the page cache, which every reader sees at once, and the
 * platter, which is all that a power cut leaves.
 *
 * Nobody promises an order between the two before fdatasync. The disk writes whole sectors of 512
 * bytes; which of them it wrote, and whether the file's new length was, is anybody's guess. A
 * sector that was never written but lies below the new length reads as zeros. A sector that several
 * writes touched may have reached the platter in any of its states. And after a *failed* fdatasync
 * the kernel calls the pages clean: the next one succeeds without ever writing them.
 */
import type { Prng } from '../time/prng.ts';

export const SECTOR_BYTES = 512;

interface Write {
  readonly fromBytes: number;
  readonly toBytes: number;
  /** False once a sync has failed over it: no later sync will write it. */
  dirty: boolean;
}

export interface PlatterFile {
  readonly length: number;
  readonly unsyncedBytes: number;
  read(): Uint8Array;
  append(bytes: Uint8Array): void;
  sync(): void;
  syncFails(): void;
  /** Durably, as the port promises. */
  truncate(length: number): void;
  /** What is left after the power was cut; undefined when not even the name reached the platter. */
  afterPowerCut(random: Prng, reorders: boolean): PlatterFile | undefined;
}

/** `durable` is what is on the platter from the start; without it not even the name is. */
export function platterFile(durable?: Uint8Array): PlatterFile {
  let cache = durable?.slice() ?? new Uint8Array(0);
  let length = cache.length;
  let platter = cache.slice();
  let platterLength = length;
  let named = durable !== undefined;
  let writes: Write[] = [];

  function toPlatter(from: number, to: number): void {
    platter = withRoom(platter, to);
    platter.set(cache.subarray(from, to), from);
  }
  function sync(): void {
    for (const write of writes) if (write.dirty) toPlatter(write.fromBytes, write.toBytes);
    writes = writes.filter((write) => !write.dirty);
    platter = withRoom(platter, length);
    platterLength = length;
    named = true;
  }

  return {
    get length() {
      return length;
    },
    get unsyncedBytes() {
      return writes.reduce((sum, write) => sum + write.toBytes - write.fromBytes, 0);
    },
    read: () => cache.slice(0, length),
    append(bytes) {
      cache = withRoom(cache, length + bytes.length);
      cache.set(bytes, length);
      if (bytes.length > 0) writes.push({ fromBytes: length, toBytes: length + bytes.length, dirty: true });
      length += bytes.length;
    },
    sync,
    syncFails() {
      for (const write of writes) write.dirty = false;
    },
    truncate(to) {
      length = to;
      cache.fill(0, to);
      platter.fill(0, to);
      writes = writes
        .filter((write) => write.fromBytes < to)
        .map((write) => ({ ...write, toBytes: Math.min(write.toBytes, to) }));
      sync();
    },
    afterPowerCut(random, reorders) {
      if (!named && random.below(2) === 0) return undefined;
      const ends = writes.map((write) => write.toBytes);
      const newLength = writes.length === 0 ? platterLength : pick(random, lengthsBetween(platterLength, length, ends));
      const left = new Uint8Array(newLength);
      left.set(platter.subarray(0, Math.min(newLength, platterLength)));
      // Without reordering, sectors reach the platter from the front, and at some point no more do.
      const frontOnlyTo = reorders ? length : pick(random, lengthsBetween(platterLength, length, ends));
      for (const write of writes) {
        for (let from = write.fromBytes; from < Math.min(write.toBytes, newLength); ) {
          const to = Math.min(write.toBytes, newLength, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
          const reached = reorders ? random.below(2) === 1 : from < frontOnlyTo;
          // A sector goes out as the cache has it: with what earlier writes put before this one.
          if (reached) {
            const sectorFrom = Math.floor(from / SECTOR_BYTES) * SECTOR_BYTES;
            const end = reorders ? to : Math.min(to, frontOnlyTo);
            left.set(cache.subarray(sectorFrom, end), sectorFrom);
          }
          from = to;
        }
      }
      return platterFile(left);
    },
  };
}

/** The lengths that the file may be found with: the old one, any end of a write, any end of a sector between. */
function lengthsBetween(from: number, to: number, ends: readonly number[]): readonly number[] {
  const lengths = new Set([Math.min(from, to), to]);
  for (const end of ends) if (end > from) lengths.add(end);
  for (let at = (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES; at < to; at += SECTOR_BYTES) lengths.add(at);
  return [...lengths];
}

function pick(random: Prng, values: readonly number[]): number {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function withRoom(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length >= length) return bytes;
  const grown = new Uint8Array(Math.max(length, 2 * bytes.length, SECTOR_BYTES));
  grown.set(bytes);
  return grown;
}
