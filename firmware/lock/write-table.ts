import { writeFileSync } from 'node:fs';
import { tablePage } from './table-page.ts';

writeFileSync('firmware/lock/TABLE.md', tablePage());
process.stdout.write('firmware/lock/TABLE.md is written\n');
