/** An answer that may not come. */
import type { Clock } from '../ports/index.ts';

/** What it comes to in time, or what is to be made of its being late. Its wait ends with it: none keeps the process. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    promise.then(resolve, reject).finally(cancel);
  });
}
