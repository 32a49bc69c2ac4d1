/**
 * One lock, put together from its parts by hand. The parts may be real or simulated; what runs
 * between them is the same, and this file is where one sees all of it at once.
 */
import {
  type Channel,
  type EventBody,
  INFO,
  type MonoMs,
  publicKeyOf,
  type Refused,
  type SigningKey,
  type StateDocument,
  strictVerifier,
  TOPIC_ROOT,
  toHex,
  topicsOf,
  toWallS,
  type Verify,
} from '../protocol/index.ts';
import { dialIn, type ReadDial } from './access/dial.ts';
import { opensslVerify } from './access/first-look.ts';
import { createNonces } from './access/nonces.ts';
import { within } from './clock/within.ts';
import { createCommands } from './commands.ts';
import { createController } from './controller.ts';
import type { Answer, DoormanOptions } from './doorman.ts';
import { findJournal, mayBeVolatile } from './find-journal.ts';
import { type Identity, writeIdentity } from './identity.ts';
import type { Journal, Retention } from './journal/journal.ts';
import type { ControlRecord, EventRecord, Spent } from './journal/records.ts';
import { DOOR, type Profile } from './lock/profiles/index.ts';
import type { LockState } from './lock/state.ts';
import { type Log, sparing } from './log.ts';
import type { Broker, Clock, Disk, Mechanism, TimeSource, TokenReader, Witness } from './ports/index.ts';
import { createAnnouncer } from './report/announcer.ts';
import { createAnswers } from './report/answers.ts';
import { discoveryDocument, discoveryTopic } from './report/home-assistant.ts';
import { createReporter } from './report/reporter.ts';
import { opensslSigner } from './report/signer.ts';
import { VERSION } from './version.ts';
import { askWitness, inTime, markOf, tellerOf } from './witness.ts';

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
  /** Late events published in a second, when the broker was away; 100 when it is not given. */
  readonly backlogPerS?: number;
  /** Absent: Home Assistant is told nothing, and nothing is published outside this lock's own tree. */
  readonly homeAssistant?: HomeAssistant;
  /** Absent: an older copy of the disk that is put back cannot be told from the disk itself. */
  readonly witness?: Witness;
  readonly retention?: Retention;
  /** Unpredictable bytes, fit for keys. */
  readonly random: (length: number) => Uint8Array;
  readonly profile?: Profile;
  /** IANA name; hours in delegations are meant in it. */
  readonly timezone: string;
  /** The dial of that zone, where many locks share one: making it takes longer than everything else at a start. */
  readonly dial?: ReadDial;
  /** The verifier that decides. Only a world that starts thousands of locks may put a faster one there. */
  readonly verify?: Verify;
  /** The verifier that looks first: likewise. */
  readonly firstLook?: Verify;
  /** How the lock signs with its own key; with the seed itself, unless said otherwise. For such worlds, too. */
  readonly signer?: (seed: Uint8Array) => SigningKey;
  readonly log: Log;
  readonly onFault?: (detail: string) => void;
  /** Every new state document, and every event once it is durable: for a screen beside the lock. */
  readonly onState?: (document: StateDocument) => void;
  readonly onEvent?: (record: EventRecord) => void;
  /** What whoever showed a text to a reader is told, in the same turn. Not every refusal is an event: one a minute is. */
  readonly onAnswer?: (answer: Answer, channel: Channel) => void;
  /** Each text that was looked at and refused, with the reason that `onAnswer` keeps from the bearer: for whoever is the owner. */
  readonly onRefused?: DoormanOptions['onRefused'];
}

export interface HomeAssistant {
  /** False: it is told that there is no such device any more. */
  readonly enabled: boolean;
  readonly discoveryPrefix: string;
  /** Where it says `online` when it has come up. */
  readonly statusTopic: string;
}

export interface Lock {
  /** Somebody shows a text. */
  present(text: string, channel: Channel): Answer;
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
  const { audience } = identity;
  const journal = await findJournal({ ...parts, audience });
  let { root } = identity;
  const tellWitness = tellerOf(parts.witness);
  // Of what was found, too, nothing is told before the first event of this life has come to the disk behind it: the life
  // before may have left it in the kernel's memory only.
  let durableSeq = -1;

  // Without its journal nobody knows how often it has booted; its events must not be taken for earlier ones.
  const boot = journal.health !== 'ok' ? Math.max(1, toWallS(clock.wallMs())) : journal.memory.boot + 1;
  // A file that the life before has filled has no room for one more record. And what this kernel gives may be in its memory
  // only: of a sync that failed it keeps the pages, calls them clean, and never writes them. Then the next power cut
  // would leave a hole where later records stand behind, and that is a lockdown. So the file is written anew in both
  // cases, before the first record, which waits for it.
  const { bootId } = parts.timeSource.uptime();
  if (journal.health === 'ok' && (journal.isDue() || mayBeVolatile(journal.memory, bootId))) {
    void journal.compact().then((done) => {
      if (!done) log('warn', 'the journal could not be written anew at the start');
    });
  }
  // Nobody waits for it: a slow disk must not keep the button inside from anybody. When it fails, so does the
  // controller's first record behind it, and there it is met.
  journal
    .append({ type: 'boot', boot, at_s: Math.max(0, toWallS(clock.wallMs())), boot_id: bootId })
    .catch((error: unknown) => log('error', `the boot is not in the journal: ${String(error)}`));

  const info = INFO.parse({
    v: 1,
    lock_id: identity.lockId,
    audience,
    lock_key: toHex(publicKeyOf(parts.signer?.(identity.lockSeed) ?? identity.lockSeed)),
    profile: (parts.profile ?? DOOR).name,
    firmware: VERSION,
    boot,
  });

  const topics = topicsOf(identity.lockId, parts.topicRoot ?? TOPIC_ROOT);
  const { homeAssistant } = parts;
  const announcer =
    parts.broker === undefined || homeAssistant === undefined
      ? undefined
      : createAnnouncer({
          broker: parts.broker,
          topic: discoveryTopic(identity.lockId, homeAssistant.discoveryPrefix),
          payload: homeAssistant.enabled
            ? JSON.stringify(discoveryDocument({ topics, info, profile: parts.profile ?? DOOR }))
            : '',
          statusTopic: homeAssistant.statusTopic,
          clock,
          random: parts.random,
          log,
          onDue: () => reporter?.wake(),
        });
  const reporter =
    parts.broker === undefined
      ? undefined
      : createReporter({
          broker: parts.broker,
          topics,
          signer: parts.signer?.(identity.lockSeed) ?? opensslSigner(identity.lockSeed),
          info,
          journal,
          durableSeq: () => durableSeq,
          onRoom: tellLostEvents,
          onSetAside: (detail) => controller.tell(fault('message_set_aside', detail)),
          nowMs: () => controller.nowMs(),
          ...(parts.backlogPerS === undefined ? {} : { backlogPerS: parts.backlogPerS }),
          ...(announcer === undefined ? {} : { announcer }),
          clock,
          log,
        });

  const nonces = createNonces(parts.random);
  const controller = createController({
    pins: {
      audience,
      recovery: identity.recovery,
      get root() {
        return root;
      },
    },
    profile: parts.profile ?? DOOR,
    dial: parts.dial ?? dialIn(parts.timezone),
    firstLook: parts.firstLook ?? opensslVerify(),
    verify: parts.verify ?? strictVerifier(),
    journal,
    spend: keep,
    obey: keep,
    nonces,
    rotate,
    reseal,
    life: clock.wallMs().toString(36),
    reports: parts.broker !== undefined,
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
      commands.follow(record);
      parts.onEvent?.(record);
    },
    onGivenUp: (tokenId) => commands.giveUp(tokenId),
    ...(parts.onFault === undefined ? {} : { onFault: parts.onFault }),
    ...(parts.onRefused === undefined ? {} : { onRefused: parts.onRefused }),
  });

  /** The disk first: a witness that knows of a spend which the disk does not is how an older disk is noticed. */
  async function keep(record: Spent | ControlRecord): Promise<void> {
    const durable = journal.append(record);
    // As it is with this record: by the time that it is durable, the memory knows of others that are not.
    const mark = markOf(audience, journal.memory);
    await durable;
    await tellWitness(mark);
  }

  async function rotate(next: Uint8Array): Promise<void> {
    await writeIdentity(parts.disk, { ...identity, root: next });
    root = next;
    log('warn', "the owner's root key was rotated: what the old one signed is void");
  }

  async function reseal(record: ControlRecord): Promise<void> {
    const mark = parts.witness && (await askWitness(parts.witness, clock));
    await journal.reseal(record, Math.max(journal.memory.spends, mark?.spends ?? 0));
    // While it is on its way nothing of the owner's is judged, so that it must not be for ever.
    await inTime(clock, tellWitness(markOf(audience, journal.memory)));
    log('warn', 'the owner has sealed a new journal: the lockdown is over');
  }

  const logOfStrangers = sparing(log, clock);
  const commands = createCommands({
    topics,
    controller,
    nonces,
    clock,
    log: logOfStrangers,
    answer: createAnswers({ broker: parts.broker, log: logOfStrangers }),
  });

  function tellLostEvents(): void {
    const { count, first, last } = journal.memory.lost;
    if (count === 0) return;
    const range = first === undefined || last === undefined ? {} : { first, last };
    controller.tell({ topic: 'system', body: { event_type: 'events_lost', count, ...range } });
  }

  const fault = (name: string, detail: string): EventBody => ({
    topic: 'system',
    body: { event_type: 'fault', fault: name, detail },
  });

  controller.start();
  parts.broker?.start((event) => {
    if (event.type === 'broker.message') {
      if (announcer?.heard(event) !== true) commands.hear(event);
    } else if (event.type === 'broker.deaf') log('warn', `not all that is said to the lock comes in: ${event.reason}`);
    else reporter?.heard(event);
  });
  for (const { channel, reader } of parts.readers) {
    let toldAt: MonoMs | undefined;
    reader.start((event) => {
      if (event.type === 'reader.text') {
        const answer = controller.present(event.text, channel);
        parts.onAnswer?.(answer, channel);
      } else if (event.type === 'reader.lost') {
        log('warn', `no reader (${event.reason})`);
        // Its cable is outside, and every event is a record.
        if (toldAt !== undefined && clock.monoMs() - toldAt < READER_LOST_MS) return;
        toldAt = clock.monoMs();
        controller.tell(fault('reader_lost', channel));
      } else log('info', `the reader is there (${channel})`);
    });
  }

  /** What is durable then is durable; a disk that hangs must not keep the process. */
  const flush = (): Promise<void> => within(clock, FLUSH_MS_MAX, journal.flush(), () => undefined);

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
      announcer?.close();
      parts.timeSource.close();
      await flush();
      await reporter?.close();
      await flush();
      journal.abandon();
    },
    kill() {
      controller.stop();
      announcer?.close();
      journal.abandon();
      reporter?.kill();
    },
  };
}

/** A reader that is lost again and again is told of once in this time. */
const READER_LOST_MS = 60_000;

/** How long the end waits for a disk that does not answer. */
const FLUSH_MS_MAX = 2_000;
