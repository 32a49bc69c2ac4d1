/**
 * Two counts that are kept outside the lock's disk, so that an older copy of the disk is noticed: a
 * microcontroller's EEPROM, a TPM's counter. It is told of every spend before anything moves, and of every
 * control before that is told to be applied: an older copy would take back what the owner has denied.
 */
export interface WitnessMark {
  /** Whose count it is: the lock's audience. Another enrolment is another lock. */
  readonly audience: string;
  /** Tokens ever spent. */
  readonly spends: number;
  /** Number of the last control that was applied. */
  readonly controls: number;
}

export interface Witness {
  /** What it was told last; undefined when it was never told anything. Rejects when it cannot be asked. */
  read(): Promise<WitnessMark | undefined>;
  /** Settles when it will still know after any loss of power: the old mark or the new one, never another. */
  write(mark: WitnessMark): Promise<void>;
}
