/**
 * Who vouches for the wall clock.
 *
 *     rtc   a battery-backed clock whose oscillator has never stopped
 *     host  the operating system says that it is synchronised over the network
 *     none  nobody: it may show anything
 */
export type Voucher = 'rtc' | 'host' | 'none';

/** A clock that goes on, by its own count, for as long as one kernel runs, whatever processes come and go. */
export interface Uptime {
  /** Which boot of the kernel: two of one boot can be compared. */
  readonly bootId: string;
  readonly ms: number;
}

export interface TimeSource {
  /** Who vouches now. Cheap: it is asked for every token. */
  voucher(): Voucher;
  /** Time since the kernel booted: what carries the owner's set-time over a restart of the process. */
  uptime(): Uptime;
  close(): void;
}
