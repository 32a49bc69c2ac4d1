/** The files that a run is to write: looked at before anything is played, so that no hour of playing ends at a slip. */
import { lstat, open, readlink, realpath, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode, toFailure, usage } from '../../firmware/tools/failure.ts';

export interface Target {
  /** As it is called on the command line: `--junit`. */
  readonly option: string;
  readonly path: string;
}

/** What a scenario is called: a file of that name is never an older outcome. */
const SCENARIO_NAME = /\.ya?ml$/i;

/** Throws unless each target can be written and none is a scenario or another target. Nothing is changed by it. */
export async function checkTargets(targets: readonly Target[], inputs: readonly string[]): Promise<void> {
  const taken = new Map<string, string>();
  for (const target of targets) {
    const { option, path } = target;
    // By `-` nothing is meant that has a place on the disk, and stdout has the time line.
    if (path === '' || path === '-') throw usage(`${option} "${path}" is no path`, 'name a file after it');
    await refuseScenario(target, inputs);
    const place = await placeOf(path);
    const other = taken.get(place);
    if (other !== undefined && (await isLost(path))) throw oneForTwo(target, other);
    taken.set(place, option);
    await probe(path);
  }
}

const oneForTwo = ({ option, path }: Target, other: string) =>
  usage(`${option} would write over ${path}, which ${other} writes`, 'give each a file of its own');

/** A scenario is played, or stands where the name of the outcome was forgotten. */
async function refuseScenario({ option, path }: Target, inputs: readonly string[]): Promise<void> {
  const target = await fileAt(path);
  if (target === undefined) return;
  let isScenario = SCENARIO_NAME.test(path);
  for (const input of inputs) {
    const file = await fileAt(input);
    isScenario ||= file?.dev === target.dev && file.ino === target.ino;
  }
  if (!isScenario) return;
  const example = option === '--junit' ? 'report.xml' : 'day.trace';
  throw usage(
    `${option} would write over ${path}, a scenario`,
    `name another file before the scenarios, like ${option} ${example}`,
  );
}

/** What the system knows of a path; undefined where nothing is. Whatever else keeps it from being seen is told. */
async function statsOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw toFailure(error, path);
  }
}

/** What the system knows of a regular file; undefined for everything else. */
async function fileAt(path: string) {
  const stats = await statsOf(path);
  return stats?.isFile() === true ? stats : undefined;
}

/** Whether what is written there first is lost when more is written there: a device and a pipe take one after the other. */
async function isLost(path: string): Promise<boolean> {
  const stats = await statsOf(path);
  return stats === undefined || stats.isFile();
}

/** Where a path leads, through every link, whether or not a file is there yet. */
async function placeOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw toFailure(error, path);
  }
  const link = await linkAt(path);
  if (link !== undefined) return placeOf(resolve(dirname(path), link));
  const folder = await realpath(dirname(path)).catch((error: unknown) => {
    throw toFailure(error, path);
  });
  return join(folder, basename(path));
}

/** Where a link leads that leads nowhere yet; undefined where there is none. */
async function linkAt(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw toFailure(error, path);
  }
}

/** Opens it as it will be opened, and leaves it as it was. A pipe is not opened: its reader would take that for the end. */
async function probe(path: string): Promise<void> {
  try {
    const stats = await statsOf(path);
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) return;
    const place = stats === undefined ? await placeOf(path) : path;
    await (await open(place, stats === undefined ? 'wx' : 'a')).close();
    if (stats === undefined) await unlink(place);
  } catch (error) {
    throw toFailure(error, path);
  }
}
