/**
 * Who vouches for the wall clock.
 *
 *     rtc   a battery-backed clock whose oscillator has never stopped
 *     host  the operating system says that it is synchronised over the network
 *     none  nobody: it may show anything
 */
export type Voucher = 'rtc' | 'host' | 'none';

export interface TimeSource {
  /** Who vouches now. Cheap: it is asked for every token. */
  voucher(): Voucher;
  close(): void;
}
