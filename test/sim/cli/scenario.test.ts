/** The command line of the scenarios: what it prints, and how it ends. */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../../../sim/faults/catalogue.ts';
import { CONDITION_NAMES } from '../../../sim/scenario/conditions.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { TRACE_VERSION } from '../../../sim/scenario/trace.ts';
import { WORDS } from '../../../sim/scenario/words/index.ts';
import { type Desk, openDesk } from '../../firmware/tools/desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  writeFileSync(
    desk.path('good.yaml'),
    'scenario: good\nsteps:\n  - ring: once\n  - expect: {event: doorbell/ring, within: 1s}\n',
  );
  writeFileSync(
    desk.path('bad.yaml'),
    'scenario: bad & <worse>\nsteps:\n  - ring: once\n  - expect: {door: open, within: 1s}\n',
  );
  writeFileSync(desk.path('typo.yaml'), 'scenario: typo\nsteps:\n  - rig: once\n');
  writeFileSync(desk.path('never.yaml'), 'scenario: never\nsteps:\n  - mend: jam\n');
  writeFileSync(desk.path('power.yaml'), 'scenario: power\nsteps:\n  - cut: {power: at write 1}\n');
});
afterAll(() => desk.clear());

const hashOf = (lines: readonly string[]): string =>
  createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');

/** A trace with the hashes of what is in it. */
const traceText = (header: string, lines: readonly string[]): string =>
  `${[header, ...lines, JSON.stringify({ sha256: hashOf(lines), header_sha256: hashOf([header]) })].join('\n')}\n`;

function rehashed(text: string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  return traceText(header, lines.slice(0, -1));
}

const run = (...argv: readonly string[]) => desk.run(['scenario', 'run', ...argv]);

describe('scenario run', () => {
  it('ends with 0 and a time line when everything comes true', async () => {
    const { code, out, err } = await run(desk.path('good.yaml'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/\n {5}0\.\d{3} s {2}ring: once\n/);
    expect(out).toMatch(/\n {5}0\.\d{3} s {4}told: doorbell ring\n/);
    expect(out).toMatch(/good\.yaml: passed, \d+\.\d s of its time\n$/);
  });

  it('takes no text in another encoding than UTF-8', async () => {
    writeFileSync(desk.path('latin1.yaml'), Buffer.from('scenario: Tür\nsteps:\n  - ring: once\n', 'latin1'));
    const { code, err } = await run(desk.path('latin1.yaml'));
    expect({ code, err }).toEqual({
      code: 2,
      err: `latchstring: ${desk.path('latin1.yaml')} is no text in UTF-8\n  save it as UTF-8\n`,
    });
  });

  it('takes no file without an end for a scenario, nor for a trace', async () => {
    for (const argv of [
      ['scenario', 'run', '/dev/zero'],
      ['replay', '/dev/zero'],
    ]) {
      const { code, err } = await desk.run(argv);
      expect(code).toBe(2);
      expect(err).toMatch(/\/dev\/zero has more than the \d+ bytes that are read\n {2}check the path/);
    }
  });

  it('ends with 1 when an expectation fails, and says in which line and column', async () => {
    const { code, out } = await run('--quiet', desk.path('bad.yaml'), desk.path('good.yaml'));
    expect(code).toBe(1);
    expect(out).toContain(
      'bad.yaml:4:5: not as expected at 1020 ms: door is shut, not open, and was not within 1000 ms',
    );
    expect(out).toContain('1 passed, 1 failed\n');
  });

  it('sends a terminal no character of a file that it would obey', async () => {
    writeFileSync(desk.path('escape.yaml'), 'scenario: "a \\e[31mred day"\nsteps:\n  - note: "\\e[2J\\a gone"\n');
    const { code, out } = await run(desk.path('escape.yaml'));
    expect(code).toBe(0);
    expect(out).toContain('escape.yaml: a ?[31mred day\n');
    expect(out).toContain('note: ?[2J? gone\n');
    expect(out).not.toMatch(/[^\x20-\x7e\n]/);
    await run('--quiet', '--record', desk.path('escape.trace'), desk.path('escape.yaml'));
    expect((await desk.run(['replay', desk.path('escape.trace')])).out).not.toMatch(/[^\x20-\x7e\n]/);
  });

  it('sends it none in what is wrong with a file, either, nor any that turns the direction of writing', async () => {
    writeFileSync(desk.path('slip.yaml'), 'scenario: slip\nsteps:\n  - "\\e[2Jr\\u202ei\\u200bng": once\n');
    const { code, err } = await run(desk.path('slip.yaml'));
    expect(code).toBe(2);
    expect(err).toContain('slip.yaml:3:5: ?[2Jr?i?ng is not a word of the language\n');
    writeFileSync(desk.path('signs.yaml'), 'scenario: "größer 漢字 🚪"\nsteps:\n  - ring: once\n');
    expect((await run(desk.path('signs.yaml'))).out).toContain('signs.yaml: größer 漢字 🚪\n');
  });

  it('prints one object a file with --json, with a hash that is the same each time', async () => {
    const [good, bad] = (await run('--json', desk.path('good.yaml'), desk.path('bad.yaml'))).out
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    expect(good).toMatchObject({
      passed: true,
      tier: 'a',
      seed: 1,
      unmet: null,
      violations: [],
      breaks: [],
      cuts: null,
    });
    expect(good?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(bad).toMatchObject({
      passed: false,
      unmet: { step: 'expect: {door: open, within: 1s}', line: 4, column: 5, atMs: 1020 },
    });
    const again = JSON.parse((await run('--json', desk.path('good.yaml'))).out) as Record<string, unknown>;
    expect(again.sha256).toBe(good?.sha256);
    const other = JSON.parse((await run('--json', '--seed', '2', desk.path('good.yaml'))).out) as Record<
      string,
      unknown
    >;
    expect(other.sha256).not.toBe(good?.sha256);
  });

  it.each([
    ['a typo', ['typo.yaml'], 'typo.yaml:3:5: rig is not a word of the language', 'did you mean ring?'],
    ['a step that cannot happen', ['never.yaml'], 'never.yaml:3:5: this step cannot happen', 'break it before'],
    [
      'a fault of another tier',
      ['--tier', 'b', 'power.yaml'],
      'power.yaml:3:5: cut: {power: at write 1} cannot',
      'tier a',
    ],
    ['a tier that there is none of', ['--tier', 'c', 'good.yaml'], 'tier', 'a'],
    ['a seed that is not a number', ['--seed', 'x', 'good.yaml'], 'seed', ''],
    ['a file that is not there', ['nowhere.yaml'], 'nowhere.yaml', ''],
    ['a recording of two', ['--record', 'x.trace', 'good.yaml', 'bad.yaml'], '--record takes one file', 'each'],
    ['a recording of real time', ['--record', 'x', '--tier', 'b', 'good.yaml'], 'cannot be played again', 'tier a'],
  ])('ends with 2 on %s, before anything is played, in words and in JSON', async (_, argv, says, next) => {
    const paths = argv.map((one) => (one.endsWith('.yaml') ? desk.path(one) : one));
    const words = await run(...paths);
    expect(words.code).toBe(2);
    expect(words.err).toContain(says);
    expect(words.err).toContain(next);
    const json = await run('--json', ...paths);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.err || json.out)).toMatchObject({ error: { message: expect.stringContaining(says) } });
  });

  it('says when power cuts were left out that the file asks for', async () => {
    const file = desk.path('durable.yaml');
    writeFileSync(file, 'scenario: once\ndurable: true\nsteps:\n  - ring: once\n');
    expect((await run('--quiet', file)).out).toMatch(/passed, .*with the power cut in [1-9]/);
    expect((await run('--quiet', '--tier', 'b', file)).out).toMatch(/passed, .*without its power cuts/);
    expect((await run('--quiet', '--no-cuts', file)).out).toMatch(/passed, .*without its power cuts/);
    expect((await run('--quiet', desk.path('good.yaml'))).out).not.toContain('power cut');
  }, 60_000);

  it('reads all files before it plays one', async () => {
    const { code, out } = await run(desk.path('good.yaml'), desk.path('typo.yaml'));
    expect(code).toBe(2);
    expect(out).not.toContain('ring: once');
  });

  it('ends with 2 where the outcome is to be written over a folder', async () => {
    mkdirSync(desk.path('folder'), { recursive: true });
    for (const option of ['--junit', '--record']) {
      const { code, err } = await run('--quiet', option, desk.path('folder'), desk.path('good.yaml'));
      expect([code, err.includes('name a file in it')]).toEqual([2, true]);
    }
  });

  describe('before anything is played', () => {
    /** Runs what is to be refused, and says what is left of the good scenario. */
    async function refused(...argv: readonly string[]) {
      const before = readFileSync(desk.path('good.yaml'), 'utf8');
      const { code, out, err } = await run(...argv);
      const unharmed = readFileSync(desk.path('good.yaml'), 'utf8') === before;
      writeFileSync(desk.path('good.yaml'), before);
      return { code, out, err, unharmed };
    }

    it.each(['--junit', '--record'])(
      'refuses to write %s over a scenario that it plays, by any name',
      async (option) => {
        const folder = desk.path(`names${option}`);
        mkdirSync(folder);
        symlinkSync(desk.path('good.yaml'), `${folder}/soft`);
        linkSync(desk.path('good.yaml'), `${folder}/hard`);
        for (const target of [desk.path('good.yaml'), `${folder}/../good.yaml`, `${folder}/soft`, `${folder}/hard`]) {
          const ran = await refused(option, target, desk.path('good.yaml'));
          expect(ran).toMatchObject({ code: 2, out: '', unharmed: true });
          expect(ran.err).toContain(`${option} would write over ${target}, a scenario\n  name `);
        }
      },
    );

    it.each(['--junit', '--record'])('takes a scenario after %s for a name that was forgotten', async (option) => {
      const ran = await refused(option, desk.path('good.yaml'), desk.path('bad.yaml'));
      expect(ran).toMatchObject({ code: 2, out: '', unharmed: true });
      expect(ran.err).toContain(`${option} would write over ${desk.path('good.yaml')}, a scenario\n  name `);
    });

    it('refuses one place for two outcomes, by any name, and whether or not it is there yet', async () => {
      const both = desk.path('both');
      symlinkSync(both, desk.path('both-too'));
      for (const other of [both, desk.path('./names--junit/../both'), desk.path('both-too')]) {
        const ran = await refused('--junit', both, '--record', other, desk.path('good.yaml'));
        expect(ran).toMatchObject({ code: 2, out: '' });
        expect(ran.err).toContain(`--record would write over ${other}, which --junit writes\n  give each `);
        expect(existsSync(both)).toBe(false);
      }
    });

    it.each(['--junit', '--record'])('says where %s cannot be written, and leaves nothing there', async (option) => {
      writeFileSync(desk.path('no-folder'), '');
      for (const [target, says] of [
        [desk.path('no/where'), 'no such file or folder'],
        [desk.path('no-folder/below'), 'a part of the path is no folder'],
        ['', `${option} "" is no path`],
        ['-', `${option} "-" is no path`],
      ] as const) {
        const ran = await refused(option, target, desk.path('good.yaml'));
        expect(ran).toMatchObject({ code: 2, out: '' });
        expect(ran.err).toContain(says);
      }
      const target = desk.path(`never${option}`);
      expect((await run('--quiet', option, target, desk.path('never.yaml'))).code).toBe(2);
      expect(existsSync(target)).toBe(option === '--junit');
    });

    it('keeps an older report until there is another, and writes through a link and into a device', async () => {
      writeFileSync(desk.path('older.trace'), 'older\n');
      expect((await run('--record', desk.path('older.trace'), desk.path('never.yaml'))).code).toBe(2);
      expect(readFileSync(desk.path('older.trace'), 'utf8')).toBe('older\n');
      symlinkSync(desk.path('linked.xml'), desk.path('link.xml'));
      expect((await run('--quiet', '--junit', desk.path('link.xml'), desk.path('good.yaml'))).code).toBe(0);
      expect(readFileSync(desk.path('linked.xml'), 'utf8')).toContain('tests="1"');
      const nowhere = ['--junit', '/dev/null', '--record', '/dev/null'];
      expect((await run('--quiet', ...nowhere, desk.path('good.yaml'))).code).toBe(0);
    });
  });

  // Linux has a file that is always full.
  it.skipIf(!existsSync('/dev/full'))('ends with 3 where the disk is full', async () => {
    for (const option of ['--junit', '--record']) {
      const { code, out, err } = await run('--quiet', option, '/dev/full', desk.path('good.yaml'));
      expect([code, err.includes('the disk is full')]).toEqual([3, true]);
      expect(out).toMatch(/good\.yaml: passed, /);
    }
  });

  it.skipIf(!existsSync('/dev/full'))(
    'tells and reports what came of it where the trace cannot be written',
    async () => {
      const report = desk.path('full.xml');
      const argv = ['--record', '/dev/full', '--junit', report, desk.path('bad.yaml')];
      const words = await run('--quiet', ...argv);
      expect(words).toMatchObject({ code: 3, out: expect.stringContaining('bad.yaml:4:5: not as expected') });
      expect(readFileSync(report, 'utf8')).toContain('tests="1" failures="1" errors="0"');
      const json = await run('--json', ...argv);
      expect([json.code, JSON.parse(json.out)]).toMatchObject([3, { passed: false }]);
      const both = await run('--quiet', '--record', '/dev/full', '--junit', '/dev/full', desk.path('good.yaml'));
      expect([both.code, both.err.match(/the disk is full/g)?.length]).toEqual([3, 2]);
    },
  );

  it('writes what came of the files as JUnit', async () => {
    await run('--quiet', '--junit', desk.path('out.xml'), desk.path('good.yaml'), desk.path('bad.yaml'));
    const xml = readFileSync(desk.path('out.xml'), 'utf8');
    expect(xml).toContain('tests="2" failures="1"');
    expect(xml).toContain('name="bad &amp; &lt;worse&gt;"');
  });

  it('writes a file that cannot be played as an error, which a CI would look for in vain otherwise', async () => {
    const report = async (...files: readonly string[]) => {
      const { code } = await run('--quiet', '--junit', desk.path('slip.xml'), ...files.map((file) => desk.path(file)));
      return { code, xml: readFileSync(desk.path('slip.xml'), 'utf8') };
    };
    const typo = await report('good.yaml', 'typo.yaml');
    expect([typo.code, typo.xml]).toEqual([2, expect.stringContaining('tests="2" failures="0" errors="2"')]);
    expect(typo.xml).toMatch(/<error message="[^"]*typo\.yaml:3:5: [^"]*rig/);
    expect(typo.xml).toMatch(/<error message="[^"]*good\.yaml: not played: [^"]*typo\.yaml cannot be/);
    const never = await report('good.yaml', 'never.yaml');
    expect([never.code, never.xml]).toEqual([2, expect.stringContaining('tests="2" failures="0" errors="1"')]);
    expect(never.xml).toContain('name="good"');
  });

  it('goes on after a file in which a step cannot happen, and ends with 2', async () => {
    const files = ['good', 'never', 'bad', 'never', 'good'].map((name) => desk.path(`${name}.yaml`));
    const words = await run('--quiet', '--junit', desk.path('all.xml'), ...files);
    expect(words.code).toBe(2);
    expect(words.err.match(/never\.yaml:3:5: this step cannot happen/g)).toHaveLength(2);
    expect(words.out).toMatch(
      /bad\.yaml:4:5: not as expected[\s\S]*good\.yaml: passed, .*\n2 passed, 1 failed, 2 not played to the end\n$/,
    );
    const xml = readFileSync(desk.path('all.xml'), 'utf8');
    expect(xml).toContain('tests="5" failures="1" errors="2"');
    const json = await run('--json', ...files);
    const objects = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line): Record<string, unknown> => JSON.parse(line));
    expect([json.code, objects(json.out).length]).toEqual([2, 3]);
    const error = { code: 'usage', message: expect.stringContaining('never.yaml:3:5: '), next: expect.any(String) };
    expect(objects(json.err)).toEqual([1, 2].map(() => ({ file: desk.path('never.yaml'), error })));
  });
});

describe('replay', () => {
  it('says the same of a recording, and names the first line of one that comes out another way', async () => {
    const trace = desk.path('good.trace');
    expect((await run('--quiet', '--record', trace, desk.path('good.yaml'))).code).toBe(0);
    const same = await desk.run(['replay', '--json', trace]);
    expect([same.code, JSON.parse(same.out)]).toMatchObject([0, { same: true, difference: null }]);

    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
    const changed = [...lines];
    changed[5] = (changed[5] ?? '').replace('"at_ms":', '"at_ms":9');
    // Its hash belongs to other lines: a file that was changed by hand, and not the run.
    writeFileSync(desk.path('changed.trace'), `${changed.join('\n')}\n`);
    const byHand = await desk.run(['replay', '--json', desk.path('changed.trace')]);
    expect(byHand.code).toBe(2);
    expect(JSON.parse(byHand.err).error.message).toContain('was changed after it was recorded');

    // Recorded with another seed: the run itself is another.
    const header = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    writeFileSync(desk.path('other.trace'), traceText(JSON.stringify({ ...header, seed: 2 }), lines.slice(1, -1)));
    const other = await desk.run(['replay', '--json', desk.path('other.trace')]);
    const { same: isSame, difference } = JSON.parse(other.out) as { same: boolean; difference: { line: number } };
    expect([other.code, isSame]).toEqual([1, false]);
    expect(difference.line).toBeGreaterThan(1);
  });

  it('shows of a line that comes out another way no character that a terminal would obey', async () => {
    const trace = desk.path('written-over.trace');
    await run('--quiet', '--record', trace, desk.path('good.yaml'));
    const [header = ''] = readFileSync(trace, 'utf8').split('\n');
    const line = '\x1b[2Jnothing';
    writeFileSync(trace, traceText(header, [line]));
    const { code, out } = await desk.run(['replay', '--quiet', trace]);
    expect(code).toBe(1);
    expect(out).toContain('  recorded: ?[2Jnothing\n');
  });

  it('passes over what could not happen when it was recorded', async () => {
    const trace = desk.path('never.trace');
    expect((await run('--quiet', '--lenient', '--record', trace, desk.path('never.yaml'))).code).toBe(0);
    const { code, out, err } = await desk.run(['replay', trace]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('not possible: jam is not broken');
  });

  it('ends with 2 on what is no trace, or of another version, or cut short', async () => {
    const trace = desk.path('short.trace');
    await run('--quiet', '--record', trace, desk.path('good.yaml'));
    const text = readFileSync(trace, 'utf8');
    for (const [changed, says] of [
      ['hello\n', 'is not a trace'],
      [text.replace(`"latchstring_trace":${TRACE_VERSION}`, '"latchstring_trace":99'), 'version 99'],
      [text.slice(0, -30), 'is cut short'],
      [text.replace('"seed":1', '"seed":2'), 'its first line is another'],
      [text.replace('ring: once', 'ring: long'), 'its first line is another'],
      // Nor do the right hashes help a header that is none.
      [rehashed(text.replace('"seed":1', '"seed":"one"')), 'its first line is another'],
      [rehashed(text.replace('"seed":1', '"seed":-1')), 'its first line is another'],
      [rehashed(text.replace('"path":', '"path":{},"paths":')), 'its first line is another'],
    ] as const) {
      writeFileSync(trace, changed);
      const { code, err } = await desk.run(['replay', trace]);
      expect([code, err.includes(says)]).toEqual([2, true]);
    }
  });
});

describe('what the language has', () => {
  it('is listed whole, each word with an example that can be read', async () => {
    const { out } = await desk.run(['scenario', 'words', '--json']);
    const { words, conditions } = JSON.parse(out) as {
      words: readonly { word: string; examples: readonly string[] }[];
      conditions: readonly { name: string }[];
    };
    expect(words.map(({ word }) => word)).toEqual(Object.keys(WORDS));
    expect(conditions.map(({ name }) => name)).toEqual(CONDITION_NAMES);
    for (const { word, examples } of words) {
      expect([word, examples.length > 0]).toEqual([word, true]);
      for (const example of examples) {
        const profile = example.includes('item') ? 'profile: key-safe\n' : '';
        const { scenario } = parseScenario(`scenario: an example\n${profile}steps:\n  - ${example}\n`, example);
        expect(scenario.steps).toHaveLength(1);
      }
    }
  });

  it('can be broken by every name that is listed', async () => {
    const { out } = await desk.run(['scenario', 'faults', '--json']);
    const { groups } = JSON.parse(out) as { groups: readonly { faults: readonly { name: string }[] }[] };
    expect(groups.flatMap(({ faults }) => faults.map(({ name }) => name))).toEqual(FAULT_NAMES);
  });

  it('is told to editors as JSON Schema', async () => {
    const { code, out } = await desk.run(['scenario', 'schema']);
    const line = await desk.run(['scenario', 'schema', '--json']);
    expect(line.out.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line.out)).toEqual(JSON.parse(out));
    expect([code, JSON.parse(out)]).toMatchObject([0, { type: 'object', required: ['scenario', 'steps'] }]);
  });
});
