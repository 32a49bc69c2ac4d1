import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';
import { readTrace, recording, TRACE_VERSION } from '../../../sim/scenario/trace.ts';

const TEXT = 'scenario: a ring\nsteps:\n  - ring: once\n  - present: courier-1\n  - after: 1s\n';

async function record(seed: number): Promise<{ readonly hash: string; readonly file: string }> {
  const { scenario } = parseScenario(TEXT, 'ring.yaml');
  const sheet = recording({ seed, path: 'ring.yaml', scenario: TEXT }, true);
  await play(scenario, { seed, observe: sheet.observe });
  return { hash: sheet.hash(), file: sheet.file() };
}

describe('a trace', () => {
  it('is the same, byte for byte, from the same seed, and another from another', async () => {
    const [first, again, other] = [await record(1), await record(1), await record(2)];
    expect(again.file).toBe(first.file);
    expect(other.hash).not.toBe(first.hash);
  });

  it('comes back as it was written', async () => {
    const { hash, file } = await record(1);
    const trace = readTrace(file, 'ring.trace');
    expect(trace.header).toMatchObject({
      latchstring_trace: TRACE_VERSION,
      seed: 1,
      path: 'ring.yaml',
      scenario: TEXT,
    });
    expect(trace.sha256).toBe(hash);
    expect(trace.lines.length).toBe(file.trimEnd().split('\n').length - 2);
    expect(trace.lines.some((line) => line.includes('"what":"shown"'))).toBe(true);
  });

  it('of another version, cut short, or none at all is refused with what to do', async () => {
    const { file } = await record(1);
    const lines = file.trimEnd().split('\n');
    const later = file.replace(`"latchstring_trace":${TRACE_VERSION}`, `"latchstring_trace":${TRACE_VERSION + 1}`);
    expect(() => readTrace(later, 'x')).toThrow(`x is a trace of version ${TRACE_VERSION + 1}, and this is version`);
    expect(() => readTrace(lines.slice(0, -1).join('\n'), 'x')).toThrow('x is cut short');
    expect(() => readTrace(file.slice(0, -20), 'x')).toThrow('x is cut short');
    for (const text of ['', '{}', 'scenario: a ring\n', '[]\n', `{"latchstring_trace":${TRACE_VERSION}}`]) {
      expect(() => readTrace(text, 'x')).toThrow('x is not a trace');
    }
  });

  it('that kept no lines makes no file', () => {
    expect(() => recording({ seed: 1, path: '', scenario: '' }, false).file()).toThrow('were not kept');
  });
});
