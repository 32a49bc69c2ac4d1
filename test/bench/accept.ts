/**
 * A good token, from its last byte to the first byte of the servo's command, beside the parts of it
 * that nobody can leave out: its signature checks, and one append and fdatasync of its record. Then
 * the same while somebody floods the other channel with forgeries.
 */
import { randomBytes } from 'node:crypto';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import type { Disk } from '../../firmware/ports/index.ts';
import {
  authenticate,
  concat,
  fromText,
  type Pins,
  parse,
  SIGNATURE_BYTES,
  strictVerifier,
  toText,
  type Verify,
} from '../../protocol/index.ts';
import { atRest, type Figure, figure, median, processorMsSince, quantile } from './figures.ts';
import { type MeasuredHouse, type MeasuredHouseOptions, startMeasuredHouse } from './house.ts';
import { fillJournal } from './journal.ts';
import { openRival } from './others.ts';
import type { Visit } from './watching.ts';

const WARM_UPS = 4;
const VISITS = 24;
/** A spend's frame, roughly; the first visit shows how many it really has. */
const RECORD_BYTES = 300;
const FULL_VISITS = 20;
const FLOOD_HOUSES = 8;
const FLOOD_WARM_UPS = 2;
const FLOOD_VISITS = 12;
/** Texts that the flood goes through, all different: a text that is repeated is not looked at again. */
const FORGERIES = 500;

/** One token, and beside it what was measured in the same moment. */
interface Pair {
  readonly visit: Visit;
  readonly signatures: number;
  readonly append: number;
  /** Of both. */
  readonly processorMs: number;
  /** What a user would otherwise write. */
  readonly rival: number;
  readonly rivalAtBest: number;
}

/**
 * With the lock's own verifiers; and with the first look alone, where the rival stands: then the
 * strict verifier says yes to whatever OpenSSL took, and the three signatures are checked once.
 */
export async function measureAccept(): Promise<readonly Figure[]> {
  const strict = await pairs([opensslVerify(), strictVerifier()], {});
  const openssl = await pairs([opensslVerify()], { verify: () => true });
  return [
    ...acceptFigures('accept', strict, 'three checks by OpenSSL and three strict', 1.15),
    ...acceptFigures('accept without tweetnacl', openssl, 'three checks by OpenSSL', undefined),
    ...rivalFigures('decision', strict, undefined),
    ...rivalFigures('decision without tweetnacl', openssl, 1),
    ...(await measureFullHouse(strict)),
  ];
}

const middle = (pairs: readonly Pair[], take: (pair: Pair) => number): number => median(pairs.map(take));

function acceptFigures(
  name: string,
  pairs: readonly Pair[],
  checks: string,
  ratioMax: number | undefined,
): readonly Figure[] {
  const accept = middle(pairs, ({ visit }) => visit.driven - visit.shown);
  return [
    figure({
      name: `${name}: last byte of a token to first byte of the servo's command`,
      value: accept,
      baseline: middle(pairs, ({ signatures, append }) => signatures + append),
      beside: `${checks}, and append and fdatasync of its record`,
      ...(ratioMax === undefined ? {} : { ratioMax }),
    }),
    figure({
      name: `${name}: the same, in processor time`,
      value: middle(pairs, ({ visit }) => visit.processorMs),
      baseline: middle(pairs, ({ processorMs }) => processorMs),
      beside: 'the same, in processor time, which nobody else at work here makes longer',
    }),
    figure({
      name: `${name}, its first part: decided, and the spend handed to the disk`,
      value: middle(pairs, ({ visit }) => visit.handed - visit.shown),
      baseline: middle(pairs, ({ signatures }) => signatures),
      beside: checks,
    }),
    figure({
      name: `${name}, its second part: the spend made durable`,
      value: middle(pairs, ({ visit }) => visit.durable - visit.handed),
      baseline: middle(pairs, ({ append }) => append),
      beside: 'append and fdatasync of its record',
    }),
    figure({
      name: `${name}, its third part: from durable to the first byte of the servo's command`,
      value: middle(pairs, ({ visit }) => visit.driven - visit.durable),
      baseline: accept,
      beside: 'all three',
    }),
  ];
}

function rivalFigures(name: string, pairs: readonly Pair[], ratioMax: number | undefined): readonly Figure[] {
  const value = middle(pairs, ({ visit }) => visit.durable - visit.shown);
  return [
    figure({
      name: `${name}: last byte of a token to its spend durable`,
      value,
      baseline: middle(pairs, ({ rival }) => rival),
      beside: 'three JWTs by jose and a row in SQLite, synchronous=FULL',
      ...(ratioMax === undefined ? {} : { ratioMax }),
    }),
    figure({
      name: `${name}: the same, beside the best of the others`,
      value,
      baseline: middle(pairs, ({ rivalAtBest }) => rivalAtBest),
      beside: 'the same in WAL mode, with the file for itself and imported keys kept',
    }),
  ];
}

/** Where writing the journal anew would be due, were it not for the token: nobody may have to wait for that. */
async function measureFullHouse(quiet: readonly Pair[]): Promise<readonly Figure[]> {
  const house = await startMeasuredHouse({ broker: false, prepare: fillJournal });
  const visits: Visit[] = [];
  for (let i = -WARM_UPS; i < FULL_VISITS; i++) {
    const visit = await house.visit(house.newText(), 'reader');
    if (i >= 0) visits.push(visit);
  }
  if (!house.lock.journal().isDue()) throw new Error('the journal is too small to be written anew');
  await house.stop();
  return [
    figure({
      name: 'accept with a full ledger, a full outbox and a journal past its bound',
      value: median(visits.map(({ shown, driven }) => driven - shown)),
      baseline: middle(quiet, ({ visit }) => visit.driven - visit.shown),
      beside: 'accept in a new house',
    }),
    figure({
      name: 'journals written anew there between a token and the servo',
      unit: 'calls',
      value: visits.reduce((sum, { compactions }) => sum + compactions, 0),
      baseline: visits.length,
      beside: 'tokens accepted',
      ratioMax: 0,
    }),
  ];
}

/** `verifiers` are of the kinds that the lock asks, one after the other; it has its own, equally warm. */
async function pairs(verifiers: readonly Verify[], options: MeasuredHouseOptions): Promise<readonly Pair[]> {
  const house = await startMeasuredHouse(options);
  const rival = await openRival('as it comes');
  const rivalAtBest = await openRival('at its best');
  let record: Uint8Array = new Uint8Array(RECORD_BYTES);
  const baseline = async (text: string) => {
    const checks = checksOf(house.pins, text);
    await atRest();
    const processor = process.cpuUsage();
    const signatures = timeOfChecks(checks, verifiers);
    const append = await appendAndSync(house.disk, record);
    return { signatures, append, processorMs: processorMsSince(processor) };
  };
  const all: Pair[] = [];
  for (let i = -WARM_UPS; i < VISITS; i++) {
    const text = house.newText();
    // Each goes first as often as the other.
    const before = i % 2 === 0 ? await baseline(text) : undefined;
    await atRest();
    const visit = await house.visit(text, 'reader');
    record = visit.spend;
    const { signatures, append, processorMs } = before ?? (await baseline(text));
    const pair = {
      visit,
      signatures,
      append,
      processorMs,
      rival: await rival.decide(),
      rivalAtBest: await rivalAtBest.decide(),
    };
    if (i >= 0) all.push(pair);
  }
  await rival.close();
  await rivalAtBest.close();
  await house.stop();
  return all;
}

/** The checks of a token, ready to be made: nothing is left to parse, and nothing to put together. */
export function checksOf(pins: Pins, text: string): readonly Parameters<Verify>[] {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.detail);
  const checks: Parameters<Verify>[] = [];
  authenticate(parsed.value, pins, (...check) => {
    checks.push(check);
    return true;
  });
  return checks;
}

export function timeOfChecks(checks: readonly Parameters<Verify>[], verifiers: readonly Verify[]): number {
  const begin = performance.now();
  const hold = verifiers.every((verify) => checks.every((check) => verify(...check)));
  const took = performance.now() - begin;
  if (!hold || checks.length !== 3) throw new Error('a good token whose signatures do not hold');
  return took;
}

/** In the lock's own folder, by the lock's own disk, to a file beside the journal. */
export async function appendAndSync(disk: Disk, record: Uint8Array): Promise<number> {
  const begin = performance.now();
  await disk.append('baseline', record);
  await disk.sync('baseline');
  return performance.now() - begin;
}

/** The good token comes on one channel; on the other somebody shows forgeries as fast as the lock takes them. */
export async function measureFlood(): Promise<readonly Figure[]> {
  const times = { quiet: [] as number[], flooded: [] as number[] };
  let shown = 0;
  for (let n = 0; n < FLOOD_HOUSES; n++) shown += await floodHouse(times);
  return [
    figure({
      name: 'a good token while the other channel is flooded with forgeries, p99',
      value: quantile(times.flooded, 0.99),
      baseline: quantile(times.quiet, 0.99),
      beside: `p99 without the flood, which was ${shown} texts`,
      aboveMax: 50,
    }),
    figure({
      name: 'a good token while the other channel is flooded with forgeries, median',
      value: median(times.flooded),
      baseline: median(times.quiet),
      beside: 'median without the flood',
    }),
  ];
}

/** How many texts the flood was. */
async function floodHouse(times: { readonly quiet: number[]; readonly flooded: number[] }): Promise<number> {
  const house = await startMeasuredHouse();
  const forgeries = forgeriesFor(house);
  let shown = 0;
  for (let i = -FLOOD_WARM_UPS; i < FLOOD_VISITS; i++) {
    for (const kind of ['quiet', 'flooded'] as const) {
      const text = house.newText();
      const stop = kind === 'flooded' ? flood(house, forgeries) : () => 0;
      const { shown: begin, driven } = await house.visit(text, 'reader');
      shown += stop();
      if (i >= 0) times[kind].push(driven - begin);
    }
  }
  await house.stop();
  return shown;
}

/** One token that the carrier never signed, shown by a phone that signs anything: as many texts as it takes. */
function forgeriesFor(house: MeasuredHouse): readonly string[] {
  const forged = fromText(house.people.show(house.people.issue({ nowS: house.nowS(), forged: true }), house.nowS()));
  if (!forged.ok) throw new Error(forged.detail);
  const signed = forged.value.subarray(0, -SIGNATURE_BYTES);
  return Array.from({ length: FORGERIES }, () => toText(concat(signed, randomBytes(SIGNATURE_BYTES))));
}

/** One text in every turn of the event loop, for as long as nobody stops it; then how many they were. */
function flood(house: MeasuredHouse, forgeries: readonly string[]): () => number {
  let shown = 0;
  let over = false;
  const next = (): void => {
    if (over) return;
    house.scan(forgeries[shown++ % forgeries.length] ?? '', 'mqtt');
    setImmediate(next);
  };
  next();
  return () => {
    over = true;
    return shown;
  };
}
