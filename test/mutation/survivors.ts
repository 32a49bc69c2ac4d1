/** Why a mutant may live. One that no reason covers is a missing test, and a reason that covers none is out of date. */
import type { Mutant } from './report.ts';

export interface Reason {
  readonly file: string;
  /** What stands in the line. */
  readonly within: string;
  /** What it becomes; left out when the reason holds for whatever stands there. */
  readonly to?: string;
  readonly why: string;
}

export const REASONS: readonly Reason[] = [];

export const covers = (reason: Reason, { file, within, to }: Mutant): boolean =>
  reason.file === file && within.includes(reason.within) && (reason.to === undefined || reason.to === to);
