/**
 * One process at a time on a data folder: two that append to one journal would spend a token twice.
 *
 * The claim is the file `run.lock`, which says who holds it. The kernel does not take it away when
 * the holder dies, so whoever finds one asks whether that process still lives: the same boot of the
 * kernel, a process of that number, and, since numbers come round again, one that started at the
 * same tick. Node offers no flock, which would do all this by itself.
 *
 * The file is made by `link`, which like O_EXCL refuses a name that is taken, but brings the whole
 * content with it: a reader never sees half a claim and has to guess whether its writer is dead. (A
 * file system without hard links, such as FAT, cannot hold a data folder.)
 *
 * Replacing a stale claim is where such locks break: two find it stale, one replaces it, and the other,
 * acting on what it read before, removes the new one. So a stale claim is never removed to make room.
 * It is *succeeded*, by linking one's own claim to a name derived from the content of the stale one:
 *
 *     run.lock ──▶ run.lock.after.<hash of run.lock> ──▶ run.lock.after.<hash of that> …
 *
 * The last of the chain holds the folder. Why exactly one wins:
 *  1. Only one link to a name succeeds, so each claim has one successor at a time, and where there is
 *     no run.lock at all, the one who links it has it.
 *  2. The winner then renames its claim over run.lock, in one step, and only afterwards removes the
 *     links of the chain. Somebody late can therefore get the same link only when run.lock has already
 *     changed. So after linking, everyone reads the chain again from run.lock, and has won only if it
 *     ends at its own claim. Claims carry a random number: run.lock never becomes what it was before.
 *  3. run.lock is renamed or removed by the holder alone, and a holder that died before renaming is a
 *     stale link in the chain, to be succeeded like any other.
 *
 * What this cannot see: processes in another PID namespace (two containers on one volume).
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from './folder.ts';

interface Claim {
  readonly pid: number;
  /** Of the running kernel, or null where it does not say. */
  readonly bootId: string | null;
  /** Ticks from that boot to the start of the process, or null. */
  readonly startTick: string | null;
}

/** A claim and the name it stands under. One that does not parse was torn by a power cut: its process is gone. */
interface Link {
  readonly name: string;
  readonly text: string;
  readonly claim: Claim | undefined;
}

const LOCK = 'run.lock';
const TRIES_MAX = 20;
/** A chain grows by one with each process that dies between succeeding and renaming: microseconds. */
const CHAIN_MAX = 1000;

/** Claims the folder, making it when there is none. Rejects with words for the person at the shell when a live process has it. */
export async function claimFolder(path: string): Promise<{ release(): Promise<void> }> {
  await makeFolder(path);
  const text = JSON.stringify({ ...(await claimOfThisProcess()), id: randomUUID() });
  const own = join(path, `${LOCK}.${randomUUID()}`);
  try {
    await writeDurably(own, text);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const chain = await readChain(path);
      const last = chain.at(-1);
      if (last?.claim !== undefined && (await isAlive(last.claim))) throw new Error(taken(path, last.claim.pid));
      const name = last === undefined ? LOCK : successorOf(last.text);
      if (!(await linked(own, join(path, name)))) continue;
      if (name === LOCK || (await readChain(path)).at(-1)?.text === text) {
        await settleAsHolder(path, own, chain);
        return { release: () => release(path, text) };
      }
      // Somebody else succeeded the same claim and has cleaned up since: this link leads nowhere.
      await rm(join(path, name), { force: true });
    }
    throw new Error(`data folder ${resolve(path)} changes hands again and again: somebody restarts the lock in a loop`);
  } finally {
    await rm(own, { force: true });
  }
}

/** From here on this claim is the last of the chain and alive, so nobody else touches run.lock. */
async function settleAsHolder(path: string, own: string, succeeded: readonly Link[]): Promise<void> {
  if (succeeded.length === 0) return;
  await rename(own, join(path, LOCK));
  for (const { text } of succeeded) await rm(join(path, successorOf(text)), { force: true });
}

async function release(path: string, text: string): Promise<void> {
  if ((await readIfThere(join(path, LOCK))) === text) await rm(join(path, LOCK), { force: true });
}

async function readChain(path: string): Promise<readonly Link[]> {
  const chain: Link[] = [];
  for (let name = LOCK; ; ) {
    const text = await readIfThere(join(path, name));
    if (text === undefined) return chain;
    if (chain.length === CHAIN_MAX) throw new Error(`too many stale claims on ${resolve(path)}: remove ${LOCK}.*`);
    chain.push({ name, text, claim: parseClaim(text) });
    name = successorOf(text);
  }
}

function successorOf(text: string): string {
  return `${LOCK}.after.${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Content before name: after a power cut a claim is whole or not there, wherever the file system keeps that order. */
async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function claimOfThisProcess(): Promise<Claim> {
  return { pid: process.pid, bootId: await bootId(), startTick: (await startTickOf(process.pid)) ?? null };
}

/** In doubt, alive: a wrong yes costs a person one command, a wrong no costs a second opening. */
async function isAlive(claim: Claim): Promise<boolean> {
  const boot = await bootId();
  if (boot !== null && claim.bootId !== null && boot !== claim.bootId) return false;
  try {
    process.kill(claim.pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const startTick = await startTickOf(claim.pid);
  return startTick === undefined || claim.startTick === null || startTick === claim.startTick;
}

async function bootId(): Promise<string | null> {
  return (await readIfThere('/proc/sys/kernel/random/boot_id'))?.trim() ?? null;
}

/** proc(5), /proc/pid/stat field 22. Field 2 is the program's name, in brackets, and may hold brackets and spaces. */
async function startTickOf(pid: number): Promise<string | undefined> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3];
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // ESRCH: the process ended while its entry in /proc was being read.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function parseClaim(text: string): Claim | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined;
  const { pid } = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  const bootIdRead = 'bootId' in value && typeof value.bootId === 'string' ? value.bootId : null;
  const startTick = 'startTick' in value && typeof value.startTick === 'string' ? value.startTick : null;
  return { pid, bootId: bootIdRead, startTick };
}

const taken = (path: string, pid: number): string => `the folder ${resolve(path)} is in use by process ${pid}`;

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
