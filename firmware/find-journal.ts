/** The journal with which a lock comes up: what is on the disk, and what the witness says to it. */
import { within } from './clock/within.ts';
import { type Journal, RETENTION, type Retention } from './journal/journal.ts';
import type { Memory } from './journal/memory.ts';
import { heldJournal, type OpenedJournal, openJournal } from './journal/open.ts';
import type { Log } from './log.ts';
import type { Clock, Disk, TimeSource, Witness } from './ports/index.ts';
import { usage } from './tools/failure.ts';
import { askWitness, contradiction } from './witness.ts';

/** How long the start waits for the disk: then the lock comes up without its journal, and people get out. */
const OPEN_MS_MAX = 10_000;

export interface JournalPlace {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly audience: string;
  readonly retention?: Retention | undefined;
  readonly witness?: Witness | undefined;
  readonly timeSource: Pick<TimeSource, 'uptime'>;
  readonly log: Log;
}

/**
 * Whether what was read may be in the kernel's memory only: another process wrote it under this same kernel, or nobody
 * knows under which, as of an older version, or of a file that was made anew without a start since. One that no start has
 * written to yet has nothing to lose.
 */
export const mayBeVolatile = ({ boot, bootId }: Pick<Memory, 'boot' | 'bootId'>, now: string): boolean =>
  boot > 0 && (bootId === undefined || bootId === now);

/** The lock's own journal; in lockdown one that forgets, so that the bolt can still be thrown and people can get out. */
export async function findJournal(parts: JournalPlace): Promise<Journal> {
  const { disk, clock, audience, witness, timeSource, log, retention = RETENTION } = parts;
  const opened = await within<OpenedJournal>(clock, OPEN_MS_MAX, openJournal(disk, clock, audience, retention), () => ({
    kind: 'unreadable',
    why: `the disk has not answered for ${OPEN_MS_MAX} ms`,
  }));
  const held = { disk, clock, audience, retention };
  const lockdown = async (why: string, before?: Memory): Promise<Journal> => {
    log(
      'error',
      `LOCKDOWN: ${why}. No token is granted. The owner ends it with: latchstring control re-seal … (running) or journal re-seal … (stopped)`,
    );
    const journal = heldJournal(held, 'lockdown', before);
    try {
      const mark = witness && (await askWitness(witness, clock));
      const { owner } = journal.memory;
      // A new seal has a number beyond it: then no copy from before can pass for the newer one.
      if (mark?.audience === audience) owner.number = Math.max(owner.number, mark.controls);
      return journal;
    } catch (error) {
      return unavailable(`the witness cannot be asked: ${String(error)}`, before);
    }
  };
  const unavailable = (why: string, before?: Memory): Journal => {
    log('error', `${why}. No token is granted until the next start.`);
    return heldJournal(held, 'unavailable', before);
  };
  switch (opened.kind) {
    case 'sound': {
      const { journal, cutBytes, migratedFrom } = opened;
      if (cutBytes > 0) log('info', `cut ${cutBytes} bytes that an interrupted append had left`);
      if (migratedFrom !== undefined) log('info', `the journal was of version ${migratedFrom}: a copy of it is kept`);
      const settle = async (): Promise<boolean> =>
        !mayBeVolatile(journal.memory, timeSource.uptime().bootId) ||
        within(clock, OPEN_MS_MAX, journal.compact(), () => false);
      try {
        const why = witness && (await contradiction(witness, clock, audience, journal.memory, settle));
        return why === undefined ? journal : await lockdown(why, journal.memory);
      } catch (error) {
        return unavailable(`the witness cannot be asked: ${String(error)}`, journal.memory);
      }
    }
    case 'unreadable':
      return unavailable(`the journal cannot be read: ${opened.why}`);
    case 'damaged':
      return lockdown(`the journal is damaged: ${opened.why}`, opened.before);
    case 'absent':
      return lockdown('the journal is gone, and with it what was spent');
    case 'newer':
      throw usage(
        `the journal in this folder has version ${opened.version}, of a later latchstring`,
        'update latchstring; an older one must not write behind records that it cannot read',
      );
    case 'foreign':
      throw usage(
        `the journal in this folder belongs to ${opened.audience}, not to ${audience}`,
        'use the folder that this lock was enrolled in, or enrol again to begin a new journal',
      );
  }
}
