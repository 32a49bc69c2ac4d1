/**
 * What is retained (availability, info, state) has no history: the latest wins, and nothing is lost by leaving one out.
 * A broker may deny one of these topics, some by ending the connection; every event waits behind them, so that whoever
 * listens knows how the lock stands before he is told what happens. One that fails again and again is left out, and
 * what is behind it goes.
 *
 *     fails 5 times ─▶ left out for now ──something else is taken──▶ tried once more ──fails──▶ denied, for a while
 *                             └──nothing is taken: it is the broker──▶ tried again soon
 */
import type { Broker, Cancel, Clock } from '../ports/index.ts';

/** Times in a row that one of them may fail. */
const FAILURES_MAX = 5;

/** How long one is left out for now, when the broker takes nothing else either. */
const SOON_MS = 30_000;

/** How long one is left out that is denied, while others are taken. */
const WHILE_MS = 10 * 60_000;

export interface Retained {
  /** Settles at once for one that is left out. Rejects as the broker does. */
  publish(topic: string, payload: string): Promise<void>;
  /** The broker has taken something. */
  taken(): void;
  isLeftOut(topic: string): boolean;
  close(): void;
}

export interface RetainedOptions {
  readonly broker: Pick<Broker, 'publish'>;
  readonly clock: Pick<Clock, 'after'>;
  /** Perhaps it is this one, perhaps the broker takes nothing at all. */
  readonly onLeftOut: (topic: string) => void;
  /** It is this one. Told once of each. */
  readonly onDenied: (detail: string) => void;
  /** They are to be published again. */
  readonly onDue: () => void;
}

interface LeftOut {
  readonly isDenied: boolean;
  readonly cancel: Cancel;
}

export function createRetained({ broker, clock, onLeftOut, onDenied, onDue }: RetainedOptions): Retained {
  const failures = new Map<string, number>();
  const leftOut = new Map<string, LeftOut>();
  /** Failed often enough, and tried once more. */
  const doubted = new Set<string>();
  const told = new Set<string>();
  let closed = false;

  function leaveOut(topic: string): void {
    // What was on its way at the end has failed with its connection.
    if (closed) return;
    const isDenied = doubted.has(topic);
    const cancel = clock.after(isDenied ? WHILE_MS : SOON_MS, () => {
      leftOut.delete(topic);
      if (!isDenied) failures.delete(topic);
      onDue();
    });
    leftOut.set(topic, { isDenied, cancel });
    if (!isDenied) return onLeftOut(topic);
    if (told.has(topic)) return;
    told.add(topic);
    onDenied(`${topic}: the broker refused it, or ended the connection at it, and takes what is on others`);
  }

  function taken(): void {
    const maybe = [...leftOut].filter(([, { isDenied }]) => !isDenied);
    for (const [topic, { cancel }] of maybe) {
      cancel();
      leftOut.delete(topic);
      doubted.add(topic);
    }
    if (maybe.length > 0) onDue();
  }

  return {
    async publish(topic, payload) {
      if (leftOut.has(topic)) return;
      try {
        await broker.publish(topic, payload, { retain: true });
      } catch (error) {
        const count = (failures.get(topic) ?? 0) + 1;
        failures.set(topic, count);
        if (count >= FAILURES_MAX) leaveOut(topic);
        throw error;
      }
      failures.delete(topic);
      doubted.delete(topic);
      taken();
    },
    taken,
    isLeftOut: (topic) => leftOut.has(topic),
    close() {
      closed = true;
      for (const { cancel } of leftOut.values()) cancel();
    },
  };
}
