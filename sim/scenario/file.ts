/** A scenario in a file: YAML, the only import of its library here. What is wrong is told with its line and column. */
import { isNode, isMap as isYamlMap, LineCounter, type ParsedNode, parseDocument, stringify } from 'yaml';
import { type Failure, usage } from '../../firmware/tools/failure.ts';
import { Misfit, type Path } from './kinds.ts';
import { readScenario, type Scenario } from './scenario.ts';

/** Far more than a scenario of the longest kind. */
export const SCENARIO_BYTES_MAX = 512 * 1024;

export interface ScenarioFile {
  readonly path: string;
  readonly text: string;
  readonly scenario: Scenario;
  /** A Misfit that was found later, as a failure with its place in this file. */
  misfit(wrong: Misfit): Failure;
  /** Line of a step, from 1. */
  lineOf(path: Path): number;
}

/** Throws a failure that says where, what is wrong, and what was probably meant. */
export function parseScenario(text: string, path: string): ScenarioFile {
  if (Buffer.byteLength(text) > SCENARIO_BYTES_MAX) {
    throw usage(`${path} is longer than ${SCENARIO_BYTES_MAX / 1024} KiB`, 'split it: a scenario shows one thing');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw usage(`${path}:${line}:${col}: ${broken.message.split('\n')[0]}`, 'mend the YAML there');
  }
  const place = (at: Path, onKey: boolean): { readonly line: number; readonly col: number } => {
    // The deepest node on the way that the file has.
    for (let length = at.length; length >= 0; length--) {
      const inner = at.slice(0, length);
      const node = onKey && length === at.length ? keyAt(document.contents, inner) : document.getIn(inner, true);
      if (isNode(node) && node.range != null) return lines.linePos(node.range[0]);
    }
    return { line: 1, col: 1 };
  };
  const misfit = (wrong: Misfit): Failure => {
    const { line, col } = place(wrong.path, wrong.onKey);
    return usage(`${path}:${line}:${col}: ${wrong.message}`, wrong.next);
  };
  try {
    // An alias could make more of a small file than there is memory.
    return {
      path,
      text,
      scenario: readScenario(document.toJS({ maxAliasCount: 0 })),
      misfit,
      lineOf: (at) => place(at, false).line,
    };
  } catch (error) {
    if (error instanceof Misfit) throw misfit(error);
    if (error instanceof ReferenceError) throw usage(`${path} has an alias (*name)`, 'write out what it stands for');
    throw error;
  }
}

/** The node of the key at the end of a path. */
function keyAt(contents: ParsedNode | null, path: Path): unknown {
  let node: unknown = contents;
  for (const [i, step] of path.entries()) {
    if (isYamlMap(node) && i === path.length - 1) {
      return node.items.find(({ key }) => isNode(key) && String(key) === String(step))?.key;
    }
    node = isNode(node) && 'get' in node && typeof node.get === 'function' ? node.get(step, true) : undefined;
  }
  return undefined;
}

/** Writes a scenario as a person would: one step a line. */
export function writeScenario(data: unknown): string {
  return stringify(data, { flowCollectionPadding: false, lineWidth: 0, collectionStyle: 'any' });
}
