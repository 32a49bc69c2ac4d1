/**
 * Who vouches for this machine's clock, as far as Linux can tell.
 *
 *   - An RTC driver refuses to be read (EINVAL) while the chip's oscillator-stop flag is set: a DS3231
 *     whose battery died says so itself. `hctosys` is 1 when the kernel took its time from that RTC.
 *   - Whether the kernel's clock is synchronised over the network is asked of `timedatectl`, which
 *     reads the kernel's own NTP state, whichever program steers it.
 *   - Which boot of the kernel this is stands in /proc; its monotonic clock is the one that every process
 *     of that boot reads (clock_gettime(2), CLOCK_MONOTONIC), which Node's own `performance` is not.
 *
 * Looked at once a minute, in the background; in between the last answer stands.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock, TimeSource, Uptime, Voucher } from '../ports/index.ts';
import { uptimeMs } from './system.ts';

/** What a configuration may accept. `unverified` believes the machine, whatever it shows: for a desk, not for a door. */
export const CLOCK_TRUSTS = ['rtc', 'host', 'unverified'] as const;
export type ClockTrust = (typeof CLOCK_TRUSTS)[number];

const LOOK_EVERY_MS = 60_000;
const ASK_MS_MAX = 5_000;
const RTC = '/sys/class/rtc/rtc0';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** How the machine is asked; tests answer themselves. */
export interface Machine {
  /** Contents of a small file; rejects when it cannot be read. */
  read(path: string): Promise<string>;
  /** What a command prints; rejects when it fails, is missing or takes too long. */
  ask(command: string, words: readonly string[]): Promise<string>;
}

const thisMachine: Machine = {
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
  const uptime = await kernelUptime(machine);
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
    uptime,
    close() {
      closed = true;
      cancel();
    },
  };
}

/** Where the kernel does not say which boot it is, the owner's time ends with this process: nobody else has this name. */
export async function kernelUptime(machine: Machine = thisMachine): Promise<() => Uptime> {
  const bootId = (await machine.read(BOOT_ID).catch(() => `process ${randomUUID()}`)).trim();
  return () => ({ bootId, ms: uptimeMs() });
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
