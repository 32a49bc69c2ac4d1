/**
 * One lock, put together from its parts by hand. The parts may be real or simulated; what runs
 * between them is the same, and this file is where one sees all of it at once.
 */
import {
  type Channel,
  type EventBody,
  INFO,
  publicKeyOf,
  type Refused,
  type StateDocument,
  strictVerifier,
  TOPIC_ROOT,
  toHex,
  topicsOf,
  toWallS,
  type Verify,
} from '../protocol/index.ts';
import { opensslVerify } from './access/first-look.ts';
import { createController } from './controller.ts';
import type { Identity } from './identity.ts';
import { type Journal, openJournal, volatileJournal } from './journal/journal.ts';
import type { EventRecord } from './journal/records.ts';
import { DOOR, type Profile } from './lock/profiles/index.ts';
import type { LockState } from './lock/state.ts';
import type { Log } from './log.ts';
import type { Broker, Cancel, Clock, Disk, Mechanism, TimeSource, TokenReader } from './ports/index.ts';
import { createReporter } from './report/reporter.ts';
import { usage } from './tools/failure.ts';
import { VERSION } from './version.ts';

export interface LockParts {
  readonly identity: Identity;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly timeSource: TimeSource;
  readonly mechanism: Mechanism;
  readonly readers: readonly { readonly channel: Channel; readonly reader: TokenReader }[];
  /** Absent: nothing is reported; events wait in the journal. */
  readonly broker?: Broker;
  readonly topicRoot?: string;
  readonly profile?: Profile;
  /** IANA name; hours in delegations are meant in it. */
  readonly timezone: string;
  /** The verifier that decides. Only a world that starts thousands of locks may put a faster one there. */
  readonly verify?: Verify;
  readonly log: Log;
  readonly onFault?: (detail: string) => void;
  /** Every new state document, and every event once it is durable: for a screen beside the lock. */
  readonly onState?: (document: StateDocument) => void;
  readonly onEvent?: (record: EventRecord) => void;
}

export interface Lock {
  present(text: string, channel: Channel): void;
  /** The household wants it locked, from afar. The reason, when the owner's mode does not allow it. */
  lock(): Refused | undefined;
  state(): LockState;
  document(): StateDocument;
  journal(): Journal;
  /** Lets go of everything, in the order in which nothing is lost. */
  stop(): Promise<void>;
  /** Ends at once, as a process does whose power is cut: nothing is written, moved or said any more. */
  kill(): void;
}

export async function startLock(parts: LockParts): Promise<Lock> {
  const { identity, clock, log, mechanism } = parts;
  const { journal, disk } = await findJournal(parts);
  let durableSeq = journal.memory.nextSeq - 1;

  // Without its journal nobody knows how often it has booted; its events must not be taken for earlier ones.
  const boot = disk !== 'ok' ? Math.max(1, toWallS(clock.wallMs())) : journal.memory.boot + 1;
  // Nobody waits for it: a slow disk must not keep the button inside from anybody. When it fails, so does the
  // controller's first record behind it, and there it is met.
  journal
    .append({ type: 'boot', boot, at_s: Math.max(0, toWallS(clock.wallMs())) })
    .catch((error: unknown) => log('error', `the boot is not in the journal: ${String(error)}`));

  const info = INFO.parse({
    v: 1,
    lock_id: identity.lockId,
    audience: identity.audience,
    lock_key: toHex(publicKeyOf(identity.lockSeed)),
    profile: (parts.profile ?? DOOR).name,
    firmware: VERSION,
    boot,
  });

  const reporter =
    parts.broker === undefined
      ? undefined
      : createReporter({
          broker: parts.broker,
          topics: topicsOf(identity.lockId, parts.topicRoot ?? TOPIC_ROOT),
          info,
          journal,
          durableSeq: () => durableSeq,
          onReported: tellLostEvents,
          clock,
          log,
        });

  const controller = createController({
    pins: { audience: identity.audience, root: identity.root },
    profile: parts.profile ?? DOOR,
    timezone: parts.timezone,
    firstLook: opensslVerify(),
    verify: parts.verify ?? strictVerifier(),
    journal,
    disk,
    life: clock.wallMs().toString(36),
    clock,
    timeSource: parts.timeSource,
    mechanism,
    log,
    onState(document) {
      reporter?.state(document);
      parts.onState?.(document);
    },
    onEvent(record: EventRecord) {
      durableSeq = Math.max(durableSeq, record.seq);
      reporter?.wake();
      parts.onEvent?.(record);
    },
    ...(parts.onFault === undefined ? {} : { onFault: parts.onFault }),
  });

  function tellLostEvents(): void {
    const count = journal.memory.eventsLost;
    if (count === 0) return;
    controller.tell({ topic: 'system', body: { event_type: 'events_lost', count } });
  }

  const fault = (name: string, detail: string): EventBody => ({
    topic: 'system',
    body: { event_type: 'fault', fault: name, detail },
  });

  controller.start();
  reporter?.start();
  for (const { channel, reader } of parts.readers) {
    reader.start((event) => {
      if (event.type === 'reader.text') controller.present(event.text, channel);
      else if (event.type === 'reader.lost') {
        log('warn', `no reader (${event.reason})`);
        controller.tell(fault('reader_lost', channel));
      } else log('info', `the reader is there (${channel})`);
    });
  }

  /** What is durable then is durable; a disk that hangs must not keep the process. */
  async function flush(): Promise<void> {
    let cancel: Cancel = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(FLUSH_MS_MAX, resolve);
    });
    await Promise.race([journal.flush(), late]);
    cancel();
  }

  return {
    present: controller.present,
    lock: controller.lock,
    state: controller.state,
    document: controller.document,
    journal: () => journal,
    async stop() {
      for (const { reader } of parts.readers) await reader.close();
      await mechanism.close();
      controller.stop();
      parts.timeSource.close();
      await flush();
      await reporter?.close();
      await flush();
      journal.abandon();
    },
    kill() {
      controller.stop();
      journal.abandon();
      reporter?.kill();
    },
  };
}

interface FoundJournal {
  readonly journal: Journal;
  readonly disk: 'ok' | 'unavailable' | 'lockdown';
}

/** How long the end waits for a disk that does not answer. */
const FLUSH_MS_MAX = 2_000;

/** The lock's own journal; in lockdown one that forgets, so that the bolt can still be thrown and people can get out. */
async function findJournal({ disk, clock, identity, log }: LockParts): Promise<FoundJournal> {
  const opened = await openJournal(disk, clock, identity.audience);
  switch (opened.kind) {
    case 'sound':
      if (opened.cutBytes > 0) log('info', `cut ${opened.cutBytes} bytes that an interrupted append had left`);
      return { journal: opened.journal, disk: 'ok' };
    case 'unreadable':
      log('error', `the journal cannot be read: ${opened.why}. No token is granted until the next start.`);
      return { journal: volatileJournal(), disk: 'unavailable' };
    case 'damaged':
      log(
        'error',
        `LOCKDOWN: the journal is damaged: ${opened.why}. No token is granted. Keep a copy of it, then: latchstring enrol --again …`,
      );
      return { journal: volatileJournal(), disk: 'lockdown' };
    case 'absent':
      log(
        'error',
        'LOCKDOWN: the journal is gone, and with it what was spent. No token is granted. Then: latchstring enrol --again …',
      );
      return { journal: volatileJournal(), disk: 'lockdown' };
    case 'foreign':
      throw usage(
        `the journal in this folder belongs to ${opened.audience}, not to ${identity.audience}`,
        'use the folder that this lock was enrolled in, or enrol again to begin a new journal',
      );
  }
}
