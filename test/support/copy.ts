/** Copies of the sources with a few lines changed, as a program of their own. Nothing in the code that is shipped knows of it. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

export interface Change {
  readonly file: string;
  /** Stands there once. */
  readonly line: string;
  readonly instead: string;
}

const COPIED = ['protocol', 'firmware', 'sim', 'cli.ts', 'package.json'];

/** A folder with the sources of this moment, changed. Throws when a line does not stand in its file once. */
export function copyOf(changes: readonly Change[], name: string): string {
  // Below the tree, so that the copy finds the same packages.
  const folder = join('build', 'planted', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of COPIED) cpSync(part, join(folder, part), { recursive: true });
  for (const { file, line, instead } of changes) {
    const path = join(folder, file);
    const parts = readFileSync(path, 'utf8').split(line);
    if (parts.length !== 2) throw new Error(`${name}: "${line}" stands ${parts.length - 1} times in ${file}`);
    writeFileSync(path, parts.join(instead));
  }
  return folder;
}

/** One file that Node runs, of a source in the copy; its path. */
export async function bundled(source: string, folder: string): Promise<string> {
  const made = await rolldown({
    input: join(folder, source),
    platform: 'node',
    external: /^[a-z@][^:]*$/,
    logLevel: 'silent',
  });
  // Where version.ts stands, which looks for package.json beside its folder.
  const program = join(folder, 'firmware', 'main.mjs');
  await made.write({ file: program, format: 'esm', codeSplitting: false });
  await made.close();
  return program;
}
