/** Waits in real time for a condition, with a bound; the one place of the tests on wires that does. */
const PATIENCE_MS = 15_000;

export async function until(what: string, condition: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${patienceMs} ms: ${what}`);
    await pause(2);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
