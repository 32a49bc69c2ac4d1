/** A scenario in a file: YAML, the only import of its library here. What is wrong is told with its line and column. */
import {
  isNode,
  isMap as isYamlMap,
  LineCounter,
  type ParsedNode,
  parseDocument,
  stringify,
  visit,
  type YAMLError,
} from 'yaml';
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
  /** Where a step stands. */
  placeOf(path: Path): Place;
}

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly col: number;
}

/** Throws a failure that says where, what is wrong, and what was probably meant. */
export function parseScenario(text: string, path: string): ScenarioFile {
  if (Buffer.byteLength(text) > SCENARIO_BYTES_MAX) {
    throw usage(`${path} is longer than ${SCENARIO_BYTES_MAX / 1024} KiB`, 'split it: a scenario shows one thing');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    // What it would warn of on stderr is refused here.
    logLevel: 'error',
  });
  const slip = ({ line, col }: Place, message: string, next: string): Failure =>
    usage(`${path}:${line}:${col}: ${message}`, next);
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) throw slip(lines.linePos(broken.pos[0]), ...inOurWords(broken));
  // An alias could make more of a small file than there is memory.
  visit(document, {
    Alias(_, { source, range }) {
      throw slip(lines.linePos(range?.[0] ?? 0), `an alias (*${source})`, 'write out what it stands for');
    },
  });
  const place = (at: Path, onKey: boolean): Place => {
    // The deepest node on the way that the file has.
    for (let length = at.length; length >= 0; length--) {
      const inner = at.slice(0, length);
      const node = onKey && length === at.length ? keyAt(document.contents, inner) : document.getIn(inner, true);
      if (isNode(node) && node.range != null) return lines.linePos(node.range[0]);
    }
    return { line: 1, col: 1 };
  };
  const misfit = (wrong: Misfit): Failure => {
    return slip(place(wrong.path, wrong.onKey), wrong.message, wrong.next);
  };
  try {
    return {
      path,
      text,
      scenario: readScenario(document.toJS({ maxAliasCount: 0 })),
      misfit,
      placeOf: (at) => place(at, false),
    };
  } catch (error) {
    if (error instanceof Misfit) throw misfit(error);
    throw error;
  }
}

/** What the library says of broken YAML; where that is of use to programmers only, what is meant. */
function inOurWords({ code, message }: YAMLError): readonly [message: string, next: string] {
  if (code === 'MULTIPLE_DOCS') return ['another document begins here', 'give each scenario a file of its own'];
  if (code === 'RESOURCE_EXHAUSTION') return ['lists and maps stand too deep in each other here', 'write it flatter'];
  return [message.split('\n')[0] ?? message, 'mend the YAML there'];
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
