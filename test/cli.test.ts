import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desk, LOCK, openDesk, openParcelDesk } from './firmware/tools/desk.ts';
import { type Ended, type Installed, install, type Started } from './support/installed.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openParcelDesk();
});
afterAll(() => desk.clear());

const GROUPS = [[], ['key'], ['journal']];
const VERBS = [
  ['enrol'],
  ['key', 'new'],
  ['key', 'pub'],
  ['key', 'restore'],
  ['grant'],
  ['token'],
  ['present'],
  ['inspect'],
  ['control'],
  ['journal', 'list'],
  ['journal', 'verify'],
  ['journal', 'export'],
  ['run'],
  ['sim'],
  ['demo'],
];

const STACK = /Error|^\s+at /m;

describe('help', () => {
  it.each([...GROUPS, ...VERBS].map((path) => [path.join(' ') || 'latchstring itself', path] as const))(
    'of %s has an example that begins with the command',
    async (_, path) => {
      const { code, out, err } = await desk.run([...path, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/\nExamples?:\n {2}\$ latchstring /);
      expect(out).toContain(`$ latchstring ${path.join(' ')}`);
    },
  );

  it.each(VERBS.map((path) => [path.join(' '), path] as const))('of %s offers --json', async (_, path) => {
    expect((await desk.run([...path, '--help'])).out).toContain('--json');
  });

  it.each([[[] as string[]], [['key']]])(
    'is printed as an error for %j, which is not a whole command',
    async (path) => {
      const { code, out, err } = await desk.run(path);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('Examples:');
    },
  );

  it('gives examples that parse: each option in them exists', async () => {
    for (const path of [...GROUPS, ...VERBS]) {
      const { out } = await desk.run([...path, '--help']);
      for (const [, example = ''] of out.matchAll(/\$ latchstring (.*)/g)) {
        for (const command of example.split(' | latchstring ')) {
          const words = command.split(' ').filter((word) => /^[a-z]/.test(word));
          const verb = VERBS.find((known) => known.every((word, i) => words[i] === word)) ?? [];
          const help = (await desk.run([...verb, '--help'])).out;
          for (const option of command.match(/--[a-z]+/g) ?? []) expect(help).toContain(`${option} `);
        }
      }
    }
  });
});

describe('a wrong command line', () => {
  it.each<[string[], RegExp, RegExp]>([
    [['inspct'], /unknown command 'inspct'/, /did you mean inspect\?/],
    [
      ['open-sesame'],
      /unknown command 'open-sesame'/,
      /choose from enrol, key, grant, token, present, inspect, control,/,
    ],
    [['key', 'nwe'], /unknown command 'nwe'/, /did you mean new\?/],
    [['help', 'foo'], /there is no help for "foo"/, /choose from enrol, key, grant,/],
    [['help', 'key', 'nwe'], /there is no help for "nwe"/, /choose from new, pub, restore/],
    [['key', 'help', 'nwe'], /there is no help for "nwe"/, /choose from new, pub, restore/],
    [['help', 'sim', 'now'], /there is no help for "now"/, /latchstring sim --help shows what it takes/],
    [['key', 'shred-it'], /unknown command 'shred-it'/, /choose from new, pub, restore/],
    [['grant', '--untill', '+4h'], /unknown option '--untill'/, /did you mean --until\?/],
    [['grant', '--zzz'], /unknown option '--zzz'/, /latchstring grant --help shows what it takes/],
    [['--verbose', 'grant'], /unknown option '--verbose'/, /options come after the verb/],
    [['key', 'new'], /required option '--out <file>' not specified/, /latchstring key new --help/],
    [['key', 'pub'], /missing required argument 'file'/, /latchstring key pub --help/],
    [['key', 'pub', 'a', 'b'], /too many arguments/, /latchstring key pub --help/],
    [['key', 'new', '--out'], /option '--out <file>' argument missing/, /latchstring key new --help/],
    [['sim', '--port', '70000'], /--port "70000" is not a port/, /0 to 65535/],
    [['sim', '--port', 'x'], /--port "x" is not a port/, /0 to 65535/],
    [['fuzz', '--runs', '0'], /--runs "0" is out of range/, /whole number from 1 to 999999999/],
    [['fuzz', '--runs', '99999999999999999999'], /--runs "9{20}" is out of range/, /whole number from 1 to 999999999/],
    [['fuzz', '--runs', '1000000000'], /--runs "10{9}" is out of range/, /whole number from 1 to 999999999/],
    [['fuzz', '--out', ''], /--out "" is no path/, /name a folder after it/],
    [['fuzz', '--failures', 'x'], /--failures "x" is not a number/, /whole number from 1 to 999999999/],
    [['watch', '--broker', 'mqtt://127.0.0.1', '--lock', LOCK], /front-door\/abcd2345 is an audience/, /lock_key/],
    [['watch', '--broker', 'mqtt://127.0.0.1', '--id', 'Door'], /--id "Door" is no id of a lock/, /like front-door/],
    [['watch', '--broker', 'mqtt://127.0.0.1', '--topic-root', '#'], /--topic-root "#" is not levels/, /topic_root/],
  ])('%j is answered with what is wrong and what to do, in words and in JSON', async (argv, wrong, next) => {
    const words = await desk.run(argv);
    expect({ code: words.code, out: words.out }).toEqual({ code: 2, out: '' });
    expect(words.err).toMatch(/^latchstring: .+\n {2}.+\n$/);
    expect(words.err).toMatch(wrong);
    expect(words.err).toMatch(next);
    const json = await desk.run(
      [...argv, '--json'].filter((word, i, all) => !(word === '--out' && all[i + 1] === '--json')),
    );
    expect({ code: json.code, out: json.out }).toEqual({ code: 2, out: '' });
    const { error } = JSON.parse(json.err) as { error: Record<string, string> };
    expect(Object.keys(error)).toEqual(['code', 'message', 'next']);
    expect(error.code).toBe('usage');
  });

  it.each([
    [['--json'], 'latchstring needs a verb'],
    [['key', '--json'], 'latchstring key needs a verb'],
  ])('of a group alone is one JSON object too, when JSON is asked for: %j', async (argv, message) => {
    const { code, out, err } = await desk.run(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'usage', message, next: expect.stringContaining('choose from') },
    });
  });
});

describe('results', () => {
  it('are one JSON object on stdout with --json, for every verb of the people', async () => {
    const fresh = await openDesk();
    const k = (name: string): string => fresh.path(name);
    const key = await fresh.json(['key', 'new', '--out', k('owner'), '--paper']);
    const commands = [
      ['key', 'new', '--out', k('carrier')],
      ['key', 'pub', k('carrier')],
      ['enrol', '--id', 'front-door', '--owner', k('owner.pub'), '--recovery', k('carrier.pub'), '--data', k('lock')],
      ['grant', '--key', k('owner'), '--lock', LOCK, '--to', k('carrier.pub'), '--out', k('grant')],
      [
        'token',
        '--key',
        k('carrier'),
        '--grant',
        k('grant'),
        '--lock',
        LOCK,
        '--to',
        k('owner.pub'),
        '--out',
        k('token'),
      ],
      ['present', '--key', k('owner'), '--token', k('token')],
    ];
    const results = [];
    for (const command of commands) results.push(await fresh.json(command));
    const restored = await fresh.json(['key', 'restore', '--out', k('restored')], { stdin: `${key.paper}` });
    const judged = await fresh.json(['inspect', `${results[5]?.text}`, '--owner', `${restored.public_key}`]);
    expect(judged).toMatchObject({ verdict: 'accept', refusal: null });
    const seeds = ['owner', 'carrier'].map((name) => readFileSync(k(name), 'utf8').trim().split(' ')[1] ?? '-');
    for (const seed of seeds) expect(JSON.stringify([...results, restored, judged])).not.toContain(seed);
    await fresh.clear();
  });

  it('tell the version', async () => {
    const page = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await desk.run(['--version'])).toEqual({ code: 0, out: `${page.version}\n`, err: '' });
  });
});

describe('the installed command', () => {
  let installed: Installed;
  let home: string;
  beforeAll(() => {
    installed = install();
    home = installed.home;
  }, 120_000);
  afterAll(() => installed.remove());

  const start = (argv: readonly string[]): Promise<Ended> => installed.run(argv).ended;
  /** Runs it and does something to it with its first output. */
  function disturbed(argv: readonly string[], disturb: (child: Started['child']) => void): Promise<Ended> {
    const { child, ended } = installed.run(argv);
    child.stdout?.once('data', () => disturb(child));
    return ended;
  }

  const watch = (): string[] => ['present', '--key', desk.path('phone'), '--token', desk.path('token'), '--watch'];

  it('runs through the link that npm makes, and knows its version', async () => {
    expect(await start(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
    expect(readFileSync(join(home, 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('exits 2 without a stack trace when a file is missing', async () => {
    const { code, out, err } = await start(['key', 'pub', join(home, 'none')]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(`latchstring: ${join(home, 'none')}: no such file or folder\n  check the path\n`);
  });

  it("exits 2 and is gone when the journal is another lock's", async () => {
    for (const name of ['mine', 'other']) {
      const keys = ['--owner', desk.path('owner.pub'), '--recovery', desk.path('recovery.pub')];
      await desk.json(['enrol', '--id', 'front-door', ...keys, '--data', join(home, name)]);
    }
    copyFileSync(join(home, 'other/journal'), join(home, 'mine/journal'));
    const config = {
      data: './mine',
      timezone: 'Europe/Berlin',
      // Only asked whether it is there: the lock does not come as far as its board.
      board: { port: '/dev/null', servo: { withdrawn_degrees: 10, thrown_degrees: 100 } },
    };
    writeFileSync(join(home, 'lock.yaml'), JSON.stringify(config));
    const { code, out, err } = await start(['run', '--config', join(home, 'lock.yaml')]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^latchstring: the journal in this folder belongs to front-door\/\w+, not to front-door\/\w+\n/,
    );
  });

  it('exits 1 when a text would be refused, read from stdin', async () => {
    // RFC 8032 §7.1, TEST 1.
    const owner = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    const { code, out } = await start(['inspect', '-', '--owner', owner, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'refuse', refusal: 'malformed' });
  });

  it('ends with 0 when it is interrupted while watching', async () => {
    const { code, signal, err } = await disturbed(watch(), (child) => child.kill('SIGINT'));
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(err).not.toMatch(STACK);
  });

  it.each([
    ['--help', () => ['--help']],
    ['watching', watch],
  ])('ends quietly when nobody reads its output: %s', async (_, argv) => {
    const { child, ended } = installed.run(argv());
    child.stdout?.destroy();
    const { code, signal, err } = await ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(err).not.toMatch(STACK);
  });

  it('loads no verb and none of their packages to show help', async () => {
    const bare = join(home, 'bare');
    mkdirSync(join(bare, 'node_modules'), { recursive: true });
    cpSync(join(home, 'dist'), join(bare, 'dist'), { recursive: true });
    copyFileSync(join(installed.root, 'package.json'), join(bare, 'package.json'));
    symlinkSync(join(installed.root, 'node_modules/commander'), join(bare, 'node_modules/commander'));
    const out = execFileSync(process.execPath, [join(bare, 'dist/cli.js'), 'inspect', '--help'], { encoding: 'utf8' });
    expect(out).toContain('$ latchstring inspect');
  });
});
