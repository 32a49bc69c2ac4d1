/** `replay`: plays a recorded trace again, and says where it first comes out another way. */
import { EXIT } from '../../firmware/tools/failure.ts';
import { type Io, say } from '../../firmware/tools/io.ts';
import { printable } from '../../firmware/tools/printable.ts';
import { parseScenario } from '../scenario/file.ts';
import { play } from '../scenario/player.ts';
import { CutShort } from '../scenario/stage.ts';
import { readTrace, recording } from '../scenario/trace.ts';
import { onlooker, seenBy, unplayed } from './onlooker.ts';
import { readText } from './text-file.ts';

export interface ReplayOptions {
  readonly quiet: boolean;
  readonly json: boolean;
}

/** A lock-day of scenario is some megabytes. */
const TRACE_BYTES_MAX = 256 * 1024 * 1024;

export async function replay(path: string, options: ReplayOptions, io: Io): Promise<number> {
  const trace = readTrace(await readText(path, TRACE_BYTES_MAX), path);
  const { scenario: text, path: from, seed, firmware } = trace.header;
  const { scenario } = parseScenario(text, `${path} (${from})`);
  const look = await onlooker(io, options);
  const record = recording({ seed, path: from, scenario: text }, true);
  try {
    await play(scenario, {
      seed,
      // What could not happen when it was recorded was passed over; what has become impossible since comes out another way.
      lenient: true,
      ...seenBy(look, record),
    });
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    look.complain(path, unplayed(path, error.message));
    return look.code();
  } finally {
    look.clear();
    look.end();
  }
  const same = record.hash() === trace.sha256;
  const now = same ? [] : readTrace(record.file(), path).lines;
  const at = differsAt(trace.lines, now);
  const difference = same ? null : { line: at + 2, recorded: trace.lines[at] ?? null, now: now[at] ?? null };
  say(
    io,
    options.json,
    { same, sha256: record.hash(), recordedSha256: trace.sha256, recordedBy: firmware, difference },
    difference === null
      ? [`${path}: the same, ${trace.lines.length} lines, ${trace.sha256}`]
      : [
          `${path}:${difference.line}: comes out another way (recorded by latchstring ${firmware})`,
          printable(`  recorded: ${difference.recorded ?? 'nothing'}`),
          printable(`  now:      ${difference.now ?? 'nothing'}`),
        ],
  );
  return same ? EXIT.done : EXIT.refused;
}

function differsAt(before: readonly string[], now: readonly string[]): number {
  for (let i = 0; i < Math.max(before.length, now.length); i++) if (before[i] !== now[i]) return i;
  return -1;
}
