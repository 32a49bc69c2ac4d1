/**
 * Who vouches for this machine's clock, as far as Linux can tell.
 *
 *   - An RTC driver refuses to be read (EINVAL) while the chip's oscillator-stop flag is set: a DS3231
 *     whose battery died says so itself. `hctosys` is 1 when the kernel took its time from that RTC.
 *   - Whether the kernel's clock is synchronised over the network is asked of `timedatectl`, which
 *     reads the kernel's own NTP state, whichever program steers it.
 *
 * Looked at once a minute, in the background; in between the last answer stands.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Clock, TimeSource, Voucher } from '../ports/index.ts';

/** What a configuration may accept. `unverified` believes the machine, whatever it shows: for a desk, not for a door. */
export const CLOCK_TRUSTS = ['rtc', 'host', 'unverified'] as const;
export type ClockTrust = (typeof CLOCK_TRUSTS)[number];

const LOOK_EVERY_MS = 60_000;
const ASK_MS_MAX = 5_000;
const RTC = '/sys/class/rtc/rtc0';

/** How the machine is asked; tests answer themselves. */
export interface Machine {
  /** Contents of a small file; rejects when it cannot be read. */
  read(path: string): Promise<string>;
  /** What a command prints; rejects when it fails, is missing or takes too long. */
  ask(command: string, words: readonly string[]): Promise<string>;
}

export const thisMachine: Machine = {
  read: (path) => readFile(path, 'utf8'),
  ask: (command, words) =>
    new Promise((resolve, reject) => {
      execFile(command, [...words], { timeout: ASK_MS_MAX }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    }),
};

/** Settles when the first look is done. */
export async function machineTimeSource(
  clock: Clock,
  trusts: readonly ClockTrust[],
  machine: Machine = thisMachine,
): Promise<TimeSource> {
  let voucher = await lookAt(machine, trusts);
  let closed = false;
  let cancel = clock.after(LOOK_EVERY_MS, again);
  function again(): void {
    void lookAt(machine, trusts).then((found) => {
      voucher = found;
      if (!closed) cancel = clock.after(LOOK_EVERY_MS, again);
    });
  }
  return {
    voucher: () => voucher,
    close() {
      closed = true;
      cancel();
    },
  };
}

/** Never rejects: what cannot be asked does not vouch. */
async function lookAt(machine: Machine, trusts: readonly ClockTrust[]): Promise<Voucher> {
  if (trusts.includes('rtc') && (await holds(rtcIsSound(machine)))) return 'rtc';
  if (trusts.includes('host') && (await holds(isSynchronised(machine)))) return 'host';
  return trusts.includes('unverified') ? 'host' : 'none';
}

async function rtcIsSound(machine: Machine): Promise<boolean> {
  const tookTimeFromIt = (await machine.read(`${RTC}/hctosys`)).trim() === '1';
  return tookTimeFromIt && /^[0-9]+$/.test((await machine.read(`${RTC}/since_epoch`)).trim());
}

async function isSynchronised(machine: Machine): Promise<boolean> {
  return (await machine.ask('timedatectl', ['show', '--property=NTPSynchronized', '--value'])).trim() === 'yes';
}

/** A file that is not there and a command that is not installed are a no. */
const holds = (answer: Promise<boolean>): Promise<boolean> => answer.catch(() => false);
