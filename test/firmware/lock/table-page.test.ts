import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tablePage } from '../../../firmware/lock/table-page.ts';

it('TABLE.md is what the tables say now (npm run table writes it)', () => {
  expect(readFileSync('firmware/lock/TABLE.md', 'utf8')).toBe(tablePage());
});
