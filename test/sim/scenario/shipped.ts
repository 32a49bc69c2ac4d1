/** The scenarios of this repository, read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseScenario, type ScenarioFile } from '../../../sim/scenario/file.ts';

const FOLDER = 'sim/scenarios';

export const SHIPPED: readonly ScenarioFile[] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => join(FOLDER, name))
  .map((path) => parseScenario(readFileSync(path, 'utf8'), path));
