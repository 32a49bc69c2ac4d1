/**
 * The two verbs that write to a journal while its lock is stopped: `journal re-seal`, the owner's way out
 * of a lockdown on the lock's own machine, and `journal erase`, which forgets the past. Both claim the
 * folder, so that they never meet a lock that runs.
 */
import { access } from 'node:fs/promises';
import {
  EPOCH_SAID_MAX,
  fromText,
  NONCE_BYTES,
  publicKeyOf,
  readControl,
  resealCounter,
  toHex,
  toText,
  toWallS,
  verifyStrict,
  writeControl,
} from '../../protocol/index.ts';
import { opensslVerify } from '../access/first-look.ts';
import { judgeControl } from '../access/judge-control.ts';
import { claimFolder } from '../disk/claim.ts';
import { openFolder } from '../disk/node-fs.ts';
import { neverEnrolled, readIdentity } from '../identity.ts';
import { type Journal, RETENTION } from '../journal/journal.ts';
import { latestEpochOf } from '../journal/memory.ts';
import { heldJournal, type OpenedJournal, openJournal } from '../journal/open.ts';
import type { Clock, Disk } from '../ports/index.ts';
import { parseCount } from './arguments.ts';
import { EXIT, failure, isFailure, systemCode, toFailure, usage } from './failure.ts';
import { type Io, readStdin, say, withoutLineEnd } from './io.ts';
import { readSeed } from './key-file.ts';
import { parseTime } from './times.ts';

export interface JournalResealOptions {
  readonly data: string;
  readonly key?: string;
  readonly epoch?: string;
  readonly json: boolean;
}

export interface JournalEraseOptions {
  readonly data: string;
  readonly before: string;
  readonly json: boolean;
}

interface Stopped {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly identity: { readonly audience: string; readonly root: Uint8Array; readonly recovery: Uint8Array };
  readonly opened: OpenedJournal;
}

/** What a person needs to fetch the owner's word from another machine. */
const TEXT_CHARS_MAX = 4096;
const NONCE_MS_MAX = 10 * 60_000;

export function journalReseal(options: JournalResealOptions, io: Io): Promise<number> {
  return withStopped(options.data, io, async (stopped) => {
    const { opened, identity, disk, clock } = stopped;
    if (opened.kind === 'sound') {
      throw usage('the journal is sound: there is nothing to seal anew', 'start the lock: latchstring run');
    }
    if (opened.kind !== 'damaged' && opened.kind !== 'absent') throw unfit(opened, options.data);
    const held = { disk, clock, audience: identity.audience, retention: RETENTION };
    const journal = heldJournal(held, 'lockdown', opened.kind === 'damaged' ? opened.before : undefined);
    const nonce = io.random(NONCE_BYTES);
    const givenMs = clock.monoMs();
    const text = await textOf(options, stopped, journal, nonce, io);
    const bytes = fromText(text);
    const control = bytes.ok ? readControl(bytes.value) : undefined;
    if (control === undefined) {
      throw usage('that is no control', 'paste the line that `latchstring control re-seal` printed');
    }
    const verdict = judgeControl(control, {
      pins: identity,
      firstLook: opensslVerify(),
      verify: verifyStrict,
      disk: 'lockdown',
      memory: journal.memory,
      uptime: { bootId: '', ms: 0 },
      isFreshNonce: (answered) => toHex(answered) === toHex(nonce) && clock.monoMs() - givenMs < NONCE_MS_MAX,
    });
    if (verdict.by === 'stranger') {
      throw failure('refused', verdict.refused.detail, 'sign with the key that this lock was enrolled with');
    }
    if (verdict.result !== 'applied') {
      const { number, epoch } = journal.memory.owner;
      throw failure(
        'refused',
        `not sealed: ${verdict.result}`,
        `the number must be above ${number}, the epoch above ${epoch}, and the nonce the one printed here`,
      );
    }
    await journal.reseal(verdict.record, journal.memory.spends);
    const { epoch, number } = journal.memory.owner;
    say(io, options.json, { data: options.data, epoch, control_counter: number }, [
      `sealed: ${options.data} has a new journal, in epoch ${epoch}; the old one is kept beside it`,
      'what was signed in an older epoch is void: make out new delegations',
    ]);
    return EXIT.done;
  });
}

/** The owner's statement: signed here when the key is here, else asked for. */
async function textOf(
  { key, epoch }: JournalResealOptions,
  { identity, clock }: Stopped,
  journal: Journal,
  nonce: Uint8Array,
  io: Io,
): Promise<string> {
  const known = journal.memory.owner;
  const counter = resealCounter(known.number, toWallS(clock.wallMs()));
  const least = latestEpochOf(known) + 1;
  if (key !== undefined) {
    if (epoch === undefined) {
      throw usage('the owner seals in a new epoch', `give --epoch, above all before it: at least ${least}`);
    }
    const next = parseCount(epoch, '--epoch', 1, EPOCH_SAID_MAX);
    const seed = await readSeed(key);
    if (toHex(publicKeyOf(seed)) !== toHex(identity.root)) {
      throw failure(
        'refused',
        `${key} is not the key of this lock's owner`,
        'sign with the key that it was enrolled with',
      );
    }
    const statement = { op: 're-seal', epoch: next } as const;
    const { audience } = identity;
    return toText(writeControl({ audience, issuedAtS: toWallS(clock.wallMs()), nonce, counter, statement }, seed));
  }
  const said = epoch === undefined ? 'EPOCH' : parseCount(epoch, '--epoch', 1, EPOCH_SAID_MAX);
  io.err(
    `On the owner's machine, within ten minutes, with an EPOCH higher than any before (at least ${least}):\n` +
      `  latchstring control re-seal ${said} --key owner --lock ${identity.audience} --counter ${counter} --nonce ${toHex(nonce)}\n` +
      'Paste what it prints, then Enter:\n',
  );
  const typed = await readStdin(io, TEXT_CHARS_MAX, (text) => text.includes('\n'));
  return withoutLineEnd(typed ?? '');
}

export function journalErase(options: JournalEraseOptions, io: Io): Promise<number> {
  return withStopped(options.data, io, async ({ opened, clock }) => {
    if (opened.kind !== 'sound') throw unfit(opened, options.data);
    const { journal } = opened;
    const beforeS = parseTime(options.before, '--before', clock.wallMs());
    const bytes = journal.size;
    // This file is of no start: should its new name not come to the disk, the next start writes it anew.
    journal.memory.bootId = undefined;
    if (!(await journal.compact(beforeS * 1000))) {
      throw failure(
        'io',
        `not erased: ${journal.failure?.message ?? 'the disk is full'}`,
        'free some space and try again',
      );
    }
    const kept = journal.memory.outbox.length;
    say(io, options.json, { data: options.data, bytes_before: bytes, bytes_after: journal.size, untold: kept }, [
      `erased what the broker has acknowledged before ${options.before}: ${bytes} bytes are now ${journal.size}`,
      kept === 0 ? 'nothing waits for the broker' : `${kept} events that no broker has acknowledged are kept`,
      'used tokens stay used; what the disk has freed is overwritten when something else needs it',
    ]);
    return EXIT.done;
  });
}

async function withStopped(data: string, io: Io, run: (stopped: Stopped) => Promise<number>): Promise<number> {
  // A claim would make the folder: a name that is misspelt must leave nothing behind.
  await access(data).catch((error: unknown) => {
    throw systemCode(error) === 'ENOENT' ? neverEnrolled(data) : toFailure(error, data);
  });
  const claim = await claimFolder(data).catch((error: unknown) => {
    if (systemCode(error) !== undefined || !(error instanceof Error)) throw toFailure(error, data);
    throw failure('io', error.message, 'stop the lock first');
  });
  try {
    const folder = await openFolder(data);
    try {
      const identity = await readIdentity(folder, data);
      if (isFailure(identity)) throw identity;
      const clock = await io.clock();
      return await run({ disk: folder, clock, identity, opened: await openJournal(folder, clock, identity.audience) });
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw toFailure(error, data);
  } finally {
    await claim.release();
  }
}

function unfit(opened: Exclude<OpenedJournal, { kind: 'sound' }>, data: string) {
  switch (opened.kind) {
    case 'foreign':
      return usage(
        `the journal in ${data} belongs to ${opened.audience}`,
        'use the folder that this lock was enrolled in',
      );
    case 'newer':
      return usage(
        `the journal in ${data} has version ${opened.version}, of a later latchstring`,
        'update latchstring',
      );
    case 'unreadable':
      return failure('io', `the journal in ${data} cannot be read: ${opened.why}`, 'mend the disk, or use another');
    case 'absent':
      return usage(`there is no journal in ${data}`, `run: latchstring journal re-seal --data ${data}`);
    case 'damaged':
      return failure(
        'refused',
        `the journal in ${data} is damaged: ${opened.why}`,
        `run: latchstring journal re-seal --data ${data}`,
      );
  }
}
