import { readFileSync, writeFileSync } from 'node:fs';
import { redrawn } from './page.ts';

const PAGE = 'docs/scenarios.md';
writeFileSync(PAGE, redrawn(readFileSync(PAGE, 'utf8')));
process.stdout.write(`the tables of ${PAGE} are drawn\n`);
