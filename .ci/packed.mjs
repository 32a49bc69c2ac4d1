/**
 * What is other in the package than in the tree: put in place before npm packs, and taken back after.
 *
 *  - johnny-five travels inside the package (`bundleDependencies`), and there without what it could
 *    do without and we never load: `firmata`, `browser-serialport`, and the serialport 8 that npm would
 *    compile on the machine of everybody who installs us. `overrides`, which keep it out of this tree,
 *    count for nobody else. npm brings it back for any edge that is not satisfied, so the bundled
 *    package.json asks for the versions that are bundled.
 *  - `bundleDependencies` is not in the tree's own package.json, since npm 11.19 never comes to an end
 *    with it beside our `overrides` (measured). So only the packed file knows, and that is what to publish.
 *  - Scripts and tools are for the tree: npm 11 warns about a `prepare` that it does not know.
 *
 * The originals wait in `build/unpacked`. A pack that was cut short is mended by the next one, or by `back`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ASIDE = 'build/unpacked';
const OWN = 'package.json';
const BUNDLED = 'node_modules/johnny-five/package.json';

function back() {
  if (!existsSync(ASIDE)) return;
  for (const name of readdirSync(ASIDE)) renameSync(join(ASIDE, name), decodeURIComponent(name));
  rmSync(ASIDE, { recursive: true });
}

function change(path, make) {
  const text = readFileSync(path, 'utf8');
  mkdirSync(ASIDE, { recursive: true });
  writeFileSync(join(ASIDE, encodeURIComponent(path)), text);
  writeFileSync(path, `${JSON.stringify(make(JSON.parse(text)), null, 2)}\n`);
}

const installed = (name) =>
  JSON.parse(readFileSync(join(dirname(BUNDLED), '..', name, 'package.json'), 'utf8')).version;

process.chdir(join(import.meta.dirname, '..'));
back();
if (process.argv[2] !== 'back') {
  change(OWN, ({ scripts, devDependencies, overrides, allowScripts, ...own }) => ({
    ...own,
    bundleDependencies: ['johnny-five'],
  }));
  change(BUNDLED, ({ optionalDependencies, devDependencies, scripts, dependencies, ...own }) => ({
    ...own,
    // What it asks for as "latest" is what is here.
    dependencies: { ...dependencies, temporal: installed('temporal') },
  }));
}
