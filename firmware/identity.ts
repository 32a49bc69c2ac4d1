/**
 * Who the lock is, and whom it believes: the file `identity` in its folder, written once by
 * enrolment. It is the only place where the owner's root stands; a configuration that could name
 * another root would be a second door.
 *
 * The lock's own seed is in it, so the file is as secret as a key. A lock without it does not start,
 * and never makes one up: an unenrolled lock would believe the first owner who came along.
 */
import * as z from 'zod';
import { AUDIENCE, fromHex, KEY_BYTES, LOCK_ID, SEED_BYTES, toHex } from '../protocol/index.ts';
import type { Disk } from './ports/index.ts';
import { type Failure, failure, usage } from './tools/failure.ts';

export const IDENTITY_FILE = 'identity';

export interface Identity {
  readonly version: 1;
  readonly lockId: string;
  /** `{lockId}/{8 base32 characters}`: this lock since this enrolment. */
  readonly audience: string;
  /** The lock's own key, 32 bytes: what it signs its reports with. */
  readonly lockSeed: Uint8Array;
  /** The owner's public key, 32 bytes. */
  readonly root: Uint8Array;
  /** Public key of the paper key that can rotate the root, and nothing else. */
  readonly recovery: Uint8Array;
}

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

const FILE = z
  .strictObject({
    latchstring: z.literal('identity'),
    version: z.literal(1),
    lock_id: z.string().regex(LOCK_ID),
    audience: z.string().regex(AUDIENCE),
    lock_seed: hex(SEED_BYTES),
    root: hex(KEY_BYTES),
    recovery: hex(KEY_BYTES),
  })
  .refine((file) => file.audience.startsWith(`${file.lock_id}/`), { path: ['audience'] });

/** The identity in a folder, or a failure to be told as it is. `folder` is for its words only. */
export async function readIdentity(disk: Pick<Disk, 'read'>, folder = 'DIR'): Promise<Identity | Failure> {
  const bytes = await disk.read(IDENTITY_FILE);
  if (bytes === undefined) return neverEnrolled(folder);
  const json = parseJson(bytes);
  if (isNewer(json)) {
    return usage(`the identity in ${folder} was written by a newer latchstring`, 'update latchstring');
  }
  const file = FILE.safeParse(json);
  // What was read is not repeated: a damaged identity still holds most of a secret.
  const wrong = file.success ? '' : (file.error.issues[0]?.path.join('.') ?? '');
  const damaged = failure(
    'io',
    `the identity in ${folder} is damaged${wrong === '' ? '' : ` (${wrong})`}`,
    'restore the file from a backup, or enrol again with --again: every older token is void then',
  );
  if (!file.success) return damaged;
  const lockSeed = fromHex(file.data.lock_seed);
  const root = fromHex(file.data.root);
  const recovery = fromHex(file.data.recovery);
  if (lockSeed === undefined || root === undefined || recovery === undefined) return damaged;
  const { lock_id: lockId, audience, version } = file.data;
  return { version, lockId, audience, lockSeed, root, recovery };
}

export const neverEnrolled = (folder: string): Failure =>
  usage(
    `this lock was never enrolled: there is no file ${IDENTITY_FILE} in ${folder}`,
    `run: latchstring enrol --id front-door --owner owner.pub --recovery recovery.pub --data ${folder}`,
  );

/** Puts the identity in the place of the old one, durably. */
export async function writeIdentity(disk: Disk, identity: Identity): Promise<void> {
  const file: z.infer<typeof FILE> = {
    latchstring: 'identity',
    version: 1,
    lock_id: identity.lockId,
    audience: identity.audience,
    lock_seed: toHex(identity.lockSeed),
    root: toHex(identity.root),
    recovery: toHex(identity.recovery),
  };
  const text = `${JSON.stringify(FILE.parse(file), undefined, 2)}\n`;
  await disk.replace(IDENTITY_FILE, new TextEncoder().encode(text));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Not JSON at all fails the schema like any other damage.
    return undefined;
  }
}

const isNewer = (json: unknown): boolean =>
  typeof json === 'object' &&
  json !== null &&
  'version' in json &&
  typeof json.version === 'number' &&
  Number.isInteger(json.version) &&
  json.version > 1;
