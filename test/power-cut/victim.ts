/**
 * One life of a lock, to be killed: the firmware on a real folder, in a process of its own. Its parent
 * tells it line by line what happens at the door, and reads from it line by line what came of it.
 *
 * What is counted must outlive the process. So a bolt that is to be withdrawn is told to the parent
 * first of all, by one write that is over before anything else happens: bytes in a pipe stay there when
 * their writer is killed.
 *
 * With `steps`, each operation of the disk stops before and after it until the parent says go. It is
 * announced only when everything else that can run has run: a motion that does not wait for the disk
 * is told before the parent can kill.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { systemClock } from '../../firmware/clock/system.ts';
import { claimFolder } from '../../firmware/disk/claim.ts';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { readIdentity } from '../../firmware/identity.ts';
import { startLock } from '../../firmware/main.ts';
import type { Disk } from '../../firmware/ports/index.ts';
import { isFailure } from '../../firmware/tools/failure.ts';
import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { simMechanism } from '../../sim/ports/mechanism.ts';
import { prng } from '../../sim/time/prng.ts';
import { randomSeeded } from '../../sim/time/random.ts';

/** What the child says, one JSON object a line. */
export type Said =
  | { readonly said: 'step'; readonly step: string }
  | { readonly said: 'withdraw' }
  | { readonly said: 'ready'; readonly lockdown: boolean }
  | { readonly said: 'refused'; readonly refusal: string }
  | { readonly said: 'ended'; readonly outcome: string }
  | { readonly said: 'compacted'; readonly done: boolean };

/** Turns of the event loop until nothing is left that could still run by itself. */
const TURNS = 20;
const TRAVEL_MS = 5;

const [folder = '', mode = ''] = process.argv.slice(2);
const goes: (() => void)[] = [];

/** One system call, over when it returns. Nothing else here writes to this pipe. */
const say = (said: Said): void => {
  writeSync(1, `${JSON.stringify(said)}\n`);
};

async function step(name: string): Promise<void> {
  if (mode !== 'steps') return;
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  const go = new Promise<void>((resolve) => goes.push(resolve));
  say({ said: 'step', step: name });
  await go;
}

async function announced(name: string, operation: () => Promise<void>): Promise<void> {
  await step(`before ${name}`);
  await operation();
  await step(`after ${name}`);
}

function announcing(disk: Disk): Disk {
  return {
    read: (name) => disk.read(name),
    append(name, bytes) {
      const copy = bytes.slice();
      return announced('append', () => disk.append(name, copy));
    },
    sync: (name) => announced('sync', () => disk.sync(name)),
    truncate: (name, length) => announced('truncate', () => disk.truncate(name, length)),
    replace(name, bytes) {
      const copy = bytes.slice();
      return announced('replace', () => disk.replace(name, copy));
    },
  };
}

const claim = await claimFolder(folder);
const disk = await openFolder(folder);
const identity = await readIdentity(disk, folder);
if (isFailure(identity)) throw new Error(identity.message);
const clock = systemClock();
// Each life begins with the bolt thrown: whoever found the house open has locked it by hand.
const door = plant({ clock, prng: prng(1), travelMs: TRAVEL_MS, bounceMsMax: 0, bolt: BOLT_THROWN });
const mechanism = simMechanism({ clock, plant: door });

let lines: ((line: string) => void) | undefined;
const waiting: string[] = [];
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  if (line === 'go') goes.shift()?.();
  else if (lines === undefined) waiting.push(line);
  else lines(line);
});

let isReady = false;
const lock = await startLock({
  identity,
  disk: announcing(disk),
  clock,
  timeSource: { voucher: () => 'rtc', uptime: () => ({ bootId: 'victim', ms: 0 }), close: () => undefined },
  random: randomSeeded(prng(1)),
  mechanism: {
    ...mechanism,
    drive(direction) {
      if (direction === 'withdraw') say({ said: 'withdraw' });
      mechanism.drive(direction);
    },
  },
  readers: [],
  timezone: 'Europe/Berlin',
  log: (level, message) => {
    if (level === 'error') process.stderr.write(`${message}\n`);
  },
  onFault: (detail) => {
    throw new Error(`impossible: ${detail}`);
  },
  onState(document) {
    if (isReady || document.lock !== 'locked' || document.door !== 'closed') return;
    isReady = true;
    say({ said: 'ready', lockdown: lock.state().ledgerFault });
  },
  onEvent({ topic, body }) {
    const happened = `${topic} ${String(body.event_type)}`;
    if (happened === 'lock unlocked') door.push();
    if (happened === 'door opened') door.close();
    if (happened === 'access refused') say({ said: 'refused', refusal: String(body.refusal) });
    if (happened === 'visit ended') say({ said: 'ended', outcome: String(body.outcome) });
  },
});

lines = (line) => {
  const [word, text = ''] = line.split('\t');
  if (word === 'show') lock.present(text, 'reader');
  else if (word === 'compact') {
    void lock
      .journal()
      .compact()
      .then((done) => say({ said: 'compacted', done }));
  } else if (word === 'stop') void stop();
  else throw new Error(`not a word of this play: ${line}`);
};
for (const line of waiting) lines(line);

async function stop(): Promise<void> {
  await lock.stop();
  await disk.close();
  await claim.release();
  door.stop();
  input.close();
}
