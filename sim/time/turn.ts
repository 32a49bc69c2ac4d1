/** Gives the process a turn of its event loop: a world in virtual time never waits, and nobody would hear a Ctrl-C. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
