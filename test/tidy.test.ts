/** The rules of the tree, kept by a test: who may import what, where time and chance come in, and that no link is dead. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE_FOLDERS = ['protocol', 'firmware', 'sim'] as const;

function filesBelow(folder: string, suffix: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith(suffix) && statSync(path).isFile())
    .sort();
}

const sources = SOURCE_FOLDERS.flatMap((folder) => filesBelow(folder, '.ts')).filter((path) => !path.endsWith('.d.ts'));

interface Import {
  readonly from: string;
  /** A path from the top for our own files, else the name of a package or of a module of Node's. */
  readonly to: string;
  readonly own: boolean;
}

const imports: readonly Import[] = [...sources, 'cli.ts'].flatMap((from) => {
  const text = readFileSync(from, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
  );
  return [...found].map((match): Import => {
    const to = match[1] ?? match[2] ?? match[3] ?? '';
    return to.startsWith('.') ? { from, to: normalize(join(dirname(from), to)), own: true } : { from, to, own: false };
  });
});

const folderOf = (path: string): string => path.split('/')[0] ?? '';
const within = (path: string, ...folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));

/** What a file may import from the outside, each with its one wrapper in a folder. */
const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  tweetnacl: ['protocol/ed25519.ts'],
  '@noble/curves/ed25519.js': ['protocol/ed25519.ts'],
  cborg: ['protocol/cbor.ts'],
  '@noble/hashes/sha2.js': ['protocol/bytes.ts'],
  'johnny-five': ['firmware/boards/johnny-five.ts'],
  'firmata-io': ['firmware/boards/johnny-five.ts'],
  serialport: ['firmware/serial/port.ts'],
  mqtt: ['firmware/report/mqtt.ts', 'sim/broker/subscriber.ts'],
  aedes: ['sim/broker/embedded.ts'],
  yaml: ['firmware/config.ts', 'sim/scenario/file.ts'],
  qr: ['firmware/tools/qr-drawing.ts'],
  commander: ['cli.ts', 'firmware/tools/verbs.ts'],
};

/** Schemas are everywhere that payloads and files are. */
const EVERYWHERE = ['zod'];

describe('the tree', () => {
  it('is read: there are files and imports to look at', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(imports.length).toBeGreaterThan(200);
  });

  it('lets protocol import nothing but itself and pure packages', () => {
    const wrong = imports.filter(
      ({ from, to, own }) =>
        folderOf(from) === 'protocol' && (own ? folderOf(to) !== 'protocol' : to.startsWith('node:')),
    );
    expect(wrong).toEqual([]);
  });

  it('lets firmware import protocol by its index only, and never sim', () => {
    const wrong = imports.filter(({ from, to, own }) => {
      if (folderOf(from) !== 'firmware' || !own || folderOf(to) === 'firmware') return false;
      return to !== 'protocol/index.ts' && to !== 'package.json';
    });
    expect(wrong).toEqual([]);
  });

  it('lets nobody but the command line import sim', () => {
    const wrong = imports.filter(
      ({ from, to, own }) => own && folderOf(to) === 'sim' && folderOf(from) !== 'sim' && from !== 'cli.ts',
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the decision, the journal and the tables away from every adapter', () => {
    const core = ['firmware/lock', 'firmware/access', 'firmware/journal'];
    const wrong = imports.filter(({ from, to, own }) => {
      if (!within(from, ...core) || !own) return false;
      return !within(to, ...core) && to !== 'firmware/ports/index.ts' && to !== 'protocol/index.ts';
    });
    expect(wrong).toEqual([]);
  });

  it('has one wrapper in a folder for each package', () => {
    const outside = imports.filter(({ to, own }) => !own && !to.startsWith('node:') && !EVERYWHERE.includes(to));
    const wrong = outside.filter(({ from, to }) => !(WRAPPERS[to] ?? []).includes(from));
    expect(wrong).toEqual([]);
    for (const [name, files] of Object.entries(WRAPPERS)) {
      for (const file of files)
        expect(outside, `${name} in ${file}`).toContainEqual({ from: file, to: name, own: false });
    }
  });

  it.each([
    ['Date.now(', ['firmware/clock/system.ts']],
    ['new Date()', []],
    ['performance.now(', ['firmware/clock/system.ts']],
    ['setTimeout(', ['firmware/clock/system.ts']],
    ['setInterval(', []],
    // Between two worlds, not inside of one.
    ['setImmediate(', ['sim/time/turn.ts']],
    ['Math.random(', []],
    ['process.env', []],
  ] as const)('writes %s only where it belongs', (word, allowed: readonly string[]) => {
    const found = [...sources, 'cli.ts'].filter((path) => code(path).includes(word));
    expect(found).toEqual([...allowed]);
  });
});

/** A source without its comments, which may speak of anything. */
const code = (path: string): string => readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');

describe('documents', () => {
  const pages = ['.', 'docs', 'examples', ...SOURCE_FOLDERS]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      folder === '.' ? readdirSync('.').filter((name) => name.endsWith('.md')) : filesBelow(folder, '.md'),
    );

  /** What a page leads to in this tree: links in its text, and those that it lists at its end. */
  function linksOf(page: string): readonly string[] {
    const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
    const found = text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)|^\[[^\]]+\]: ([^#\s]+)/gm);
    const links = [...found].map((match) => match[1] ?? match[2] ?? '').filter((link) => !/^[a-z]+:/.test(link));
    return links.map((link) => relative('.', join(dirname(page), link)));
  }

  it.each(pages)('%s has no dead link', (page) => {
    expect(linksOf(page).filter((path) => !existsSync(path))).toEqual([]);
  });

  it('lead in the package to what is in it, too', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: readonly string[] };
    // npm packs these in any case.
    const packed = ['README.md', 'LICENSE', 'package.json', ...files];
    const isPacked = (path: string): boolean => packed.some((name) => path === name || path.startsWith(`${name}/`));
    const links = pages.filter(isPacked).flatMap(linksOf);
    expect(links.length).toBeGreaterThan(50);
    expect([...new Set(links)].filter((path) => !isPacked(path))).toEqual([]);
  });
});
