/**
 * One folder of a few small files. Four operations, after littlefs: the rest is built on them.
 *
 * What is appended may be lost, torn or out of order after a power cut until `sync` has settled.
 * Rejects with the system's error (ENOSPC, EIO, …). After a failed `sync` the file's state is
 * unknown for good: the kernel has marked the pages clean, and a second try would lie.
 */
export interface Disk {
  /** The whole file, or undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Writes at the end; makes the file when there is none. Not durable before `sync`. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Durable: data, length, and that the file exists (fdatasync, and the folder's fsync for a new file). */
  sync(name: string): Promise<void>;
  /** Cuts the file to `length` bytes, durably. */
  truncate(name: string, length: number): Promise<void>;
  /**
   * Puts a whole new file in the place of the old one, durably: after a power cut it is the old or the new, never a mixture.
   * Rejected with ENOSPC it is the old one, for sure; with anything else nobody knows which.
   */
  replace(name: string, bytes: Uint8Array): Promise<void>;
}
