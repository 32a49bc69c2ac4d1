/**
 * `npm run bench`: how long things take, each beside what it could not be faster than on this machine
 * in this run. Figures to look at, never a gate: machines are noisy.
 *
 * With `--json`: `[{name, unit, value, baseline, ratio}]`, where `ratio` is value / baseline.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { firmataMechanism } from '../../firmware/boards/firmata.ts';
import { unoServoDoor } from '../../firmware/boards/pins.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { openFolder } from '../../firmware/disk/node-fs.ts';
import { authenticate, parse, verifyStrict } from '../../protocol/index.ts';
import { usbCable } from '../../sim/board/transport.ts';
import { virtualUno } from '../../sim/board/uno.ts';
import { type House, startHouse } from '../../sim/house.ts';
import { BOLT_THROWN, plant } from '../../sim/plant/plant.ts';
import { prng } from '../../sim/time/prng.ts';

interface Figure {
  readonly name: string;
  readonly unit: 'ms';
  readonly value: number;
  readonly baseline: number;
  readonly ratio: number;
  /** What the baseline is, for people. */
  readonly beside: string;
}

const STARTS = 5;
const BOARDS = 10;
const VISITS = 20;
const APPENDS = 200;
/** Size of the record of a spend, roughly: frame and all. */
const RECORD_BYTES = 300;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const round = (value: number): number => Math.round(value * 1000) / 1000;

function figure(name: string, values: readonly number[], baseline: number, beside: string): Figure {
  const value = median(values);
  return { name, unit: 'ms', value: round(value), baseline: round(baseline), ratio: round(value / baseline), beside };
}

async function timesOf(count: number, once: () => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await once());
  return times;
}

async function startToLocked(): Promise<number> {
  const begin = performance.now();
  const house = await startHouse();
  await house.until('the lock is locked', () => house.lock.state().bolt.row === 'locked');
  const took = performance.now() - begin;
  await house.stop();
  return took;
}

async function boardReady(): Promise<number> {
  const clock = systemClock();
  const door = plant({ clock, prng: prng(1), travelMs: 300, bounceMsMax: 0, bolt: BOLT_THROWN });
  const wiring = unoServoDoor({ withdrawnDegrees: 10, thrownDegrees: 100 });
  const cable = usbCable(virtualUno({ clock, plant: door, wiring }));
  const mechanism = firmataMechanism({ clock, open: () => cable.open(), wiring });
  const begin = performance.now();
  const took = await new Promise<number>((resolve) => {
    mechanism.start((event) => {
      if (event.type === 'board.ready') resolve(performance.now() - begin);
    });
  });
  await mechanism.close();
  cable.unplug();
  door.stop();
  return took;
}

/** SERVO_CONFIG (Firmata protocol 2.3): the first word of every drive, since the servo is attached for it. */
const isServoCommand = (bytes: Uint8Array): boolean => bytes[0] === 0xf0 && bytes[1] === 0x70;

/** From the last byte of a token to the first byte of the servo command, and what its signature checks alone cost. */
async function accept(
  house: House,
  commands: readonly number[],
  baselineFirst: boolean,
): Promise<{ readonly accept: number; readonly signatures: number }> {
  await house.until(
    'a locked door',
    () => house.lock.state().bolt.row === 'locked' && house.lock.state().visit.row === 'idle',
  );
  const text = house.people.show(house.people.issue({ nowS: house.nowS() }), house.nowS());
  // A processor that has just worked is faster than one that waited: each goes first as often as the other.
  let signatures = baselineFirst ? signatureChecks(house, text) : 0;
  const before = commands.length;
  const begin = performance.now();
  house.scan(text);
  await house.until('the bolt is withdrawn', () => house.lock.state().bolt.row === 'unlocked');
  const drivenAt = commands[before];
  if (!baselineFirst) signatures = signatureChecks(house, text);
  house.plant.push();
  await house.until('the door is open', () => house.lock.state().visit.row === 'door_open');
  house.plant.close();
  if (drivenAt === undefined) throw new Error('the bolt was not driven');
  return { accept: drivenAt - begin, signatures };
}

function signatureChecks(house: House, text: string): number {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.detail);
  let took = 0;
  authenticate(
    parsed.value,
    { audience: house.identity.audience, root: house.identity.root },
    (message, signature, key) => {
      const begin = performance.now();
      const holds = verifyStrict(message, signature, key);
      took += performance.now() - begin;
      return holds;
    },
  );
  return took;
}

async function appendAndSync(): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-bench-'));
  const disk = await openFolder(folder);
  const record = new Uint8Array(RECORD_BYTES).fill(0x2e);
  const times = await timesOf(APPENDS, async () => {
    const begin = performance.now();
    await disk.append('file', record);
    await disk.sync('file');
    return performance.now() - begin;
  });
  await disk.close();
  await rm(folder, { recursive: true });
  return times;
}

async function measure(progress: (line: string) => void): Promise<readonly Figure[]> {
  progress('starting houses');
  const starts = await timesOf(STARTS, startToLocked);
  progress('connecting boards');
  const boards = await timesOf(BOARDS, boardReady);
  progress('writing to the disk');
  const append = median(await appendAndSync());
  progress('letting couriers in');
  const commands: number[] = [];
  const house = await startHouse({
    onBoardReceived(bytes) {
      if (isServoCommand(bytes)) commands.push(performance.now());
    },
  });
  const accepted: number[] = [];
  const signatures: number[] = [];
  for (let i = 0; i < VISITS; i++) {
    const visit = await accept(house, commands, i % 2 === 0);
    accepted.push(visit.accept);
    signatures.push(visit.signatures);
  }
  await house.stop();
  const floor = median(signatures) + append;
  return [
    figure('start to first locked', starts, 2_000, 'the aim: 2 s'),
    figure('board ready', boards, 100, 'the aim: 100 ms'),
    figure('append + fdatasync of a record', [append], append, 'itself'),
    figure('three signature checks, tweetnacl', signatures, median(signatures), 'itself'),
    figure(
      'accept: last byte of a token to first byte of the servo command',
      accepted,
      floor,
      'its signature checks + one append and fdatasync',
    ),
  ];
}

const json = process.argv.includes('--json');
if (process.argv.includes('--help')) {
  process.stdout.write(
    'npm run bench            figures for people\nnpm run bench -- --json  [{name, unit, value, baseline, ratio}]\n',
  );
} else {
  const figures = await measure((line) => process.stderr.write(`${line} …\n`));
  if (json) process.stdout.write(`${JSON.stringify(figures.map(({ beside: _beside, ...rest }) => rest))}\n`);
  else {
    for (const { name, unit, value, baseline, ratio, beside } of figures) {
      process.stdout.write(`${name}\n    ${value} ${unit}, ${ratio} × ${baseline} ${unit} (${beside})\n`);
    }
  }
}
