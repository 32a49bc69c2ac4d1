/** What `fuzz` found is told, wherever it can be written and wherever not: it may have taken hours. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isFailure } from '../../../firmware/tools/failure.ts';
import { fuzz } from '../../../sim/cli/fuzz.ts';
import type { Found, Tally } from '../../../sim/fuzz/fuzz.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { fakeIo } from '../../support/fake-io.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-fuzz-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const found = (seed: number): Found => ({
  seed,
  scenario: { scenario: `found ${seed}`, seed, steps: [{ ring: 'once' }] },
  cut: undefined,
  run: 1,
  violations: [{ checker: 'no-gap', what: `it was seen with ${seed}`, atMs: 10 }],
});

/** Finds what it is told to; `during` is what happens to the disk meanwhile. */
const search =
  (during: () => void, ...seeds: readonly number[]) =>
  async (): Promise<Tally> => {
    during();
    return { runs: 10, powerCuts: 0, failures: seeds.map(found) };
  };

async function ran(out: string, json: boolean, searches: () => Promise<Tally>) {
  const io = fakeIo();
  const options = { seed: 1, runs: 10, out, failures: 3, json };
  const ended = await fuzz(options, io, searches).catch((error: unknown) => error);
  return { ended, out: io.printed.out, err: io.printed.err };
}

it('tells all that was found, the one that cannot be written as YAML, too, and ends with 3', async () => {
  const during = (): void => void mkdirSync(join(folder, 'fuzz-8.yaml'));
  const { ended, out, err } = await ran(folder, false, search(during, 7, 8, 9));
  expect(ended).toBe(3);
  for (const seed of [7, 8, 9]) expect(out).toContain(`no-gap: it was seen with ${seed}\n`);
  expect(out).toContain('latchstring fuzz --seed 8 --runs 1\n');
  expect(out).toContain('3 found');
  expect(err).toContain(`latchstring: ${join(folder, 'fuzz-8.yaml')}: it is a folder, not a file\n`);
  const yaml = /^# no-gap: it was seen with 8\n(?:.*\n)*? {2}- ring: once\n/m.exec(out)?.[0] ?? '';
  expect(parseScenario(yaml, 'stdout').scenario.steps).toHaveLength(1);
  expect(parseScenario(readFileSync(join(folder, 'fuzz-9.yaml'), 'utf8'), '9').scenario.steps).toHaveLength(1);
});

it('tells it in JSON with the scenario in it', async () => {
  const gone = join(folder, 'gone');
  const { ended, out, err } = await ran(
    gone,
    true,
    search(() => rmSync(gone, { recursive: true }), 7, 8),
  );
  expect(ended).toBe(3);
  const { failures } = JSON.parse(out) as { failures: readonly { file: unknown; seed: number; yaml: string }[] };
  expect(failures.map(({ file, seed }) => [file, seed])).toEqual([
    [null, 7],
    [null, 8],
  ]);
  for (const { yaml } of failures) expect(parseScenario(yaml, 'stdout').scenario.steps).toHaveLength(1);
  expect(
    err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).error.message),
  ).toEqual([
    `${join(gone, 'fuzz-7.yaml')}: no such file or folder`,
    `${join(gone, 'fuzz-8.yaml')}: no such file or folder`,
  ]);
});

it('quotes a path that a shell would take apart', async () => {
  for (const [name, quoted] of [
    ['two words', `'${folder}/two words/fuzz-7.yaml'`],
    ["it's $HOME", `'${folder}/it'\\''s $HOME/fuzz-7.yaml'`],
    ['plain_1.2', `${folder}/plain_1.2/fuzz-7.yaml`],
  ] as const) {
    const { ended, out } = await ran(
      join(folder, name),
      false,
      search(() => undefined, 7),
    );
    expect(ended).toBe(1);
    expect(out).toContain(`  latchstring scenario run --lenient ${quoted}\n`);
  }
});

it('leaves nothing of its trial in the folder', async () => {
  writeFileSync(join(folder, 'mine'), '');
  expect(
    (
      await ran(
        folder,
        false,
        search(() => undefined),
      )
    ).ended,
  ).toBe(0);
  expect(readdirSync(folder)).toEqual(['mine']);
});

// Nobody can write there, not even root.
it.skipIf(!existsSync('/proc/self'))('is told before the first run that nothing can be written', async () => {
  let began = false;
  const { ended, out } = await ran('/proc', false, async () => {
    began = true;
    return { runs: 0, powerCuts: 0, failures: [] };
  });
  expect([began, out]).toEqual([false, '']);
  expect(isFailure(ended) && ended).toMatchObject({
    code: 'io',
    message: expect.stringMatching(/^\/proc: no file can be written there: /),
    next: 'choose another folder with --out',
  });
});
