/** What the tests of the owner's statements say to a lock, and what it answers. */
import { type Statement, sha256 } from '../../protocol/index.ts';
import type { World } from '../../sim/world.ts';
import { heard, people, topics } from './home.ts';

export const AUDIENCE = people.identity.audience;
export const NOBODY = new Uint8Array(32);
export const newSeed = sha256(new TextEncoder().encode('test seed of a new root'));

export const results = (lock: World) =>
  heard(lock, 'system').flatMap((event) => ('result' in event ? [event.result] : []));

/** The owner publishes statements, as a retained document. */
export async function control(lock: World, ...texts: readonly string[]): Promise<void> {
  lock.broker().send(topics.control, JSON.stringify(texts), true);
  await lock.pass(100);
}

export async function order(
  lock: World,
  counter: number,
  statement: Statement,
  how: { readonly by?: 'recovery' | 'stranger'; readonly nonce?: Uint8Array } = {},
): Promise<void> {
  await control(lock, people.people.order(counter, statement, how));
}

export async function opens(lock: World, bytes: Uint8Array): Promise<boolean> {
  const before = lock.plant.truth().withdrawals;
  await lock.pass(5_000);
  lock.present(bytes);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(100);
  lock.plant.close();
  await lock.pass(2_000);
  return lock.plant.truth().withdrawals > before;
}
