/**
 * The words of the language: each step of a scenario is a map with one of these as its key. A word says
 * how its value is written, what it does on a stage, and where it can be played.
 */
import { AFAR_WORDS } from './afar.ts';
import { PEOPLE_WORDS } from './people.ts';
import type { StepWord } from './step.ts';
import { TOKEN_WORDS } from './tokens.ts';
import { TROUBLE_WORDS } from './trouble.ts';

export type { Play, Step, StepWord } from './step.ts';

export const WORDS: Readonly<Record<string, StepWord>> = {
  ...PEOPLE_WORDS,
  ...TOKEN_WORDS,
  ...AFAR_WORDS,
  ...TROUBLE_WORDS,
};
