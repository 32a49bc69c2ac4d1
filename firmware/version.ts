import { readFileSync } from 'node:fs';

/** The package's version. The file lies one folder up from the sources, two from what was built. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (
        typeof found === 'object' &&
        found !== null &&
        'name' in found &&
        found.name === 'latchstring' &&
        'version' in found
      ) {
        return String(found.version);
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('package.json is missing: install the package again');
}
