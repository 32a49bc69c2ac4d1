/**
 * What a witness is told, and what it says against a journal. A disk that was put back is sound in every byte: only
 * what counts beside it, where the disk's copy does not reach, can say that it is an older one.
 */
import { within } from './clock/within.ts';
import type { Memory } from './journal/memory.ts';
import type { Clock, Witness, WitnessMark } from './ports/index.ts';

/** How long the start waits for a witness. */
const WITNESS_MS_MAX = 2_000;

/** What the witness is to know of this memory. */
export const markOf = (audience: string, { spends, owner }: Pick<Memory, 'spends' | 'owner'>): WitnessMark => ({
  audience,
  spends,
  controls: owner.number,
});

/** What a witness answers; rejects when it does not in time. */
export const inTime = <T>(clock: Clock, answer: Promise<T>): Promise<T> =>
  within(clock, WITNESS_MS_MAX, answer, witnessLate);

/** What the witness was told last. */
export const askWitness = (witness: Witness, clock: Clock): Promise<WitnessMark | undefined> =>
  inTime(clock, witness.read());

/** Tells it one mark after the other: an older one that came behind a newer would forget what that one said. */
export function tellerOf(witness: Witness | undefined): (mark: WitnessMark) => Promise<void> {
  let telling = Promise.resolve();
  return (mark) => {
    const tell = async (): Promise<void> => witness?.write(mark);
    telling = telling.then(tell, tell);
    return telling;
  };
}

/**
 * What the witness says against this memory, or undefined when they agree; rejects when it cannot be asked. One that
 * was never told anything is told now. It may be behind by the spend that a power cut kept from it, which has moved
 * nothing. Before it is told of that, `settle` makes the memory durable: ahead of the disk, it would call that an older
 * copy after the next power cut. Where that cannot be had, it is left behind, and the next mark says it all.
 */
export async function contradiction(
  witness: Witness,
  clock: Clock,
  audience: string,
  memory: Memory,
  settle: () => Promise<boolean>,
): Promise<string | undefined> {
  const mark = await askWitness(witness, clock);
  if (mark !== undefined && mark.audience !== audience) {
    return `the witness counts for ${mark.audience}: this lock was enrolled again, or its disk is that of an earlier enrolment`;
  }
  if (mark !== undefined && mark.spends > memory.spends) {
    return `the witness has counted ${mark.spends} spent tokens, and the journal ${memory.spends}: it is an older copy`;
  }
  if (mark !== undefined && mark.controls > memory.owner.number) {
    return `the witness knows of the owner's control ${mark.controls}, and the journal of ${memory.owner.number}: it is an older copy`;
  }
  const isBehind = mark?.spends !== memory.spends || mark.controls !== memory.owner.number;
  if (isBehind && (await settle())) {
    await inTime(clock, witness.write(markOf(audience, memory)));
  }
  return undefined;
}

const witnessLate = (): never => {
  throw new Error(`no answer within ${WITNESS_MS_MAX} ms`);
};
