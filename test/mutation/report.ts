/** What StrykerJS reports, read back: mutants with the text that they changed. */
import * as z from 'zod';

const PLACE = z.object({ line: z.int(), column: z.int() });
const MUTANT = z.object({
  mutatorName: z.string(),
  replacement: z.string(),
  status: z.enum(['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'CompileError', 'RuntimeError', 'Pending']),
  statusReason: z.string().optional(),
  location: z.object({ start: PLACE, end: PLACE }),
});
const REPORT = z.object({
  files: z.record(z.string(), z.object({ source: z.string(), mutants: z.array(MUTANT) })),
});

export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly status: z.infer<typeof MUTANT>['status'];
  /** A constant: computed when the file is loaded. */
  readonly isConstant: boolean;
  /** The whole line on which the change begins. */
  readonly within: string;
  readonly from: string;
  readonly to: string;
}

/** Lines of a text, cut out by places that count both from 1. */
function cut(source: string, { start, end }: z.infer<typeof MUTANT>['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, i) => line.slice(i === 0 ? start.column - 1 : 0, i === last ? end.column - 1 : undefined))
    .join('\n');
}

/** Every mutant of a report, by file and line. Throws on a text that is no such report. */
export function readReport(text: string): readonly Mutant[] {
  const { files } = REPORT.parse(JSON.parse(text));
  return Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, { source, mutants }]) =>
      mutants
        .map(({ mutatorName, replacement, status, statusReason, location }): Mutant => {
          const { line } = location.start;
          const within = source.split('\n')[line - 1]?.trim() ?? '';
          const isConstant = status === 'Ignored' && statusReason?.startsWith('Static') === true;
          const from = cut(source, location);
          return { file, line, mutator: mutatorName, status, isConstant, within, from, to: replacement };
        })
        .sort((a, b) => a.line - b.line),
    );
}
