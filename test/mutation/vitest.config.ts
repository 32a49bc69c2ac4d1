/** How a mutant is judged: by the tests of `tests.ts`, in their order, until one fails. */
import { defineConfig } from 'vitest/config';
import { QUICK_FIRST } from './tests.ts';

export default defineConfig({
  test: {
    include: [...QUICK_FIRST],
    setupFiles: ['test/mutation/setup.ts'],
    testTimeout: 20_000,
    // One worker for all files of a run, and a new one for the next: a mutant is loaded once, and never stays.
    isolate: false,
    maxWorkers: 1,
    sequence: {
      sequencer: class {
        shard<T>(files: T[]): T[] {
          return files;
        }
        sort<T extends { readonly moduleId: string }>(files: T[]): T[] {
          const place = ({ moduleId }: T): number => QUICK_FIRST.findIndex((path) => moduleId.endsWith(path));
          return [...files].sort((a, b) => place(a) - place(b));
        }
      },
    },
  },
});
