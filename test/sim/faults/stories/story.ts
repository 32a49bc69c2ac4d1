/** What a story of a fault is, and what is told in many of them. */
import type { ProfileName } from '../../../../firmware/lock/profiles/index.ts';

export interface Story {
  /** The part of the sentence that it shows. */
  readonly shows: string;
  readonly head?: string;
  readonly profile?: ProfileName;
  readonly steps: readonly string[];
}

export type Stories = Readonly<Record<string, readonly Story[]>>;

export const entered = (courier = 'courier-1') => [
  `present: ${courier}`,
  'expect: {bolt: withdrawn, within: 2s}',
  'push: door',
];
export const delivered = (courier = 'courier-1') => [
  ...entered(courier),
  'after: 5s',
  'close: door',
  'expect: {outcome: sealed, bolt: thrown, within: 10s}',
];
export const letOut = [
  'press: inside_button',
  'expect: {bolt: withdrawn, within: 2s}',
  'expect: {bolt: thrown, within: 60s}',
];
export const admitted = (courier = 'courier-1') => [
  `present: ${courier}`,
  'expect: {answer: admitted, bolt: withdrawn, within: 3s}',
];
export const refused = (why: string, courier = 'courier-1') => [
  `present: ${courier}`,
  `expect: {refused: ${why}, bolt: thrown, within: 1s}`,
];
export const nonce = ['command: nonce', 'expect: {result: ok, within: 2s}'];
