/**
 * Leaves sentences alone: a text of three words or more is for people. Nothing depends on it but
 * somebody who reads, and a test that repeats it word for word shows nothing. The mutants are
 * reported as ignored, and counted in docs/mutation.md.
 */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const WORDS = 3;

/** What stands in a text; what is put into a template counts as one word. */
function textOf(node) {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.cooked).join('…');
  return '';
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'sentences', {
    shouldIgnore: ({ node }) =>
      textOf(node).trim().split(/\s+/).length >= WORDS ? 'a sentence for people' : undefined,
  }),
];
