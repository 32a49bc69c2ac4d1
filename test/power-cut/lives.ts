/**
 * Many lives of one lock on one real folder, each in a process that may be killed with SIGKILL. Bolts
 * withdrawn are counted here, outside of the processes that withdraw them.
 *
 * A kill takes the process and keeps the kernel's page cache: what was written and not yet synced is
 * still there in the next life. So this shows what the death of a process leaves behind, on the real
 * file system with the real calls; what the loss of power leaves, `visit.test.ts` shows, on a disk
 * that forgets.
 */
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../../firmware/clock/system.ts';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { JOURNAL_FILE } from '../../firmware/journal/journal.ts';
import { establish, mintIdentity } from '../../firmware/tools/enrol.ts';
import { publicKeyOf, toWallS } from '../../protocol/index.ts';
import { people } from '../../sim/people.ts';
import { type Prng, prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';
import type { Said } from './victim.ts';

/** No life takes nearly as long; one that does hangs. */
const LIFE_MS_MAX = 60_000;

/** When a life is killed: at one of its steps, or so long after its birth or after the token was shown. */
export type Kill =
  | { readonly at: 'step'; readonly step: number }
  /** At the first step of that name. */
  | { readonly at: 'operation'; readonly step: string }
  | { readonly at: 'birth' | 'shown'; readonly afterMs: number };

export interface LifeReport {
  readonly withdrawals: number;
  readonly lockdown: boolean;
  readonly refusals: readonly string[];
  /** The disk's operations, each before and after it; empty unless they were asked for. */
  readonly steps: readonly string[];
  readonly killed: boolean;
  readonly lifeMs: number;
  /** What it told before its end. */
  readonly said: readonly Said[];
}

export interface LifeOptions {
  readonly steps?: boolean;
  readonly kill?: Kill;
}

export interface Lives {
  readonly folder: string;
  issue(): Uint8Array;
  /**
   * One life: shows the token until it is refused, has the journal written anew, and stops; unless it is
   * killed before.
   */
  live(token: Uint8Array, options?: LifeOptions): Promise<LifeReport>;
  /** Leaves behind the journal what an interrupted append does. */
  tear(): Promise<void>;
  clear(): Promise<void>;
}

/** A lock that was enrolled just now; `victim` is the compiled program of one life. */
export async function lives(victim: string, seed: number): Promise<Lives> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-kill-'));
  const clock = systemClock();
  const random = randomSeeded(prng(seed, 'keys'));
  const seeds = { owner: random(32), recovery: random(32), carrier: random(32), courier: random(32) };
  const owner = { lockId: 'front-door', root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) };
  const identity = mintIdentity(owner, random);
  const disk = await openFolder(folder);
  await establish(disk, identity);
  await disk.close();
  const nowS = () => toWallS(clock.wallMs());
  const who = people(seeds, identity.audience, nowS(), random);
  return {
    folder,
    issue: () => who.issue({ nowS: nowS() }),
    live: (token, options = {}) => life([victim, folder], () => who.show(token, nowS()), options),
    tear: () => appendFile(join(folder, JOURNAL_FILE), new Uint8Array([0, 0, 0, 1, 0])),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

function life(argv: readonly string[], show: () => string, { steps: inSteps, kill }: LifeOptions): Promise<LifeReport> {
  const clock = systemClock();
  const bornMs = clock.monoMs();
  const child = spawn(process.execPath, [...argv, inSteps === true ? 'steps' : 'free']);
  const said: Said[] = [];
  const steps: string[] = [];
  let complaints = '';
  let shown = false;
  let killed = false;
  let hung = false;

  const killNow = (): void => {
    // False when it has ended by itself already.
    if (child.exitCode === null && child.kill('SIGKILL')) killed = true;
  };
  const cancels = [
    clock.after(LIFE_MS_MAX, () => {
      hung = true;
      killNow();
    }),
  ];
  const killLater = (from: Kill['at']): void => {
    if (kill !== undefined && 'afterMs' in kill && kill.at === from) cancels.push(clock.after(kill.afterMs, killNow));
  };
  const tell = (line: string): void => {
    if (!killed) child.stdin.write(`${line}\n`);
  };
  const showNow = (): void => {
    if (!shown) killLater('shown');
    shown = true;
    tell(`show\t${show()}`);
  };

  const isTheStep = (step: string): boolean =>
    (kill?.at === 'step' && kill.step === steps.length - 1) || (kill?.at === 'operation' && kill.step === step);

  function hear(one: Said): void {
    said.push(one);
    switch (one.said) {
      case 'step':
        steps.push(one.step);
        if (isTheStep(one.step)) killNow();
        else tell('go');
        return;
      case 'ready':
        return showNow();
      case 'ended':
        // Said of the life before, it may come at any time.
        if (one.outcome !== 'spent_outcome_unknown') showNow();
        return;
      case 'refused':
        return tell('compact');
      case 'compacted':
        return tell('stop');
      case 'withdraw':
        return;
    }
  }

  return new Promise((resolve, reject) => {
    // A pipe to a process that was just killed is broken, and nothing is wrong with that.
    child.stdin.on('error', (error) => {
      if (!killed) reject(error);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk;
    });
    createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line) as Said));
    child.on('error', reject);
    child.on('close', (code) => {
      for (const cancel of cancels) cancel();
      if (hung || (!killed && code !== 0)) {
        reject(new Error(`${hung ? 'hung' : `exit code ${code}`}: ${complaints} ${JSON.stringify(said)}`));
        return;
      }
      resolve({
        withdrawals: said.filter((one) => one.said === 'withdraw').length,
        lockdown: said.some((one) => one.said === 'ready' && one.lockdown),
        refusals: said.flatMap((one) => (one.said === 'refused' ? [one.refusal] : [])),
        steps,
        killed,
        lifeMs: clock.monoMs() - bornMs,
        said,
      });
    });
    killLater('birth');
  });
}

export interface Figures {
  readonly seed: number;
  readonly lives: number;
  readonly kills: number;
  readonly tokens: number;
  /** Bolts withdrawn, in all lives together. */
  readonly actuations: number;
  /** Kills of a life that had shown the token and not yet ended its visit. */
  readonly killsInVisit: number;
  /** What must not be: a token that opened twice, a lockdown, a token that is not refused in the end. */
  readonly violations: readonly string[];
}

const KILLS_A_TOKEN = 4;

/**
 * Kills at random moments on one folder, four for each token and then a life that is left in peace.
 * Half of the moments lie anywhere in a life, half in the short time in which a token is used.
 */
export async function randomKills(
  lock: Lives,
  kills: number,
  seed: number,
  onToken: (killsSoFar: number) => void = () => undefined,
): Promise<Figures> {
  const dice: Prng = prng(seed, 'moments');
  const calm = await lock.live(lock.issue());
  const violations: string[] = [];
  const sum = { lives: 1, kills: 0, tokens: 1, actuations: calm.withdrawals, killsInVisit: 0 };
  while (sum.kills < kills) {
    const token = lock.issue();
    const reports: LifeReport[] = [];
    for (let i = 0; i < KILLS_A_TOKEN && sum.kills < kills; i++) {
      const kill: Kill =
        dice.below(2) === 0
          ? { at: 'birth', afterMs: dice.below(Math.ceil(calm.lifeMs)) }
          : { at: 'shown', afterMs: dice.below(VISIT_MS) };
      const report = await lock.live(token, { kill });
      reports.push(report);
      if (report.killed) sum.kills += 1;
      if (report.killed && isInVisit(report)) sum.killsInVisit += 1;
    }
    reports.push(await lock.live(token));
    const wrong = wrongWith(reports);
    if (wrong !== undefined) violations.push(`token ${sum.tokens} of seed ${seed}: ${wrong}`);
    sum.tokens += 1;
    sum.lives += reports.length;
    sum.actuations += withdrawalsIn(reports);
    onToken(sum.kills);
  }
  return { seed, ...sum, violations };
}

/** A visit takes about as long, from the token shown to the door sealed (measured). */
const VISIT_MS = 160;

const isInVisit = ({ said }: LifeReport): boolean =>
  said.some((one) => one.said === 'ready') &&
  !said.some((one) => one.said === 'refused' || (one.said === 'ended' && one.outcome !== 'spent_outcome_unknown'));

const withdrawalsIn = (reports: readonly LifeReport[]): number =>
  reports.reduce((sum, { withdrawals }) => sum + withdrawals, 0);

/** What is wrong with the lives of one token, of which the last was left in peace. */
export function wrongWith(reports: readonly LifeReport[]): string | undefined {
  const withdrawals = withdrawalsIn(reports);
  if (withdrawals > 1) return `withdrawn ${withdrawals} times`;
  if (reports.some(({ lockdown }) => lockdown)) return 'in lockdown';
  const refusal = reports.at(-1)?.refusals.at(-1);
  return refusal === 'already_used' ? undefined : `refused as ${refusal} in the end`;
}
