/**
 * Leaves sentences alone: a text of three words or more is for people. Nothing depends on it but
 * somebody who reads, and a test that repeats it word for word shows nothing. The mutants are
 * reported as ignored, and counted in docs/mutation.md.
 */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const WORDS = 3;

/**
 * What stands in a text; what is put into a template counts as one word.
 *
 * @param {any} node of Babel's tree
 * @returns {string}
 */
function textOf(node) {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type !== 'TemplateLiteral') return '';
  return node.quasis.map((/** @type {any} */ { value }) => value.cooked).join('…');
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'sentences', {
    shouldIgnore: (/** @type {any} */ { node }) =>
      textOf(node).trim().split(/\s+/).length >= WORDS ? 'a sentence for people' : undefined,
  }),
];
