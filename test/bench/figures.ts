/**
 * What comes out of a run: figures, each beside what it could not be faster than on this machine in
 * this run, or beside what people would otherwise use. The two are measured in turns, each of them
 * first as often as the other, since a processor that has just worked is faster than one that waited.
 */

const REST_MS = 25;
const NOISE_RUNS = 100;
/** Some ten milliseconds, as a token takes. */
const NOISE_STEPS = 8_000_000;

export type Unit = 'ms' | 'µs' | 'ns' | 'calls' | 'MiB';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
  /** In the same unit. */
  readonly baseline: number;
  /** value / baseline. */
  readonly ratio: number;
  /** What the baseline is, for people. */
  readonly beside: string;
  /** What we would like to see. Missing it is told, and fails nothing. */
  readonly aim: { readonly words: string; readonly met: boolean } | undefined;
}

export interface FigureRequest {
  readonly name: string;
  readonly unit?: Unit;
  readonly value: number;
  readonly baseline: number;
  readonly beside: string;
  /** The ratio is to be at most this. */
  readonly ratioMax?: number;
  /** The value is to be above the baseline by at most this. */
  readonly aboveMax?: number;
}

export function figure(request: FigureRequest): Figure {
  const { name, unit = 'ms', value, baseline, beside } = request;
  const ratio = value / baseline;
  return {
    name,
    unit,
    value: round(value),
    baseline: round(baseline),
    ratio: round(ratio),
    beside,
    aim: aimOf(request),
  };
}

function aimOf({ unit = 'ms', value, baseline, ratioMax, aboveMax }: FigureRequest): Figure['aim'] {
  if (ratioMax !== undefined) return { words: `at most ${ratioMax} ×`, met: value / baseline <= ratioMax };
  if (aboveMax !== undefined) return { words: `at most ${aboveMax} ${unit} more`, met: value - baseline <= aboveMax };
  return undefined;
}

/** `[{name, unit, value, baseline, ratio}]`, in one line. */
export const asJson = (figures: readonly Figure[]): string =>
  JSON.stringify(figures.map(({ name, unit, value, baseline, ratio }) => ({ name, unit, value, baseline, ratio })));

export const asText = (figures: readonly Figure[]): string =>
  figures
    .map(({ name, unit, value, baseline, ratio, beside, aim }) => {
      const wish = aim === undefined ? '' : `; the aim is ${aim.words}${aim.met ? '' : ': MISSED'}`;
      return `${name}\n    ${value} ${unit} = ${ratio} × ${baseline} ${unit} (${beside})${wish}`;
    })
    .join('\n');

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The smallest value that so large a part of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

/**
 * Lets the process sleep a little before something long is measured, as a lock does before a courier
 * comes. A scheduler treats whoever has just worked worse than whoever has slept.
 */
export const atRest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_MS));

/** How far the machine itself can be believed: the same work, again and again. */
export function measureNoise(): Figure {
  const times: number[] = [];
  for (let i = 0; i < NOISE_RUNS; i++) {
    const begin = performance.now();
    let x = 1;
    for (let k = 0; k < NOISE_STEPS; k++) x = Math.imul(x, 0x01000193) ^ k;
    times.push(performance.now() - begin + (x === 0 ? Number.MIN_VALUE : 0));
  }
  return figure({
    name: 'the same work on this machine, p99',
    value: quantile(times, 0.99),
    baseline: median(times),
    beside: 'its median: when this is far from 1, somebody else is at work here, and no other p99 says much',
  });
}

/** Of this whole process, its helpers included: what it did, however long it was kept waiting. */
export function processorMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Four digits, so that a nanosecond and a second can stand in one table. */
const round = (value: number): number => Number(value.toPrecision(4));

/** Milliseconds of one call, the median of many, for each of some short functions that take turns. */
export function inTurns<Name extends string>(
  calls: Readonly<Record<Name, () => unknown>>,
  { rounds, callsPerRound }: { readonly rounds: number; readonly callsPerRound: number },
): Readonly<Record<Name, number>> {
  const names = Object.keys(calls) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const warmUp = Math.ceil(rounds / 5);
  for (let round = -warmUp; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + Math.abs(round)) % names.length] as Name;
      const call = calls[name];
      const begin = performance.now();
      for (let k = 0; k < callsPerRound; k++) call();
      const took = performance.now() - begin;
      if (round >= 0) times[name].push(took / callsPerRound);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}
