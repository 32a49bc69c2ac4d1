/**
 * A counter that no power cut and nobody with the disk in hand can turn back: what a microcontroller's
 * EEPROM will be. It outlives every life of the lock.
 */
import type { Witness, WitnessMark } from '../../firmware/ports/index.ts';

export interface SimulatedWitness extends Witness {
  /** What it knows. */
  mark(): WitnessMark | undefined;
  /** The next operations fail, until told otherwise. */
  fail(reason: string | undefined): void;
  /** It answers nothing until told otherwise. */
  hang(hangs: boolean): void;
}

export function simulatedWitness(): SimulatedWitness {
  let mark: WitnessMark | undefined;
  let failing: string | undefined;
  let hanging = false;
  const answer = async (): Promise<void> => {
    if (hanging) await new Promise(() => undefined);
    if (failing !== undefined) throw new Error(failing);
  };
  return {
    mark: () => mark,
    async read() {
      await answer();
      return mark;
    },
    async write(next) {
      await answer();
      mark = next;
    },
    fail(reason) {
      failing = reason;
    },
    hang(hangs) {
      hanging = hangs;
    },
  };
}
