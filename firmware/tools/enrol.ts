/**
 * `enrol`: how a lock comes to trust an owner. It mints the lock's own key and an audience that
 * nobody has seen before, and pins the owner's root and recovery keys beside them.
 *
 * Doing it again makes another audience, so that whatever was signed for the old one is wrong_lock:
 * factory reset, change of owner and recovery from a lost root in one. It takes a shell on the
 * lock's machine; nothing on the wire can do it. The old journal is kept beside the new one, under
 * another name, for whoever wants to know what happened before.
 */
import { equal, LOCK_ID, publicKeyOf, SEED_BYTES, toHex } from '../../protocol/index.ts';
import { isFolder, removeEmpty } from '../disk/folder.ts';
import { openFolder } from '../disk/node-fs.ts';
import { IDENTITY_FILE, type Identity, readIdentity, writeIdentity } from '../identity.ts';
import { createJournal, JOURNAL_FILE } from '../journal/journal.ts';
import type { Disk } from '../ports/index.ts';
import { claimed } from './claimed.ts';
import { isFailure, toFailure, usage } from './failure.ts';
import { type Io, say } from './io.ts';
import { readPublicKey } from './key-file.ts';

export interface EnrolOptions {
  readonly id: string;
  readonly owner: string;
  readonly recovery: string;
  readonly data: string;
  readonly again: boolean;
  readonly json: boolean;
}

/** What only enrolment knows: whose lock it is to be. */
export interface EnrolRequest {
  readonly lockId: string;
  readonly root: Uint8Array;
  readonly recovery: Uint8Array;
}

export async function enrol(options: EnrolOptions, io: Io): Promise<number> {
  if (!LOCK_ID.test(options.id)) {
    throw usage(
      `--id ${JSON.stringify(options.id)} is not a lock's id`,
      'use 3 to 36 of a-z, 0-9 and -, like front-door',
    );
  }
  const root = await readPublicKey(options.owner);
  const recovery = await readPublicKey(options.recovery);
  if (equal(root, recovery)) {
    throw usage(
      '--owner and --recovery are the same key: losing one would lose both',
      'make another with: latchstring key new --out recovery --paper',
    );
  }
  const identity = mintIdentity({ lockId: options.id, root, recovery }, io.random);
  const aside = await store(identity, options);
  const lockKey = toHex(publicKeyOf(identity.lockSeed));
  const value = {
    lock_id: identity.lockId,
    audience: identity.audience,
    lock_key: lockKey,
    data: options.data,
    old_journal: aside ?? null,
  };
  say(io, options.json, value, [
    `enrolled ${identity.lockId} in ${options.data}`,
    `audience  ${identity.audience}   (what --lock takes)`,
    `lock key  ${lockKey}   (public half of the lock's own key)`,
    ...(aside === undefined ? [] : [`what was made for this lock before is void; its journal is kept as ${aside}`]),
  ]);
  return 0;
}

/** A lock that was never there before. `random` must be fit for keys. */
export function mintIdentity(
  { lockId, root, recovery }: EnrolRequest,
  random: (length: number) => Uint8Array,
): Identity {
  const audience = `${lockId}/${base32(random(AUDIENCE_BYTES))}`;
  return { version: 1, lockId, audience, lockSeed: random(SEED_BYTES), root, recovery };
}

/** Eight characters of five bits (RFC 4648 §6, in small letters). */
const AUDIENCE_BYTES = 5;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >>> (bits - 5)) & 31];
  }
  return text;
}

/** Under the folder's claim: a lock that runs there would go on as the one it was. */
async function store(identity: Identity, { data, again }: EnrolOptions): Promise<string | undefined> {
  const made = (await isFolder(data)) ? [] : [data];
  try {
    return await storeClaimed(identity, { data, again });
  } catch (error) {
    await removeEmpty(made);
    throw error;
  }
}

async function storeClaimed(identity: Identity, { data, again }: Pick<EnrolOptions, 'data' | 'again'>) {
  const claim = await claimed(data, 'stop the lock, enrol, and start it again');
  try {
    const disk = await openFolder(data);
    try {
      if (!again) await checkNew(disk, data);
      return await establish(disk, identity);
    } finally {
      await disk.close();
    }
  } catch (error) {
    throw toFailure(error, data);
  } finally {
    await claim.release();
  }
}

/**
 * Writes what makes a folder a lock's: a new journal, then the identity. A journal that was there is
 * copied aside first; its new name comes back. The journal goes first, because the identity is what
 * makes it one lock: after a power cut in between the two do not belong together, and no lock starts.
 */
export async function establish(disk: Disk, identity: Identity): Promise<string | undefined> {
  const old = await disk.read(JOURNAL_FILE);
  const aside = `${JOURNAL_FILE}-until-${identity.audience.slice(identity.lockId.length + 1)}`;
  if (old !== undefined) await disk.replace(aside, old);
  await createJournal(disk, identity.audience);
  await writeIdentity(disk, identity);
  return old === undefined ? undefined : aside;
}

async function checkNew(disk: Disk, data: string): Promise<void> {
  if ((await disk.read(IDENTITY_FILE)) === undefined) return;
  const identity = await readIdentity(disk, data);
  const was = isFailure(identity) ? 'though its identity cannot be read' : `as ${identity.audience}`;
  throw usage(
    `a lock is enrolled in ${data} already, ${was}: enrolling again voids every delegation and token made for it`,
    'if that is what you want, give --again',
  );
}
